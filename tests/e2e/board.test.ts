/** The board in a real browser: what one person does is in the other's lists, and in no stranger's. */

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBoard, type BoardApp } from '../../examples/board/server/start-board.ts'
import {
  chromiumPath,
  isGone,
  isShown,
  openWindow,
  startBrowser,
  type TestWindow,
} from './support/browser.ts'

/** A database and a browser, on a machine that has other things to do. */
const STARTING_MS = 90_000

type Locator = ReturnType<TestWindow['page']['locator']>

interface BoardWindow extends TestWindow {
  /** A post's line in the list, by its title. */
  readonly row: (title: string) => Locator
  /** One of the few that were closed last. */
  readonly recent: (title: string) => Locator
  readonly panel: Locator
  readonly choose: (word: RegExp | string) => Promise<void>
  readonly open: (title: string) => Promise<void>
  /** The titles in the list, from the top. */
  readonly titles: () => Promise<string[]>
  /** The lists that were asked for, in order. */
  readonly asked: () => string[]
  /** All that has come over the socket. */
  readonly frames: string[]
}

async function signIn(browser: Browser, url: string, name: string): Promise<BoardWindow> {
  const window = await openWindow(browser, url)
  const { page, requests } = window
  const frames: string[] = []
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => frames.push(String(payload))),
  )
  await page.getByRole('button', { name }).click()
  await isShown(page.getByRole('status', { name: 'Connection' }).getByText('Live'))
  const posts = page.getByRole('region', { name: 'Posts' })
  const panel = page.getByRole('complementary', { name: 'Post', exact: true })
  const row = (title: string) => posts.getByRole('listitem').filter({ hasText: title })
  await isShown(posts.getByRole('listitem').first())
  return {
    ...window,
    row,
    panel,
    frames,
    recent: (title) =>
      page.getByRole('complementary', { name: 'Recently closed' }).getByText(title),
    choose: (word) => page.getByRole('button', { name: word }).click(),
    async open(title) {
      await row(title).getByRole('link').click()
      await isShown(panel.getByRole('heading', { name: title }))
      await isShown(panel.getByRole('status', { name: 'Document' }).getByText('Live'))
    },
    titles: () => posts.getByRole('link').getByRole('strong').allTextContents(),
    asked: () =>
      requests.flatMap((asked) =>
        [...asked.matchAll(/post\.(list|recentlyClosed)/g)].map(([, list = '']) => list),
      ),
  }
}

const isNotFound = (error: string) => error.includes('404')

describe.skipIf(!chromiumPath)('the board in a browser', () => {
  let board: BoardApp
  let browser: Browser
  let nora: BoardWindow
  let mei: BoardWindow

  beforeAll(async () => {
    const starting = await Promise.all([startBoard(), startBrowser()])
    board = starting[0]
    browser = starting[1]
    const windows = await Promise.all([
      signIn(browser, board.url, 'Nora Lindgren'),
      signIn(browser, board.url, 'Mei Tanaka'),
    ])
    nora = windows[0]
    mei = windows[1]
  }, STARTING_MS)

  afterAll(async () => {
    await browser?.close()
    await board?.close()
  })

  test('a post that is closed moves between the lists open, closed and all, without a request', async () => {
    const title = 'Dark mode that follows the sunset'
    await mei.choose('Title')
    await mei.choose(/^All/)
    await isShown(mei.row(title))
    await mei.choose('Most votes')
    await mei.choose(/^Closed/)
    await isShown(mei.row('Apple and Google Pay'))
    await isGone(mei.row(title))
    await mei.choose('Newest')
    await mei.choose(/^Open/)
    await isShown(mei.row(title))
    const before = mei.asked()

    await nora.open(title)
    await nora.panel.getByRole('button', { name: 'Close', exact: true }).click()
    await isGone(mei.row(title))
    await isShown(mei.recent(title))
    await isShown(nora.panel.getByRole('button', { name: 'Reopen' }))

    await mei.choose(/^Closed/)
    await mei.choose('Most votes')
    await isShown(mei.row(title))
    const closed = await mei.titles()
    const place = closed.indexOf(title)
    expect(place).toBeGreaterThan(closed.indexOf('Say why a ride was charged twice'))
    expect(place).toBeLessThan(closed.indexOf('Keep the map where I left it'))
    await mei.choose(/^All/)
    await mei.choose('Title')
    await isShown(mei.row(title).getByText('Closed'))
    expect(mei.asked()).toEqual(before)
    expect([...mei.errors, ...nora.errors]).toEqual([])
  })

  test('a post that is reopened leaves a full list of five, for which one request is made', async () => {
    const title = 'Larger buttons, for gloves'
    await mei.choose('Newest')
    await mei.choose(/^Open/)
    await isShown(mei.recent(title))
    const before = mei.asked()

    await nora.choose(/^Closed/)
    await nora.open(title)
    await nora.panel.getByRole('button', { name: 'Reopen' }).click()
    await isShown(mei.row(title))
    await isGone(mei.recent(title))
    await isShown(mei.page.locator('.recent li:nth-child(5)'))
    expect(mei.asked()).toEqual([...before, 'recentlyClosed'])
    await nora.choose(/^Open/)
  })

  test('a post is joined when it is opened: who looks, who types, and what is said', async () => {
    const title = 'Tell me before my pass runs out'
    await nora.open(title)
    await isShown(nora.panel.getByRole('img', { name: 'Looking at this: you' }))
    await mei.open(title)
    await isShown(nora.panel.getByRole('img', { name: 'Looking at this: Mei Tanaka and you' }))
    await isShown(
      mei.panel.getByRole('img', { name: 'Looking at this: you and Nora Lindgren' }),
    )
    const before = [...mei.asked(), ...nora.asked()]

    await mei.panel.getByLabel('Comment', { exact: true }).fill('Two days, for weekends.')
    await isShown(nora.panel.getByText('Mei is typing…'))
    await mei.panel.getByRole('button', { name: 'Send' }).click()
    await isShown(nora.panel.getByRole('log').getByText('Two days, for weekends.'))
    await isGone(nora.panel.getByText('Mei is typing…'))
    await isShown(nora.row(title).getByLabel('3 comments'))
    await isShown(mei.row(title).getByLabel('3 comments'))

    await nora.panel.getByRole('button', { name: '158 votes' }).click()
    await isShown(mei.panel.getByRole('button', { name: '159 votes' }))
    await isShown(nora.panel.getByRole('button', { name: '159 votes', pressed: true }))
    await isShown(mei.panel.getByRole('button', { name: '159 votes', pressed: false }))

    await mei.panel.getByRole('link', { name: 'Close post' }).click()
    await isShown(nora.panel.getByRole('img', { name: 'Looking at this: you', exact: true }))
    expect([...mei.asked(), ...nora.asked()]).toEqual(before)
    expect([...mei.errors, ...nora.errors]).toEqual([])
  })

  test('what was missed offline is caught up with, in every list, without a request', async () => {
    const title = 'One receipt a month instead of one a ride'
    const offline = mei.page.getByRole('switch', { name: 'Offline' })
    const connection = mei.page.getByRole('status', { name: 'Connection' })
    const before = mei.asked()
    await offline.click()
    await isShown(connection.getByText('Offline'))
    await nora.open(title)
    await nora.panel.getByRole('button', { name: 'Close', exact: true }).click()
    await isShown(nora.panel.getByRole('button', { name: 'Reopen' }))
    await isShown(mei.row(title))

    await offline.click()
    await isShown(connection.getByText('Live'))
    await isGone(mei.row(title))
    await isShown(mei.recent(title))
    expect(mei.asked()).toEqual(before)
  })

  test('a post that is deleted is gone, also for who has it open', async () => {
    const title = 'Report a flat tyre with a photo'
    await mei.open(title)
    await nora.open(title)
    await nora.panel.getByRole('button', { name: 'Delete post' }).click()
    await nora.panel.getByRole('button', { name: 'Delete', exact: true }).click()
    await isGone(mei.row(title))
    await isShown(mei.panel.getByText('This post is gone.'))
    await mei.panel.getByRole('link', { name: 'Close post' }).click()
    await nora.panel.getByRole('link', { name: 'Close post' }).click()
    // Both look at it when it goes, so it is asked for once more, and is not there.
    for (const { errors } of [mei, nora]) {
      expect(errors.filter((error) => !isNotFound(error))).toEqual([])
      errors.length = 0
    }
  })

  test('a person of another organisation sees nothing of it, even at its address', async () => {
    const hanna = await signIn(browser, board.url, 'Hanna Vogel')
    await hanna.page.goto(`${board.url}/#/fernway/1`)
    await isShown(hanna.page.getByText('There is nothing here for you'))
    await isShown(hanna.page.getByRole('status').getByText('the room is refused'))

    await nora.choose('New post')
    await nora.page.getByLabel('Title').fill('Among us')
    await nora.choose(/^Post$/)
    await isShown(nora.panel.getByRole('heading', { name: 'Among us' }))
    await hanna.page.getByRole('link', { name: 'To the boards of Lumen' }).click()
    await isShown(hanna.row('Open the garden on Sundays'))
    await hanna.choose('New post')
    await hanna.page.getByLabel('Title').fill('Among themselves')
    await hanna.choose(/^Post$/)
    await isShown(hanna.row('Among themselves'))

    const heard = hanna.frames.join('\n')
    expect(heard).toContain('Among themselves')
    expect(heard).not.toContain('Among us')
    expect(hanna.errors.filter((error) => !isNotFound(error))).toEqual([])
  })

  test('5,000 posts that one imports are in the lists of the other, without a request', async () => {
    const before = mei.asked()
    await isShown(mei.page.getByRole('button', { name: 'All 243' }))
    // Who imports gets them, too, and has other things to do than to answer the test.
    const patient = { timeout: 30_000 }
    await nora.page.getByRole('button', { name: /^Import/ }).click(patient)
    await mei.page.getByRole('button', { name: 'All 5,243' }).waitFor(patient)
    await mei.choose('Title')
    await isShown(mei.row('Announce battery levels').first())
    expect(mei.asked()).toEqual(before)
    expect([...mei.errors, ...nora.errors]).toEqual([])
  }, 60_000)
})
