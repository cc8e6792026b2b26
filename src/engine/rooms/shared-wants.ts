/**
 * Which caches want a room on a socket: the engines of several may run on one, and the server knows
 * only the socket. The last that lets go of the room says so.
 */

export interface SharedWants {
  readonly want: (room: string) => void
  /**
   * Whether nobody wants the room any more, and the server was asked for it.
   *
   * @param isAsked - whether this cache has
   */
  readonly letGo: (room: string, isAsked: boolean) => boolean
}

interface Want {
  readonly by: Set<SharedWants>
  isAsked: boolean
}

const wantsOf = new WeakMap<object, Map<string, Want>>()

export function shareWants(socket: object): SharedWants {
  const wants = wantsOf.get(socket) ?? new Map<string, Want>()
  wantsOf.set(socket, wants)

  const shared: SharedWants = {
    want(room) {
      const want = wants.get(room)
      if (want === undefined) wants.set(room, { by: new Set([shared]), isAsked: false })
      else want.by.add(shared)
    },

    letGo(room, isAsked) {
      const want = wants.get(room)
      if (want === undefined || !want.by.delete(shared)) return false
      want.isAsked ||= isAsked
      if (want.by.size > 0) return false
      wants.delete(room)
      return want.isAsked
    },
  }
  return shared
}
