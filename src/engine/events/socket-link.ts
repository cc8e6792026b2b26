/**
 * One socket's listeners: one per event, shared by every engine that has a rule for it.
 *
 * Two providers with the same rules apply an event once; other listeners are never touched.
 */

import { findMeta } from '../../message.ts'
import type { SyncRule } from '../../rules.ts'
import { watchReconnects } from './reconnects.ts'
import type { SyncSocket } from './sync-socket.ts'

/** Applies one event's data. */
export type Receive = (data: unknown) => void

export interface SocketLink {
  /** Listens for `rule`'s event. The same rule twice is applied once, by the latest comer. */
  readonly listen: (event: string, rule: SyncRule, receive: Receive) => () => void
}

interface Channel {
  readonly listener: (data: unknown, ...rest: unknown[]) => void
  readonly receivers: Map<SyncRule, Receive[]>
}

export interface SocketLinkOptions {
  readonly socket: SyncSocket
  /** Whether the rule has not seen the event of this id before. */
  readonly isNew: (rule: SyncRule, eventId: string) => boolean
  /** Called when the socket is connected again: what was sent meanwhile is lost. */
  readonly onReconnect: () => void
  /** Called when the last listener is gone. */
  readonly onIdle: () => void
}

export function createSocketLink(options: SocketLinkOptions): SocketLink {
  const { socket, isNew, onReconnect, onIdle } = options
  const channels = new Map<string, Channel>()
  let unwatch: (() => void) | undefined

  function open(event: string): Channel {
    const receivers: Channel['receivers'] = new Map()
    const listener = (data: unknown, ...rest: unknown[]) => {
      const meta = findMeta(rest)
      for (const [rule, sameRule] of receivers) {
        if (meta === undefined || isNew(rule, meta.i)) sameRule.at(-1)?.(data)
      }
    }
    const channel = { listener, receivers }
    unwatch ??= watchReconnects(socket, onReconnect)
    channels.set(event, channel)
    socket.on(event, listener)
    return channel
  }

  function close(event: string, channel: Channel): void {
    socket.off(event, channel.listener)
    channels.delete(event)
    if (channels.size > 0) return
    unwatch?.()
    unwatch = undefined
    onIdle()
  }

  return {
    listen(event, rule, receive) {
      const channel = channels.get(event) ?? open(event)
      const { receivers } = channel
      receivers.set(rule, [...(receivers.get(rule) ?? []), receive])
      return () => {
        const sameRule = receivers.get(rule) ?? []
        if (!sameRule.includes(receive)) return
        const others = sameRule.filter((other) => other !== receive)
        if (others.length > 0) receivers.set(rule, others)
        else receivers.delete(rule)
        if (receivers.size === 0) close(event, channel)
      }
    },
  }
}
