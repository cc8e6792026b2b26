/**
 * Asks all nodes whether they have been told of what was appended so far: it raises a number, which each
 * node sees together with all that was appended before, and repeats when it has told of that. Where the
 * log begins anew meanwhile, what was appended is gone, and some node may never have seen it.
 */

import { logClosed, nodesSilent, recordsLost } from './postgres-errors.ts'
import { json, text } from './records.ts'
import type { Session } from './session.ts'
import type { Statements } from './statements.ts'

export interface BarrierOptions {
  readonly session: Session
  readonly statements: Statements
  readonly channel: string
  readonly timeoutMs: number
}

export interface Barriers {
  /** @param epoch - what it is asked for was appended in; it rejects where that is over. */
  readonly ask: (epoch: string | undefined) => Promise<void>
  /** Some node has answered. */
  readonly hearAnswer: () => void
}

/** Where no notification says that a node has answered, it is looked up: after twice the time each time. */
const LOOK_MS = { first: 25, most: 400 }

export function createBarriers(options: BarrierOptions): Barriers {
  const { session, statements, channel, timeoutMs } = options
  const wakes = new Set<() => void>()
  let running: Promise<string> | undefined
  let next: Promise<string> | undefined

  /** Resolves with the epoch in which all nodes have answered. */
  async function raise(): Promise<string> {
    const doing = 'ask the other nodes'
    const [raised] = await session.query({
      doing,
      sql: statements.raiseBarrier,
      parameters: [channel],
    })
    const parameters = [text(raised, 'barrier')]
    const epoch = text(raised, 'epoch')
    const until = performance.now() + timeoutMs
    for (let ms = LOOK_MS.first; ; ms = Math.min(ms * 2, LOOK_MS.most)) {
      const [found] = await session.query({ doing, sql: statements.findSilent, parameters })
      if (text(found, 'epoch') !== epoch) throw recordsLost(new Date())
      const silent = json(found, 'names') as readonly string[]
      if (silent.length === 0) return epoch
      if (session.isClosed()) throw logClosed()
      if (performance.now() > until) throw nodesSilent(silent)
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

  function start(): Promise<string> {
    const raised = raise().finally(() => {
      if (running === raised) running = undefined
    })
    running = raised
    return raised
  }

  /** Of several that are asked meanwhile, one is enough; not the one under way, which is older. */
  function join(): Promise<string> {
    if (running === undefined) return start()
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined
        return start()
      })
    return next
  }

  return {
    async ask(epoch) {
      const answered = await join()
      if (epoch !== undefined && epoch !== answered) throw recordsLost(new Date())
    },

    hearAnswer() {
      for (const wake of wakes) wake()
    },
  }
}
