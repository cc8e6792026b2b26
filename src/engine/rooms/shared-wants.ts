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
  /** This cache is gone; the server is told nothing, and another one may take its place. */
  readonly leave: (room: string, isAsked: boolean) => void
}

interface Want {
  readonly by: Set<SharedWants>
  isAsked: boolean
}

const wantsOf = new WeakMap<object, Map<string, Want>>()

export function shareWants(socket: object): SharedWants {
  const wants = wantsOf.get(socket) ?? new Map<string, Want>()
  wantsOf.set(socket, wants)

  function leave(room: string, isAsked: boolean): Want | undefined {
    const want = wants.get(room)
    if (want === undefined || !want.by.delete(shared)) return undefined
    want.isAsked ||= isAsked
    return want
  }

  const shared: SharedWants = {
    leave,

    want(room) {
      const want = wants.get(room)
      if (want === undefined) wants.set(room, { by: new Set([shared]), isAsked: false })
      else want.by.add(shared)
    },

    letGo(room, isAsked) {
      const want = leave(room, isAsked)
      if (want === undefined || want.by.size > 0) return false
      wants.delete(room)
      return want.isAsked
    },
  }
  return shared
}
