/**
 * What the engine needs of a Socket.IO client socket.
 *
 * `off` is wider than its use: Socket.IO declares both parameters optional, and TypeScript
 * would otherwise refuse a socket that is typed with an application's own event maps.
 */
export interface SyncSocket {
  on(event: string, listener: (...args: unknown[]) => void): unknown
  off(event?: string | symbol, listener?: (...args: unknown[]) => void): unknown
  /** Whether it is connected already when the engine comes. */
  readonly connected?: boolean
  /** Whether it connects by itself; `false` once a server has refused it. */
  readonly active?: boolean
  /** Without it nothing can be asked of the server: what was missed is refetched. */
  emit?(event: string, ...args: unknown[]): unknown
  /** Without it, events that no rule here names leave holes, which are asked for. */
  onAny?(listener: (...args: unknown[]) => void): unknown
  offAny?(listener?: (...args: unknown[]) => void): unknown
  /** Both, to unpack frames for all who listen; without them, each event is a packet. */
  listeners?(event: string): readonly unknown[]
  listenersAny?(): readonly unknown[]
  /** Both, to start a dead connection anew. */
  connect?(): unknown
  disconnect?(): unknown
}
