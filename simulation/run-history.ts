/**
 * Runs one history with one bridge, and says what was wrong: during the run, and at its end.
 */

import type { BridgeName } from './bridges.ts'
import type { History } from './history.ts'
import { hydrateAll, performStep, renderOnServer, type Memory } from './steps.ts'
import { GROUPS } from './model/store.ts'
import type { Counts } from './transitions.ts'
import { World, type Subject, type Violation } from './world.ts'

export interface Outcome {
  readonly violations: readonly Violation[]
  readonly counts: Counts
  readonly events: number
  readonly steps: number
  readonly fetches: number
  readonly trace: number
}

/** How many timers may fire until all is quiet: more is a loop. */
const MAX_TIMERS = 3000

export async function runHistory(
  { setup, steps }: History,
  bridge: BridgeName,
  log?: string[],
): Promise<Outcome> {
  const world = new World(setup, bridge, log)
  const memory: Memory = { snapshot: undefined, reads: new Map() }
  await world.network.quiet({ maxTimers: MAX_TIMERS })
  for (let n = 0; n < setup.initialRows; n++) {
    world.store.insert({
      group: n % 3 === 0 ? 'b' : 'a',
      status: n % 2 === 0 ? 'open' : 'done',
      rank: (n * 7) % 10,
      text: `row ${n}`,
    })
  }
  if (setup.rendered !== 'no') await beginRendered(world, memory)
  if (setup.connectsAfter > 0) world.note('page ahead of its socket')
  for (const [position, step] of steps.entries()) {
    if (position === setup.connectsAfter) world.socket.connect()
    world.tell(() => `step ${step.kind}`)
    performStep(world, step, memory)
    await world.network.advance(step.waitMs)
  }
  world.tell(() => 'the end: all gets quiet, and each query is looked at once more')
  await finish(world)
  return {
    violations: world.violations,
    counts: world.counts,
    events: world.events,
    steps: steps.length,
    fetches: world.subjects.reduce((sum, { fetches }) => sum + fetches, 0),
    trace: world.trace,
  }
}

/** The page comes with its data, which is of some time ago. */
async function beginRendered(world: World, memory: Memory): Promise<void> {
  const { store, network, setup } = world
  world.note('page rendered on a server')
  const rendering = renderOnServer(world, memory)
  await network.advance(100)
  await rendering
  for (const group of GROUPS) {
    store.insert({ group, status: 'open', rank: 5, text: 'since' })
    store.post(group)
    store.touch(group)
  }
  if (setup.rendered === 'then restarted') network.restart()
  if (setup.rendered === 'then revoked') world.revoke(GROUPS[0])
  await network.advance(10)
  hydrateAll(world, memory)
}

async function finish(world: World): Promise<void> {
  const { subjects, network } = world
  for (const subject of subjects) subject.failures = 0
  world.calmDown()
  let isQuiet = await becomesQuiet(world)
  // Where nothing was lost on the way, nobody needs to wake the page up.
  if (isQuiet && world.isComplete()) {
    for (const subject of subjects) checkObserved(world, subject)
  }
  // Rooms that an application left without a word are joined again without a word.
  world.act(() => {
    for (const group of GROUPS) world.rejoin(group)
    world.wakeUp()
  })
  isQuiet &&= await becomesQuiet(world)
  if (isQuiet) {
    for (const subject of subjects) checkObserved(world, subject)
    isQuiet = await lookOnceMore(world)
  }
  if (isQuiet) {
    for (const subject of subjects) checkSubject(world, subject)
    checkErrors(world)
  }
  await checkCleanup(world)
  network.close()
  world.queryClient.clear()
}

async function becomesQuiet(world: World): Promise<boolean> {
  try {
    await world.network.quiet({ maxTimers: MAX_TIMERS })
    return true
  } catch (error) {
    world.report('I11', 'all', String(error))
    return false
  }
}

/** Everybody who looked leaves, and each query is looked at by somebody new. */
async function lookOnceMore(world: World): Promise<boolean> {
  world.act(() => {
    for (const subject of world.subjects) {
      subject.budget += 2
      while (subject.observers.length > 0) world.unmount(subject)
      world.mount(subject, { staleTime: Infinity })
    }
  })
  return becomesQuiet(world)
}

/** What somebody looks at must be right without looking again. */
function checkObserved(world: World, subject: Subject): void {
  const { spec } = subject
  const query = world.queryOf(subject)
  if (query?.state.data === undefined || !query.isActive()) return
  if (!world.isFollowed(subject)) return
  // Its last fetch failed, or was cancelled for good: whoever looks sees that.
  if (query.state.status === 'error') return
  const fault = spec.findFault(query.state.data, world.store)
  if (fault === undefined) return
  world.report(spec.isCounter ? 'I2' : 'I1', spec.name, `while observed: ${fault}`)
}

function checkSubject(world: World, subject: Subject): void {
  const { spec, fetches, budget } = subject
  const query = world.queryOf(subject)
  if (!world.mayAsk(subject)) {
    if (query?.state.data !== undefined) {
      world.report('I4', spec.name, 'holds data of a room that was revoked')
    }
    return
  }
  if (!world.isFollowed(subject)) return
  if (query?.state.data === undefined) {
    const { status, fetchStatus } = query?.state ?? {}
    world.report('I1', spec.name, `no data: ${status} ${fetchStatus}`)
    return
  }
  const fault = spec.findFault(query.state.data, world.store)
  if (fault !== undefined) world.report(spec.isCounter ? 'I2' : 'I1', spec.name, fault)
  const ids = spec.rowsOf(query.state.data).map(({ id }) => id)
  if (new Set(ids).size < ids.length) world.report('I1', spec.name, 'a row is there twice')
  // An answer with a stamp says which invalidations it knows, whenever its fetch started.
  const { stamps, lagMs } = world.setup
  const knownAt = stamps === 'none' ? subject.goodStart : subject.readAt
  if (subject.invalidatedAt > knownAt && lagMs === 0) {
    world.report('I7', spec.name, 'its last fetch started before its last invalidation')
  }
  if (fetches > budget) world.report('I11', spec.name, `${fetches} fetches, ${budget} reasons`)
}

function checkErrors(world: World): void {
  if (world.bridge !== 'sync') return
  for (const { code, message } of world.errors) {
    const isExpected = code === 'updater-failed' ? world.mayThrow : EXPECTED.has(code)
    if (!isExpected) world.report('I14', code, message)
  }
  if (world.errors.some(({ code }) => code === 'updater-failed')) world.note('rule that throws')
}

/** Closures that count, and resolvers that were running when the server restarted. */
const EXPECTED: ReadonlySet<string> = new Set([
  'unstable-updater',
  'closed',
  'authorize-failed',
])

async function checkCleanup(world: World): Promise<void> {
  const { queryClient, socket, network, subjects } = world
  world.stopWatching()
  for (const subject of subjects) while (subject.observers.length > 0) world.unmount(subject)
  world.stopEngines()
  if (world.bridge !== 'sync') return
  // The server is still to hear that nobody unpacks frames here.
  await becomesQuiet(world)
  const cache = queryClient.getQueryCache()
  const left = [
    cache.hasListeners() && 'a listener on the cache',
    socket.listenerCount() > 0 && `${socket.listenerCount()} listeners on the socket`,
    network.clock.pending > 0 && `${network.clock.pending} timers`,
    cache.getAll().some((query) => Object.hasOwn(query, 'setData')) && 'an overridden query',
  ].filter(Boolean)
  if (left.length > 0) world.report('I12', 'cleanup', `left: ${left.join(', ')}`)
}
