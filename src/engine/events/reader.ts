/**
 * Reads what was sent of an event, before a rule applies it: decodes what a transformer has made,
 * brings older data up to the rule's version, and checks it by the rule's schema where that is asked
 * for.
 *
 * What can't be read is reported once, and never applied: whoever asked for it makes up for it.
 */

import { SyncError, type OnError } from '../../errors.ts'
import type { DataForm } from '../../message.ts'
import type { SyncRule } from '../../rules.ts'
import { validate } from '../../schema.ts'
import { decode, type Transformer } from '../../transformer.ts'

/** In the place of data that can't be read. */
export const UNREADABLE: unique symbol = Symbol('unreadable')

/** Returns the data as the rule means it, or UNREADABLE. Never throws. */
export type Read = (sent: unknown, form: DataForm | undefined) => unknown

export interface ReaderOptions {
  /** The server's; undefined where its data is what JSON makes of it. */
  readonly transformer: Transformer | undefined
  /** Whether data is checked by the rules' schemas here, too. */
  readonly validate: boolean
  readonly onError: OnError
}

/** @param rule - none for an event that is only listened to */
export function createReader(
  event: string,
  rule: SyncRule | undefined,
  options: ReaderOptions,
): Read {
  const { transformer, onError } = options
  const check = createCheck(event, rule, options)
  const isAsSent = check === undefined && (rule?.version ?? 1) === 1
  /** What one message was read as: it has a rule, and others who listen. */
  const known = new WeakMap<object, unknown>()

  function read(sent: unknown, form: DataForm | undefined): unknown {
    try {
      const decoded = decodeAs(form, { event, sent, transformer })
      const data = rule === undefined ? decoded : bringUp(event, rule, { data: decoded, form })
      return check === undefined ? data : check(data)
    } catch (thrown) {
      // Whatever else may fail is turned into one.
      onError(thrown as SyncError)
      return UNREADABLE
    }
  }

  return (sent, form) => {
    if (form === undefined && isAsSent) return sent
    const message = form ?? sent
    if (typeof message !== 'object' || message === null) return read(sent, form)
    if (!known.has(message)) known.set(message, read(sent, form))
    return known.get(message)
  }
}

interface Coded {
  readonly event: string
  readonly sent: unknown
  readonly transformer: Transformer | undefined
}

function decodeAs(form: DataForm | undefined, { event, sent, transformer }: Coded): unknown {
  if (form?.t === undefined) return sent
  if (transformer === undefined) throw noTransformer(event)
  try {
    return decode(transformer, sent, form.t)
  } catch (cause) {
    throw notDecoded(event, cause)
  }
}

interface Versioned {
  readonly data: unknown
  readonly form: DataForm | undefined
}

/** The data in the version that the rule knows. */
function bringUp(
  event: string,
  { version = 1, upcast = {} }: SyncRule,
  { data, form }: Versioned,
): unknown {
  const sent = form?.v ?? 1
  // Whatever is no version is none that is known.
  if (!(sent <= version)) throw tooNew(event, sent, version)
  let current = data
  for (let from = sent; from < version; from++) {
    const step = upcast[from]
    if (step === undefined) throw tooOld(event, sent, version)
    try {
      current = step(current)
    } catch (cause) {
      throw upcastFailed(event, from, cause)
    }
  }
  return current
}

/** Undefined where nothing is to be checked. */
function createCheck(
  event: string,
  rule: SyncRule | undefined,
  options: ReaderOptions,
): ((data: unknown) => unknown) | undefined {
  const schema = rule?.schema
  if (schema === undefined || !options.validate) return undefined
  return (sent) => {
    const data = validate({ event, schema, remedy: NOT_APPLIED }, sent)
    if (!(data instanceof Promise)) return data
    // Here nothing can wait for an answer: events behind this one may be about the same row.
    data.catch(() => {})
    options.onError(answersLater(event))
    return sent
  }
}

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

function noTransformer(event: string): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: the server has a transformer, and this client has none.`,
    remedy:
      'Give the provider, or the engine, the same `transformer`; until then its queries are refetched.',
    subject: `${event} transformer`,
  })
}

function tooNew(event: string, sent: number, version: number): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: it came in version ${sent}, and the rules here know ${version}.`,
    remedy: 'Load the newer rules: reload the page. Until then its queries are refetched.',
    subject: `${event} newer`,
  })
}

function tooOld(event: string, sent: number, version: number): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: it came in version ${sent}, from which nothing leads up to ${version}.`,
    remedy: `Give its rule \`upcast\` from ${sent} on; until then its queries are refetched.`,
    subject: `${event} older`,
  })
}

function upcastFailed(event: string, from: number, cause: unknown): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: \`upcast\` from version ${from} threw ${String(cause)}.`,
    remedy: 'It was not applied, and its queries are refetched. See `cause` for the place.',
    subject: `${event} upcast`,
    cause,
  })
}

function notDecoded(event: string, cause: unknown): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: the transformer could not deserialize its data.`,
    remedy:
      'It was not applied, and its queries are refetched. Have server and client the same one? See `cause`.',
    subject: `${event} decode`,
    cause,
  })
}
