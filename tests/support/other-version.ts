/**
 * A socket whose other end speaks another version of the wire. What a later version may add is added
 * to everything: fields, elements, notes, messages that nobody here knows.
 */

import type { Socket } from 'socket.io-client'
import type { SyncSocket } from '@iron-stack/sync/engine'
import {
  HELLO,
  JOIN,
  MEMBER,
  PROBE,
  PULL,
  ROOMS,
  WIRE_VERSION,
  type Hello,
} from '../../src/control.ts'

type Listener = (...args: unknown[]) => void
type Change = (value: unknown) => unknown

export interface Versions {
  /** How far the server is ahead of this client, or behind it. */
  readonly server: () => number
  /** Whether the client says what its server does not know yet. */
  readonly isClientNewer: boolean
}

export function withVersions(
  socket: Socket,
  { server, isClientNewer }: Versions,
): SyncSocket & { readonly connected: boolean } {
  const listeners = new Map<Listener, Listener>()

  function heard(event: string, args: readonly unknown[]): unknown[] {
    const ahead = server()
    if (event === HELLO) return [helloOf(args[0] as Hello, ahead)]
    if (ahead <= 0) return [...args]
    return args.map(LATER[event] ?? laterMeta)
  }

  function said(event: string, args: readonly unknown[]): unknown[] {
    const sent = isClientNewer ? sayLater(event, args) : [...args]
    const ack = sent.at(-1)
    if (typeof ack !== 'function') return sent
    const hear: Listener = (answer) => ack(server() > 0 ? laterAnswer(answer) : answer)
    return [...sent.slice(0, -1), hear]
  }

  return {
    get connected() {
      return socket.connected
    },
    on(event, listener) {
      const hear: Listener = (...args) => listener(...heard(event, args))
      listeners.set(listener, hear)
      if (event === 'connect') {
        socket.on(event, () => {
          if (isClientNewer) socket.emit('sync:later', { is: 'unknown here' }, () => {})
        })
      }
      return socket.on(event, hear)
    },
    off: (event, listener) => socket.off(event as string, listener && listeners.get(listener)),
    onAny(listener) {
      const hear: Listener = (event, ...args) => listener(event, ...heard(String(event), args))
      listeners.set(listener, hear)
      return socket.onAny(hear)
    },
    offAny: (listener) => socket.offAny(listener && listeners.get(listener)),
    emit: (event, ...args) => socket.emit(event, ...said(event, args)),
    connect: () => socket.connect(),
    disconnect: () => socket.disconnect(),
  }
}

/** An earlier version had less to say; a later one says more. */
function helloOf({ v, e, t, ...optional }: Hello, ahead: number): unknown {
  if (ahead < 0) return { v: v + ahead, e, t }
  return { v: v + ahead, e, t, ...optional, ...(ahead > 0 && UNKNOWN) }
}

const UNKNOWN = { later: { is: 'unknown here' } }
const withMore: Change = (list) =>
  Array.isArray(list) ? [...(list as unknown[]), UNKNOWN] : list
const eachWithMore: Change = (list) => (Array.isArray(list) ? list.map(withMore) : list)

/** What a later server says, beside the events. */
const LATER: Record<string, Change> = {
  [ROOMS]: (notes) => [['later', 'conversation:a', 1], ...(eachWithMore(notes) as unknown[])],
  [MEMBER]: (value) => (Array.isArray(value) ? withMore(value) : laterMeta(value)),
}

function laterMeta(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('e' in value)) return value
  return { ...value, ...UNKNOWN, ...('p' in value && { p: eachWithMore(value.p) }) }
}

function laterAnswer(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer
  const { r, ev } = answer as { r?: unknown; ev?: unknown }
  return {
    ...answer,
    ...UNKNOWN,
    ...(Array.isArray(r) && { r: r.map(withMore) }),
    ...(Array.isArray(ev) && { ev: ev.map(withMore) }),
  }
}

/** What a later client says. */
function sayLater(event: string, args: readonly unknown[]): unknown[] {
  if (event === HELLO) return [{ v: WIRE_VERSION + 1 }, ...args]
  if (event === JOIN) return [...args, UNKNOWN]
  if (event === PROBE) return [...args]
  if (event !== PULL) return [...args]
  const [request, ...rest] = args
  const { q } = request as { q: unknown }
  return [{ ...(request as object), ...UNKNOWN, q: eachWithMore(q) }, ...rest]
}
