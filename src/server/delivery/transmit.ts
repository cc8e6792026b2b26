/**
 * Sends to this node's sockets: one packet for many of them, encoded once. Which of them unpack
 * frames is known here, for each has said so to this node.
 */

import { FRAME } from '../../control.ts'
import type { AnyNamespace } from '../io.ts'
import type { OutgoingEvent, Packet, Receivers } from './frames.ts'

/** A socket that has just come into a room, or left it, while events waited that are older. */
export interface Move {
  readonly room: string
  readonly socketId: string
  readonly hasJoined: boolean
}

export interface Transmitter {
  /** As Socket.IO sends it, to all who are in its rooms now. */
  readonly sendPlain: (event: OutgoingEvent) => void
  readonly sendPacket: (packet: Packet) => void
  /** Who gets what is sent to these rooms; as it was before `moved`. */
  readonly receiversOf: (rooms: readonly string[], moved: Move | undefined) => Receivers
  /** Whether a socket is in one of the rooms. */
  readonly isInAny: (rooms: Iterable<string>, socketId: string) => boolean
  /** A socket unpacks frames from now on, or does no more. */
  readonly setUnpacking: (socketId: string, isUnpacking: boolean) => void
}

export function createTransmitter(namespace: AnyNamespace): Transmitter {
  /** Socket ids. */
  const unpackers = new Set<string>()

  function membersOf(rooms: readonly string[], moved: Move | undefined): Iterable<string> {
    const [first = ''] = rooms
    const known = namespace.adapter.rooms
    if (rooms.length === 1 && moved?.room !== first) return known.get(first) ?? []
    const ids = new Set<string>()
    for (const room of rooms) {
      for (const id of known.get(room) ?? []) {
        const isLate = moved?.hasJoined && moved.room === room && moved.socketId === id
        if (!isLate) ids.add(id)
      }
      if (moved?.room === room && !moved.hasJoined) ids.add(moved.socketId)
    }
    return ids
  }

  return {
    sendPlain({ rooms, event, data, meta }) {
      namespace.local.to([...rooms]).emit(event, data, meta)
    },

    sendPacket({ to, events }) {
      const [first] = events
      // To Socket.IO, no room at all means everybody.
      if (first === undefined || to.length === 0) return
      const operator = namespace.local.to([...to])
      if (events.length === 1) operator.emit(first.event, first.data, first.meta)
      else
        operator.emit(
          FRAME,
          events.map(({ event, data, meta }) => [event, data, meta]),
        )
    },

    receiversOf(rooms, moved) {
      const unpacking: string[] = []
      const plain: string[] = []
      for (const id of membersOf(rooms, moved)) {
        if (unpackers.has(id)) unpacking.push(id)
        else plain.push(id)
      }
      return { unpacking, plain, areMembers: moved === undefined }
    },

    isInAny(rooms, socketId) {
      for (const room of rooms) {
        if (namespace.adapter.rooms.get(room)?.has(socketId)) return true
      }
      return false
    },

    setUnpacking(socketId, isUnpacking) {
      if (isUnpacking) unpackers.add(socketId)
      else unpackers.delete(socketId)
    },
  }
}
