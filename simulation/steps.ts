/**
 * What a step does: the server's people change rows, this client's user looks, pages, edits.
 */

import {
  dehydrate,
  hydrate,
  MutationObserver,
  QueryClient,
  type DehydratedState,
  type InfiniteQueryObserver,
} from '@tanstack/query-core'
import { keepStamps } from '@iron-stack/sync/stamps'
import type { Step, StepKind } from './history.ts'
import { GROUPS, type Row } from './model/store.ts'
import type { Subject, World } from './world.ts'

/** What steps leave behind for later ones. */
export interface Memory {
  snapshot: DehydratedState | undefined
  /** When a server read what is in the snapshot, by the query's name; none where a page saved it. */
  reads: ReadonlyMap<string, number>
}

type Perform = (world: World, step: Step, memory: Memory) => void

export function performStep(world: World, step: Step, memory: Memory): void {
  for (const subject of world.subjects) subject.budget += 1
  world.act(() => STEPS[step.kind](world, step, memory))
}

const STEPS: Record<StepKind, Perform> = {
  insert: ({ store }, { a, b, c }) => insert(store, a, b, c),
  edit: (world, { a, b }) => world.store.update(rowId(world, a), { text: `edited ${b}` }),
  move: (world, { a, b }) => world.store.update(rowId(world, a), { rank: Math.floor(b * 10) }),
  toggle: (world, { a, b }) =>
    world.store.update(rowId(world, a), { status: b < 0.5 ? 'open' : 'done' }),
  delete: (world, { a }) => world.store.delete(rowId(world, a)),
  exclaim: (world, { a, b }) => world.store.update(rowId(world, a), { text: `edited ${b}!` }),

  burst(world, { a, b, c }) {
    for (let n = 0; n < 3 + Math.floor(c * 5); n++) {
      const [first, second] = [(a + n * 0.37) % 1, (b + n * 0.61) % 1]
      if (second < 0.6) insert(world.store, first, second, (c + n * 0.23) % 1)
      else if (second < 0.8) world.store.update(rowId(world, first), { text: `burst ${n}` })
      else world.store.delete(rowId(world, first))
    }
  },

  post: ({ store }, { a }) => store.post(groupAt(a)),
  touch: ({ store }, { a }) => store.touch(groupAt(a)),
  rename: ({ store }, { a }) => store.rename(groupAt(a)),

  mount(world, { a, b, c }) {
    const subject = subjectAt(world, a)
    if (subject.observers.length >= 2) return
    const staleTime = b < 0.6 ? Infinity : 0
    world.mount(subject, { staleTime, ...(c > 0.95 && { enabled: false }) })
  },

  unmount: (world, { a }) => world.unmount(subjectAt(world, a)),

  prefetch(world, { a, b }) {
    const { options, spec } = subjectAt(world, a)
    const staleTime = b < 0.5 ? Infinity : 0
    const { queryClient } = world
    if (spec.paging === undefined) void queryClient.prefetchQuery({ ...options, staleTime })
    else {
      const all = { ...options, ...spec.paging, staleTime, pages: b < 0.3 ? 2 : 1 }
      void queryClient.prefetchInfiniteQuery(all as never)
    }
  },

  ensure(world, { a, b }) {
    const { options, spec } = subjectAt(world, a)
    const all = { ...options, ...spec.paging, revalidateIfStale: b < 0.5 }
    const ensured =
      spec.paging === undefined
        ? world.queryClient.ensureQueryData(all as never)
        : world.queryClient.ensureInfiniteQueryData(all as never)
    ensured.catch(ignore)
  },

  nextPage: (world, step) => fetchPage(world, step, 'next'),
  previousPage: (world, step) => fetchPage(world, step, 'previous'),

  refetch(world, { a, b }) {
    const [onlooker] = subjectAt(world, a).observers
    void onlooker?.observer.refetch({ cancelRefetch: b < 0.5 })
  },

  invalidate(world, { a, b }) {
    const { options } = subjectAt(world, a)
    const refetchType = b < 0.7 ? 'active' : 'none'
    void world.queryClient.invalidateQueries({ queryKey: options.queryKey, refetchType })
  },

  cancel(world, { a, b }) {
    const subject = subjectAt(world, a)
    const { queryKey } = subject.options
    noteRevert(world, subject)
    void world.queryClient.cancelQueries({ queryKey }, { revert: b < 0.85 })
  },

  reset(world, { a }) {
    const subject = subjectAt(world, a)
    const query = world.queryOf(subject)
    if (query === undefined) return
    world.note(query.state.fetchStatus === 'idle' ? 'reset while idle' : 'reset during a fetch')
    void world.queryClient.resetQueries({ queryKey: subject.options.queryKey })
  },

  remove(world, { a }) {
    const subject = subjectAt(world, a)
    // Under a mounted component it would leave that with a query nobody knows.
    while (subject.observers.length > 0) world.unmount(subject)
    const query = world.queryOf(subject)
    if (query === undefined) return
    if (query.state.fetchStatus !== 'idle') world.note('query removed by hand during a fetch')
    world.queryClient.removeQueries({ queryKey: subject.options.queryKey })
  },

  mutate,

  snapshot(world, { a }, memory) {
    if (world.setup.stamps !== 'none' && a < 0.5) void renderOnServer(world, memory)
    else {
      memory.snapshot = structuredClone(dehydrate(world.queryClient))
      memory.reads = new Map()
    }
  },

  hydrate(world, { a, b }, { snapshot, reads }) {
    const subject = subjectAt(world, a)
    const saved = snapshot?.queries.find(({ queryHash }) => queryHash === subject.hash)
    if (saved === undefined || !world.mayAsk(subject)) return
    const query = world.queryOf(subject)
    if (query === undefined) world.note('hydration of a new query')
    else if (query.state.fetchStatus === 'idle') world.note('hydration while idle')
    else world.note('hydration during a fetch')
    world.takeIn(subject)
    subject.readAt = Math.max(subject.readAt, reads.get(subject.spec.name) ?? -1)
    const dataUpdatedAt = (query?.state.dataUpdatedAt ?? 0) + 1
    const state = {
      ...saved.state,
      dataUpdatedAt,
      ...(b < 0.7 && stampFor(saved, dataUpdatedAt)),
    }
    hydrate(world.queryClient, { mutations: [], queries: [{ ...saved, state }] })
  },

  otherTab(world, { a }, { snapshot, reads }) {
    const subject = subjectAt(world, a)
    const saved = snapshot?.queries.find(({ queryHash }) => queryHash === subject.hash)
    const query = world.queryOf(subject)
    if (saved === undefined || query === undefined || !world.mayAsk(subject)) return
    if (query.state.fetchStatus === 'idle') world.note('state of another tab while idle')
    else world.note('state of another tab during a fetch')
    world.takeIn(subject)
    subject.readAt = Math.max(subject.readAt, reads.get(subject.spec.name) ?? -1)
    // It came over a channel: nothing in it is the same object as here.
    query.setState(structuredClone(saved.state))
  },

  wait: () => {},

  restart(world) {
    const isFetching = world.queryClient.isFetching() > 0
    world.note(isFetching ? 'restart during a fetch' : 'restart while idle')
    world.stopEngines()
    world.startEngine()
  },

  secondEngine(world) {
    if (world.stops.length > 1) world.stops.pop()?.()
    else {
      // By hand there is nothing that tells two of them apart from one.
      if (world.bridge === 'sync') world.startEngine()
      world.note('second engine')
    }
  },

  fail(world, { a, b }) {
    subjectAt(world, a).failures = 1 + Math.floor(b * 4)
  },

  offline(world) {
    if (!world.wire.isCut) world.note('wire cut')
    world.wire.cut()
  },

  online: (world) => world.wire.restore(),

  halfOpen(world) {
    if (world.wire.isCut) return
    world.note('wire cut without notice')
    world.isDisturbed = true
    world.wire.cut({ silently: true })
  },

  wake: (world) => world.wakeUp(),

  serverRestart(world, { a, b }) {
    const { network } = world
    const { length } = network.nodes
    world.expectRefetches()
    if (length > 1 && b < 0.3) {
      world.note('shared log flushed')
      network.flushLog()
    } else {
      world.note(length > 1 ? 'node restarted' : 'server restarted')
      network.restart(Math.floor(a * length))
    }
  },

  revoke: (world, { a }) => world.revoke(groupAt(a)),
  grant: (world, { a }) => world.grant(groupAt(a)),

  plainLeave(world, { a }) {
    const room = `group:${groupAt(a)}`
    for (const socket of world.sockets()) {
      if (!socket.rooms.has(room)) continue
      world.note('room left by the server')
      socket.leave(room)
    }
  },

  plainJoin: (world, { a }) => world.rejoin(groupAt(a)),
}

/** What a server hands to a page: all queries as they are now, and how far the rooms were. */
export async function renderOnServer(world: World, memory: Memory): Promise<void> {
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } })
  const reads = new Map<string, number>()
  const asked = world.subjects.map(({ spec, options }) => {
    const queryFn = ({ pageParam }: { pageParam?: unknown }) =>
      world.answer(spec, pageParam, () => reads.set(spec.name, world.tick++))
    const all = { ...options, queryFn, ...spec.paging, networkMode: 'always', retry: false }
    return spec.paging === undefined
      ? client.prefetchQuery(all as never)
      : client.prefetchInfiniteQuery(all as never)
  })
  await Promise.all(asked)
  memory.snapshot = structuredClone(dehydrate(keepStamps(client)))
  memory.reads = reads
  client.clear()
}

/** What a page does first with what a server has rendered. */
export function hydrateAll(world: World, { snapshot }: Memory): void {
  for (const subject of world.subjects) world.taint(subject)
  hydrate(world.queryClient, snapshot ?? { mutations: [], queries: [] })
}

/** The stamp of a dehydrated query, as of data that was updated at another time. */
function stampFor({ state }: DehydratedState['queries'][number], dataUpdatedAt: number) {
  const { syncStamp } = state as { readonly syncStamp?: { readonly u: number } }
  if (syncStamp?.u !== state.dataUpdatedAt) return {}
  return { syncStamp: { ...syncStamp, u: dataUpdatedAt } }
}

function fetchPage(world: World, { a, b }: Step, way: 'next' | 'previous'): void {
  const paged = world.subjects.filter(({ spec }) => spec.paging !== undefined)
  const subject = paged[Math.floor(a * paged.length)]
  const onlooker = subject?.observers[0]
  if (onlooker === undefined) return
  // Only infinite queries have paging.
  const observer = onlooker.observer as InfiniteQueryObserver
  const { hasNextPage, hasPreviousPage } = observer.getCurrentResult()
  const isThere = way === 'next' ? hasNextPage : hasPreviousPage
  if (!isThere) world.note('no further page')
  if (!isThere && b < 0.8) return
  const options = { cancelRefetch: b > 0.3 }
  void (way === 'next' ? observer.fetchNextPage(options) : observer.fetchPreviousPage(options))
}

/** An optimistic edit of the ordinary kind, as TanStack Query's documentation has it. */
function mutate(world: World, { a, b, c }: Step): void {
  const editable = world.subjects.filter(({ spec }) => spec.mapRows !== undefined)
  const subject = editable[Math.floor(a * editable.length)]
  const query = subject && world.queryOf(subject)
  if (subject === undefined || query === undefined) return
  const { queryClient, network, setup } = world
  const { queryKey } = subject.options
  const id = rowId(world, b)
  const isRemoval = c < 0.3
  const isRefused = c * 10 - Math.floor(c * 10) < 0.4
  const text = `mine ${c}`
  const sleep = () => network.clock.sleep(network.random.int(0, setup.latencyMs))
  world.note(
    query.state.fetchStatus === 'idle'
      ? 'optimistic edit while idle'
      : 'optimistic edit during a fetch',
  )
  const change = (rows: readonly Row[]) =>
    isRemoval
      ? rows.filter((row) => row.id !== id)
      : rows.map((row) => (row.id === id ? { ...row, text } : row))
  world.mutations++
  const observer = new MutationObserver<void, Error, void, { previous: unknown; at: number }>(
    queryClient,
    {
      networkMode: 'always',
      async onMutate() {
        noteRevert(world, subject)
        await queryClient.cancelQueries({ queryKey })
        const previous: unknown = queryClient.getQueryData(queryKey)
        queryClient.setQueryData(queryKey, (old: unknown) =>
          old === undefined ? undefined : subject.spec.mapRows?.(old, change),
        )
        return { previous, at: world.events }
      },
      async mutationFn() {
        await sleep()
        if (isRefused) throw new Error('refused')
        if (isRemoval) world.store.delete(id)
        else world.store.update(id, { text })
        await sleep()
      },
      onError(_error, _variables, context) {
        if (context !== undefined && context.at < world.events) {
          world.note('rollback after events')
        }
        world.taint(subject)
        // What one may no longer see, one does not write back.
        if (context?.previous !== undefined && world.mayAsk(subject)) {
          queryClient.setQueryData(queryKey, context.previous)
        }
      },
      onSettled() {
        world.mutations--
        subject.budget += 2
        void queryClient.invalidateQueries({ queryKey })
      },
    },
  )
  observer.mutate().catch(ignore)
}

/** A cancelled fetch goes back to the data it found. */
function noteRevert(world: World, subject: Subject): void {
  const state = world.queryOf(subject)?.state
  if (state?.fetchStatus !== 'fetching') return
  if (state.data === undefined) world.note('first fetch cancelled')
  else if (subject.eventsInFetch > 0) world.note('revert after events')
}

function insert(store: World['store'], a: number, b: number, c: number): void {
  const status = b < 0.5 ? 'open' : 'done'
  store.insert({ group: groupAt(a), status, rank: Math.floor(c * 10), text: `row ${c}` })
}

function subjectAt({ subjects }: World, at: number): Subject {
  // There is at least one, and `at` is below 1.
  return subjects[Math.floor(at * subjects.length)] as Subject
}

function groupAt(at: number): string {
  return GROUPS[at < 0.65 ? 0 : 1]
}

/** A row's id; 0, which no row has, where there are none. */
function rowId({ store }: World, at: number): number {
  const ids = [...store.rows.keys()]
  return ids[Math.floor(at * ids.length)] ?? 0
}

function ignore(): void {
  // What failed shows in the query's state.
}
