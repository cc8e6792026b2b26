/**
 * How often React renders for a burst: many edits of one list, all sent in one turn of the server's. In a
 * real browser, by React as it is in production. Counts need no clock.
 */

import { startBrowser } from '../../tests/e2e/support/browser.ts'
import { figureOf, type Samples } from '../harness.ts'
import type { Report, Scenario } from '../scenario.ts'
import { startPaintServer, type PaintServer } from '../support/paint/server.ts'
import { WAY_NAMES, WAYS, type Way } from '../support/paint/shared.ts'
import { openWindow, type PaintWindow } from '../support/paint/window.ts'
import { printSize } from '../units.ts'

const ROWS = 200
const EVENTS = [1, 10, 100] as const
const ROUNDS = 7

interface Taken {
  readonly lists: number[]
  readonly rows: number[]
  /** From the first call to the last row's paint. */
  readonly us: number[]
}

export const renders: Scenario = {
  name: 'renders',

  async run(progress) {
    const browser = await startBrowser().catch(() => undefined)
    if (browser === undefined) return reportOf(new Map())
    const server = await startPaintServer()
    try {
      const window = await openWindow({ browser, server, rows: ROWS })
      // The first of each way is compiled.
      for (const way of WAYS) await burst(window, server, { way, events: 10, name: 'first' })
      const taken = new Map<string, Taken>()
      for (const events of EVENTS) {
        for (let round = 0; round < ROUNDS; round++) {
          progress(`${events} edits: round ${round + 1} of ${ROUNDS}`)
          for (const way of WAYS) {
            const each = await burst(window, server, {
              way,
              events,
              name: `${events} ${round}`,
            })
            const all = taken.get(`${events} ${way}`) ?? { lists: [], rows: [], us: [] }
            taken.set(`${events} ${way}`, all)
            all.lists.push(each.lists)
            all.rows.push(each.rows)
            all.us.push(each.us)
          }
        }
      }
      return reportOf(taken)
    } finally {
      await browser.close()
      await server.stop()
    }
  },
}

interface Burst {
  readonly way: Way
  readonly events: number
  /** Unlike that of any other burst. */
  readonly name: string
}

async function burst(window: PaintWindow, server: PaintServer, { way, events, name }: Burst) {
  await window.takeRenders()
  const texts = Array.from({ length: events }, (_, n) => `${way} ${name} ${n}`)
  const last = window.painted(texts.at(-1)!)
  const sentAt = performance.timeOrigin + performance.now()
  for (const [n, text] of texts.entries()) server.send[way]({ id: `r${n}`, listId: way, text })
  const us = ((await last) - sentAt) * 1000
  return { ...(await window.takeRenders())[way], us }
}

function reportOf(taken: ReadonlyMap<string, Taken>): Report {
  const of = (events: number, way: Way, what: keyof Taken): Samples =>
    taken.get(`${events} ${way}`)?.[what] ?? []
  return {
    title: `Renders for a burst of edits of a list of ${ROWS} rows`,
    note:
      taken.size === 0
        ? 'No Chromium: nothing was measured.'
        : 'Sent in one turn, each to a row of its own, to a real Chromium with React in production. ' +
          'How often the list and its rows were rendered, and how long after the first call the last ' +
          'row was painted. A row is rendered once for each of its edits at the least.',
    columns: ['edits', '', 'renders of the list', 'of rows', 'all painted after'],
    rows:
      taken.size === 0
        ? []
        : EVENTS.flatMap((events) =>
            WAYS.map((way) => [
              printSize(events),
              WAY_NAMES[way],
              { count: figureOf(of(events, way, 'lists')) },
              { count: figureOf(of(events, way, 'rows')) },
              { us: figureOf(of(events, way, 'us')) },
            ]),
          ),
    ...(taken.size > 0 && {
      bars: [
        {
          claim: 'renders of the list for 100 edits, sync',
          count: figureOf(of(100, 'sync', 'lists')),
          most: 2,
        },
      ],
    }),
  }
}
