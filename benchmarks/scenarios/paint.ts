/**
 * From the call on the server to the row on the screen of a real browser, beside two ways that people
 * write by hand. One page has a list for each way, and they take turns, so that they share its moods.
 *
 * Server and page read the same machine's clock. A screen is painted sixty times a second: by chance
 * alone an edit waits for up to 17 ms. So edits come at random times, and what is to be compared are
 * the distributions.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'playwright-core'
import { startBrowser } from '../../tests/e2e/support/browser.ts'
import { exactly, pointOf } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { startPaintServer, type PaintServer } from '../support/paint/server.ts'
import { WAYS, type Way } from '../support/paint/shared.ts'

/** How many rows each list has, and how many edits of it each way brings. */
const LISTS = [
  { rows: 50, edits: 200 },
  { rows: 200, edits: 60 },
  { rows: 1000, edits: 60 },
] as const
const WARM_UP = 10
/** At most so long between two edits: longer than a frame. */
const PAUSE_MS = 20
/** A benchmark fails rather than waits for a page that is gone. */
const PATIENCE_MS = 10_000

const NAMES: Record<Way, string> = {
  sync: 'sync',
  bridge: 'bridge by hand',
  subscription: 'tRPC subscription',
}

/** Microseconds from the call to the paint. */
type Taken = Record<Way, number[]>

export const paint: Scenario = {
  name: 'paint',

  async run(progress) {
    const browser = await startBrowser().catch(() => undefined)
    if (browser === undefined) return reportOf([])
    const server = await startPaintServer()
    try {
      const taken: Taken[] = []
      for (const { rows, edits } of LISTS) {
        const window = await openList({ browser, server, rows })
        for (let n = -WARM_UP; n < edits; n++) {
          if (n === 0) window.forget()
          for (const way of WAYS) await window.edit(way)
          if (n % 10 === 0) progress(`${rows} rows: edit ${n} of ${edits}`)
        }
        taken.push(window.taken())
        await window.close()
      }
      return reportOf(taken)
    } finally {
      await browser.close()
      await server.stop()
    }
  },
}

const ignore = () => {}

interface List {
  readonly browser: Browser
  readonly server: PaintServer
  readonly rows: number
}

async function openList({ browser, server, rows }: List) {
  const page: Page = await browser.newPage()
  let taken: Taken = { sync: [], bridge: [], subscription: [] }
  let onPainted: (text: string, at: number) => void = ignore
  let edits = 0
  await page.exposeFunction('painted', (text: string, at: number) => onPainted(text, at))
  const ready = new Promise<void>((resolve) => {
    void page
      .exposeFunction('isReady', resolve)
      .then(() => page.goto(`${server.url}?rows=${rows}`))
  })
  await ready

  return {
    async edit(way: Way): Promise<void> {
      await sleep(Math.random() * PAUSE_MS)
      const text = `${way} ${edits++}`
      const painted = new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`"${text}" was not painted.`)), PATIENCE_MS).unref()
        onPainted = (what, at) => {
          if (what === text) resolve(at)
        }
      })
      const sentAt = performance.timeOrigin + performance.now()
      server.send[way]({ id: `r${edits % rows}`, listId: way, text })
      taken[way].push(((await painted) - sentAt) * 1000)
    },
    taken: () => taken,
    forget() {
      taken = { sync: [], bridge: [], subscription: [] }
    },
    close: () => page.close(),
  }
}

const title = 'From the call on the server to the row on the screen'
const columns = ['rows', '', 'edits', 'half within', '95 of 100', '99 of 100', 'all']

function reportOf(taken: readonly Taken[]): Report {
  if (taken.length === 0) {
    return { title, note: 'No Chromium: nothing was measured.', columns, rows: [] }
  }
  const rows = taken.flatMap((each, list) =>
    WAYS.map((way) => [
      String(LISTS[list]!.rows),
      NAMES[way],
      String(each[way].length),
      ...[0.5, 0.95, 0.99, 1].map((share) => ({ us: exactly(within(each[way], share)) })),
    ]),
  )
  return {
    title,
    note:
      'A row of a list in a real Chromium, headless, at sixty frames a second; React renders. All ' +
      'three lists are in one page, and the ways take turns. By hand, `setQueryData` maps over the ' +
      "rows; the subscription is tRPC's over server-sent events.",
    columns,
    rows,
    plot: {
      x: 'rows in the list',
      y: 'from call to paint',
      unit: 'us',
      series: WAYS.map((way) => ({
        label: NAMES[way],
        points: taken.map((each, list) => pointOf(LISTS[list]!.rows, each[way])),
      })),
    },
  }
}

function within(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1]!
}
