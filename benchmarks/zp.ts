import { createServer } from 'node:http'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { rules, type Events } from './support/chat-cache.ts'
import { startRoomMembers } from './support/room-members.ts'
const http = createServer()
const io = new Server(http, { transports: ['websocket'] })
const sync = new SyncServer<Events>({ io, rules, maxBufferedBytes: Infinity })
io.on('connection', (s) => void s.join(String(s.handshake.query['room'])))
await new Promise<void>((r) => http.listen(0, '127.0.0.1', r))
const port = (http.address() as any).port
const M = 50
const framed = await startRoomMembers({
  port,
  count: M,
  room: 'conversation:framed',
  engines: true,
})
const plain = await startRoomMembers({ port, count: M, room: 'conversation:plain' })
const msg = (c: string) => ({
  id: 'c0-7',
  conversationId: c,
  text: 'The train was late, but the sun was out and nobody minded much.',
})
async function run(turns: number, n: number, members: any, one: () => void) {
  const s = process.cpuUsage()
  for (let t = 0; t < turns; t++) {
    for (let i = 0; i < n; i++) one()
    await new Promise((r) => setImmediate(r))
  }
  await members.hear(turns * n * M)
  const u = process.cpuUsage(s)
  return [u.user / turns / n / M, u.system / turns / n / M]
}
const f = msg('framed'), p = msg('plain')
const meta = { e: 'abcdefghijk', i: 'abcdefghijk1', p: [['a', 100]] }
const med = (l: number[]) => l.toSorted((a, b) => a - b)[l.length >> 1]!.toFixed(2)
const N = Number(process.env.N ?? 1), T = Math.round(400 / N)
const cs: [string, any, () => void][] = [
  ['framed', framed, () => void sync.broadcast('message:edited', f)],
  ['plain', plain, () => void sync.broadcast('message:edited', p)],
  ['bare', plain, () => void io.to('conversation:plain').emit('message:edited', p)],
  ['bare+meta', plain, () => void io.to('conversation:plain').emit('message:edited', p, meta)],
]
const out: Record<string, number[]> = {}
for (let k = 0; k < 16; k++) for (const [name, m, one] of cs) { const [u, s] = await run(T, N, m, one); if (k > 3) (out[name] ??= []).push(u! + s!) }
for (const [name] of cs) console.log(N, name, med(out[name]!), 'ratio', med(out[name]!.map((x, i) => x / out['bare']![i]!)))
framed.stop(); plain.stop(); await io.close(); process.exit()
