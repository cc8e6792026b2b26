/**
 * Sends events to their rooms: into the log first, so that nobody sees what nobody can ask for.
 *
 * The log of one process is its own: what is in it is sent at once. A log that several nodes share
 * says what is to be sent, and when: then each node sends to its own sockets, all in one order.
 *
 * What a node sends to its own sockets goes out through the outlet, several events in one packet where
 * they come thick. Where an adapter carries events to other nodes' sockets, each is a packet.
 */

import { MEMBER } from '../control.ts'
import type { OnError } from '../errors.ts'
import { createStamp, type EventMeta } from '../message.ts'
import { isSingleNode } from './adapter-kind.ts'
import { checkLog, checkTransaction, isUsable } from './choose-log.ts'
import type { OutgoingEvent } from './delivery/frames.ts'
import { createOutlet, type Outlet } from './delivery/outlet.ts'
import { createTransmitter, type Transmitter } from './delivery/transmit.ts'
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

export interface Delivery
  extends Pick<Outlet, 'beforePacket' | 'onMove' | 'hurry'>, Pick<Transmitter, 'setUnpacking'> {
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
  /** Who was thrown out meanwhile is not known here; of these users' own rooms, where some are named. */
  readonly onLapse: (rooms?: readonly string[]) => void
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { namespace, log, metrics, onError } = options
  if (log !== undefined) checkLog(log, namespace)
  const chosen = log ?? memoryLog()
  const isHere = (room: string) => namespace.adapter.rooms.has(room)
  chosen.keep(isHere)
  // All nodes of a shared log have its epoch, and one of them may be in another later.
  const stamp = createStamp(() => chosen.epoch, chosen.isShared ? undefined : chosen.epoch)
  const isFollowed = chosen.follow !== undefined
  const transmitter = createTransmitter(namespace)
  const outlet = createOutlet({ transmitter, onError })
  let adapter: AnyNamespace['adapter'] | undefined
  let usable: EventLog | undefined
  /** Whether all who are meant are sockets of this node. */
  let isAlone = false
  let stopFollowing: (() => void) | undefined

  /** An application may set the adapter after this server is made. */
  function current(): EventLog | undefined {
    if (adapter !== namespace.adapter) {
      adapter = namespace.adapter
      usable = isUsable(chosen, namespace, onError) ? chosen : undefined
      isAlone = isSingleNode(adapter)
    }
    return usable
  }

  /** To all who are in an event's rooms, on whichever node. */
  function emit(events: readonly OutgoingEvent[]): void {
    if (isAlone) outlet.send(events.filter(({ rooms }) => rooms.some(isHere)))
    else {
      for (const { rooms, event, data, meta } of events) {
        namespace.to([...rooms]).emit(event, data, meta)
      }
    }
    count(events)
  }

  function count(events: readonly OutgoingEvent[]): void {
    if (metrics === undefined) return
    for (const { event, rooms } of events) {
      metrics.delivered(event, countLocalMembers(namespace, rooms))
    }
  }

  function countBroadcast(events: readonly NewEvent[]): void {
    // All that are sent at once are of one name.
    const [first] = events
    if (first !== undefined) metrics?.broadcast(first.event, events.length)
  }

  function deliver(told: readonly FollowedEvent[], { onRecord }: FollowListener): void {
    const sent: OutgoingEvent[] = []
    const sendAll = () => {
      outlet.send(sent)
      count(sent.splice(0))
    }
    for (const { rooms, event, id, places, data } of told) {
      if (rooms.some(isHere)) {
        sent.push(outgoing({ rooms, event, data }, { e: chosen.epoch, i: id, p: places }))
      }
      if (event !== MEMBER) continue
      // Whoever goes out by it has heard of it.
      sendAll()
      for (const room of rooms) onRecord(room, data)
    }
    sendAll()
  }

  return {
    beforePacket: outlet.beforePacket,
    onMove: outlet.onMove,
    hurry: outlet.hurry,
    setUnpacking: transmitter.setUnpacking,
    log: current,
    isFollowed,

    send(events, options) {
      const used = current()
      checkTransaction(used, options)
      if (used === undefined) {
        emit(events.map((event) => outgoing(event, stamp())))
        countBroadcast(events)
        return undefined
      }
      return whenReady(used.append(events, options), (appended) => {
        countBroadcast(events)
        if (isFollowed) return
        emit(
          appended.flatMap(({ id, places }, position) => {
            const event = events[position]
            return event === undefined
              ? []
              : outgoing(event, { e: used.epoch, i: id, p: places })
          }),
        )
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
          deliver(events, listener)
        },
        renew: listener.onRenew,
        lapse: listener.onLapse,
        onError,
      })
    },

    close() {
      stopFollowing?.()
      if (log === undefined) void chosen.close()
    },
  }
}

function outgoing({ rooms, event, data }: NewEvent, meta: EventMeta): OutgoingEvent {
  return { rooms, event, data: packedData(data), meta: withForm(meta, data) }
}

/** The meta, with how the data is to be read. */
function withForm(meta: EventMeta, packed: unknown): EventMeta {
  const form = packedForm(packed)
  return form === undefined ? meta : { ...meta, ...form }
}
