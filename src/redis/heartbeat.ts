/**
 * What a node that follows does now and then: it says that it is there, looks whether it hears itself
 * and whether the log is what it was, and keeps the rooms that somebody is in.
 */

import type { Outages } from '../outages.ts'
import type { RoomLimits } from './append.ts'
import type { Following } from './follower.ts'
import type { Keys } from './keys.ts'
import type { RoomBook } from './room-book.ts'
import { BEAT } from './scripts/nodes.ts'
import { KEEP } from './scripts/rooms.ts'
import { textsOf, type Session } from './session.ts'
import type { Subscription } from './subscription.ts'

export interface HeartbeatOptions {
  readonly session: Session
  readonly keys: Keys
  readonly node: string
  /** Where it hears itself. */
  readonly ownChannel: string
  readonly rooms: RoomBook
  readonly limits: RoomLimits
  readonly heartbeatMs: number
  readonly outages: Outages
  readonly clock: () => number
  readonly following: Following
  readonly listener: Subscription
  /** Rooms that are not there any more, or in another life. */
  readonly onLost: (rooms: readonly string[]) => void
}

export interface Heartbeat {
  /** Beats at once: a connection is there again. What it listened to may have been lost. */
  readonly soon: () => void
  /** The node has heard itself. */
  readonly heard: () => void
  /** Whether it has not said for so long that it is there that nobody waits for it any more. */
  readonly isAway: () => boolean
  readonly stop: () => void
}

/** A node that has not been heard for so many beats is gone; one that has not heard itself is deaf. */
const MOST_MISSED = 3
/** How often a node beats until it hears itself. */
const DEAF_MS = 100
/** How many rooms one script looks at. */
const MOST_ROOMS = 500

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { session, keys, node, ownChannel, rooms, limits, heartbeatMs, outages, clock } =
    options
  const { following, listener, onLost } = options
  let heardAt = -Infinity
  let saidLast = clock()
  /** When it said first what it has not heard. */
  let unheardSince: number | undefined
  let isHearing = false
  let keptAt = clock()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isBeating = false
  let isSoon = false
  let isKeeping = false
  let isStopped = false

  async function beat(): Promise<void> {
    clearTimeout(timer)
    isBeating = true
    isSoon = false
    try {
      await sayHere()
      if (clock() - keptAt > limits.maxAgeMs / 4) keepAside()
    } catch (thrown) {
      if (!isStopped) outages.began(thrown)
    }
    isBeating = false
    if (!isStopped) timer = setTimeout(() => void beat(), isSoon ? 0 : pause())
  }

  const pause = () => (isHearing ? heartbeatMs : Math.min(heartbeatMs, DEAF_MS))

  async function sayHere(): Promise<void> {
    listener.ensure()
    if (unheardSince !== undefined) isHearing = false
    const saidAt = clock()
    const toldBefore = following.seq
    const asked = session.epoch
    const { epoch, seq } = await session.run({
      doing: 'say that this node is there',
      script: BEAT,
      keys: () => [keys.nodes],
      args: () => [String(heartbeatMs * MOST_MISSED), node, ownChannel],
    })
    if (isStopped) return
    saidLast = saidAt
    // What was told is gone: another Redis answers than before, with an older state.
    if (epoch === asked && seq < toldBefore) return session.begin(epoch)
    if (heardAt < saidAt) unheardSince ??= saidAt
    if (clock() - (unheardSince ?? Infinity) > heartbeatMs * MOST_MISSED) {
      unheardSince = undefined
      listener.renew()
    }
    // Until it hears again, it asks.
    if (!isHearing) following.hear(`t ${epoch} ${seq}`)
    return undefined
  }

  /** Many rooms take long: nobody must count this node as gone meanwhile. */
  function keepAside(): void {
    if (isKeeping) return
    isKeeping = true
    keepRooms()
      .catch((thrown: unknown) => {
        if (!isStopped) outages.began(thrown)
      })
      .finally(() => {
        isKeeping = false
      })
  }

  async function keepRooms(): Promise<void> {
    keptAt = clock()
    const used = rooms.inUse()
    for (let at = 0; at < used.length; at += MOST_ROOMS) {
      const part = used.slice(at, at + MOST_ROOMS)
      const { epoch, rest } = await session.run({
        doing: 'keep rooms',
        script: KEEP,
        keys: (epoch) => part.map(([room]) => keys.room(epoch, room)),
        args: () => [
          String(limits.roomTtlMs),
          String(limits.maxEventsPerRoom),
          String(limits.maxAgeMs),
        ],
      })
      // In another epoch all is told anew.
      if (isStopped || epoch !== session.epoch) return
      const handles = textsOf(rest)
      const lost = part.filter(([, handle], place) => handles[place] !== handle)
      for (const [room] of lost) rooms.forget(room)
      if (lost.length > 0) onLost(lost.map(([room]) => room))
    }
  }

  void beat()

  return {
    soon() {
      if (isStopped) return
      isHearing = false
      if (isBeating) isSoon = true
      else void beat()
    },
    isAway: () => clock() - saidLast > heartbeatMs * MOST_MISSED,

    heard() {
      heardAt = clock()
      unheardSince = undefined
      isHearing = true
      outages.ended()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
