/**
 * Reads what was sent of an event, before a rule applies it: checks it by the rule's schema, where that
 * is asked for.
 *
 * What can't be read is reported once, and never applied: whoever asked for it makes up for it.
 */

import { SyncError, type OnError } from '../../errors.ts'
import type { SyncRule } from '../../rules.ts'
import { validate, type Validation } from '../../schema.ts'

/** In the place of data that can't be read. */
export const UNREADABLE: unique symbol = Symbol('unreadable')

/** Returns the data as the rule means it, or UNREADABLE. Never throws. */
export type Read = (sent: unknown) => unknown

export interface ReaderOptions {
  /** Whether data is checked by the rules' schemas here, too. */
  readonly validate: boolean
  readonly onError: OnError
}

export function createReader(
  event: string,
  { schema }: Partial<SyncRule>,
  options: ReaderOptions,
): Read {
  const { onError } = options
  if (schema === undefined || !options.validate) return asSent
  const validation: Validation = { event, schema, remedy: NOT_APPLIED }

  function read(sent: unknown): unknown {
    try {
      const data = validate(validation, sent)
      if (!(data instanceof Promise)) return data
      // Here nothing can wait for an answer: events behind this one may be about the same row.
      data.catch(() => {})
      onError(answersLater(event))
      return sent
    } catch (thrown) {
      onError(thrown as SyncError)
      return UNREADABLE
    }
  }

  return read
}

const asSent: Read = (sent) => sent

const NOT_APPLIED =
  'It was not applied, and its queries are refetched. Are server and client built from the same rules?'

function answersLater(event: string): SyncError {
  return new SyncError({
    code: 'invalid-event',
    problem: `${event}: its schema answers later, which no client can wait for.`,
    remedy:
      'The event was applied unchecked. Leave such checks to the server, or `validate` out.',
    subject: `${event} later`,
  })
}
