/**
 * Who is in which room, and who is told when that changes: Socket.IO's in-memory adapter.
 *
 * Events are told at once, in the order of socket.io-adapter 2.5: `create-room` before the first
 * `join-room`, `delete-room` after the last `leave-room`. While a `leave-room` is told because a
 * socket disconnects, `sids` still has the room; after a plain `leave` it has not.
 */

import { createEmitter, type Emitter } from './emitter.ts'

/** What servers use of an adapter. */
export interface MemoryAdapter {
  /** Ids by room. */
  readonly rooms: ReadonlyMap<string, ReadonlySet<string>>
  /** Rooms by id: of each socket its own id, and what it joined. */
  readonly sids: ReadonlyMap<string, ReadonlySet<string>>
  /** `create-room` and `delete-room` with a room, `join-room` and `leave-room` with room and id. */
  readonly on: Emitter['on']
  readonly off: Emitter['off']
}

/** What the namespace does to its adapter. */
interface AdapterControl extends MemoryAdapter {
  readonly addAll: (id: string, names: Iterable<string>) => void
  readonly del: (id: string, name: string) => void
  readonly delAll: (id: string) => void
  /** The ids in at least one of the rooms; of all sockets where no room is named. */
  readonly members: (names: readonly string[]) => Set<string>
}

export function createMemoryAdapter(): AdapterControl {
  const { on, off, fire } = createEmitter()
  const rooms = new Map<string, Set<string>>()
  const sids = new Map<string, Set<string>>()

  function add(id: string, name: string): void {
    let ids = rooms.get(name)
    if (ids === undefined) {
      rooms.set(name, (ids = new Set()))
      fire('create-room', name)
    }
    if (ids.has(id)) return
    ids.add(id)
    fire('join-room', name, id)
  }

  function remove(id: string, name: string): void {
    const ids = rooms.get(name)
    if (ids === undefined) return
    if (ids.delete(id)) fire('leave-room', name, id)
    if (ids.size === 0 && rooms.delete(name)) fire('delete-room', name)
  }

  return {
    rooms,
    sids,
    on,
    off,
    addAll(id, names) {
      const own = sids.get(id) ?? new Set()
      sids.set(id, own)
      for (const name of names) {
        own.add(name)
        add(id, name)
      }
    },
    del(id, name) {
      sids.get(id)?.delete(name)
      remove(id, name)
    },
    delAll(id) {
      for (const name of sids.get(id) ?? []) remove(id, name)
      sids.delete(id)
    },
    members(names) {
      if (names.length === 0) return new Set(sids.keys())
      const ids = new Set<string>()
      for (const name of names) for (const id of rooms.get(name) ?? []) ids.add(id)
      return ids
    },
  }
}
