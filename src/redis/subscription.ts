/**
 * The connection that listens. It is made again where that fails, and by `renew` where it seems to
 * hear nothing: a connection that is half open may last for hours.
 */

import type { Listening, OnMessage, Watcher } from './clients/redis-client.ts'

export interface Subscription {
  /** Listens, if it does not yet. */
  readonly ensure: () => void
  /** Gives the connection up, and makes another one. */
  readonly renew: () => void
  /** Resolves when it is closed. */
  readonly close: () => Promise<void>
}

export interface SubscriptionOptions extends Watcher {
  readonly open: () => Listening
  readonly channels: string[]
  readonly onMessage: OnMessage
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  const { open, channels, onMessage, onReady, onError } = options
  let current: { readonly listening: Listening; readonly unwatch: () => void } | undefined
  let isClosed = false

  function ensure(): void {
    if (current === undefined && !isClosed) void listen(open())
  }

  async function listen(listening: Listening): Promise<void> {
    const isCurrent = () => current?.listening === listening
    const whenCurrent = {
      onReady: () => isCurrent() && onReady(),
      onError: (error: unknown) => isCurrent() && onError(error),
    }
    const unwatch = listening.watch(whenCurrent)
    current = { listening, unwatch }
    try {
      await listening.subscribe(channels, (channel, text) => {
        if (isCurrent()) onMessage(channel, text)
      })
      whenCurrent.onReady()
    } catch (thrown) {
      if (!isCurrent()) return
      onError(thrown)
      // Until `ensure` is called again.
      await drop()
    }
  }

  async function drop(): Promise<void> {
    const dropped = current
    current = undefined
    dropped?.unwatch()
    await dropped?.listening.close()
  }

  return {
    ensure,
    renew() {
      void drop()
      ensure()
    },
    async close() {
      isClosed = true
      await drop()
    },
  }
}
