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
import { SyncServer } from '../server/sync-server.ts'
import { expectConverged, type ConvergedOptions } from './expect-converged.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import { createMemoryIo, type MemoryIo, type ServerSocket } from './memory-io.ts'
import { createMemorySocket, type MemorySocket } from './memory-socket.ts'
import { quiet, type QuietOptions } from './quiet.ts'
import { createRandom, type Random } from './random.ts'
import { settle } from './settle.ts'
import type { Wire, WireConditions } from './wire.ts'

export interface TestNetworkOptions<Events> {
  readonly rules: SyncRules<Events>
  /** Where all chance comes from. @default 1 */
  readonly seed?: number | undefined
  /** The wires of all clients, where a client says nothing else. @default perfect and at once */
  readonly wire?: Partial<WireConditions> | undefined
  /** Told the errors of the server, and of engines without an `onError`. @default console.error */
  readonly onError?: OnError | undefined
}

export interface TestClientOptions {
  /** The rooms the server puts it in when it connects, beside its user's own. @default none */
  readonly rooms?: readonly string[] | undefined
  readonly wire?: Partial<WireConditions> | undefined
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
  const server = new SyncServer<Events>({
    // It has what SyncServer uses; the rest of a namespace is about real connections.
    io: io as unknown as Namespace,
    rules,
    ...(onError && { onError }),
  })
  io.on('connection', (connected) => {
    const socket = connected as ServerSocket
    void server.autoJoinRooms(socket as unknown as AnySocket, () => socket.data.rooms)
  })

  function connect(userId: string, client: TestClientOptions = {}): TestClient {
    const { rooms = [], engine = {}, queryClient = createQuietClient() } = client
    const conditions = { ...options.wire, ...client.wire }
    const data = { userId, rooms }
    const { socket, wire } = createMemorySocket({ io, clock, random, data, ...conditions })
    const stop =
      engine === false
        ? () => {}
        : createSyncEngine(queryClient, socket, rules, {
            clock,
            random: random.float,
            onError,
            ...engine,
          })
    socket.connect()
    const made = { queryClient, socket, wire, stop }
    clients.push(made)
    return made
  }

  const queryClients = () => [...new Set(clients.map(({ queryClient }) => queryClient))]

  return {
    server,
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

    close() {
      for (const { socket, stop } of clients) {
        stop()
        socket.disconnect()
      }
      server.close()
    },
  }
}

function createQuietClient(): QueryClient {
  return new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Infinity } } })
}
