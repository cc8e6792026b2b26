/**
 * The client's end of the API, and its cache. Nothing gets stale by time: the sync rules keep what
 * they name current, from the moment of its fetch on, and say when it must be fetched again.
 */
import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { AppRouter } from '../server/router.ts'

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: Infinity, retry: 1 } },
})

export const trpc = createTRPCOptionsProxy<AppRouter>({
  client: createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/trpc' })] }),
  queryClient,
})
