/** The process behind room-members: it is told how many events to await, and says when they came. */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { io } from 'socket.io-client'
import { rules } from './chat-cache.ts'
import { connectLight } from './light-client.ts'
import type { Order, RoomMembersOptions } from './room-members.ts'

const {
  port,
  count,
  room = '',
  engines = false,
} = JSON.parse(process.argv[2]!) as RoomMembersOptions
const query = { room }
let heard = 0
let awaited = Infinity

function answerIfAllHeard(): void {
  if (heard < awaited) return
  heard -= awaited
  awaited = Infinity
  process.send?.('heard')
}

function onEvent(): void {
  heard++
  answerIfAllHeard()
}

function onText(text: string): void {
  // The rest of what Socket.IO and a SyncServer say counts for nothing here.
  if (text.includes('"message:edited"')) onEvent()
}

/** Resolves when its engine has caught up. */
function connectEngine(): Promise<void> {
  const url = `http://127.0.0.1:${port}`
  const socket = io(url, { transports: ['websocket'], forceNew: true, query })
  socket.on('message:edited', onEvent)
  return new Promise((resolve) => {
    createSyncEngine(new QueryClient(), socket, rules, {
      onStatus: (status) => status === 'live' && resolve(),
    })
  })
}

function connectOne(): Promise<unknown> {
  return engines ? connectEngine() : connectLight({ port, query, onText })
}

async function grow(more: number): Promise<void> {
  await Promise.all(Array.from({ length: more }, connectOne))
  process.send?.('connected')
}

process.on('message', (order: Order) => {
  if ('grow' in order) return void grow(order.grow)
  awaited = order.hear
  return answerIfAllHeard()
})

await grow(count)
