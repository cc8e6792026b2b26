/**
 * The client's end of the API, and its cache. The sync rules keep the cache current once the socket is
 * in its rooms. What is older than a minute is still asked for again when somebody comes back to
 * it, because the first answers may be older than that moment.
 */
import { QueryClient } from '@tanstack/react-query'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import type { AppRouter } from '../server/router.ts'

export const queryClient = new QueryClient({
  defaultOptions: { queries: { staleTime: 60_000, retry: 1 } },
})

export const trpc = createTRPCOptionsProxy<AppRouter>({
  client: createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '/trpc' })] }),
  queryClient,
})
