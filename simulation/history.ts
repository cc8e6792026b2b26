/**
 * Histories: what happens in a run, as data. A history is made from a seed alone, so that it can be
 * made again, and steps can be taken out of it to find the smallest that still fails.
 */

import { createRandom, type Random } from '@iron-stack/sync/testing'
import { makeSpecs, type QuerySpec } from './model/queries.ts'
import type { RulesProfile } from './model/rules.ts'

/** How often each step is drawn, in relation to the others. */
const WEIGHTS = {
  insert: 14,
  edit: 12,
  move: 8,
  toggle: 6,
  delete: 7,
  burst: 4,
  post: 4,
  touch: 3,
  rename: 2,
  exclaim: 2,
  mount: 12,
  unmount: 5,
  prefetch: 4,
  ensure: 3,
  nextPage: 10,
  previousPage: 5,
  refetch: 8,
  invalidate: 4,
  cancel: 5,
  reset: 2,
  remove: 2,
  mutate: 5,
  snapshot: 3,
  hydrate: 2,
  otherTab: 2,
  wait: 8,
  restart: 2,
  secondEngine: 1,
  fail: 3,
  offline: 2,
  online: 5,
  halfOpen: 1,
  wake: 4,
  serverRestart: 1,
  revoke: 1,
  grant: 4,
  plainLeave: 1,
  plainJoin: 2,
} as const

export type StepKind = keyof typeof WEIGHTS

/** A step; `a`, `b` and `c`, from 0 to 1, choose what it is about. */
export interface Step {
  readonly kind: StepKind
  readonly a: number
  readonly b: number
  readonly c: number
  /** Milliseconds until the next step. */
  readonly waitMs: number
}

export interface Setup extends RulesProfile {
  readonly seed: number
  readonly specs: readonly QuerySpec[]
  readonly initialRows: number
  /** The longest a request or an answer travels. */
  readonly latencyMs: number
  /** The longest an event travels. */
  readonly eventDelayMs: number
  readonly duplicateRate: number
  /** How many events get lost between the server's nodes, and how many are overtaken. */
  readonly dropRate: number
  readonly reorderRate: number
  /** What the server's log keeps. */
  readonly maxEventsPerRoom: number
  readonly maxAgeMs: number
  /** The longest that a resolver or an `authorize` takes. */
  readonly resolverMs: number
  /** Whether the client asks for the rooms of what is mounted, or the server joins them all. */
  readonly isOnDemand: boolean
  /** How many steps the page is ahead of its socket. */
  readonly connectsAfter: number
  /** How many nodes there are, and the longest that one waits for what another has sent. */
  readonly nodes: number
  readonly nodeLatencyMs: number
  /** What the API's answers say of the events that they know: nothing, at least these, or exactly these. */
  readonly stamps: Stamping
  /** How far the database that the API reads may lag behind. */
  readonly lagMs: number
  /** How many answers go without a stamp, as where the log can't be reached. */
  readonly stampFailureRate: number
  /** Whether the page begins with data from a server, and what has happened since. */
  readonly rendered: 'no' | 'rendered' | 'then restarted' | 'then revoked'
}

export type Stamping = (typeof STAMPINGS)[number]

/** What a response's stamp is worth. */
export const STAMPINGS = ['none', 'bound', 'exact'] as const

export interface History {
  readonly setup: Setup
  readonly steps: readonly Step[]
}

export function makeHistory(seed: number): History {
  const random = createRandom(seed)
  const setup = makeSetup(seed, random)
  const steps = setup.specs.map(() => makeStep(random, 'mount'))
  const count = random.int(48, 80)
  while (steps.length < count) steps.push(makeStep(random, pickKind(random)))
  return { setup, steps }
}

function makeSetup(seed: number, random: Random): Setup {
  // These are drawn by themselves, so that all else of a seed is as it was.
  const stamping = createRandom(seed ^ 0x7f4a7c15)
  const nodes = stamping.pick([1, 1, 2])
  const ofStamps = makeStamps(stamping, nodes)
  const { stamps, lagMs } = ofStamps
  const nodeLatencyMs = createRandom(seed ^ 0x2545f491).pick([0, 20, 200])
  const eventDelayMs = random.pick([0, 20, 100, 400])
  const reorderRate = random.pick([0, 0, 0.1, 0.3])
  const specs = makeSpecs({
    areEventsFast:
      eventDelayMs + reorderRate + lagMs === 0 && (nodes === 1 || nodeLatencyMs === 0),
    hasExactStamps: stamps === 'exact',
    limit: random.int(2, 5),
    maxPages: random.pick([undefined, 2, 3]),
    hasComputedCursors: random.chance(0.5),
    detailId: random.int(1, 6),
  })
  const isOnDemand = random.chance(0.25)
  // Who asks for no other room than its queries' own can't follow what happens in any room.
  const offered = isOnDemand
    ? specs.filter(({ group, isOfLobby }) => group !== undefined && !isOfLobby)
    : specs
  const paged = offered.filter(({ paging }) => paging !== undefined)
  const chosen = new Set<QuerySpec>()
  const count = random.int(2, 5)
  while (chosen.size < count) chosen.add(random.pick(random.chance(0.3) ? paged : offered))
  const counting = offered.filter(({ isCounting }) => isCounting)
  if (counting.length > 0 && stamping.chance(0.7)) chosen.add(stamping.pick(counting))
  const setup: Setup = {
    seed,
    specs: [...chosen],
    isVersioned: random.chance(0.5),
    isDeclared: isOnDemand || random.chance(0.5),
    isRoomDeclared: isOnDemand || random.chance(0.7),
    initialRows: random.int(0, 16),
    latencyMs: random.pick([5, 50, 50, 300]),
    eventDelayMs,
    duplicateRate: random.pick([0, 0.1, 0.4]),
    dropRate: random.pick([0, 0, 0.05, 0.2]),
    reorderRate,
    maxEventsPerRoom: random.pick([3, 20, 1000]),
    maxAgeMs: random.pick([1500, 600_000, 600_000]),
    resolverMs: random.pick([0, 30, 300]),
    isOnDemand,
    connectsAfter: random.pick([0, 0, 4]),
    nodes,
    nodeLatencyMs,
    ...ofStamps,
  }
  if (setup.rendered === 'no') return setup
  const { isDeclared, isRoomDeclared } = setup
  // What can't be stamped is only asked about: it may stay on the screen of whom it is refused.
  const isRevoked = setup.rendered === 'then revoked' && isDeclared && isRoomDeclared
  const rendered = isRevoked || setup.rendered !== 'then revoked' ? setup.rendered : 'rendered'
  return { ...setup, rendered, connectsAfter: 4 }
}

function makeStamps(
  random: Random,
  nodes: number,
): Pick<Setup, 'stamps' | 'lagMs' | 'stampFailureRate' | 'rendered'> {
  // The log of several nodes is in no database that the API reads.
  const isShared = nodes > 1
  const lagMs = isShared ? 0 : random.pick([0, 0, 0, 200])
  const drawn = isShared
    ? random.pick(['none', 'bound'] as const)
    : random.pick(['none', 'bound', 'exact', 'exact'] as const)
  // What the log's heads say of a replica is wrong.
  const stamps = lagMs > 0 && drawn === 'bound' ? 'none' : drawn
  const stampFailureRate = random.pick([0, 0, 0.2])
  const rendered = random.pick([
    'no',
    'no',
    'no',
    'rendered',
    'then restarted',
    'then revoked',
  ] as const)
  return {
    stamps,
    lagMs,
    stampFailureRate: lagMs > 0 ? 0 : stampFailureRate,
    rendered: stamps === 'none' ? 'no' : rendered,
  }
}

function makeStep(random: Random, kind: StepKind): Step {
  const draw = () => Math.floor(random.float() * 1000) / 1000
  return { kind, a: draw(), b: draw(), c: draw(), waitMs: drawWait(random) }
}

function drawWait(random: Random): number {
  const kind = random.float()
  if (kind < 0.35) return 0
  if (kind < 0.7) return random.int(1, 20)
  return kind < 0.97 ? random.int(20, 150) : random.int(300, 2500)
}

const KINDS = Object.keys(WEIGHTS) as StepKind[]
const TOTAL_WEIGHT = Object.values(WEIGHTS).reduce((sum, weight) => sum + weight, 0)

function pickKind(random: Random): StepKind {
  let left = random.float() * TOTAL_WEIGHT
  return KINDS.find((kind) => (left -= WEIGHTS[kind]) < 0) ?? 'wait'
}
