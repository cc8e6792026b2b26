import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeHeapSnapshot } from 'node:v8'
import { SyncServer } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { rules } from './support/chat-cache.ts'
import { startRoomMembers } from './support/room-members.ts'
const SOCKETS = Number(process.argv[3] ?? 1000)
const ROOMS = Number(process.argv[4] ?? 20)
function held() {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
async function run(kind: string) {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  let n = 0
  io.use((socket, next) => {
    socket.data.userId = `u${n++}`
    next()
  })
  const names = Array.from({ length: ROOMS }, (_, n) => `conversation:c${n}`)
  let sync: SyncServer | undefined
  if (kind === 'bare')
    io.on('connection', (socket) => {
      socket.on('message', onMessage)
      socket.emit('welcome', 1)
      void socket.join([`user:${socket.data.userId}`, ...names])
    })
  else if (kind === 'none')
    io.on('connection', (socket) => {
      socket.on('message', onMessage)
    })
  else if (kind === 'join') {
    io.on('connection', (socket) => {
      void socket.join(names)
    })
    sync = new SyncServer({ io, rules })
  } else if (kind === 'sync') {
    sync = new SyncServer({ io, rules, rooms: () => names })
    io.on('connection', (socket) => {
      socket.on('message', onMessage)
    })
  }
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  const first = await startRoomMembers({ port, count: 20 })
  await new Promise((r) => setTimeout(r, 1500))
  const before = held()
  if (process.argv[5]) writeHeapSnapshot(`/tmp/${kind}-before.heapsnapshot`)
  const members = await startRoomMembers({ port, count: SOCKETS })
  await new Promise((r) => setTimeout(r, 1500))
  const after = held()
  if (process.argv[5]) writeHeapSnapshot(`/tmp/${kind}-after.heapsnapshot`)
  members.stop()
  first.stop()
  await new Promise((r) => setTimeout(r, 200))
  await sync?.close()
  await io.close()
  console.log(kind, Math.round((after - before) / SOCKETS))
}
function onMessage() {}
await run('none')
for (const kind of (process.argv[2] ?? 'none,bare,sync,bare,sync').split(',')) await run(kind)
process.exit(0)
