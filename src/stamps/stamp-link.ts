/**
 * The tRPC link that keeps the stamp of each answer. It stands before the terminating link, where the
 * response's headers can be seen. Nothing of tRPC is imported: what is needed of it is named here.
 */

import { rememberStamp } from '../engine/stamps/stamp-memory.ts'
import { callKey, readStamp, STAMP_HEADER } from '../stamp-header.ts'

interface Operation {
  readonly type: string
  readonly path: string
  readonly input: unknown
}

/** What a terminating link answers. */
interface Envelope {
  readonly result?: unknown
  readonly context?: Readonly<Record<string, unknown>> | undefined
}

interface Observer {
  next?: (value: Envelope) => void
}

/** An observable of tRPC's. */
interface Answers {
  subscribe: (observer: Observer) => unknown
  pipe: (...operators: never[]) => unknown
}

/** A tRPC link, for any router. */
type StampLink = (
  runtime: unknown,
) => <Op, Result>(options: { op: Op; next: (op: Op) => Result }) => Result

/**
 * Keeps the stamps that `SyncServer.stampRequest` gives to answers, for the engine:
 *
 * ```ts
 * createTRPCClient<AppRouter>({ links: [syncStampLink(), httpBatchLink({ url })] })
 * ```
 */
export function syncStampLink(): StampLink {
  return () =>
    ({ op, next }) => {
      const { type, path, input } = op as Operation
      const answers = next(op)
      if (type !== 'query') return answers
      // An observable of the same kind: links only subscribe to it, and pipe it.
      return watch(answers as Answers, (envelope) =>
        noteStamp(envelope, path, input),
      ) as typeof answers
    }
}

function watch(source: Answers, onAnswer: (envelope: Envelope) => void): Answers {
  const watched: Answers = {
    subscribe: (observer) =>
      source.subscribe({
        ...bound(observer),
        next(envelope) {
          onAnswer(envelope)
          observer.next?.(envelope)
        },
      }),
    pipe: (...operators) =>
      (operators as ((piped: unknown) => unknown)[]).reduce<unknown>(
        (piped, operator) => operator(piped),
        watched,
      ),
  }
  return watched
}

/** An observer's other methods, called on the observer itself. */
function bound(observer: Observer): Observer {
  return Object.fromEntries(
    Object.entries(observer).map(([name, method]: [string, unknown]) => [
      name,
      typeof method === 'function' ? method.bind(observer) : method,
    ]),
  )
}

function noteStamp({ result, context }: Envelope, path: string, input: unknown): void {
  const text = headerOf(context?.['response'])
  if (text === undefined || typeof result !== 'object' || result === null) return
  if (!('data' in result)) return
  const stamp = readStamp(text, callKey(path, input))
  if (stamp !== undefined) rememberStamp(result.data, stamp, { path, input })
}

/** The header of a response as `fetch` gives it; what else answers has none. */
function headerOf(response: unknown): string | undefined {
  const { headers } = (response ?? {}) as { readonly headers?: unknown }
  const { get } = (headers ?? {}) as { readonly get?: unknown }
  if (typeof get !== 'function') return undefined
  const text: unknown = get.call(headers, STAMP_HEADER)
  return typeof text === 'string' ? text : undefined
}
