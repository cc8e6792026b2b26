/** For tests: a server and its clients in one process, with time, chance and the wire in hand. */

export { createTestNetwork } from './test-network.ts'
export type {
  TestClient,
  TestClientOptions,
  TestNetwork,
  TestNetworkOptions,
  TestNode,
} from './test-network.ts'
export { expectConverged } from './expect-converged.ts'
export type { ConvergedOptions } from './expect-converged.ts'
export { quiet } from './quiet.ts'
export type { QuietOptions } from './quiet.ts'
export { createManualClock } from './manual-clock.ts'
export type { ManualClock } from './manual-clock.ts'
export { createMemoryHub } from './memory-hub.ts'
export type { HubLog, MemoryHub, MemoryHubOptions } from './memory-hub.ts'
export { logConformance } from './log-conformance.ts'
export type { ConformanceCase, ConformanceOptions } from './log-conformance.ts'
export { createRandom } from '../random.ts'
export type { Random } from '../random.ts'
export { settle } from './settle.ts'
export { createMemoryIo } from './memory-io.ts'
export type { MemoryIo, RoomsOfUser, ServerSocket, SocketData } from './memory-io.ts'
export type { MemoryAdapter } from './memory-adapter.ts'
export { createMemorySocket } from './memory-socket.ts'
export type { MemoryConnection, MemorySocket, MemorySocketOptions } from './memory-socket.ts'
export type { Wire, WireConditions } from './wire.ts'
