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
  if (transformer === undefined) {
    throw unreadable(event, {
      kind: 'transformer',
      problem: 'the server has a transformer, and this client has none.',
      remedy: 'Give the provider, or the engine, the same `transformer`.',
    })
  }
  try {
    return decode(transformer, sent, form.t)
  } catch (cause) {
    throw unreadable(event, {
      kind: 'decode',
      problem: 'the transformer could not deserialize its data.',
      remedy: 'Have server and client the same one? See `cause`.',
      cause,
    })
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
  if (!(sent <= version)) {
    throw unreadable(event, {
      kind: 'newer',
      problem: `it came in version ${sent}, and the rules here know ${version}.`,
      remedy: 'The page needs the newer rules: reload it.',
    })
  }
  let current = data
  for (let from = sent; from < version; from++) {
    const step = upcast[from]
    if (step === undefined) {
      throw unreadable(event, {
        kind: 'older',
        problem: `it came in version ${sent}, from which nothing leads up to ${version}.`,
        remedy: `Give its rule \`upcast\` from ${sent} on.`,
      })
    }
    try {
      current = step(current)
    } catch (cause) {
      throw unreadable(event, {
        kind: 'upcast',
        problem: `\`upcast\` from version ${from} threw ${String(cause)}.`,
        remedy: 'See `cause` for the place.',
        cause,
      })
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
    const data = validate({ event, schema, remedy: NOT_ALLOWED }, sent)
    if (!(data instanceof Promise)) return data
    // Here nothing can wait for an answer: events behind this one may be about the same row.
    data.catch(() => {})
    options.onError(answersLater(event))
    return sent
  }
}

const NOT_APPLIED = 'It was not applied, and its queries are refetched.'

const NOT_ALLOWED = `${NOT_APPLIED} Are server and client built from the same rules?`

function answersLater(event: string): SyncError {
  return new SyncError({
    code: 'invalid-event',
    problem: `${event}: its schema answers later, which no client can wait for.`,
    remedy:
      'The event was applied unchecked. Leave such checks to the server, or `validate` out.',
    subject: `${event} later`,
  })
}

interface Unreadable {
  /** What tells the reports of one event apart. */
  readonly kind: string
  readonly problem: string
  readonly remedy: string
  readonly cause?: unknown
}

function unreadable(event: string, { kind, problem, remedy, cause }: Unreadable): SyncError {
  return new SyncError({
    code: 'unreadable-event',
    problem: `${event}: ${problem}`,
    remedy: `${NOT_APPLIED} ${remedy}`,
    subject: `${event} ${kind}`,
    cause,
  })
}
