/**
 * Asks all nodes whether they have been told of what was appended so far. A question is published
 * behind it; a node answers when it comes to the question.
 */

import type { Keys } from './keys.ts'
import { logClosed, nodesSilent } from './redis-errors.ts'
import { ASK } from './scripts/nodes.ts'
import { textsOf, type Session } from './session.ts'

export interface BarrierOptions {
  readonly session: Session
  readonly keys: Keys
  readonly node: string
  readonly aliveMs: number
  readonly timeoutMs: number
}

export interface Barriers {
  readonly ask: () => Promise<void>
  readonly hearAnswer: (question: string, node: string) => void
  readonly close: () => void
}

interface Question {
  readonly answered: Set<string>
  wake: () => void
}

/** A question may get lost, and a node that has died is not waited for: so it is asked again. */
const ASK_AGAIN_MS = 250

export function createBarriers(options: BarrierOptions): Barriers {
  const { session, keys, node, aliveMs, timeoutMs } = options
  const questions = new Map<string, Question>()
  let count = 0
  let isClosed = false

  async function ask(): Promise<void> {
    const id = String(count++)
    const question: Question = { answered: new Set(), wake: () => {} }
    questions.set(id, question)
    try {
      for (const until = performance.now() + timeoutMs; ;) {
        const nodes = await nodesAsked(id)
        const isSilent = (name: string) => !question.answered.has(name)
        if (await everyAnswer(question, nodes)) return
        if (isClosed) throw logClosed()
        if (performance.now() > until) throw nodesSilent(nodes.filter(isSilent))
      }
    } finally {
      questions.delete(id)
    }
  }

  async function nodesAsked(question: string): Promise<readonly string[]> {
    const { rest } = await session.run({
      doing: 'ask the other nodes',
      script: ASK,
      keys: () => [keys.nodes],
      args: () => [String(aliveMs), keys.channel, question, keys.channelOf(node)],
    })
    return textsOf(rest[0])
  }

  /** Waits for a moment. */
  function everyAnswer(question: Question, nodes: readonly string[]): Promise<boolean> {
    const isDone = () => nodes.every((name) => question.answered.has(name))
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer)
        resolve(isDone())
      }
      const timer = setTimeout(finish, ASK_AGAIN_MS)
      question.wake = () => {
        if (isDone() || isClosed) finish()
      }
      question.wake()
    })
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
