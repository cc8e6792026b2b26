/** Appends events: as many as Redis should do at once in one step, which is all of them or none. */

import { SyncError } from '../errors.ts'
import type { Appended, EventLog } from '../server/log/event-log.ts'
import type { Keys } from './keys.ts'
import { encodeEvent, parsePlaces, type EventLines } from './records.ts'
import { APPEND } from './scripts/append.ts'
import { textsOf, type Moment, type Session } from './session.ts'

export interface RoomLimits {
  readonly maxEventsPerRoom: number
  readonly maxAgeMs: number
  readonly roomTtlMs: number
}

export interface AppendOptions {
  readonly session: Session
  readonly keys: Keys
  readonly limits: RoomLimits
  /** What the ids of this process' events begin with. */
  readonly tag: string
}

/** Of one step: Redis does nothing else meanwhile. */
const MOST_EVENTS = 1000
const MOST_LENGTH = 4 * 1024 * 1024
/** In sum over all events; each is an argument, of which a function takes no more than the stack does. */
const MOST_ROOMS = 10_000

/** Of the keys of the script, which counts from 1. */
const FIRST_ROOM = 3

/** How long the order of events may be, in bytes: as far back a node reads what it was not told. */
const MOST_ORDER = 4 * 1024 * 1024

export function createAppend(options: AppendOptions): EventLog['append'] {
  let count = 0
  let calls = 0
  const countCall = () => ++calls

  return async (added) => {
    // All of them before any is sent: what can't be encoded is refused as a whole.
    const events = added.map((event) =>
      encodeEvent(event, `${options.tag}.${(count++).toString(36)}`),
    )
    const appended = new Map<EventLines, Appended>()
    for (const step of stepsOf(events.filter(({ rooms }) => rooms.length > 0))) {
      try {
        const places = await appendStep({ ...options, countCall }, step)
        for (const [at, event] of step.entries()) {
          appended.set(event, { id: event.id, places: parsePlaces(places[at] ?? '[]') })
        }
      } catch (thrown) {
        throw appended.size === 0 ? thrown : partly(appended.size, thrown)
      }
    }
    return events.map((event) => appended.get(event) ?? { id: event.id, places: [] })
  }
}

function stepsOf(events: readonly EventLines[]): readonly EventLines[][] {
  const steps: EventLines[][] = []
  let length = 0
  let rooms = 0
  for (const event of events) {
    const last = steps.at(-1)
    length += event.dataLine.length
    rooms += event.rooms.length
    const isFull = length >= MOST_LENGTH || rooms > MOST_ROOMS
    if (last !== undefined && last.length < MOST_EVENTS && !isFull) last.push(event)
    else {
      steps.push([event])
      length = event.dataLine.length
      rooms = event.rooms.length
    }
  }
  return steps
}

/** Answers the places of each event. */
async function appendStep(
  {
    session,
    keys,
    limits,
    tag,
    countCall,
  }: AppendOptions & { readonly countCall: () => number },
  events: readonly EventLines[],
): Promise<readonly string[]> {
  const rooms = [...new Set(events.flatMap((event) => event.rooms))]
  const positions = new Map(rooms.map((room, at) => [room, String(at + FIRST_ROOM)]))
  const lines = events.flatMap((event) => [
    String(event.rooms.length),
    ...event.rooms.map((room) => positions.get(room) ?? ''),
    event.roomsLine,
    event.nameLine,
    event.dataLine,
  ])
  const { rest } = await session.run({
    doing: 'append an event',
    script: APPEND,
    keys: (epoch) => [keys.order(epoch), ...rooms.map((room) => keys.room(epoch, room))],
    args: ({ sentAt, latest }: Moment) => [
      keys.channel,
      String(limits.maxEventsPerRoom),
      String(limits.maxAgeMs),
      String(limits.roomTtlMs),
      String(MOST_ORDER),
      String(sentAt),
      String(latest),
      `sent:${tag}`,
      String(countCall()),
      String(events.length),
      ...lines,
    ],
  })
  return textsOf(rest)
}

/** Of more events than fit in one step. */
function partly(count: number, cause: unknown): unknown {
  if (!(cause instanceof SyncError)) return cause
  return new SyncError({
    code: cause.code,
    problem: `Only the first ${count} events are in the log: ${cause.message}`,
    remedy: 'Broadcast the others again.',
    cause,
  })
}
