/**
 * Asks all nodes whether they have been told of what was appended so far. A question is published
 * behind it; a node answers when it comes to the question.
 */

import type { Keys } from './keys.ts'
import { logClosed, lostMeanwhile, nodesSilent } from './redis-errors.ts'
import { ASK } from './scripts/nodes.ts'
import { textsOf, type Session } from './session.ts'

export interface BarrierOptions {
  readonly session: Session
  readonly keys: Keys
  /** What tells this process from all others. */
  readonly tag: string
  readonly aliveMs: number
  readonly timeoutMs: number
}

export interface Barriers {
  readonly ask: () => Promise<void>
  readonly hearAnswer: (question: string, node: string) => void
  readonly close: () => void
}

interface Question {
  /** What was appended before is in this one; in another, nobody is told of it any more. '' before the first. */
  readonly epoch: string
  readonly answered: Set<string>
  wake: () => void
}

/**
 * A question may get lost, and a node that has died is not waited for: so it is asked again, after
 * twice the time at each time.
 */
const ASK_AGAIN_MS = { first: 50, most: 400 }

export function createBarriers(options: BarrierOptions): Barriers {
  const { session, keys, tag, aliveMs, timeoutMs } = options
  const questions = new Map<string, Question>()
  let count = 0
  let isClosed = false

  async function ask(): Promise<void> {
    const id = String(count++)
    const question: Question = {
      epoch: session.epoch,
      answered: new Set(),
      wake: () => {},
    }
    questions.set(id, question)
    try {
      const until = performance.now() + timeoutMs
      for (let ms = ASK_AGAIN_MS.first; ; ms = Math.min(ms * 2, ASK_AGAIN_MS.most)) {
        const silent = await silentAfter(ms, id, question)
        if (silent.length === 0) return
        if (isClosed) throw logClosed()
        if (performance.now() > until) throw nodesSilent(silent)
      }
    } finally {
      questions.delete(id)
    }
  }

  /** Asks, and waits for a moment. */
  async function silentAfter(
    ms: number,
    id: string,
    question: Question,
  ): Promise<readonly string[]> {
    const { epoch, rest } = await session.run({
      doing: 'ask the other nodes',
      script: ASK,
      keys: () => [keys.nodes],
      args: () => [String(aliveMs), keys.channel, id, tag],
    })
    if (question.epoch !== '' && question.epoch !== epoch) throw lostMeanwhile()
    const silent = () => textsOf(rest[0]).filter((name) => !question.answered.has(name))
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      question.wake = () => {
        if (silent().length > 0 && !isClosed) return
        clearTimeout(timer)
        resolve()
      }
      question.wake()
    })
    return silent()
  }

  return {
    ask,
    hearAnswer(id, name) {
      const question = questions.get(id)
      question?.answered.add(name)
      question?.wake()
    },
    close() {
      isClosed = true
      for (const question of questions.values()) question.wake()
    },
  }
}
