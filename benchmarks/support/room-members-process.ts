/** The process behind room-members: it is told how many events to await, and says when they came. */

import { connectLight } from './light-client.ts'
import type { Order, RoomMembersOptions } from './room-members.ts'

const { port, count } = JSON.parse(process.argv[2]!) as RoomMembersOptions
let heard = 0
let awaited = Infinity

function answerIfAllHeard(): void {
  if (heard < awaited) return
  heard -= awaited
  awaited = Infinity
  process.send?.('heard')
}

function onText(text: string): void {
  // The rest of what Socket.IO and a SyncServer say counts for nothing here.
  if (!text.includes('"message:edited"')) return
  heard++
  answerIfAllHeard()
}

async function grow(more: number): Promise<void> {
  await Promise.all(Array.from({ length: more }, () => connectLight({ port, onText })))
  process.send?.('connected')
}

process.on('message', (order: Order) => {
  if ('grow' in order) return void grow(order.grow)
  awaited = order.hear
  return answerIfAllHeard()
})

await grow(count)
