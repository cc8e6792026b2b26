/**
 * Work in the order of its calls. What has to be made ready first, by a schema that asks a database,
 * say, holds up whatever was called after it: events about one row must not overtake each other, and
 * which rows an event is about is not known before.
 */

export interface Turns {
  /** Whether nothing waits: what is ready may be done at once. */
  readonly areFree: () => boolean
  /** Does the work once it is ready, and all that was called before has been done. */
  readonly take: <Value>(
    ready: Value | Promise<Value>,
    work: (value: Value) => void | Promise<void>,
  ) => Promise<void>
}

export function createTurns(): Turns {
  /** Ends when the last one that waits has had its turn; never rejects. */
  let last: Promise<void> | undefined

  return {
    areFree: () => last === undefined,

    take(ready, work) {
      const done = Promise.allSettled([ready, last]).then(([outcome]) => {
        // Whoever comes from now on need not wait, unless another does already.
        if (last === turn) last = undefined
        if (outcome.status === 'rejected') throw outcome.reason
        // How long a log takes is no matter of order: that is made where it is called.
        return { working: work(outcome.value) }
      })
      const turn = done.then(ignore, ignore)
      last = turn
      return done.then(({ working }) => working)
    },
  }
}

const ignore = () => {}
