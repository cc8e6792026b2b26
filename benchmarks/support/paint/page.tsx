/**
 * The page that paints: a list for each way, all of them in one React tree. It says when a row that
 * was edited has been painted, in milliseconds since 1970 by the clock of the page.
 */

import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client'
import { memo, useLayoutEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { io } from 'socket.io-client'
import type { Router } from './server.ts'
import {
  listKey,
  rowsOf,
  rules,
  UNEDITED,
  WAYS,
  type Renders,
  type Row,
  type Way,
} from './shared.ts'

declare global {
  interface Window {
    /** Given by whoever opened the page. */
    painted(text: string, at: number): void
    isReady(): void
    /** For whoever opened the page. */
    takeRenders(): Record<Way, Renders>
  }
}

const rowCount = Number(new URL(location.href).searchParams.get('rows'))
const transports = ['websocket']

/** Resolves when the way is connected. */
const CONNECT: Record<Way, (queryClient: QueryClient) => Promise<void>> = {
  sync: (queryClient) =>
    new Promise((resolve) => {
      createSyncEngine(queryClient, io({ transports, forceNew: true }), rules, {
        onStatus: (status) => status === 'live' && resolve(),
      })
    }),

  bridge: (queryClient) =>
    new Promise((resolve) => {
      const socket = io('/bare', { transports, forceNew: true })
      socket.on('row:edited', (row: Row) => replaceRow(queryClient, row))
      socket.on('connect', resolve)
    }),

  subscription: (queryClient) =>
    new Promise((resolve) => {
      const client = createTRPCClient<Router>({
        links: [httpSubscriptionLink({ url: `${location.origin}/trpc` })],
      })
      client.edits.subscribe(undefined, {
        onStarted: () => resolve(),
        onData: (row) => replaceRow(queryClient, row),
      })
    }),
}

function replaceRow(queryClient: QueryClient, row: Row): void {
  queryClient.setQueryData<readonly Row[]>(listKey(row.listId), (old) =>
    old?.map((each) => (each.id === row.id ? row : each)),
  )
}

const renders: Record<Way, Renders> = {
  sync: { lists: 0, rows: 0 },
  bridge: { lists: 0, rows: 0 },
  subscription: { lists: 0, rows: 0 },
}
function count(way: Way, what: keyof Renders): void {
  renders[way][what]++
}

window.takeRenders = () => {
  const taken = structuredClone(renders)
  for (const way of WAYS) renders[way] = { lists: 0, rows: 0 }
  return taken
}

function List({ listId }: { readonly listId: Way }) {
  count(listId, 'lists')
  const { data } = useQuery<readonly Row[]>({
    queryKey: listKey(listId),
    queryFn: () => rowsOf(listId, rowCount),
    staleTime: Infinity,
  })
  return (
    <ul>
      {data?.map((row) => (
        <ListRow key={row.id} way={listId} row={row} />
      ))}
    </ul>
  )
}

interface ListRowProps {
  readonly way: Way
  readonly row: Row
}

const ListRow = memo(function ListRow({ way, row: { text } }: ListRowProps) {
  count(way, 'rows')
  useLayoutEffect(() => {
    if (text === UNEDITED) return
    // The frame is made behind the animation frame's callbacks; the next task comes after it.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel()
      port1.addEventListener('message', () => {
        window.painted(text, performance.timeOrigin + performance.now())
        port1.close()
      })
      port1.start()
      port2.postMessage(0)
    })
  }, [text])
  return <li>{text}</li>
})

const ways = WAYS.map((way) => ({ way, queryClient: new QueryClient() }))
for (const { way, queryClient } of ways) {
  queryClient.setQueryData(listKey(way), rowsOf(way, rowCount))
}
createRoot(document.body.appendChild(document.createElement('main'))).render(
  ways.map(({ way, queryClient }) => (
    <QueryClientProvider key={way} client={queryClient}>
      <List listId={way} />
    </QueryClientProvider>
  )),
)
await Promise.all(ways.map(({ way, queryClient }) => CONNECT[way](queryClient)))
window.isReady()
