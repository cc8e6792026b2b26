/** What has been begun and has not ended: what a server that closes waits for. */

export interface UnderWay {
  readonly track: (work: Promise<unknown>) => void
  readonly count: number
  /** Resolves when nothing is under way any more, what is begun meanwhile included. */
  readonly ended: () => Promise<void>
}

export function createUnderWay(): UnderWay {
  const works = new Set<Promise<unknown>>()
  return {
    get count() {
      return works.size
    },

    track(work) {
      works.add(work)
      const end = () => works.delete(work)
      work.then(end, end)
    },

    async ended() {
      while (works.size > 0) await Promise.allSettled(works)
    },
  }
}
