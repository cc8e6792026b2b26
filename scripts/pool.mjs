/** Runs jobs side by side, but no more than `size` at a time; the others wait in line. */
export function createPool(size) {
  const waiting = []
  let running = 0

  return async function inPool(job) {
    if (running === size) await new Promise((resolve) => waiting.push(resolve))
    else running++
    try {
      return await job()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
