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
import { expectConverged, type ConvergedOptions } from './expect-converged.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import {
  createMemoryIo,
  type MemoryIo,
  type RoomsOfUser,
  type ServerSocket,
} from './memory-io.ts'
import {
  createMemorySocket,
  type MemorySocket,
  type MemorySocketOptions,
} from './memory-socket.ts'
import { quiet, type QuietOptions } from './quiet.ts'
import { createRandom, type Random } from './random.ts'
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
  /** @see SyncServerOptions.rooms */
  readonly rooms?: RoomResolver | undefined
  /** @see SyncServerOptions.authorize */
  readonly authorize?: Authorize | undefined
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

export interface TestNetwork<Events> {
  /** The server as it is now; another one after a `restart`. */
  readonly server: SyncServer<Events>
  readonly io: MemoryIo
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
   * Ends the server with all connections, and starts another on the same `io`, which remembers
   * nothing: a new epoch. Clients hear `transport close`, and connect again when they are told to,
   * or have `reconnect`.
   */
  readonly restart: () => void
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
  const io = createMemoryIo()
  const clients: TestClient[] = []
  /** Closes each client's connection from the server's side. */
  const drops: (() => void)[] = []
  let server = startServer()

  function startServer(): SyncServer<Events> {
    const { log, authorize, rooms } = options
    const outside = { now: clock.now, random: random.float }
    const started = new SyncServer<Events>({
      // It has what SyncServer uses; the rest of a namespace is about real connections.
      io: io as unknown as Namespace,
      rules,
      clock,
      log: typeof log === 'function' ? log(outside) : memoryLog({ ...log, ...outside }),
      authorize,
      rooms,
      ...(onError && { onError }),
    })
    // Behind the server's own handler, after a restart as before.
    io.off('connection', joinRooms)
    io.on('connection', joinRooms)
    return started
  }

  function joinRooms(connected: unknown): void {
    const socket = connected as ServerSocket
    const { rooms } = socket.data
    if (rooms === undefined) return
    const resolve = typeof rooms === 'function' ? rooms : () => rooms
    void server.autoJoinRooms(socket as unknown as AnySocket, resolve)
  }

  function connect(userId: string, client: TestClientOptions = {}): TestClient {
    const { rooms, engine = {}, queryClient = createQuietClient() } = client
    const { reconnect, pingTimeoutMs } = client
    const { socket, wire, drop } = createMemorySocket({
      io,
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
      return server
    },
    io,
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

    restart() {
      void server.close()
      for (const drop of drops) drop()
      server = startServer()
    },

    close() {
      for (const { socket, stop } of clients) {
        stop()
        socket.disconnect()
      }
      // A server's end whose wire is cut has not heard of it.
      for (const drop of drops) drop()
      void server.close()
    },
  }
}

function createQuietClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } })
}
