/**
 * Clients in a process of their own that lose their connections all at once, and come back all at
 * once, by one of several ways to catch up with what they missed.
 */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * - `sync` is told of its rooms and pulls what it missed of them.
 * - `recovery` is Socket.IO's connection state recovery.
 * - `refetch` missed everything, and fetches what it shows anew, in one batch by tRPC's client.
 * - `bare` comes back, and that is all.
 */
export type CatchUp = 'sync' | 'recovery' | 'refetch' | 'bare'

export interface CrowdOptions {
  readonly port: number
  readonly count: number
  readonly catchUp: CatchUp
  /** How many events each of them misses while it is away. */
  readonly missed: number
  /** What `refetch` asks for. */
  readonly path: string
}

export type CrowdOrder = 'connect' | 'drop' | 'come back'

export interface Crowd {
  /** Resolves when all of them have done so; coming back, when they have what they missed. */
  readonly all: (order: CrowdOrder) => Promise<void>
  readonly stop: () => void
}

/** A benchmark fails rather than waits for a client that is gone. */
const PATIENCE_MS = 60_000

export async function startCrowd(options: CrowdOptions): Promise<Crowd> {
  const file = fileURLToPath(new URL('./crowd-process.ts', import.meta.url))
  const child = fork(file, [JSON.stringify(options)])
  const answer = async () => {
    const signal = AbortSignal.timeout(PATIENCE_MS)
    const [said] = (await once(child, 'message', { signal })) as [string]
    if (said !== 'done') throw new Error(said)
  }
  const crowd: Crowd = {
    async all(order) {
      const done = answer()
      child.send(order)
      await done
    },
    stop() {
      child.kill()
    },
  }
  await answer()
  await crowd.all('connect')
  return crowd
}
