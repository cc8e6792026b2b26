/**
 * The client's end of the API, and its cache. Nothing gets stale by time: the sync rules keep what
 * they name current, from the moment of its fetch on, and say when it must be fetched again.
 */
import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import superjson from 'superjson'
import type { AppRouter } from '../server/router.ts'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      retry: (failures, error) => failures < 1 && !isRefusal(error),
    },
  },
})

export const trpc = createTRPCOptionsProxy<AppRouter>({
  client: createTRPCClient<AppRouter>({
    links: [httpBatchLink({ url: '/trpc', transformer: superjson })],
  }),
  queryClient,
})

/** Whether the server has answered, and said no: to ask again would not help. */
export function isRefusal(error: unknown): boolean {
  return error instanceof TRPCClientError && error.data !== undefined
}
