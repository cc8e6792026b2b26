/**
 * Socket.IO clients in a process of their own, which say when they have heard so many events.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface RoomMembers {
  /** Resolves when so many more events have arrived, over all clients. */
  readonly hear: (events: number) => Promise<void>
  /** Connects so many more. */
  readonly grow: (count: number) => Promise<void>
  readonly stop: () => void
}

export interface RoomMembersOptions {
  readonly port: number
  readonly count: number
  /** What the server finds in each handshake's query. @default none */
  readonly room?: string
  /** Whether each has an engine, with an empty cache, and so unpacks frames. @default false */
  readonly engines?: boolean
}

/** What the process is told to do; it answers when it is done. */
export type Order = { readonly hear: number } | { readonly grow: number }

/** A benchmark fails rather than waits for a client that is gone. */
const PATIENCE_MS = 30_000

/** Resolves when all clients are connected. */
export async function startRoomMembers(options: RoomMembersOptions): Promise<RoomMembers> {
  const file = fileURLToPath(new URL('./room-members-process.ts', import.meta.url))
  const child = fork(file, [JSON.stringify(options)])
  const nextMessage = () => once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })
  await nextMessage()
  async function ask(order: Order): Promise<void> {
    const done = nextMessage()
    child.send(order)
    await done
  }
  return {
    hear: (events) => ask({ hear: events }),
    grow: (count) => ask({ grow: count }),
    stop() {
      child.kill()
    },
  }
}
