/** The page in a browser, and what it says of itself. */

import type { Browser, Page } from 'playwright-core'
import type { PaintServer } from './server.ts'
import type { Renders, Way } from './shared.ts'

export interface PaintWindow {
  /** Resolves when a row with this text has been painted, with the time of that; since 1970. */
  readonly painted: (text: string) => Promise<number>
  /** What has been rendered since it was last asked. */
  readonly takeRenders: () => Promise<Record<Way, Renders>>
  readonly close: () => Promise<void>
}

export interface WindowOptions {
  readonly browser: Browser
  readonly server: PaintServer
  /** How long each list is. */
  readonly rows: number
}

/** A benchmark fails rather than waits for a page that is gone. */
const PATIENCE_MS = 10_000

export async function openWindow({
  browser,
  server,
  rows,
}: WindowOptions): Promise<PaintWindow> {
  const page: Page = await browser.newPage()
  const waiting = new Map<string, (at: number) => void>()
  await page.exposeFunction('painted', (text: string, at: number) => waiting.get(text)?.(at))
  const ready = new Promise<void>((resolve) => {
    void page
      .exposeFunction('isReady', resolve)
      .then(() => page.goto(`${server.url}?rows=${rows}`))
  })
  await ready

  return {
    async painted(text) {
      const at = new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`"${text}" was not painted.`)), PATIENCE_MS).unref()
        waiting.set(text, resolve)
      })
      return at.finally(() => waiting.delete(text))
    },
    takeRenders: () => page.evaluate(() => window.takeRenders()),
    close: () => page.close(),
  }
}
