process.env['NODE_ENV'] = 'production'
import { attachEngine, fillWithLatest, rulesByField } from './support/chat-cache.ts'
import { openRoom } from './support/packets.ts'
const what = process.argv[2]
const rows = Number(process.argv[3])
const q = fillWithLatest(rows)
const { frame, single } = openRoom(attachEngine(q, rulesByField))
let count = 0
const end = performance.now() + 6000
let events = 0
const start = process.cpuUsage()
while (performance.now() < end) {
  if (what === 'burst') {
    frame(
      'message:edited',
      Array.from({ length: 100 }, () => ({
        id: `c0-${++count % rows}`,
        conversationId: 'c0',
        text: `e${count}`,
      })),
    )
    events += 100
  } else {
    single('message:new', [{ id: `new-${++count}`, conversationId: 'c0', text: 'x' }])
    events++
  }
}
const u = process.cpuUsage(start)
console.log(what, rows, ((u.user + u.system) / events).toFixed(2), 'us/event')
