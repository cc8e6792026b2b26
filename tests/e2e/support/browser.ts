/**
 * Windows in a real browser, each signed in by itself, that remember what they asked for and
 * complained about.
 */

import { chromium, type Browser, type Locator, type Page } from 'playwright-core'

/** The browser to use, as `npm test` found it. Without one, tests in a browser are skipped. */
export const chromiumPath = process.env['SYNC_TEST_CHROMIUM']

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath && { executablePath: chromiumPath }),
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface TestWindow {
  readonly page: Page
  /** The URLs of all requests so far. */
  readonly requests: string[]
  /** What the page has logged as an error, and what it threw. */
  readonly errors: string[]
}

/** A window of its own session. Actions and waits in it give up after a few seconds. */
export async function openWindow(browser: Browser, url: string): Promise<TestWindow> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  page.setDefaultTimeout(5000)
  const requests: string[] = []
  const errors: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => {
    const { url } = message.location()
    // Browsers ask for an icon by themselves; a page need not have one.
    if (message.type() !== 'error' || url.endsWith('/favicon.ico')) return
    errors.push(`${message.text()} ${url}`)
  })
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.goto(url)
  return { page, requests, errors }
}

export async function isShown(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'visible' })
}

export async function isGone(locator: Locator): Promise<void> {
  await locator.waitFor({ state: 'detached' })
}
