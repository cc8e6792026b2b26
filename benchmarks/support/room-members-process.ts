/** The process behind room-members: it is told how many events to await, and says when they came. */

import { io } from 'socket.io-client'
import type { RoomMembersOptions } from './room-members.ts'

const { port, count } = JSON.parse(process.argv[2]!) as RoomMembersOptions
let heard = 0
let awaited = Infinity

function answerIfAllHeard(): void {
  if (heard < awaited) return
  heard -= awaited
  awaited = Infinity
  process.send?.('heard')
}

const connections = Array.from({ length: count }, () => {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true })
  socket.on('message:edited', () => {
    heard++
    answerIfAllHeard()
  })
  return new Promise<void>((resolve) => {
    socket.on('connect', resolve)
  })
})

process.on('message', (events: number) => {
  awaited = events
  answerIfAllHeard()
})

await Promise.all(connections)
process.send?.('connected')
