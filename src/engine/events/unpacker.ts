/**
 * Unpacks frames: several events that a server has sent in one packet. The engines get all of them at
 * once; then whoever else listens to the socket is told of one after the other, as if each had come
 * alone.
 *
 * A server sends frames only where a client has said, since it connected, that it unpacks them. When the
 * last engine leaves, the client takes that back, and unpacks what is on its way until the server has
 * heard of it.
 */

import { FRAME, HELLO, UNPACK, type FramedEvent } from '../../control.ts'
import { SyncError, type OnError } from '../../errors.ts'
import { parseFrame, parseHello } from '../rooms/parse-control.ts'
import type { SyncSocket } from './sync-socket.ts'

/** An engine's end: one for each cache. */
export interface FrameReceiver {
  /** Applies all of them. What else listens to the socket has not been told of them yet. */
  readonly receiveAll: (events: readonly FramedEvent[]) => void
  readonly onError: OnError
}

export interface Unpacking {
  /** Whether others are being told of what the receivers have had already. */
  readonly isTelling: () => boolean
  readonly stop: () => void
}

interface Unpacker {
  readonly receivers: Set<FrameReceiver>
  readonly isTelling: () => boolean
  /** Nobody unpacks here any more. */
  readonly onIdle: () => void
}

const unpackers = new WeakMap<SyncSocket, Unpacker>()

/** Unpacks frames for this receiver, too. */
export function unpackFrames(socket: SyncSocket, receiver: FrameReceiver): Unpacking {
  const unpacker = unpackers.get(socket) ?? createUnpacker(socket)
  const { receivers, isTelling, onIdle } = unpacker
  unpackers.set(socket, unpacker)
  receivers.add(receiver)
  return {
    isTelling,
    stop() {
      if (receivers.delete(receiver) && receivers.size === 0) onIdle()
    },
  }
}

function createUnpacker(socket: SyncSocket): Unpacker {
  const receivers = new Set<FrameReceiver>()
  const canUnpack = socket.listeners !== undefined && socket.listenersAny !== undefined
  /** Whether the server has been told that frames are unpacked here, on this connection. */
  let isTold = false
  let isTelling = false
  /** A server whose frames can't be read once is to send no more of them. */
  let isRefusing = false

  const onHello = (value: unknown) => {
    if (parseHello(value)?.f !== 1 || !canUnpack || isRefusing || receivers.size === 0) return
    isTold = true
    socket.emit?.(UNPACK, 1)
  }

  const onFrame = (value: unknown) => {
    const events = parseFrame(value)
    if (events === undefined) {
      refuse()
      return
    }
    // Another copy of this library, or a wrapper's, finds nothing left to unpack.
    const own = (value as FramedEvent[]).splice(0)
    for (const { receiveAll } of receivers) receiveAll(own)
    isTelling = true
    for (const event of own) {
      // As with packets: after a disconnect, nothing more comes.
      if (socket.connected === false) break
      tellListeners(socket, event)
    }
    isTelling = false
  }

  const onDisconnect = () => {
    isTold = false
    closeIfIdle()
  }

  /** What was in the frame is missed from now on, and comes when the rooms are told of again. */
  function refuse(): void {
    isRefusing = true
    for (const { onError } of receivers) onError(unreadable())
    socket.emit?.(UNPACK, 0)
    socket.emit?.(HELLO)
  }

  function closeIfIdle(): void {
    if (isTold || receivers.size > 0) return
    unpackers.delete(socket)
    socket.off(HELLO, onHello)
    socket.off(FRAME, onFrame)
    socket.off('disconnect', onDisconnect)
  }

  socket.on(HELLO, onHello)
  socket.on(FRAME, onFrame)
  socket.on('disconnect', onDisconnect)

  return {
    receivers,
    isTelling: () => isTelling,

    onIdle() {
      if (!isTold) {
        closeIfIdle()
        return
      }
      socket.emit?.(UNPACK, 0, () => {
        // An engine may have come meanwhile, and said that it does.
        if (receivers.size > 0) return
        isTold = false
        closeIfIdle()
      })
    },
  }
}

/** As Socket.IO does when a packet comes; one who throws is nobody else's affair. */
function tellListeners(socket: SyncSocket, event: FramedEvent): void {
  const [name, ...args] = event
  try {
    for (const listener of copy(socket.listenersAny?.())) call(socket, listener, event)
    for (const listener of copy(socket.listeners?.(name))) call(socket, listener, args)
  } catch (thrown) {
    queueMicrotask(() => {
      throw thrown
    })
  }
}

/** Socket.IO's client hands out its own arrays, from which a listener may take itself. */
function copy(listeners: readonly unknown[] = []): readonly unknown[] {
  return listeners.slice()
}

function call(socket: SyncSocket, listener: unknown, args: readonly unknown[]): void {
  if (typeof listener === 'function') Reflect.apply(listener, socket, args)
}

function unreadable(): SyncError {
  return new SyncError({
    code: 'unreadable-frame',
    problem: 'A packet of several events could not be read.',
    remedy: 'They are asked for again. Are server and client versions that go together?',
  })
}
