/**
 * Tells when a page may have slept: it becomes visible, the network comes back, or it returns from
 * the back-forward cache. A connection may have died meanwhile without anybody noticing.
 */

import type { Managers } from '../managers.ts'

/** Calls `onWakeUp` from now on; returns the undo. */
export function watchWakeUps(
  { focusManager, onlineManager }: Managers,
  onWakeUp: () => void,
): () => void {
  const stopFocus = focusManager.subscribe((isFocused) => {
    if (isFocused) onWakeUp()
  })
  const stopOnline = onlineManager.subscribe((isOnline) => {
    if (isOnline) onWakeUp()
  })
  const onPageShow = (event: { persisted?: boolean }) => {
    if (event.persisted) onWakeUp()
  }
  const page = globalThis as Partial<PageTarget>
  page.addEventListener?.('pageshow', onPageShow)
  return () => {
    stopFocus()
    stopOnline()
    page.removeEventListener?.('pageshow', onPageShow)
  }
}

/** What a browser's window has, and Node's global object has not. */
interface PageTarget {
  addEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void
  removeEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void
}
