/**
 * A log that several nodes share, in one process: what Redis or Postgres are to a cluster. Each node
 * has its own end of it, which tells of events in their order, after as long as a test says.
 */

import { systemClock, type Clock } from '../clock.ts'
import { SyncError } from '../errors.ts'
import { decodeLogData, encodeLogData } from '../log-codec.ts'
import type {
  Appended,
  EventLog,
  FollowedEvent,
  LogFollower,
  NewEvent,
} from '../server/log/event-log.ts'
import { memoryLog, type MemoryLogOptions } from '../server/log/memory-log.ts'

export interface MemoryHubOptions extends MemoryLogOptions {
  /** @default the system's */
  readonly clock?: Clock | undefined
  /** How long a node waits for what another has appended, in milliseconds. @default 0 */
  readonly latencyMs?: (() => number) | undefined
  /** How long a barrier waits for a node. @default 5000 */
  readonly barrierTimeoutMs?: number | undefined
}

export interface MemoryHub {
  /** A node's end; `nodeId` is what a barrier calls it. */
  readonly join: (nodeId?: string) => HubLog
  /** Forgets everything: another epoch, as after a Redis that was flushed. */
  readonly flush: () => void
}

export interface HubLog extends EventLog {
  /** Tells nothing of what is appended, until `resume`; then all of it. */
  readonly pause: () => void
  readonly resume: () => void
}

interface Node {
  readonly id: string
  follower: LogFollower | undefined
  /** What it has not been told, in order. */
  readonly waiting: Told[]
  /** When it is told of the last of them. */
  lastAt: number
  isPaused: boolean
  isTelling: boolean
}

interface Told {
  readonly at: number
  readonly tell: (follower: LogFollower) => void
}

export function createMemoryHub(options: MemoryHubOptions = {}): MemoryHub {
  const { clock = systemClock, latencyMs = () => 0, barrierTimeoutMs = 5000 } = options
  const nodes = new Set<Node>()
  const keepers = new Set<(room: string) => boolean>()
  let lives = 0
  let store = openStore()

  function openStore(): EventLog {
    const opened = memoryLog({ now: clock.now, ...options })
    opened.keep((room) => [...keepers].some((hasMembers) => hasMembers(room)))
    return withHandlesOf(opened, `${lives++}.`)
  }

  function tellAll(tell: Told['tell']): void {
    for (const node of nodes) if (node.follower !== undefined) tellLater(node, tell)
  }

  /** In the order in which it was appended, however long each of it takes. */
  function tellLater(node: Node, tell: Told['tell']): void {
    node.lastAt = Math.max(node.lastAt, clock.now() + latencyMs())
    node.waiting.push({ at: node.lastAt, tell })
    schedule(node)
  }

  function schedule(node: Node): void {
    const [first] = node.waiting
    if (first === undefined || node.isTelling || node.isPaused) return
    node.isTelling = true
    clock.setTimeout(() => {
      node.isTelling = false
      if (node.isPaused) return
      while ((node.waiting[0]?.at ?? Infinity) <= clock.now()) {
        const told = node.waiting.shift()
        if (node.follower !== undefined) told?.tell(node.follower)
      }
      schedule(node)
    }, first.at - clock.now())
  }

  async function append(added: readonly NewEvent[]) {
    const at = store.now()
    const appended = await store.append(added)
    const texts = added.map(({ data }) => encodeLogData(data))
    tellAll(({ deliver }) =>
      deliver(
        added.map((event, place): FollowedEvent => ({
          ...event,
          ...(appended[place] ?? NOWHERE),
          data: decodeLogData(texts[place] ?? ''),
          at,
        })),
      ),
    )
    return appended
  }

  function barrier(): Promise<void> {
    const silent = new Set([...nodes].filter(({ follower }) => follower !== undefined))
    if (silent.size === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => reject(nodesSilent(silent)), barrierTimeoutMs)
      for (const node of silent) {
        tellLater(node, () => {
          silent.delete(node)
          if (silent.size > 0) return
          clock.clearTimeout(timer)
          resolve()
        })
      }
    })
  }

  function leave(node: Node): void {
    node.follower = undefined
    // Nobody waits for a node that is gone.
    for (const { tell } of node.waiting.splice(0)) tell(NOBODY)
  }

  function join(nodeId = `node${nodes.size + 1}`): HubLog {
    const node: Node = {
      id: nodeId,
      follower: undefined,
      waiting: [],
      lastAt: 0,
      isPaused: false,
      isTelling: false,
    }
    nodes.add(node)
    return {
      get epoch() {
        return store.epoch
      },
      isShared: true,
      now: () => store.now(),
      append,
      heads: async (rooms) => store.heads(rooms),
      read: async (request) => store.read(request),
      keep: (hasMembers) => keepers.add(hasMembers),
      follow(follower) {
        node.follower = follower
        return () => leave(node)
      },
      barrier,
      stats: () => store.stats?.() ?? NOTHING,
      pause() {
        node.isPaused = true
      },
      resume() {
        node.isPaused = false
        schedule(node)
      },
      close() {
        leave(node)
        nodes.delete(node)
      },
    }
  }

  return {
    join,
    flush() {
      store = openStore()
      tellAll(({ renew }) => renew())
    },
  }
}

/** No life of the log has a handle of another one: what is under way when it ends stays apart. */
function withHandlesOf(log: EventLog, prefix: string): EventLog {
  const renamed = <Named extends { readonly handle: string }>(named: Named): Named => ({
    ...named,
    handle: prefix + named.handle,
  })
  const moved = (places: Appended['places']) =>
    places.map(([handle, offset]) => [prefix + handle, offset] as const)
  return {
    ...log,
    append: async (events) =>
      (await log.append(events)).map(({ id, places }) => ({ id, places: moved(places) })),
    heads: async (rooms) => (await log.heads(rooms)).map(renamed),
    async read(request) {
      const { events, rooms } = await log.read(request)
      return {
        events: events.map(([event, data, id, places, at]) => [
          event,
          data,
          id,
          moved(places),
          at,
        ]),
        rooms: rooms.map(renamed),
      }
    },
  }
}

const NOBODY: LogFollower = { deliver() {}, renew() {}, onError() {} }
const NOTHING = { events: 0, bytes: 0, rooms: 0 }
const NOWHERE = { id: '', places: [] }

function nodesSilent(nodes: Iterable<Node>): SyncError {
  const names = [...nodes].map(({ id }) => id).join(', ')
  return new SyncError({
    code: 'node-silent',
    problem: `These nodes have not said that it took effect: ${names}.`,
    remedy: 'It does when they are back; until then they send nothing that is newer.',
    subject: names,
  })
}
