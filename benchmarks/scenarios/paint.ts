/**
 * From the call on the server to the row on the screen of a real browser, beside two ways that people
 * write by hand. One page has a list for each way, and they take turns, so that they share its moods.
 *
 * Server and page read the same machine's clock. A screen is painted sixty times a second: by chance
 * alone an edit waits for up to 17 ms. So edits come at random times, and what is to be compared are
 * the distributions.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { startBrowser } from '../../tests/e2e/support/browser.ts'
import { exactly, pointOf } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { startPaintServer } from '../support/paint/server.ts'
import { WAY_NAMES, WAYS, type Way } from '../support/paint/shared.ts'
import { openWindow } from '../support/paint/window.ts'

/** How many rows each list has, and how many edits of it each way brings. */
const LISTS = [
  { rows: 50, edits: 200 },
  { rows: 200, edits: 60 },
  { rows: 1000, edits: 60 },
] as const
const WARM_UP = 10
/** At most so long between two edits: longer than a frame. */
const PAUSE_MS = 20
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
        const window = await openWindow({ browser, server, rows })
        const each: Taken = { sync: [], bridge: [], subscription: [] }
        for (let n = -WARM_UP; n < edits; n++) {
          for (const way of WAYS) {
            await sleep(Math.random() * PAUSE_MS)
            const text = `${way} ${n}`
            const painted = window.painted(text)
            const sentAt = performance.timeOrigin + performance.now()
            server.send[way]({ id: `r${Math.abs(n) % rows}`, listId: way, text })
            const us = ((await painted) - sentAt) * 1000
            if (n >= 0) each[way].push(us)
          }
          if (n % 10 === 0) progress(`${rows} rows: edit ${n} of ${edits}`)
        }
        taken.push(each)
        await window.close()
      }
      return reportOf(taken)
    } finally {
      await browser.close()
      await server.stop()
    }
  },
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
      WAY_NAMES[way],
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
        label: WAY_NAMES[way],
        points: taken.map((each, list) => pointOf(LISTS[list]!.rows, each[way])),
      })),
    },
  }
}

function within(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(share * sorted.length) - 1]!
}
