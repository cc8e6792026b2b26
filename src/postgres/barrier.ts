/**
 * Asks all nodes whether they have been told of what was appended so far: it raises a number, which each
 * node sees together with all that was appended before, and repeats when it has told of that.
 */

import { logClosed, nodesSilent } from './postgres-errors.ts'
import { text } from './records.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'

export interface BarrierOptions {
  readonly session: Session
  readonly statements: Statements
  readonly channel: string
  readonly timeoutMs: number
}

export interface Barriers {
  readonly ask: () => Promise<void>
  /** Some node has answered. */
  readonly hearAnswer: () => void
}

/** Where no notification says that a node has answered, it is looked up: after twice the time each time. */
const LOOK_MS = { first: 25, most: 400 }

export function createBarriers(options: BarrierOptions): Barriers {
  const { session, statements, channel, timeoutMs } = options
  const wakes = new Set<() => void>()
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  async function raise(): Promise<void> {
    const doing = 'ask the other nodes'
    const [raised] = await session.query({
      doing,
      sql: statements.raiseBarrier,
      parameters: [channel],
    })
    const parameters = [text(raised, 'barrier')]
    const until = performance.now() + timeoutMs
    for (let ms = LOOK_MS.first; ; ms = Math.min(ms * 2, LOOK_MS.most)) {
      const silent = await session.query({ doing, sql: statements.findSilent, parameters })
      if (silent.length === 0) return
      if (session.isClosed()) throw logClosed()
      if (performance.now() > until) throw nodesSilent(silent.map((row) => text(row, 'name')))
      await answerWithin(ms)
    }
  }

  function answerWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        wakes.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      wakes.add(done)
    })
  }

  function start(): Promise<void> {
    const raised = raise().finally(() => {
      if (running === raised) running = undefined
    })
    running = raised
    return raised
  }

  return {
    /** Of several that are asked meanwhile, one is enough; not the one under way, which is older. */
    ask() {
      if (running === undefined) return start()
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined
          return start()
        })
      return next
    },

    hearAnswer() {
      for (const wake of wakes) wake()
    },
  }
}
