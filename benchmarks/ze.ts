import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { rules, type Events } from './support/chat-cache.ts'
const io = new Server()
const sync = new SyncServer<Events>({ io, rules, maxBufferedBytes: Infinity })
const f = { id: 'c0-7', conversationId: 'c0', text: 'The train was late, but the sun was out and nobody minded much.' }
for (let k = 0; k < 6; k++) for (const [name, one] of [['ours', () => void sync.broadcast('message:edited', f)], ['bare', () => void io.to('conversation:c0').emit('message:edited', f)]] as const) for (const n of [1, 10]) {
  const s = process.cpuUsage()
  for (let t = 0; t < 5000 / n; t++) { for (let i = 0; i < n; i++) one(); await new Promise((r) => setImmediate(r)) }
  const u = process.cpuUsage(s)
  if (k > 3) console.log(name, n, ((u.user + u.system) / 5000).toFixed(2), 'us per event')
}
