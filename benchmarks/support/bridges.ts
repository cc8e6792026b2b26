/** Three ways to bring one edit into the cache: this library, and two that people write by hand. */

import type { QueryClient } from '@tanstack/query-core'
import type { Contestant } from '../harness.ts'
import {
  attachEngine,
  createEdits,
  listKey,
  observeList,
  replaceMessage,
  rules,
  rulesByField,
  type Message,
  type MessageList,
} from './chat-cache.ts'

export const BRIDGES = ['sync', 'setQueryData', 'setQueriesData'] as const
export type Bridge = (typeof BRIDGES)[number] | 'sync by field'

export interface BridgeOptions {
  readonly name: string
  readonly queryClient: QueryClient
  readonly observed: boolean
}

export function createContestant(
  bridge: Bridge,
  { name, queryClient, observed }: BridgeOptions,
): Contestant {
  if (observed) observeList(queryClient)
  const receive = RECEIVERS[bridge](queryClient)
  const nextEdit = createEdits()
  return {
    name,
    run(times) {
      for (let time = 0; time < times; time++) receive(nextEdit())
    },
  }
}

type Receive = (message: Message) => void

const RECEIVERS: Record<Bridge, (queryClient: QueryClient) => Receive> = {
  sync(queryClient) {
    const socket = attachEngine(queryClient, rules)
    return (message) => socket.emit('message:edited', message)
  },

  /** As an application is advised to: the match declared, the row found by its id. */
  'sync by field': (queryClient) => {
    const socket = attachEngine(queryClient, rulesByField)
    return (message) => socket.emit('message:edited', message)
  },

  /** For who knows the one key that is meant. */
  setQueryData: (queryClient) => (message) => {
    queryClient.setQueryData<MessageList>(
      listKey(message.conversationId),
      (old) => old && replaceMessage(old, message),
    )
  },

  /** For who knows the procedure, and looks for the inputs that are meant, as a rule does. */
  setQueriesData: (queryClient) => (message) => {
    queryClient.setQueriesData<MessageList>(
      {
        queryKey: [['message', 'list']],
        predicate: ({ queryKey }) => {
          const options = queryKey[1] as {
            readonly input?: { readonly conversationId?: string }
          }
          return options.input?.conversationId === message.conversationId
        },
      },
      (old) => old && replaceMessage(old, message),
    )
  },
}
