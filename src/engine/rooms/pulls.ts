/**
 * Asks the server for events that were missed: all rooms that wait in one message, one message at a
 * time, until each has what it asked for.
 */

import { LIMITS, PULL } from '../../control.ts'
import type { Hello, PullAnswer, PullQuestion, PullRequest } from '../../control.ts'
import type { Clock } from '../../clock.ts'
import { parsePullAnswer } from './parse-control.ts'
import { isRecord } from '../../is-record.ts'
import type { Room } from './room-book.ts'

export interface PullsOptions {
  readonly clock: Clock
  /** Sends a message that is answered, unless the connection ends first. */
  readonly request: (
    event: string,
    payload: unknown,
    onAnswer: (answer: unknown) => void,
  ) => void
  readonly anchor: () => Anchor
  readonly onAnswer: (answer: PullAnswer) => void
}

/** The server's hello, and when it was received: what all its times are counted from. */
export interface Anchor {
  readonly hello: Hello
  readonly at: number
}

export interface Pulls {
  readonly add: (room: Room) => void
  readonly delete: (room: Room) => void
  /** Asks nothing any more: the connection is gone. */
  readonly clear: () => void
}

/** How long an answer may take before the question is asked again. */
const ANSWER_MS = 10_000
/** How long to wait where the server says that it is busy, at least. */
const BUSY_MS = 100

export function createPulls({ clock, request, anchor, onAnswer }: PullsOptions): Pulls {
  const waiting = new Set<Room>()
  /** The request under way; answers to any other are ignored. */
  let current: symbol | undefined
  let timer: unknown
  /** Until an answer shows that bytes do not come through, as where the parser is one of JSON alone. */
  let takesBytes = typeof TextDecoder === 'function'
  let isScheduled = false

  /** After what goes on now, so that one message asks for all rooms joined at once. */
  function schedule(): void {
    if (isScheduled) return
    isScheduled = true
    queueMicrotask(() => {
      isScheduled = false
      if (current === undefined) ask()
    })
  }

  function ask(): void {
    const rooms = [...waiting].slice(0, LIMITS.roomsPerMessage)
    if (rooms.length === 0) return
    const id = Symbol('pull')
    current = id
    for (const room of rooms) waiting.delete(room)
    const again = () => {
      current = undefined
      for (const room of rooms) if (room.state === 'catching-up') waiting.add(room)
      ask()
    }
    timer = clock.setTimeout(again, ANSWER_MS)
    const bytes = takesBytes ? { b: 1 } : {}
    request(PULL, { ...makeRequest(rooms, anchor()), ...bytes }, (value) => {
      if (current !== id) return
      clock.clearTimeout(timer)
      const answer = parsePullAnswer(value)
      if (answer === undefined && takesBytes && isRecord(value) && 'b' in value) {
        takesBytes = false
        again()
        return
      }
      if (answer === undefined) {
        timer = clock.setTimeout(again, busyMs(value))
        return
      }
      current = undefined
      onAnswer(answer)
      ask()
    })
  }

  return {
    add(room) {
      waiting.add(room)
      schedule()
    },

    delete(room) {
      waiting.delete(room)
    },

    clear() {
      waiting.clear()
      current = undefined
      clock.clearTimeout(timer)
    },
  }
}

function makeRequest(rooms: readonly Room[], { hello, at }: Anchor): PullRequest {
  const q = rooms.flatMap(({ place, since }): PullQuestion[] => {
    if (place === undefined) return []
    if (place.applied >= 0) return [[place.handle, place.applied]]
    // Counted from when the hello came, as `t` is when it left: later means earlier, never less.
    return [[place.handle, -1, at - since]]
  })
  return { e: hello.e, t: hello.t, q }
}

function busyMs(value: unknown): number {
  const isBusy = typeof value === 'object' && value !== null && 'busy' in value
  const asked = isBusy && typeof value.busy === 'number' ? value.busy : ANSWER_MS
  return Math.min(ANSWER_MS, Math.max(BUSY_MS, asked))
}
