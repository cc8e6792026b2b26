/**
 * One socket's listeners: one per event, shared by every engine that has a rule for it.
 *
 * Two providers with the same rules apply an event once; other listeners are never touched. What has
 * a place in a room's log goes through the rooms, which know whether it is its turn. The events of a
 * frame are one batch: one write per query, and whoever listens is told behind it.
 */

import type { Query } from '@tanstack/query-core'
import type { HaltableClock } from '../../clock.ts'
import { MEMBER, type FramedEvent } from '../../control.ts'
import { findMeta, formOf, type EventMeta, type EventPlace } from '../../message.ts'
import type { SyncRule } from '../../rules.ts'
import type { JournalEntry } from '../fetches/fetch-journal.ts'
import type { Connection, ConnectionOptions } from '../rooms/connection.ts'
import { createConnection } from '../rooms/connection.ts'
import { createListeners, type Listeners } from '../listeners.ts'
import { parseMembership } from '../rooms/parse-control.ts'
import type { HeldEvent } from '../rooms/room-book.ts'
import type { Replay } from './apply-replay.ts'
import type { Batches } from './batches.ts'
import { UNREADABLE } from './reader.ts'
import type { Receiver } from './receiver.ts'
import type { RecentEvent, RecentEvents } from './recent-events.ts'
import { createRecentIds, type RecentIds } from './recent-ids.ts'
import { unpackFrames } from './unpacker.ts'

/** Told of an event once, as it was sent; `replayed` if it was missed and asked for. */
type Tap = (sent: unknown, context: TapContext) => void

interface TapContext extends Pick<HeldEvent, 'form'> {
  readonly replayed: boolean
}

export interface SocketLink {
  readonly connection: Connection
  /** What goes over data of this query that knows none of the events that are meant. */
  readonly recall: (
    query: Query,
    isMeant: (recent: RecentEvent) => boolean,
  ) => readonly JournalEntry[]
  /** Whether events have been delivered that the rule has not heard, or may have been. */
  readonly isLate: (rule: SyncRule) => boolean
  /**
   * Listens for `rule`'s event. The same rule twice is applied once to the same keys, by the latest
   * comer.
   */
  readonly listen: (event: string, rule: SyncRule, receiver: Receiver) => () => void
  readonly tap: (event: string, tap: Tap) => () => void
  /** Told of each event that nobody here listens for. Returns the undo. */
  readonly onUnknown: (listener: (event: string) => void) => () => void
  /** Keeps the link open until the undo. */
  readonly hold: () => () => void
}

type DoubtedEvent = Pick<HeldEvent, 'event' | 'data' | 'form' | 'places'>

interface Channel {
  readonly listener: (data: unknown, ...rest: unknown[]) => void
  readonly receivers: Map<SyncRule, Receivers>
  readonly taps: Listeners<Parameters<Tap>>
  readonly tapped: RecentIds
}

/** Of one rule, in several engines. */
interface Receivers {
  readonly all: readonly Receiver[]
  /** Those that apply its events: of each that reads keys in its way, the latest. */
  readonly active: readonly Receiver[]
}

export interface SocketLinkOptions extends Omit<
  ConnectionOptions,
  'deliver' | 'deliverLate' | 'onStray'
> {
  readonly clock: HaltableClock
  /** Whether the rule has not seen the event of this id before. */
  readonly isNew: (rule: SyncRule, eventId: string) => boolean
  readonly batches: Batches
  readonly startReplay: () => Replay
  /** What was delivered lately, also by an engine before on the same socket. */
  readonly recents: RecentEvents
  /** How many events had been delivered when a rule was last listened for. */
  readonly heard: WeakMap<SyncRule, number>
  /** Counts what must be put in order. */
  readonly tick: () => number
  /** Called with an event that the server has not logged, though it logs others. */
  readonly onUnlogged: (event: string) => void
  /** Called when nobody holds the link any more. */
  readonly onIdle: () => void
}

/** How many events back one that arrives again is known to `tap`. */
const TAPPED_EVENTS = 512

export function createSocketLink(options: SocketLinkOptions): SocketLink {
  const { socket, isNew, batches, startReplay } = options
  const { onUnlogged, onIdle, onError, clock, tick, recents, heard } = options
  const channels = new Map<string, Channel>()
  const unknown = createListeners<[event: string]>(onError)
  let holders = 0

  const connection = createConnection({
    ...options,
    deliver,
    deliverLate,
    onStray: doubt,
  })
  const { rooms } = connection
  const { arrivals } = rooms

  /** Several events in one packet: each in its turn, all written together. */
  function receiveAll(events: readonly FramedEvent[]): void {
    clock.haltFor(() => {
      batches.together(() => {
        for (const [event, data, ...rest] of events) receiveAny(event, data, rest)
      })
    })
  }

  function deliver(event: string, data: unknown, meta: EventMeta | undefined): void {
    if (event === MEMBER) {
      batches.settle()
      changeMembership(data, meta?.p)
      return
    }
    const { i: id, p: places = [] } = meta ?? {}
    const form = formOf(meta)
    const position = rooms.positionOf(places)
    // Also what no rule here names: one may come that does.
    recents.add({ event, data, id, places, form, position, tick: tick(), at: clock.now() })
    const channel = channels.get(event)
    if (channel === undefined) {
      unknown.tell(event)
      return
    }
    for (const [rule, { active }] of channel.receivers) {
      if (id !== undefined && !isNew(rule, id)) continue
      for (const receiver of active) {
        const read = receiver.read(data, form)
        if (read === UNREADABLE) receiver.missed(roomOf(places), { position })
        else receiver.live(read, position)
      }
    }
    if (channel.taps.size > 0 && isUntold(channel, id)) {
      batches.onceSettled(() => channel.taps.tell(data, { replayed: false, form }))
    }
  }

  function deliverLate(events: readonly HeldEvent[], replayed: boolean): void {
    batches.settle()
    const replay = startReplay()
    for (const { event, data, id, places, form, at, after = at } of events) {
      const position = rooms.positionOf(places)
      for (const [rule, { active }] of channels.get(event)?.receivers ?? []) {
        const timing = { at, after, isSeen: !isNew(rule, id), position }
        for (const receiver of active) {
          const read = receiver.read(data, form)
          if (read === UNREADABLE) receiver.missed(roomOf(places), timing)
          else receiver.late(replay, read, timing)
        }
      }
      // Whoever needs an earlier event of its room needs this one, too.
      const known = Math.max(at, after)
      recents.add({ event, data, id, places, form, position, tick: tick(), at: known })
    }
    replay.commit()
    for (const { event, data, id, places, form } of events) {
      const channel = channels.get(event)
      if (event === MEMBER) changeMembership(data, places)
      else if (channel === undefined) unknown.tell(event)
      else if (isUntold(channel, id)) channel.taps.tell(data, { replayed, form })
    }
  }

  function changeMembership(data: unknown, places: readonly EventPlace[] = []): void {
    const change = parseMembership(data)
    if (change !== undefined) rooms.onMembership(change, places)
  }

  function isUntold({ tapped }: Channel, id: string | undefined): boolean {
    return id === undefined || tapped.add(id)
  }

  function receiversOf(event: string): Receiver[] {
    const receivers = channels.get(event)?.receivers.values() ?? []
    return [...receivers].flatMap(({ active }) => active)
  }

  function doubt({ event, data, form, places }: DoubtedEvent): void {
    for (const receiver of receiversOf(event)) {
      const read = receiver.read(data, form)
      if (read === UNREADABLE) receiver.missed(roomOf(places))
      else receiver.doubt(read)
    }
  }

  function recallBy(
    receiver: Receiver,
    { data, form, places }: RecentEvent,
    query: Query,
  ): readonly JournalEntry[] {
    const read = receiver.read(data, form)
    return read === UNREADABLE
      ? receiver.recallMissed(roomOf(places), query)
      : receiver.recall(read, query)
  }

  /** The room of an event that went to one alone; undefined where that is unknown. */
  function roomOf(places: readonly EventPlace[] = []): string | undefined {
    const [first] = places
    return places.length === 1 && first ? rooms.nameOf(first[0]) : undefined
  }

  function receive(event: string, data: unknown, meta: EventMeta | undefined): void {
    if (meta?.p !== undefined && !connection.isMute()) arrivals.receive(event, data, meta)
    else {
      deliver(event, data, meta)
      if (meta === undefined && rooms.isSpeaking()) {
        onUnlogged(event)
        doubt({ event, data, form: undefined, places: [] })
      }
    }
  }

  /** Events that no rule here names have places, too; and a server without a log revokes all the same. */
  function receiveAny(event: string, data: unknown, rest: readonly unknown[]): void {
    const meta = findMeta(rest)
    if (channels.has(event) || meta?.p !== undefined || event === MEMBER) {
      receive(event, data, meta)
    } else if (meta !== undefined) unknown.tell(event)
  }

  const unpacking = unpackFrames(socket, { receiveAll, onError })
  const onAny = (event: unknown, data: unknown, ...rest: unknown[]) => {
    if (typeof event !== 'string' || channels.has(event) || unpacking.isTelling()) return
    receiveAny(event, data, rest)
  }
  socket.onAny?.(onAny)

  function open(event: string): Channel {
    const listener = (data: unknown, ...rest: unknown[]) => {
      if (!unpacking.isTelling()) receive(event, data, findMeta(rest))
    }
    const channel = {
      listener,
      receivers: new Map<SyncRule, Receivers>(),
      taps: createListeners<Parameters<Tap>>(onError),
      tapped: createRecentIds(TAPPED_EVENTS),
    }
    channels.set(event, channel)
    socket.on(event, listener)
    return channel
  }

  function closeIfUnused(event: string, { listener, receivers, taps }: Channel): void {
    if (receivers.size > 0 || taps.size > 0) return
    socket.off(event, listener)
    channels.delete(event)
  }

  return {
    connection,

    recall: (query, isMeant) =>
      recents.all().flatMap((recent) => {
        if (!isMeant(recent)) return []
        return receiversOf(recent.event)
          .flatMap((receiver) => recallBy(receiver, recent, query))
          .map((entry): JournalEntry => ({ ...entry, position: recent.position }))
      }),

    isLate(rule) {
      const isHeard = [...channels.values()].some(({ receivers }) => receivers.has(rule))
      return !isHeard && heard.get(rule) !== recents.count()
    },

    listen(event, rule, receiver) {
      const channel = channels.get(event) ?? open(event)
      const { receivers } = channel
      receivers.set(rule, receiversIn([...(receivers.get(rule)?.all ?? []), receiver]))
      return () => {
        const sameRule = receivers.get(rule)?.all ?? []
        if (!sameRule.includes(receiver)) return
        const others = sameRule.filter((other) => other !== receiver)
        if (others.length > 0) receivers.set(rule, receiversIn(others))
        else {
          receivers.delete(rule)
          heard.set(rule, recents.count())
        }
        closeIfUnused(event, channel)
      }
    },

    tap(event, tap) {
      const channel = channels.get(event) ?? open(event)
      const untap = channel.taps.add(tap)
      return () => {
        untap()
        if (channels.get(event) === channel) closeIfUnused(event, channel)
      }
    },

    onUnknown: unknown.add,

    hold() {
      holders++
      let isHeld = true
      return () => {
        if (!isHeld) return
        isHeld = false
        if (--holders > 0) return
        onIdle()
        connection.close()
        unpacking.stop()
        socket.offAny?.(onAny)
      }
    },
  }
}

function receiversIn(all: readonly Receiver[]): Receivers {
  const active = all.filter(
    (each, at) => !all.slice(at + 1).some(({ reach }) => isSameReach(reach, each.reach)),
  )
  return { all, active }
}

function isSameReach(a: Receiver['reach'], b: Receiver['reach']): boolean {
  return a.keys === b.keys && a.keyPrefix === b.keyPrefix
}
