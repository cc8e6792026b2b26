/**
 * Sends events to their rooms: into the log first, so that nobody sees what nobody can ask for.
 *
 * The log of one process is its own: what is in it is sent at once. A log that several nodes share
 * says what is to be sent, and when: then each node sends to its own sockets, all in one order.
 */

import { MEMBER } from '../control.ts'
import type { OnError } from '../errors.ts'
import { createStamp, type EventMeta } from '../message.ts'
import { checkLog, checkTransaction, isUsable } from './choose-log.ts'
import { countLocalMembers, type AnyNamespace } from './io.ts'
import type { AppendOptions, EventLog, FollowedEvent, NewEvent } from './log/event-log.ts'
import { memoryLog } from './log/memory-log.ts'
import { whenReady } from './maybe-promise.ts'
import { packedData, packedForm } from './packed.ts'
import type { Metrics } from './metrics.ts'

export interface DeliveryOptions {
  readonly namespace: AnyNamespace
  /** @default one of its own, where there is one node */
  readonly log: EventLog | undefined
  readonly metrics?: Metrics | undefined
  readonly onError: OnError
}

export interface Delivery {
  /** The log in use; undefined where none fits the namespace's adapter. */
  readonly log: () => EventLog | undefined
  /** Whether what is sent here is told to all nodes by the log, in one order. */
  readonly isFollowed: boolean
  /** All of them or none. Returns a promise only where the log takes time. */
  readonly send: (events: readonly NewEvent[], options?: AppendOptions) => void | Promise<void>
  /** To who is connected, and never again. */
  readonly sendVolatile: (events: readonly NewEvent[]) => void
  /** Sends what the log tells of from now on; once. */
  readonly follow: (listener: FollowListener) => void
  readonly close: () => void
}

interface FollowListener {
  /** A membership has changed; this node's sockets have been told. */
  readonly onRecord: (userRoom: string, change: unknown) => void
  /** These rooms have begun another life; all have, where none is named. */
  readonly onRenew: (rooms?: readonly string[]) => void
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { namespace, log, metrics, onError } = options
  if (log !== undefined) checkLog(log, namespace)
  const chosen = log ?? memoryLog()
  chosen.keep((room) => namespace.adapter.rooms.has(room))
  // All nodes of a shared log have its epoch, and one of them may be in another later.
  const stamp = createStamp(() => chosen.epoch, chosen.isShared ? undefined : chosen.epoch)
  const isFollowed = chosen.follow !== undefined
  let adapter: AnyNamespace['adapter'] | undefined
  let usable: EventLog | undefined
  let stopFollowing: (() => void) | undefined

  /** An application may set the adapter after this server is made. */
  function current(): EventLog | undefined {
    if (adapter !== namespace.adapter) {
      adapter = namespace.adapter
      usable = isUsable(chosen, namespace, onError) ? chosen : undefined
    }
    return usable
  }

  function emit({ rooms, event, data }: NewEvent, meta: EventMeta): void {
    namespace.to([...rooms]).emit(event, packedData(data), withForm(meta, data))
    metrics?.delivered(event, countLocalMembers(namespace, rooms))
  }

  function countBroadcast(events: readonly NewEvent[]): void {
    // All that are sent at once are of one name.
    const [first] = events
    if (first !== undefined) metrics?.broadcast(first.event, events.length)
  }

  function deliver(event: FollowedEvent, { onRecord }: FollowListener): void {
    const { rooms, id, places, data } = event
    if (rooms.some((room) => namespace.adapter.rooms.has(room))) {
      const meta: EventMeta = { e: chosen.epoch, i: id, p: places }
      namespace.local.to([...rooms]).emit(event.event, packedData(data), withForm(meta, data))
      metrics?.delivered(event.event, countLocalMembers(namespace, rooms))
    }
    // Whoever goes out by it has heard of it.
    if (event.event === MEMBER) for (const room of rooms) onRecord(room, data)
  }

  return {
    log: current,
    isFollowed,

    send(events, options) {
      const used = current()
      checkTransaction(used, options)
      if (used === undefined) {
        for (const event of events) emit(event, stamp())
        countBroadcast(events)
        return undefined
      }
      return whenReady(used.append(events, options), (appended) => {
        countBroadcast(events)
        if (isFollowed) return
        for (const [position, { id, places }] of appended.entries()) {
          const event = events[position]
          if (event !== undefined) emit(event, { e: used.epoch, i: id, p: places })
        }
      })
    },

    sendVolatile(events) {
      for (const { rooms, event, data } of events) {
        const meta = withForm(stamp(), data)
        namespace.to([...rooms]).volatile.emit(event, packedData(data), meta)
        metrics?.delivered(event, countLocalMembers(namespace, rooms))
      }
      countBroadcast(events)
    },

    follow(listener) {
      stopFollowing = chosen.follow?.({
        deliver(events) {
          const at = events[0]?.at
          if (at !== undefined) metrics?.lag(chosen.now() - at)
          for (const event of events) deliver(event, listener)
        },
        renew: listener.onRenew,
        onError,
      })
    },

    close() {
      stopFollowing?.()
      if (log === undefined) void chosen.close()
    },
  }
}

/** The meta, with how the data is to be read. */
function withForm(meta: EventMeta, packed: unknown): EventMeta {
  const form = packedForm(packed)
  return form === undefined ? meta : { ...meta, ...form }
}
