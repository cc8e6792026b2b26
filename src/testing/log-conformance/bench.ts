/** What the claims of the conformance suite are made with. */

import type { ReplayedEvent } from '../../control.ts'
import { isEqual } from '../../equal.ts'
import type {
  Appended,
  EventLog,
  FollowedEvent,
  ReadAnswer,
  ReadQuestion,
  RoomHead,
} from '../../server/log/event-log.ts'

/** A node's end of the log, and what it was told. */
export interface End {
  readonly log: EventLog
  readonly told: readonly FollowedEvent[]
  readonly stop: () => void
  readonly append: (room: string | readonly string[], data: unknown) => Promise<Appended>
  readonly head: (room: string) => Promise<RoomHead>
  readonly read: (...questions: ReadQuestion[]) => Promise<ReadAnswer>
  /** Waits until it was told of so many events. */
  readonly hears: (count: number) => Promise<readonly FollowedEvent[]>
}

export interface Bench {
  readonly ends: readonly [End, ...End[]]
  readonly maxEventsPerRoom: number | undefined
  readonly close: () => Promise<void>
}

export interface BenchOptions {
  readonly maxEventsPerRoom?: number | undefined
  readonly patienceMs?: number | undefined
}

export function startBench(logs: readonly EventLog[], options: BenchOptions): Bench {
  const { maxEventsPerRoom, patienceMs = 5000 } = options
  const [first, ...others] = logs.map((log) => startEnd(log, patienceMs))
  if (first === undefined) throw new Error('`open` returned no log.')
  const ends: Bench['ends'] = [first, ...others]
  return {
    ends,
    maxEventsPerRoom,
    async close() {
      for (const { log, stop } of ends) {
        stop()
        await log.close()
      }
    },
  }
}

function startEnd(log: EventLog, patienceMs: number): End {
  const told: FollowedEvent[] = []
  // Every room counts as one that somebody is in.
  log.keep(() => true)
  const stop = log.follow?.({
    deliver: (events) => told.push(...events),
    renew: () => {},
    onError(error) {
      throw error
    },
  })
  return {
    log,
    told,
    stop: stop ?? (() => {}),

    async append(room, data) {
      const rooms = typeof room === 'string' ? [room] : room
      const [appended] = await log.append([{ rooms, event: 'said', data }])
      if (appended === undefined) throw new Error('`append` answered nothing for an event.')
      return appended
    },

    async head(room) {
      const [head] = await log.heads([room])
      if (head === undefined) throw new Error('`heads` answered nothing for a room.')
      return head
    },

    async read(...questions) {
      const answer = await log.read({ questions, maxEvents: 1000, maxBytes: 1024 * 1024 })
      checkTexts(answer)
      return answer
    },

    async hears(count) {
      const until = Date.now() + patienceMs
      while (told.length < count && Date.now() < until) await pause()
      expectEqual(told.length, count, 'the number of events that a node was told of')
      return told
    },
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1))

/** @throws Error that says what was found, and what should have been. */
export function expectEqual(found: unknown, expected: unknown, what: string): void {
  if (isEqual(found, expected)) return
  throw new Error(`Expected ${what} to be ${print(expected)}, and found ${print(found)}.`)
}

export function expectThat(holds: boolean, claim: string): void {
  if (!holds) throw new Error(`Expected that ${claim}.`)
}

/** What an answer has as text must be what its events say. */
function checkTexts({ events, texts }: ReadAnswer): void {
  const told = texts?.map(({ event, text, id, places, at }) => {
    return [event, JSON.parse(text) as unknown, id, places, at]
  })
  if (told !== undefined && !isEqual(told, events)) {
    throw new Error('`texts` are not the same as `events`.')
  }
}

export const dataOf = (events: readonly ReplayedEvent[]): readonly unknown[] =>
  events.map(([, data]) => data)

export const offsetsOf = ({ places }: Appended): readonly number[] =>
  places.map(([, offset]) => offset)

function print(value: unknown): string {
  return JSON.stringify(value) ?? String(value)
}
