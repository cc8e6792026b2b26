/** Taking leave: politely where there is an answer, and not for ever where there is none. */

/** A connection that is half open answers nothing. */
const POLITE_MS = 500

/** Resolves when the work is done, has failed, or takes too long. */
export async function inTime(work: () => Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, POLITE_MS)
  })
  // It was lost meanwhile, and is ended by whoever asked.
  await Promise.race([work().catch(() => {}), late])
  clearTimeout(timer)
}
