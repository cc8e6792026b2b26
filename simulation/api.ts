/**
 * The API of a run, as far as stamps are concerned: the real server stamps its answers, the real link
 * reads them. What it reads is the store, or a replica of some time ago.
 */

import { attachStamp, STAMP_HEADER, syncStampLink } from '@iron-stack/sync/stamps'
import {
  memoryLog,
  type EventLog,
  type MemoryLogOptions,
  type RequestStamp,
  type RoomHead,
  type SyncServer,
} from '@iron-stack/sync/server'
import type { Random } from '@iron-stack/sync/testing'
import type { Setup } from './history.ts'
import type { QuerySpec } from './model/queries.ts'
import { GROUPS, Reading, type Events, type Store } from './model/store.ts'

/** The store as it was, and how far the log was then. */
interface Version {
  readonly at: number
  readonly reading: Reading
  readonly epoch: string
  readonly heads: ReadonlyMap<string, RoomHead>
}

const ROOMS = ['lobby', ...GROUPS.map((group) => `group:${group}`)]

export class Api {
  readonly #setup: Setup
  readonly #versions: Version[] = []
  #log: EventLog | undefined
  /** Those of which a client has had a stamp once. */
  readonly #answered = new Set<string>()

  constructor(setup: Setup) {
    this.#setup = setup
  }

  /** The server's log: of one database with what the API reads. */
  makeLog(options: MemoryLogOptions): EventLog {
    const log = memoryLog(options)
    this.#log = Object.assign(log, {
      headsIn: (tx: unknown, rooms: readonly string[]) => {
        const { epoch, heads } = tx as Version
        return rooms.map((room) => (epoch === log.epoch ? heads.get(room) : undefined))
      },
    })
    return this.#log
  }

  /** Keeps the store as it is now, for replicas; call it after each commit. */
  keep(store: Store, now: number): void {
    if (this.#setup.lagMs > 0) this.#versions.push(this.#versionOf(store, now))
  }

  /** A client has had an answer of this query. */
  noteAnswered(name: string): void {
    this.#answered.add(name)
  }

  /** Asks for the stamp of an answer, before anything is read. */
  async stamp(
    server: SyncServer<Events>,
    { name, key, stampedBy }: QuerySpec,
    pageParam: unknown,
    random: Random,
  ): Promise<RequestStamp | undefined> {
    const { stamps, lagMs, stampFailureRate } = this.#setup
    if (stamps === 'none') return undefined
    // That its count relies on stamps, a client learns by the first one.
    if (this.#answered.has(name) && random.chance(stampFailureRate)) return undefined
    const onlyExact = lagMs > 0
    if (stampedBy !== undefined) return server.stampRooms(stampedBy, { onlyExact })
    const { path, input } = callOf(key, pageParam)
    const call = { path, getRawInput: async () => input }
    return server.stampRequest({ type: 'query', calls: [call] }, { onlyExact })
  }

  /** Reads, and makes the stamp exact if that is asked for. */
  async read(
    store: Store,
    spec: QuerySpec,
    options: {
      readonly pageParam: unknown
      readonly stamp: RequestStamp | undefined
      readonly now: number
      readonly random: Random
    },
  ): Promise<unknown> {
    const { pageParam, stamp, now, random } = options
    const version = this.#pick(store, now, random)
    const answer = spec.read(version.reading, pageParam)
    if (this.#setup.stamps === 'exact') await stamp?.readIn(version)
    return stamp === undefined ? answer : this.#attach(answer, stamp, spec, pageParam)
  }

  /** What comes over the wire, with its headers. */
  #attach(
    answer: unknown,
    stamp: RequestStamp,
    { key, stampedBy }: QuerySpec,
    pageParam: unknown,
  ): unknown {
    const data = structuredClone(answer)
    const header = stamp.headers([{ result: { data } }])[STAMP_HEADER]
    if (stampedBy !== undefined) return attachStamp(data, header)
    const op = { type: 'query', ...callOf(key, pageParam) }
    const headers = { get: () => header ?? null }
    const answers = {
      subscribe(observer: { next: (value: unknown) => void }) {
        observer.next({ result: { data }, context: { response: { headers } } })
      },
      pipe: () => undefined,
    }
    syncStampLink()(undefined)({ op, next: () => answers }).subscribe({ next: () => {} })
    return data
  }

  #pick(store: Store, now: number, random: Random): Version {
    const { lagMs, stamps } = this.#setup
    const asOf = now - random.int(0, lagMs)
    // Without stamps, what a replica has is as good before a restart of the log as after.
    const isThere = ({ at, epoch }: Version) =>
      at <= asOf && (stamps === 'none' || epoch === this.#log?.epoch)
    const found = lagMs > 0 ? this.#versions.findLast(isThere) : undefined
    return found ?? this.#versionOf(store, now)
  }

  #versionOf(store: Store, at: number): Version {
    const log = this.#log
    // The log in memory answers at once.
    const heads = (log?.heads(ROOMS) ?? []) as readonly RoomHead[]
    return {
      at,
      reading: new Reading(store),
      epoch: log?.epoch ?? '',
      heads: new Map(ROOMS.flatMap((room, n) => (heads[n] ? [[room, heads[n]]] : []))),
    }
  }
}

function callOf(key: readonly unknown[], pageParam: unknown) {
  const [path, { input }] = key as [readonly string[], { input: object }]
  const cursor = pageParam === undefined || pageParam === null ? {} : { cursor: pageParam }
  return { path: path.join('.'), input: { ...input, ...cursor } }
}
