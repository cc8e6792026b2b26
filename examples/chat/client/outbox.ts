/**
 * What I have sent and the others have not seen yet, read off the mutations themselves. A draft
 * gives way to its row when that arrives, by the nonce both carry: nothing is written to the
 * cache, nothing flickers, nothing is there twice.
 */
import { useMutationState } from '@tanstack/react-query'
import type { MutationState } from '@tanstack/react-query'
import type { inferInput, inferOutput } from '@trpc/tanstack-react-query'
import { useEffect } from 'react'
import type { Message } from '../shared/types.ts'
import { trpc } from './trpc.ts'

type SendInput = inferInput<typeof trpc.message.send>
type SendState = MutationState<inferOutput<typeof trpc.message.send>, Error, SendInput>

export interface OutgoingMessage extends SendInput {
  submittedAt: number
  hasFailed: boolean
}

/** Nonces whose row has been painted: a row that is deleted must not bring its draft back. */
const arrived = new Set<string>()

export function useOutbox(conversationId: number, messages: Message[]): OutgoingMessage[] {
  const sends = useMutationState<SendState>({
    filters: { mutationKey: trpc.message.send.mutationKey() },
  })

  useEffect(() => {
    for (const { nonce } of messages) arrived.add(nonce)
  }, [messages])

  const painted = new Set(messages.map(({ nonce }) => nonce))
  const outgoing = new Map<string, OutgoingMessage>()
  for (const { variables, status, submittedAt } of sends) {
    if (variables?.conversationId !== conversationId) continue
    if (painted.has(variables.nonce) || arrived.has(variables.nonce)) continue
    // A later attempt takes the place of the one that failed.
    outgoing.set(variables.nonce, { ...variables, submittedAt, hasFailed: status === 'error' })
  }
  return [...outgoing.values()]
}
