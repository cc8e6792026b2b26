process.env.NODE_ENV = 'production'
import { EventEmitter } from 'node:events'
import { notifyManager, QueryClient, QueryObserver } from '@tanstack/query-core'
import { defineSyncRules, updateItem, upsertItem } from '../dist/index.js'
import { createSyncEngine } from '../dist/engine/index.js'
notifyManager.setScheduler((cb) => cb())
const [, , what, rowsArg, updater = 'keyed'] = process.argv
const rows = Number(rowsArg)
const upd = {
  keyed: updateItem(),
  noop: (old) => old,
  plain: (old, m) => old.map((r) => (r.id === m.id ? m : r)),
}[updater]
const action = { procedure: ['message', 'list'], action: 'direct', match: 'conversationId' }
const rules = defineSyncRules({
  'message:edited': {
    room: 'conversation:{conversationId}',
    actions: updater === 'none' ? [] : [{ ...action, updater: upd }],
  },
  'message:new': {
    room: 'conversation:{conversationId}',
    actions: [{ ...action, updater: upsertItem({ insert: 'first' }) }],
  },
})
const q = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } })
const key = [
  ['message', 'list'],
  { input: { conversationId: 'c0', limit: rows }, type: 'query' },
]
q.setQueryData(
  key,
  Array.from({ length: rows }, (_, i) => ({
    id: `c0-${i}`,
    conversationId: 'c0',
    text: `m${i}`,
  })),
)
new QueryObserver(q, { queryKey: key, staleTime: Infinity, enabled: false }).subscribe(() => {})
const socket = new EventEmitter()
createSyncEngine(q, socket, rules)
socket.on('sync:pull', (_r, a) => a({ r: [['events', 'r', 0, 0, 0]], ev: [] }))
socket.emit('sync:hello', { v: 1, e: 'bench', t: 0 })
socket.emit('sync:rooms', [['joined', 'conversation:c0', 'r', 0, 0], ['settled']])
await new Promise((r) => setTimeout(r, 20))
let n = 0
const packed = (event, message) => {
  n++
  return [event, message, { e: 'bench', i: `bench${n}`, p: [['r', n]] }]
}
let events = 0
function go(ms) {
  const end = performance.now() + ms
  const start = process.cpuUsage()
  events = 0
  while (performance.now() < end) {
    if (what === 'make') {
      globalThis.x = Array.from({ length: 100 }, () =>
        packed('message:edited', { id: `c0-${n % rows}`, conversationId: 'c0', text: `e${n}` }),
      )
      events += 100
    } else if (what === 'burst') {
      socket.emit(
        'sync:frame',
        Array.from({ length: 100 }, () =>
          packed('message:edited', {
            id: `c0-${n % rows}`,
            conversationId: 'c0',
            text: `e${n}`,
          }),
        ),
      )
      events += 100
    } else {
      socket.emit(...packed('message:new', { id: `new-${n}`, conversationId: 'c0', text: 'x' }))
      events++
    }
  }
  const u = process.cpuUsage(start)
  return ((u.user + u.system) / events).toFixed(2)
}
go(800)
console.log(what, rows, updater, go(1000), go(1000), 'us/event')
