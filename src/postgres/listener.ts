/** Listens for notifications, and goes on doing so when a connection is lost. */

import type { Database } from './clients/database.ts'
import { inTime } from '../server/log/in-time.ts'
import type { Session } from './session.ts'

export interface ListenerOptions {
  readonly database: Database
  readonly session: Session
  readonly channel: string
  readonly onNotify: (payload: string) => void
  /** It listens, again or for the first time: something may not have been heard. */
  readonly onListening: () => void
  readonly onLost: (cause: unknown) => void
}

const BACK_OFF = { firstMs: 100, mostMs: 5000 }

/** Returns what stops it. */
export function startListening(options: ListenerOptions): () => Promise<void> {
  const { database, session, channel, onNotify, onListening, onLost } = options
  let stop: (() => Promise<void>) | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  let failures = 0
  let attempts = 0

  async function listen(): Promise<void> {
    const attempt = ++attempts
    const isCurrent = () => attempt === attempts && !isStopped
    const opening = database.listen({
      channel,
      onNotify: (payload) => {
        if (isCurrent()) onNotify(payload)
      },
      onBack: () => {
        if (isCurrent()) onListening()
      },
      onLost: (cause) => {
        if (isCurrent()) again(cause)
      },
    })
    try {
      const end = await session.limited('listen', () => opening)
      if (isCurrent()) {
        stop = end
        failures = 0
        onListening()
      } else await end()
    } catch (thrown) {
      // One that comes too late is closed: another one is being opened.
      opening.then((end) => end()).catch(() => {})
      if (isCurrent()) again(thrown)
    }
  }

  function again(cause: unknown): void {
    if (isStopped) return
    stop = undefined
    onLost(cause)
    const delayMs = Math.min(BACK_OFF.firstMs * 2 ** failures++, BACK_OFF.mostMs)
    timer = setTimeout(() => void listen(), delayMs)
  }

  void listen()

  return async () => {
    isStopped = true
    clearTimeout(timer)
    if (stop !== undefined) await inTime(stop)
  }
}
