/**
 * Schemas, by the interface that their libraries share: Standard Schema, version 1, of zod 4, valibot,
 * arktype and others. It is written out here, as its makers intend: nobody needs a package for it.
 */

import { SyncError } from './errors.ts'

/** Whatever has a Standard Schema in it, and yields an `Output`. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Never there at run time. In front: a wrong schema's error is shortest here. */
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  }
}

/** A schema by what it takes, before defaults and coercions. */
export interface SchemaTaking<Input> {
  readonly '~standard': { readonly types?: { readonly input: Input } | undefined }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** An event's data on its way through its rule's schema. */
export interface Validation {
  readonly event: string
  readonly schema: StandardSchema
  /** What follows where it is refused, and what to do. */
  readonly remedy: string
}

/**
 * What the schema makes of the data: with defaults, coerced. A promise only where the schema answers
 * later.
 *
 * @throws SyncError `invalid-event`, with the path at fault and without what is there.
 */
export function validate(validation: Validation, data: unknown): unknown {
  const { '~standard': standard } = validation.schema
  try {
    const result = standard.validate(data)
    if (!(result instanceof Promise)) return valueOf(validation, result)
    return result.then(
      (later) => valueOf(validation, later),
      (cause: unknown) => {
        throw schemaFailed(validation, cause)
      },
    )
  } catch (cause) {
    throw cause instanceof SyncError ? cause : schemaFailed(validation, cause)
  }
}

function valueOf(
  { event, schema, remedy }: Validation,
  result: SchemaResult<unknown>,
): unknown {
  if (result.issues === undefined) return result.value
  const [first] = result.issues
  const others = result.issues.length - 1
  const more = others > 0 ? ` (and ${others} more)` : ''
  throw new SyncError({
    code: 'invalid-event',
    problem: `${event}: ${first === undefined ? REFUSED : describe(first, schema)}${more}.`,
    remedy,
    subject: event,
  })
}

const REFUSED = 'refused by its schema'

function describe(issue: SchemaIssue, { '~standard': { vendor } }: StandardSchema): string {
  const names: string[] = []
  // Not by `map`: a library's path may be a kind of array of its own.
  for (const step of issue.path ?? [])
    names.push(String(typeof step === 'object' ? step.key : step))
  const place = names.length === 0 ? '' : `${names.join('.')}: `
  return place + describeFault(issue, vendor)
}

/**
 * What was expected. Most libraries repeat in their message what they got instead: a payload, which
 * has no business in a log. Only zod never does.
 */
function describeFault(issue: SchemaIssue, vendor: string): string {
  const { expected } = issue as { readonly expected?: unknown }
  // Of a union, arktype says here, too, what it got.
  if (typeof expected === 'string' && !expected.includes('(was ')) return `expected ${expected}`
  return vendor === 'zod' ? issue.message : REFUSED
}

/** The schema itself has failed: nobody knows what it would have said. */
export function schemaFailed(
  { event, remedy }: Pick<Validation, 'event' | 'remedy'>,
  cause: unknown,
): SyncError {
  return new SyncError({
    code: 'invalid-event',
    problem: `${event}: its schema failed: ${String(cause)}.`,
    remedy,
    subject: event,
    cause,
  })
}
