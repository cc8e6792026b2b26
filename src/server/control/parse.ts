/**
 * Reads what a client asks. Whatever is not what it should be is undefined, or left out.
 */

import { LIMITS, type PullQuestion, type PullRequest } from '../../control.ts'

/** Names of rooms; undefined if it is no list, or too long a one. */
export function parseRoomNames(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length > LIMITS.roomsPerMessage) return undefined
  return [...new Set(value.filter(isRoomName))]
}

export function parsePull(value: unknown): PullRequest | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { e, t, q, b } = value as Partial<Record<keyof PullRequest, unknown>>
  if (typeof e !== 'string' || !isTime(t) || !Array.isArray(q)) return undefined
  if (q.length > LIMITS.roomsPerMessage) return undefined
  // One question for each room: asking twice costs the server, and tells nobody more.
  const questions = new Map(q.filter(isQuestion).map((question) => [question[0], question]))
  return { e, t, q: [...questions.values()], ...(b === 1 && { b }) }
}

/** A client's callback for an answer; one that does nothing where there is none. */
export function parseAck(value: unknown): (answer: unknown) => void {
  return typeof value === 'function' ? (value as (answer: unknown) => void) : () => {}
}

function isRoomName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= LIMITS.roomNameLength
}

function isQuestion(value: unknown): value is PullQuestion {
  if (!Array.isArray(value)) return false
  const [handle, since, ageMs] = value as unknown[]
  if (!isRoomName(handle)) return false
  if (since === -1) return isTime(ageMs)
  return typeof since === 'number' && Number.isSafeInteger(since) && since >= 0
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}
