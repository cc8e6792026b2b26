/** The process behind room-members: it is told how many events to await, and says when they came. */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { io } from 'socket.io-client'
import { rules } from './chat-cache.ts'
import type { RoomMembersOptions } from './room-members.ts'

const {
  port,
  count,
  room = '',
  engines = false,
} = JSON.parse(process.argv[2]!) as RoomMembersOptions
let heard = 0
let awaited = Infinity

function answerIfAllHeard(): void {
  if (heard < awaited) return
  heard -= awaited
  awaited = Infinity
  process.send?.('heard')
}

const connections = Array.from({ length: count }, () => {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ['websocket'],
    forceNew: true,
    query: { room },
  })
  const connected = new Promise<void>((resolve) => {
    if (!engines) socket.on('connect', resolve)
    else {
      createSyncEngine(new QueryClient(), socket, rules, {
        onStatus: (status) => status === 'live' && resolve(),
      })
    }
  })
  socket.on('message:edited', () => {
    heard++
    answerIfAllHeard()
  })
  return connected
})

process.on('message', (events: number) => {
  awaited = events
  answerIfAllHeard()
})

await Promise.all(connections)
process.send?.('connected')
