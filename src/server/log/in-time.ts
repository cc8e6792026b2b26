/** Taking leave: politely where there is an answer, and not for ever where there is none. */

/** A connection that is half open answers nothing. */
const POLITE_MS = 500

/** Resolves when the work is done, has failed, or takes too long: then it is given up. */
export async function inTime(
  work: () => Promise<unknown>,
  giveUp: () => void = () => {},
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      giveUp()
      resolve()
    }, POLITE_MS)
  })
  // What is lost already needs no leave.
  await Promise.race([work().catch(() => {}), late])
  clearTimeout(timer)
}
