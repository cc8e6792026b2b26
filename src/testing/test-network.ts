/**
 * A server and its clients in one process: the real `SyncServer`, the real engine, the real
 * TanStack Query. Only time, chance and the wire are a test's own.
 *
 * ```ts
 * const network = createTestNetwork({ rules })
 * const ada = network.connect('ada', { rooms: ['list:a'] })
 * const answer = async () => { await network.clock.sleep(50); return todos }
 * const observer = new QueryObserver(ada.queryClient, { queryKey: ['todos'], queryFn: answer })
 * observer.subscribe(() => {})
 * await network.advance(20)                        // the fetch is under way
 * await network.server.broadcast('todo:new', todo) // and meets an event
 * await network.quiet()
 * await network.expectConverged()
 * network.close()
 * ```
 */

import { QueryClient } from '@tanstack/query-core'
import type { Namespace } from 'socket.io'
import { createSyncEngine, type SyncEngineOptions } from '../engine/create-sync-engine.ts'
import type { OnError } from '../errors.ts'
import type { SyncRules } from '../rules.ts'
import type { AnySocket } from '../server/io.ts'
import type { EventLog } from '../server/log/event-log.ts'
import { memoryLog, type MemoryLogOptions } from '../server/log/memory-log.ts'
import type { Authorize, RoomResolver } from '../server/membership.ts'
import { SyncServer } from '../server/sync-server.ts'
import type { Transformer } from '../transformer.ts'
import { expectConverged, type ConvergedOptions } from './expect-converged.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import {
  createMemoryIo,
  type MemoryIo,
  type RoomsOfUser,
  type ServerSocket,
} from './memory-io.ts'
import { createMemoryHub, type MemoryHub } from './memory-hub.ts'
import {
  createMemorySocket,
  type MemoryConnection,
  type MemorySocket,
  type MemorySocketOptions,
} from './memory-socket.ts'
import { quiet, type QuietOptions } from './quiet.ts'
import { createRandom, type Random } from '../random.ts'
import { settle } from './settle.ts'
import type { Wire, WireConditions } from './wire.ts'

type LogLimits = Pick<MemoryLogOptions, 'maxAgeMs' | 'maxBytes' | 'maxEventsPerRoom'>
type MakeLog = (outside: Required<Pick<MemoryLogOptions, 'now' | 'random'>>) => EventLog

export interface TestNetworkOptions<Events> {
  readonly rules: SyncRules<Events>
  /** Where all chance comes from. @default 1 */
  readonly seed?: number | undefined
  /**
   * The limits of the server's log in memory, or what makes another log for it: called at the start
   * and at each `restart`, with the network's time and chance. @default memoryLog's limits
   */
  readonly log?: LogLimits | MakeLog | undefined
  /**
   * How many nodes there are. Several share a log in memory, and each connection goes to any of them.
   * @default 1
   */
  readonly nodes?: number | undefined
  /** How long a node waits for what another has appended to their log. @default 0 */
  readonly nodeLatencyMs?: (() => number) | undefined
  /** @see SyncServerOptions.rooms */
  readonly rooms?: RoomResolver | undefined
  /** @see SyncServerOptions.authorize */
  readonly authorize?: Authorize | undefined
  /** Of the server, and of engines that say nothing else. @default none */
  readonly transformer?: Transformer | undefined
  /** The wires of all clients, where a client says nothing else. @default perfect and at once */
  readonly wire?: Partial<WireConditions> | undefined
  /** Told the errors of the server, and of engines without an `onError`. @default console.error */
  readonly onError?: OnError | undefined
}

export interface TestClientOptions extends Pick<
  MemorySocketOptions,
  'reconnect' | 'pingTimeoutMs'
> {
  /**
   * The rooms the server puts it in when it connects, beside its user's own; a function is asked at
   * each connection, and may take time. Without, `autoJoinRooms` is not called for it.
   * @default none
   */
  readonly rooms?: RoomsOfUser | undefined
  readonly wire?: Partial<WireConditions> | undefined
  /** Whether it connects at once. @default true */
  readonly connect?: boolean | undefined
  /** @default a client without retries that never forgets a query */
  readonly queryClient?: QueryClient | undefined
  /** The engine's options; `false` to start none. */
  readonly engine?: SyncEngineOptions | false | undefined
}

export interface TestClient {
  readonly queryClient: QueryClient
  readonly socket: MemorySocket
  readonly wire: Wire
  /** Stops the engine; its socket stays connected. */
  readonly stop: () => void
}

/** One of the servers. */
export interface TestNode<Events> {
  /** The server as it is now; another one after a `restart`. */
  readonly server: SyncServer<Events>
  readonly io: MemoryIo
}

/** The first node, and what all of them have in common. */
export interface TestNetwork<Events> extends TestNode<Events> {
  readonly nodes: readonly TestNode<Events>[]
  readonly clock: ManualClock
  readonly random: Random
  /** A client, about to connect; it has when the network is `quiet`. */
  readonly connect: (userId: string, options?: TestClientOptions) => TestClient
  /** Lets so many milliseconds pass, and whatever they bring about happen. */
  readonly advance: (ms: number) => Promise<void>
  /**
   * Moves the clock until nothing goes on any more.
   * @throws Error saying what is still busy, if that does not end.
   */
  readonly quiet: (limits?: Pick<QuietOptions, 'maxTimers' | 'patienceMs'>) => Promise<void>
  /** @see expectConverged, for all clients */
  readonly expectConverged: (options?: ConvergedOptions) => Promise<void>
  /**
   * Ends a server with all its connections, and starts another on the same `io`. The only one takes
   * its log with it: a new epoch. Clients hear `transport close`, and connect again when they are
   * told to, or have `reconnect`.
   */
  readonly restart: (node?: number) => void
  /** Several nodes' log forgets everything, as a Redis that is flushed. */
  readonly flushLog: () => void
  /** Stops all engines, disconnects all sockets, closes the server. */
  readonly close: () => void
}

/** Makes a server without clients. */
export function createTestNetwork<Events>(
  options: TestNetworkOptions<Events>,
): TestNetwork<Events> {
  const { rules, seed = 1, onError } = options
  const clock = createManualClock()
  const random = createRandom(seed)
  const clients: TestClient[] = []
  /** Closes each client's connection from the server's side. */
  const drops: MemoryConnection['drop'][] = []
  const count = options.nodes ?? 1
  const hub = count > 1 ? createHub() : undefined
  const nodes = Array.from({ length: count }, () => startNode())
  const [first = startNode()] = nodes

  function createHub(): MemoryHub {
    const { log, nodeLatencyMs } = options
    const limits = typeof log === 'function' ? {} : log
    return createMemoryHub({ ...limits, clock, random: random.float, latencyMs: nodeLatencyMs })
  }

  function startNode(): StartedNode<Events> {
    const io = createMemoryIo()
    const node: StartedNode<Events> = {
      io,
      ...startServer(io),
      joinRooms(connected) {
        const socket = connected as ServerSocket
        const { rooms } = socket.data
        if (rooms === undefined) return
        const resolve = typeof rooms === 'function' ? rooms : () => rooms
        void node.server.autoJoinRooms(socket as unknown as AnySocket, resolve)
      },
    }
    io.on('connection', node.joinRooms)
    return node
  }

  function openLog(): EventLog {
    const { log } = options
    const outside = { now: clock.now, random: random.float }
    if (hub !== undefined) return hub.join()
    return typeof log === 'function' ? log(outside) : memoryLog({ ...log, ...outside })
  }

  function startServer(io: MemoryIo): Pick<StartedNode<Events>, 'server' | 'log'> {
    const { authorize, rooms, transformer } = options
    const log = openLog()
    const server = new SyncServer<Events>({
      // It has what SyncServer uses; the rest of a namespace is about real connections.
      io: io as unknown as Namespace,
      rules,
      clock,
      log,
      authorize,
      rooms,
      transformer,
      ...(onError && { onError }),
    })
    return { server, log }
  }

  function connect(userId: string, client: TestClientOptions = {}): TestClient {
    const { rooms, engine = {}, queryClient = createQuietClient() } = client
    const { reconnect, pingTimeoutMs } = client
    const { socket, wire, drop } = createMemorySocket({
      io: count > 1 ? () => random.pick(nodes).io : first.io,
      clock,
      random,
      data: { userId, rooms },
      reconnect,
      pingTimeoutMs,
      ...options.wire,
      ...client.wire,
    })
    const stop =
      engine === false
        ? () => {}
        : createSyncEngine(queryClient, socket, rules, {
            clock,
            random: random.float,
            transformer: options.transformer,
            onError,
            ...engine,
          })
    if (client.connect ?? true) socket.connect()
    const made = { queryClient, socket, wire, stop }
    clients.push(made)
    drops.push(drop)
    return made
  }

  const queryClients = () => [...new Set(clients.map(({ queryClient }) => queryClient))]

  return {
    get server() {
      return first.server
    },
    io: first.io,
    nodes,
    clock,
    random,
    connect,

    async advance(ms) {
      const until = clock.now() + ms
      await settle()
      while ((clock.nextAt ?? Infinity) <= until) {
        clock.next()
        await settle()
      }
      clock.advance(until - clock.now())
    },

    quiet: (limits) => quiet({ clock, queryClients: queryClients(), ...limits }),

    async expectConverged(converged) {
      for (const each of queryClients()) await expectConverged(each, { clock, ...converged })
    },

    restart(position = 0) {
      const node = nodes[position] ?? first
      void node.server.close()
      // A process that is gone is told of nothing any more: it has no time to drain.
      void node.log.close()
      for (const drop of drops) drop(count > 1 ? node.io : undefined)
      Object.assign(node, startServer(node.io))
      // Behind the server's own handler, as before.
      node.io.off('connection', node.joinRooms)
      node.io.on('connection', node.joinRooms)
    },

    flushLog() {
      hub?.flush()
    },

    close() {
      for (const { socket, stop } of clients) {
        socket.disconnect()
        stop()
      }
      // A server's end whose wire is cut has not heard of it.
      for (const drop of drops) drop()
      for (const { server } of nodes) void server.close()
    },
  }
}

interface StartedNode<Events> extends TestNode<Events> {
  server: SyncServer<Events>
  log: EventLog
  readonly joinRooms: (connected: unknown) => void
}

function createQuietClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } })
}
