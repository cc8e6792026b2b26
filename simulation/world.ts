/**
 * One run's world: a store behind a real SyncServer, a client with a bridge, and a user who looks
 * at queries. It also watches: everything painted is checked at once, and what met what is counted.
 */

import {
  focusManager,
  InfiniteQueryObserver,
  QueryClient,
  QueryObserver,
  type Query,
  type QueryCacheNotifyEvent,
} from '@tanstack/query-core'
import type { SyncError } from '@iron-stack/sync'
import type { SyncReport } from '@iron-stack/sync/engine'
import type { SyncServer } from '@iron-stack/sync/server'
import {
  createTestNetwork,
  type MemorySocket,
  type ServerSocket,
  type TestNetwork,
  type Wire,
} from '@iron-stack/sync/testing'
import { FRAME } from '../src/control.ts'
import { trackTimers, type TrackedClock } from '../src/server/track-timers.ts'
import { Api } from './api.ts'
import { startBridge, type BridgeName } from './bridges.ts'
import type { Setup } from './history.ts'
import type { QuerySpec } from './model/queries.ts'
import { rulesFor } from './model/rules.ts'
import { Store, GROUPS, type Events, type Row, type Stats } from './model/store.ts'
import { count, type Counts, type Transition } from './transitions.ts'

export interface Violation {
  readonly invariant: string
  readonly query: string
  readonly detail: string
}

/** One query of the run, and what is known of it. */
export interface Subject {
  readonly spec: QuerySpec
  readonly hash: string
  readonly options: ObserverOptions
  readonly observers: Onlooker[]
  /** How many of its next requests fail. */
  failures: number
  /** How many full fetches started, and how many there was reason for. */
  fetches: number
  budget: number
  /** Ticks: when the fetch under way started, the last good one, what a user wrote, …. */
  fetchStart: number
  isPageFetch: boolean
  goodStart: number
  /** When its latest answer was read. */
  readAt: number
  invalidatedAt: number
  foreignAt: number
  isTainted: boolean
  eventsInFetch: number
  painted: Map<number, number>
}

/** What the events that were delivered say of a row. */
interface Told {
  readonly group: string
  readonly version: number
  readonly isDeleted: boolean
}

interface Onlooker {
  readonly observer: QueryObserver | InfiniteQueryObserver
  readonly stop: () => void
}

interface ObserverOptions {
  readonly queryKey: readonly unknown[]
  readonly queryFn: (context: { pageParam?: unknown }) => Promise<unknown>
}

export class World {
  readonly setup: Setup
  readonly bridge: BridgeName
  readonly network: TestNetwork<Events>
  readonly queryClient: QueryClient
  readonly socket: MemorySocket
  readonly wire: Wire
  readonly store: Store
  readonly api: Api
  /** The groups the user may see. */
  readonly access = new Set<string>(GROUPS)
  readonly subjects: Subject[]
  /** Whether events may have been missed at any time. */
  isDisturbed = false
  readonly errors: SyncError[] = []
  readonly violations: Violation[] = []
  readonly counts: Counts = {}
  /** A hash of everything written into the cache. */
  trace = 0
  events = 0
  /** How often a rule's updater threw, as far as this file can see. */
  mayThrow = false
  tick = 0
  mutations = 0
  failureRate = 0
  stops: (() => void)[] = []
  readonly #log: string[] | undefined
  /** Knows the engine's own timers. */
  readonly #engineClock: TrackedClock
  #isWatching = true
  #isActing = false
  readonly #unwatch: () => void
  readonly #onConnect = () => {
    // Another node may be behind the one before, and says again what that has said.
    if (this.setup.nodes > 1) this.#heard.clear()
    for (const subject of this.subjects) subject.budget += 3
  }
  /** As Socket.IO's client does by itself. */
  readonly #onDisconnect = (reason: unknown) => {
    this.isDisturbed = true
    if (reason !== 'io client disconnect') this.socket.connect()
  }
  readonly #onFrame = (events: unknown) => {
    this.tell(() => `frame: ${JSON.stringify(events)}`)
    this.note('events in one packet')
    this.#framedAt = this.network.clock.now()
  }
  /** When several events last came in one packet. */
  #framedAt = -Infinity
  /** Whether somebody else listened to the focus before. */
  readonly #isFocusHeard = focusManager.hasListeners()
  readonly #byHash: Map<string, Subject>
  /** The latest that was delivered of each row. */
  readonly #told = new Map<number, Told>()
  /** The groups that `leaveRoom` has resolved for, and what was broadcast of them since. */
  readonly #shut = new Set<string>()
  readonly #secrets = new Set<string>()
  /** The rooms that the engine knows to be revoked. */
  readonly #revoked = new Set<string>()
  readonly #seenIds = new Set<unknown>()
  /** The last offset heard of each room's log. */
  readonly #heard = new Map<string, number>()
  /** When each event was committed, in ticks. */
  readonly #commits: number[] = []

  /** @param log - where a timeline of the run is written, if one is wanted */
  constructor(setup: Setup, bridge: BridgeName, log?: string[]) {
    this.setup = setup
    this.#log = log
    this.bridge = bridge
    const { seed, eventDelayMs, duplicateRate, dropRate, reorderRate } = setup
    const { maxEventsPerRoom, maxAgeMs, isOnDemand, connectsAfter, nodes, nodeLatencyMs } =
      setup
    const isAuto = !isOnDemand || bridge !== 'sync'
    this.api = new Api(setup)
    this.network = createTestNetwork<Events>({
      rules: rulesFor(setup),
      seed: seed ^ 0x5bd1e995,
      log:
        nodes > 1
          ? { maxEventsPerRoom, maxAgeMs }
          : (outside) => this.api.makeLog({ maxEventsPerRoom, maxAgeMs, ...outside }),
      nodes,
      nodeLatencyMs: () => random.int(0, nodeLatencyMs),
      authorize: async (_, rooms) => {
        const allowed = await this.#resolve()
        return rooms.filter((room) => allowed.includes(room))
      },
      onError: (error) => this.errors.push(error),
    })
    const { random, clock } = this.network
    this.#engineClock = trackTimers(clock)
    // What TanStack Query calls the time of data must not depend on how fast this machine is.
    Date.now = () => EPOCH + clock.now()
    this.queryClient = new QueryClient({
      defaultOptions: {
        queries: {
          retry: false,
          gcTime: Infinity,
          networkMode: 'always',
          // It would make up for what the engine forgets.
          refetchOnWindowFocus: false,
        },
      },
    })
    this.store = new Store((event, data) => {
      this.#commits.push(this.tick++)
      const isFragile = setup.specs.some((spec) => spec.isFragile)
      for (const subject of this.subjects) {
        const { spec } = subject
        const isMeant = spec.group === undefined || spec.group === data.group
        if (isMeant && spec.invalidatedBy?.includes(event)) subject.invalidatedAt = this.tick
      }
      if (isFragile && 'text' in data && data.text.endsWith('!')) this.mayThrow = true
      if (this.#shut.has(data.group)) {
        if (this.#isJoined(data.group)) {
          this.report('I4', 'all', `${event} of a room that was revoked is sent`)
        }
        // Of a post, everybody in the lobby hears; and without a version nothing tells two apart.
        const isTold = event !== 'post:added' && 'version' in data && data.version !== undefined
        if (isTold) this.#secrets.add(nameOf(event, data))
      }
      void this.#anyServer().broadcast(event, data)
      this.api.keep(this.store, clock.now())
    })
    // A server runs for some time before anybody comes.
    clock.advance(5000)
    const { socket, wire } = this.network.connect('ada', {
      rooms: isAuto ? () => this.#resolve() : [],
      connect: connectsAfter === 0,
      engine: false,
      queryClient: this.queryClient,
      wire: {
        delayMs: () => random.int(0, eventDelayMs),
        duplicateRate,
        dropRate,
        reorderRate,
      },
    })
    this.socket = socket
    this.wire = wire
    this.isDisturbed = connectsAfter > 0
    socket.on('connect', this.#onConnect)
    socket.on('disconnect', this.#onDisconnect)
    this.subjects = setup.specs.map((spec) => this.#createSubject(spec))
    this.#byHash = new Map(this.subjects.map((subject) => [subject.hash, subject]))
    for (const event of EVENTS) {
      socket.on(event, (data, meta) => this.#onEvent(event, data, meta))
    }
    socket.on(FRAME, this.#onFrame)
    this.#unwatch = this.queryClient.getQueryCache().subscribe((event) => this.#watch(event))
    this.startEngine()
  }

  startEngine(): void {
    const { queryClient, socket } = this
    const applied = new Set<string>()
    this.stops.push(
      startBridge(this.bridge, {
        queryClient,
        socket,
        rules: rulesFor(this.setup),
        clock: this.#engineClock,
        random: this.network.random.float,
        readLagMs: this.#readLagMs(),
        onError: (error) => this.errors.push(error),
        onReport: (report) => this.#onReport(report),
        onApplied: (event, data) => {
          const row = data as Row & Partial<Stats>
          const identity = `${event} ${row.id} ${row.version} ${row.group} ${row.stamp}`
          const isUnique = row.version !== undefined || row.stamp !== undefined
          if (isUnique && applied.has(identity) && this.bridge === 'sync') {
            this.report('I2', 'all', `${identity} is told twice`)
          }
          applied.add(identity)
          this.#onApplied(event, row)
        },
      }),
    )
  }

  /** Where all answers have stamps, these tell how old they are. */
  #readLagMs(): number {
    const { stamps, lagMs, isDeclared, isRoomDeclared, specs } = this.setup
    const isWhole = isDeclared && isRoomDeclared && specs.every(({ isPartly }) => !isPartly)
    return stamps === 'exact' && isWhole ? 0 : lagMs
  }

  /** The rooms of the user, read at some moment while the question is under way. */
  async #resolve(): Promise<string[]> {
    const { clock, random } = this.network
    const { resolverMs } = this.setup
    if (resolverMs > 0) await clock.sleep(random.int(0, resolverMs))
    const rooms = ['lobby', ...[...this.access].map((group) => `group:${group}`)]
    if (resolverMs > 0) await clock.sleep(random.int(0, resolverMs))
    return rooms
  }

  /** Whether the API answers a query at the moment. */
  mayAsk({ spec: { group } }: Subject): boolean {
    return group === undefined || this.access.has(group)
  }

  /** Whether a room's name tells that the query is its own: then it is emptied without asking. */
  isOwn({ spec: { group, isOfLobby } }: Subject): boolean {
    return (
      group !== undefined && !isOfLobby && this.setup.isDeclared && this.setup.isRoomDeclared
    )
  }

  /** Whether events of all the groups that a query is about reach the user. */
  isFollowed({ spec: { group } }: Subject): boolean {
    return group === undefined ? this.access.size === GROUPS.length : this.access.has(group)
  }

  revoke(group: string): void {
    if (!this.access.delete(group)) return
    this.note(this.#isJoined(group) ? 'room revoked while joined' : 'room revoked while away')
    this.expectRefetches()
    const left = this.#anyServer().leaveRoom(`group:${group}`, ['ada'])
    // Where one node has nobody to wait for, at once.
    if (this.setup.nodes === 1) this.#shut.add(group)
    else left.then(() => !this.access.has(group) && this.#shut.add(group)).catch(() => {})
  }

  grant(group: string): void {
    if (this.access.has(group)) return
    this.access.add(group)
    this.#shut.delete(group)
    // From now on the like of them may come again.
    this.#secrets.clear()
    this.note('room granted again')
    this.expectRefetches()
    void this.#anyServer().joinRoom(`group:${group}`, ['ada'])
  }

  /** Puts the user's sockets into a room that they may be in, as an application's own code does. */
  rejoin(group: string): void {
    if (!this.access.has(group)) return
    for (const socket of this.sockets()) socket.join(`group:${group}`)
  }

  wakeUp(): void {
    this.note('page woken up')
    for (const subject of this.subjects) subject.budget += 2
    focusManager.setFocused(false)
    focusManager.setFocused(true)
    focusManager.setFocused(undefined)
  }

  /** What happens now may make any query refetch. */
  expectRefetches(): void {
    this.isDisturbed = true
    for (const subject of this.subjects) subject.budget += 3
  }

  /** The user's sockets at the servers. */
  sockets(): readonly ServerSocket[] {
    return this.network.nodes.flatMap(({ io }) => [...io.sockets.values()])
  }

  #anyServer(): SyncServer<Events> {
    const { nodes, random, server } = this.network
    return nodes.length === 1 ? server : random.pick(nodes).server
  }

  #isJoined(group: string): boolean {
    return this.network.nodes.some(({ io }) => io.adapter.rooms.has(`group:${group}`))
  }

  #onReport({ room, outcome }: SyncReport): void {
    this.tell(() => `room ${room}: ${outcome}`)
    this.note(`room: ${outcome}`)
    if (outcome === 'lost' || outcome === 'left') this.expectRefetches()
    if (outcome === 'revoked') {
      this.#revoked.add(room)
      this.#forgetTold(room)
    } else if (outcome === 'joined') this.#revoked.delete(room)
  }

  #onApplied(event: string, row: Row): void {
    const isDeletion = event === 'row:deleted'
    if (!isDeletion && event !== 'row:edited' && event !== 'row:new') return
    const before = this.#told.get(row.id)
    this.#told.set(row.id, {
      group: row.group,
      version: isDeletion
        ? (before?.version ?? 0)
        : Math.max(row.version, before?.version ?? 0),
      isDeleted: isDeletion || before?.isDeleted === true,
    })
  }

  /** The engine forgets it too; a replica that lags may then be behind it, until the next fetch. */
  #forgetTold(room: string): void {
    if (this.setup.lagMs === 0) return
    for (const [id, { group }] of this.#told)
      if (room === `group:${group}`) this.#told.delete(id)
  }

  /** Nothing of an engine may remain; and stopping it twice is harmless. */
  stopEngines(): void {
    const stops = this.stops.splice(0)
    for (const stop of [...stops, ...stops]) stop()
    if (this.bridge !== 'sync') return
    const own = this.#isWatching ? EVENTS.length + 3 : 0
    // Frames may be on their way until the server has heard that nobody unpacks them.
    const unpacking = this.socket.connected ? 3 : 0
    const listeners = this.socket.listenerCount() - own - unpacking
    const left = [
      this.#engineClock.pending > 0 && `${this.#engineClock.pending} timers`,
      listeners > 0 && `${listeners} listeners on the socket`,
      focusManager.hasListeners() && !this.#isFocusHeard && 'a listener on the focus',
    ].filter(Boolean)
    if (left.length > 0) this.report('I12', 'cleanup', `left: ${left.join(', ')}`)
  }

  /** Runs what the user does: fetches it starts are not the engine's. */
  act(change: () => void): void {
    this.#isActing = true
    try {
      change()
    } finally {
      this.#isActing = false
    }
  }

  queryOf({ hash }: Subject): Query | undefined {
    return this.queryClient.getQueryCache().get(hash)
  }

  mount(subject: Subject, options: { staleTime: number; enabled?: boolean }): void {
    const { paging } = subject.spec
    const all = { ...subject.options, ...paging, ...options }
    // The options of both kinds are alike but for the paging, which is there if it is needed.
    const observer = paging
      ? new InfiniteQueryObserver(this.queryClient, all as never)
      : new QueryObserver(this.queryClient, all)
    const stop = (observer as QueryObserver).subscribe(({ data }) =>
      this.#onPaint(subject, (observer as QueryObserver).getCurrentQuery(), data),
    )
    subject.observers.push({ observer, stop })
  }

  unmount(subject: Subject): void {
    subject.observers.pop()?.stop()
  }

  /** A snapshot of what the user may see: it may be shown until the page hears otherwise. */
  takeIn(subject: Subject): void {
    this.taint(subject)
    this.#revoked.delete(`group:${subject.spec.group}`)
  }

  /** What somebody else wrote may be older than what was painted. */
  taint(subject: Subject): void {
    subject.foreignAt = this.tick++
    subject.isTainted = true
    subject.budget += 2
  }

  report(invariant: string, query: string, detail: string): void {
    this.tell(() => `WRONG ${invariant} ${query}: ${detail}`)
    if (this.violations.length < 20) this.violations.push({ invariant, query, detail })
  }

  /** Adds a line to the timeline. */
  tell(line: () => string): void {
    this.#log?.push(`${String(this.network.clock.now()).padStart(6)}  ${line()}`)
  }

  note(transition: Transition): void {
    count(this.counts, transition)
  }

  /** Whether every event has come, or its loss been noticed, without anybody looking for it. */
  isComplete(): boolean {
    const { dropRate, reorderRate, isOnDemand } = this.setup
    return (
      dropRate + reorderRate === 0 && !isOnDemand && !this.counts['room left by the server']
    )
  }

  /** The network is as good as it can be from now on. */
  calmDown(): void {
    this.wire.dropRate = 0
    this.wire.reorderRate = 0
    this.wire.duplicateRate = 0
    this.wire.restore()
    this.socket.connect()
  }

  stopWatching(): void {
    this.socket.off('connect', this.#onConnect)
    this.socket.off('disconnect', this.#onDisconnect)
    this.socket.off(FRAME, this.#onFrame)
    Date.now = systemNow
    this.#isWatching = false
    this.#unwatch()
    for (const event of EVENTS) this.socket.off(event)
  }

  #createSubject(spec: QuerySpec): Subject {
    const subject: Subject = {
      spec,
      hash: JSON.stringify(spec.key),
      options: {
        queryKey: spec.key,
        queryFn: ({ pageParam }) => this.#request(subject, pageParam),
      },
      observers: [],
      failures: 0,
      fetches: 0,
      budget: 6,
      fetchStart: -1,
      isPageFetch: false,
      goodStart: -1,
      readAt: -1,
      invalidatedAt: -1,
      foreignAt: -1,
      isTainted: false,
      eventsInFetch: 0,
      painted: new Map(),
    }
    const query = this.queryClient.getQueryCache().build(this.queryClient, {
      queryKey: spec.key,
    })
    this.queryClient.getQueryCache().remove(query)
    return Object.assign(subject, { hash: query.queryHash })
  }

  /** The answer is what the store holds at some moment between request and answer. */
  async #request(subject: Subject, pageParam: unknown): Promise<unknown> {
    const { clock, random } = this.network
    const { latencyMs } = this.setup
    await clock.sleep(random.int(0, latencyMs))
    if (subject.failures > 0) {
      subject.failures--
      throw new Error('the network is down')
    }
    if (!this.mayAsk(subject)) throw Object.assign(new Error('forbidden'), { status: 403 })
    // It was let in again, and may show what it gets until it hears otherwise.
    this.#revoked.delete(`group:${subject.spec.group}`)
    const answer = await this.answer(subject.spec, pageParam, () => {
      subject.readAt = this.tick++
    })
    this.tell(() => `${subject.spec.name}: read ${printData(answer)}`)
    await clock.sleep(random.int(0, latencyMs))
    return answer
  }

  /** What the API says, once a request has reached it. */
  async answer(
    spec: QuerySpec,
    pageParam: unknown,
    onRead: () => void = () => {},
  ): Promise<unknown> {
    const { clock, random } = this.network
    const stamp = await this.api.stamp(this.#anyServer(), spec, pageParam, random)
    // What a resolver does before it reads.
    if (stamp !== undefined) await clock.sleep(random.int(0, 20))
    onRead()
    return this.api.read(this.store, spec, { pageParam, stamp, now: clock.now(), random })
  }

  #onEvent(event: string, data: unknown, meta: unknown): void {
    const id = (meta as { i?: unknown } | undefined)?.i
    if (this.#secrets.has(nameOf(event, data))) {
      this.report('I4', 'all', `${event} arrives, which was sent after leaveRoom had resolved`)
    }
    this.#checkLive(event, meta)
    const isAgain = this.#seenIds.has(id)
    this.#seenIds.add(id)
    if (isAgain) this.note('event that comes twice')
    else this.events++
    // First copies arrive in the order they were sent.
    const committedAt = isAgain ? Infinity : (this.#commits[this.events - 1] ?? Infinity)
    if (this.mutations > 0) this.note('event while a mutation runs')
    const row = data as Row
    if (this.subjects.some(({ spec }) => concerns(event, row, spec))) {
      this.tell(() => `event ${event} ${printData(data)}${isAgain ? ' (again)' : ''}`)
    }
    for (const subject of this.subjects) this.#meet(subject, event, row, committedAt)
  }

  /** Where no node loses, doubles or reorders anything, a plain listener hears each event in order. */
  #checkLive(event: string, meta: unknown): void {
    const { dropRate, reorderRate, duplicateRate } = this.setup
    if (dropRate + reorderRate + duplicateRate > 0) return
    const { e, p = [] } = meta as { e: string; p?: [string, number][] }
    for (const [handle, offset] of p) {
      const room = `${e} ${handle}`
      if (offset <= (this.#heard.get(room) ?? 0)) {
        this.report('I13', 'all', `${event} is heard after a later event of its room`)
      }
      this.#heard.set(room, offset)
    }
  }

  #meet(subject: Subject, event: string, data: Row, committedAt: number): void {
    const { spec } = subject
    const isAgain = committedAt === Infinity
    if (spec.group !== undefined && spec.group !== data.group) return
    const query = this.queryOf(subject)
    if (query === undefined) return
    const { fetchStatus, data: held, fetchMeta } = query.state
    const direction = fetchMeta?.fetchMore?.direction
    const isFetching = fetchStatus !== 'idle'
    if (!isAgain) {
      subject.budget += 2
      subject.eventsInFetch++
    }
    if (!isFetching) this.note('event while idle')
    else if (held === undefined) this.note('event during first fetch')
    else if (direction === undefined) this.note('event during refetch')
    else if (direction === 'forward') this.note('event during next page')
    else this.note('event during previous page')
    if (held !== undefined && !query.isActive()) {
      this.note('event applied to a query without observers')
    }
    if (held !== undefined && committedAt < subject.goodStart) {
      this.note('event overtaken by a response that knows it')
    }
    if (spec.invalidatedBy?.includes(event)) {
      if (isFetching) {
        if (held === undefined) this.note('invalidation during first fetch')
        else if (direction === undefined) this.note('invalidation during refetch')
        else this.note('invalidation during a page fetch')
      }
    }
    if (event === 'group:renamed' && spec.name.startsWith('meta')) {
      if (isFetching) this.note('removal during a fetch')
      else if (query.getObserversCount() > 0) this.note('removal of an observed query')
      else this.note('removal of an unobserved query')
    }
  }

  #onPaint(subject: Subject, query: Query, data: unknown): void {
    if (this.queryOf(subject) !== query) return
    const { spec } = subject
    // A row that left the list may come back as an older one: late events are all that is known.
    const painted = new Map<number, number>()
    if (data === undefined) {
      subject.painted = painted
      if (spec.isByArrival === true && !subject.isTainted) this.#checkOrder(subject, painted)
      return
    }
    const isOut = this.#revoked.has(`group:${spec.group}`) && !this.mayAsk(subject)
    // Not what was told before, and is shown only now.
    if (isOut && this.isOwn(subject) && query.state.data !== undefined) {
      this.report('I4', spec.name, 'painted after it was revoked')
    }
    for (const row of spec.rowsOf(data)) {
      if (painted.has(row.id)) this.report('I1', spec.name, `row ${row.id} is painted twice`)
      painted.set(row.id, row.version)
      if (subject.isTainted) continue
      const told = this.#told.get(row.id)
      if (told?.isDeleted && (this.setup.isVersioned || !this.isDisturbed)) {
        this.report('I8', spec.name, `row ${row.id} is painted after its deletion`)
      }
      // Without versions, nothing tells an older row that comes late.
      const isTold = this.setup.isVersioned || !this.isDisturbed
      const delivered = isTold ? (told?.version ?? 0) : 0
      const before = this.#remembers(spec) ? (subject.painted.get(row.id) ?? 0) : 0
      if (row.version < Math.max(delivered, before)) {
        const newer = delivered > before ? `event v${delivered}` : `painted v${before}`
        this.report('I8', spec.name, `row ${row.id} v${row.version} after ${newer}`)
      }
    }
    subject.painted = painted
    if (spec.isByArrival === true && !subject.isTainted) this.#checkOrder(subject, painted)
  }

  /**
   * Whether a row never goes back from one painting to the next. By arrival, a row may leave at the
   * limit and come back by an older event, both in one batch: of events that were held, or of a frame.
   */
  #remembers({ isByArrival }: QuerySpec): boolean {
    const { isVersioned, dropRate, reorderRate, lagMs } = this.setup
    // Two replicas may lag behind by as much as they like, each.
    if (lagMs > 0) return false
    const isFramed = this.#framedAt === this.network.clock.now()
    const isHeld = dropRate + reorderRate > 0 || this.isDisturbed || isFramed
    return isVersioned && !(isByArrival === true && isHeld)
  }

  /** Where no response overtakes an event, and versions tell which it knows, no place is a guess. */
  #checkOrder({ spec }: Subject, painted: ReadonlyMap<number, number>): void {
    const { eventDelayMs, isVersioned, dropRate, reorderRate, isOnDemand } = this.setup
    const { nodes, nodeLatencyMs } = this.setup
    const isOnTime = eventDelayMs === 0 && (nodes === 1 || nodeLatencyMs === 0)
    const isCalm = isOnTime && dropRate + reorderRate === 0 && !isOnDemand
    if (!isCalm || !isVersioned || this.isDisturbed) return
    let before = Infinity
    for (const id of painted.keys()) {
      if (id > before) this.report('I8', spec.name, `row ${before} is painted above row ${id}`)
      before = id
    }
  }

  #watch(event: QueryCacheNotifyEvent): void {
    const subject = this.#byHash.get(event.query.queryHash)
    if (subject === undefined || this.queryOf(subject) !== event.query) return
    if (event.type !== 'updated') return
    const { action } = event
    const query: Query = event.query
    this.#mix(subject, query, action.type)
    this.tell(() => `${subject.spec.name}: ${action.type} ${printData(query.state.data)}`)
    if (action.type === 'fetch') {
      subject.eventsInFetch = 0
      // The first page is all there is, whichever way it was asked for.
      subject.isPageFetch =
        action.meta?.fetchMore !== undefined && query.state.data !== undefined
      subject.fetchStart = this.tick++
      if (!subject.isPageFetch) {
        subject.fetches++
        if (!this.#isActing) this.note('refetch paid by the engine')
      }
    } else if (action.type === 'success' && !action.manual) this.#onResponse(subject, query)
    else if (action.type === 'error') this.#onFailure(subject, query, action.error)
  }

  #onResponse(subject: Subject, query: Query): void {
    const { spec, isPageFetch } = subject
    this.api.noteAnswered(spec.name)
    if (subject.eventsInFetch > 0) {
      this.note(isPageFetch ? 'page after events' : 'response after events')
    }
    if (isPageFetch) {
      const { pageParams } = query.state.data as { pageParams: unknown[] }
      if (pageParams.length === spec.paging?.maxPages) this.note('page dropped by maxPages')
      return
    }
    subject.goodStart = subject.fetchStart
    if (subject.fetchStart > subject.foreignAt) subject.isTainted = false
  }

  #onFailure(subject: Subject, query: Query, error: unknown): void {
    const isRevert = (error as { revert?: boolean } | null)?.revert === true
    if (isRevert) return
    if (query.state.data === undefined) this.note('failed first fetch')
    else if (subject.eventsInFetch > 0) this.note('failed fetch after events')
  }

  #mix(subject: Subject, query: Query, type: string): void {
    let hash = Math.imul(this.trace ^ this.subjects.indexOf(subject), 0x01000193)
    hash = Math.imul(hash ^ type.length ^ type.charCodeAt(0), 0x01000193)
    hash = Math.imul(hash ^ this.network.clock.now(), 0x01000193)
    const { data } = query.state
    if (data !== undefined) {
      for (const row of subject.spec.rowsOf(data)) {
        hash = Math.imul(hash ^ (row.id * 31 + row.version), 0x01000193)
      }
    }
    this.trace = hash
  }
}

function nameOf(event: string, data: unknown): string {
  return `${event} ${JSON.stringify(data)}`
}

/** Whether an event is worth a line in the timeline. */
function concerns(
  event: string,
  { group }: Row,
  { group: own, isCounter }: QuerySpec,
): boolean {
  if (own !== undefined && own !== group) return false
  return event.startsWith('row:') || event.startsWith('group:') || isCounter === true
}

/** Rows as `id v version / rank`, pages in brackets. */
function printData(data: unknown): string {
  const text = JSON.stringify(data) ?? 'no data'
  return text.replace(
    /\{"id":(\d+),"group":"\w","status":"(\w)\w+","rank":(\d+),"text":"[^"]*","version":(\d+)\}|\{[^{}]*"id":(\d+)[^{}]*"version":(\d+)[^{}]*\}/g,
    (_, id, status, rank, version, otherId, otherVersion) =>
      id === undefined
        ? `${String(otherId)}v${String(otherVersion)}`
        : `${String(id)}v${String(version)}/${String(rank)}${String(status)}`,
  )
}

const systemNow = Date.now
const EPOCH = 1_700_000_000_000

const EVENTS: readonly (keyof Events)[] = [
  'row:new',
  'row:edited',
  'row:deleted',
  'stats:changed',
  'post:added',
  'group:touched',
  'group:renamed',
]
