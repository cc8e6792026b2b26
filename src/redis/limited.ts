/** What a client does while it has no connection is its own business; who waits is told in time. */

import { redisError, unreachable } from './redis-errors.ts'

export interface Limit {
  /** For the error: `Redis could not be reached to …`. */
  readonly doing: string
  readonly ms: number
}

/** Rejects with a SyncError, in time; the work goes on, and nobody waits for it. */
export async function limited<Value>(
  { doing, ms }: Limit,
  work: Promise<Value>,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const giveUp = () => reject(unreachable(doing, new Error(`no answer within ${ms} ms`)))
    // What arrived while this process was busy is looked at before.
    timer = setTimeout(() => setImmediate(giveUp), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (thrown) {
    throw redisError(thrown, doing)
  } finally {
    clearTimeout(timer)
  }
}
