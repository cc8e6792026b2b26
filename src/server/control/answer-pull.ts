/**
 * Answers a client that asks for events it has not seen. Only rooms it is in at the moment are
 * read, and nothing of the time before it was let in again.
 */

import {
  LIMITS,
  type PackedAnswer,
  type PullAnswer,
  type PullQuestion,
  type PullRequest,
  type ReplayedEvent,
  type RoomAnswer,
} from '../../control.ts'
import type { Grant } from '../grants.ts'
import type { EventLog, ReadQuestion, RoomRead } from '../log/event-log.ts'
import { whenReady } from '../maybe-promise.ts'
import { packedData, packedForm } from '../packed.ts'
import { encodeReplay } from './encode-replay.ts'

export interface PullOptions {
  readonly log: EventLog
  readonly request: PullRequest
  /** The room behind a handle, if the socket is in it. */
  readonly roomOf: (handle: string) => string | undefined
  /** What this user may see of a room after having been thrown out. */
  readonly grantOf: (room: string) => Grant | 'out' | undefined
}

const ANSWER_BYTES = 256 * 1024

/** No room has come so far: asking from here is answered `lost`, and reads nothing. */
const BEYOND = Number.MAX_SAFE_INTEGER

/** An answer, and how many events there are in it. */
export interface Pulled {
  readonly answer: PullAnswer | PackedAnswer
  readonly events: number
}

export function answerPull(options: PullOptions): Pulled | Promise<Pulled> {
  const { log, request, roomOf, grantOf } = options
  const absent: RoomAnswer[] = []
  const questions: ReadQuestion[] = []
  const grants: (Grant | undefined)[] = []
  for (const question of request.q) {
    const [handle] = question
    const room = roomOf(handle)
    if (room === undefined) absent.push(['absent', handle])
    else {
      const grant = grantOf(room)
      questions.push(
        request.e === log.epoch
          ? questionOf({ question, room, grant, now: request.t })
          : { room, since: BEYOND },
      )
      grants.push(grant === 'out' ? undefined : grant)
    }
  }
  const limits = { maxEvents: LIMITS.eventsPerAnswer, maxBytes: ANSWER_BYTES }
  return whenReady(log.read({ questions, ...limits }), (read) => {
    const { rooms, texts } = read
    const r = [...absent, ...rooms.map((room, position) => answerOf(room, grants[position]))]
    if (request.b === 1 && texts !== undefined && texts.length > 0) {
      const b = encodeReplay(texts, log.epoch)
      return { answer: { r, b }, events: texts.length }
    }
    const ev = read.events.map(unpacked)
    return { answer: { r, ev }, events: ev.length }
  })
}

interface Asked {
  readonly question: PullQuestion
  readonly room: string
  readonly grant: Grant | 'out' | undefined
  readonly now: number
}

function questionOf({ question, room, grant, now }: Asked): ReadQuestion {
  const [handle, since, ageMs] = question
  if (grant === 'out') return { room, since: BEYOND }
  // A grant of an earlier life of the room has nothing to say of the offsets of this one.
  const seenFrom = grant?.handle === handle ? grant.head : 0
  if (since !== -1 || ageMs === undefined) {
    return { room, since: since < seenFrom ? BEYOND : since }
  }
  return { room, since: seenFrom, after: now - ageMs }
}

function unpacked(replayed: ReplayedEvent): ReplayedEvent {
  const [event, packed, id, places, at] = replayed
  const form = packedForm(packed)
  return form === undefined ? replayed : [event, packedData(packed), id, places, at, form]
}

function answerOf(room: RoomRead, grant: Grant | undefined): RoomAnswer {
  const { handle, head, isLost, through, completeSince } = room
  if (isLost) return ['lost', handle, head]
  return ['events', handle, through, head, Math.max(completeSince, grant?.at ?? -Infinity)]
}
