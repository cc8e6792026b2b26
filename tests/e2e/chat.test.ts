/** The chat in a real browser: what one person does is on the other's screen, without a request. */

import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChat, type Chat } from '../../examples/chat/server/start-chat.ts'
import {
  chromiumPath,
  isGone,
  isShown,
  openWindow,
  startBrowser,
  type TestWindow,
} from './support/browser.ts'

/** Two people of the seeded team who share the conversations named below. */
const MAYA = 'Maya Lindqvist'
const JONAS = 'Jonas Weber'

interface ChatWindow extends TestWindow {
  readonly open: (title: string) => Promise<void>
  readonly send: (text: string) => Promise<void>
  /** A message by its text. */
  readonly message: (text: string) => ReturnType<TestWindow['page']['locator']>
  /** A conversation's line in the list. */
  readonly line: (title: string) => ReturnType<TestWindow['page']['locator']>
  /** How many requests have asked for the messages or the conversations. */
  readonly countListRequests: () => number
}

async function signIn(browser: Browser, url: string, name: string): Promise<ChatWindow> {
  const window = await openWindow(browser, url)
  const { page, requests } = window
  await page.getByRole('button', { name }).click()
  await isShown(page.getByRole('status', { name: 'Connection' }).getByText('Live'))
  const list = page.getByRole('navigation', { name: 'Conversations' })
  const line = (title: string) =>
    list.getByRole('link').filter({ has: page.getByText(title, { exact: true }) })
  const message = (text: string) =>
    page.getByRole('log').getByRole('listitem').filter({ hasText: text })
  return {
    ...window,
    line,
    message,
    async open(title) {
      await line(title).click()
      await isShown(page.getByRole('heading', { name: title, level: 2 }))
      await isShown(page.getByRole('log').getByRole('listitem').last())
    },
    async send(text) {
      await page.getByLabel('Message', { exact: true }).fill(text)
      await page.getByRole('button', { name: 'Send' }).click()
    },
    countListRequests: () =>
      requests.filter((url) => /(message|conversation)\.list/.test(url)).length,
  }
}

function isRefusal(error: string): boolean {
  return error.includes('404') && error.includes('message.list')
}

describe.skipIf(!chromiumPath)('the chat in a browser', () => {
  let chat: Chat
  let browser: Browser
  let maya: ChatWindow
  let jonas: ChatWindow

  beforeAll(async () => {
    const starting = await Promise.all([startChat(), startBrowser()])
    chat = starting[0]
    browser = starting[1]
    const windows = await Promise.all([
      signIn(browser, chat.url, MAYA),
      signIn(browser, chat.url, JONAS),
    ])
    maya = windows[0]
    jonas = windows[1]
  })

  afterAll(async () => {
    await browser?.close()
    await chat?.close()
  })

  test('paints a message, its edit and its deletion for the other, without a request for a list', async () => {
    await Promise.all([maya.open('Spring launch'), jonas.open('Spring launch')])
    const before = [maya.countListRequests(), jonas.countListRequests()]

    await maya.send('Is the landing page up?')
    await isShown(jonas.message('Is the landing page up?'))
    await isShown(jonas.line('Spring launch').getByText('Maya: Is the landing page up?'))

    const own = maya.message('Is the landing page up?')
    await own.hover()
    await own.getByRole('button', { name: 'Edit message' }).click()
    await maya.page.getByLabel('Edited message').fill('The landing page is up!')
    await maya.page.getByRole('button', { name: 'Save' }).click()
    await isShown(jonas.message('The landing page is up! edited'))
    await isGone(jonas.message('Is the landing page up?'))
    await isShown(jonas.line('Spring launch').getByText('Maya: The landing page is up!'))

    const edited = maya.message('The landing page is up!')
    await edited.hover()
    await edited.getByRole('button', { name: 'Delete message' }).click()
    await edited.getByRole('button', { name: 'Delete', exact: true }).click()
    await isGone(jonas.message('The landing page is up!'))
    await isGone(maya.message('The landing page is up!'))
    await isGone(jonas.line('Spring launch').getByText('Maya: The landing page is up!'))

    expect([maya.countListRequests(), jonas.countListRequests()]).toEqual(before)
    expect([...maya.errors, ...jonas.errors]).toEqual([])
  })

  test('counts unread messages, moves their conversation up, and clears the count once read', async () => {
    await Promise.all([maya.open('Spring launch'), jonas.open('Roadmap')])
    const roadmap = maya.line('Roadmap')
    await maya.open('Roadmap')
    await isGone(roadmap.getByLabel(/unread/))
    await maya.open('Spring launch')
    const before = maya.countListRequests()

    await jonas.send('First thought.')
    await isShown(roadmap.getByLabel('1 unread'))
    await jonas.send('Second thought.')
    await isShown(roadmap.getByLabel('2 unread'))
    await isShown(maya.page.locator('.conversation-item').first().getByText('Roadmap'))
    await isGone(jonas.line('Roadmap').getByLabel(/unread/))

    await jonas.message('Second thought.').hover()
    await jonas.message('Second thought.').getByLabel('Delete message').click()
    await jonas.page.getByRole('button', { name: 'Delete', exact: true }).click()
    await isShown(roadmap.getByLabel('1 unread'))
    await isShown(roadmap.getByText('Jonas: First thought.'))

    await maya.open('Roadmap')
    await isShown(maya.message('First thought.'))
    await maya.open('Spring launch')
    await isGone(roadmap.getByLabel(/unread/))
    expect(maya.countListRequests()).toBe(before)
    expect([...maya.errors, ...jonas.errors]).toEqual([])
  })

  test('catches up with what was said while it was offline, without asking for a list', async () => {
    await Promise.all([maya.open('Spring launch'), jonas.open('Spring launch')])
    const before = jonas.countListRequests()
    const offline = jonas.page.getByRole('switch', { name: 'Offline' })
    const connection = jonas.page.getByRole('status', { name: 'Connection' })
    await offline.click()
    await isShown(connection.getByText('Offline'))
    await maya.send('Said while you were away.')
    await isShown(maya.message('Said while you were away.'))
    await offline.click()
    await isShown(jonas.message('Said while you were away.'))
    await isShown(connection.getByText('Live'))
    expect(jonas.countListRequests()).toBe(before)
    expect([...maya.errors, ...jonas.errors]).toEqual([])
  })

  test('takes a conversation off the screen of a person who is removed, and brings it back', async () => {
    await Promise.all([maya.open('Office'), jonas.open('Office')])
    await maya.page.getByRole('button', { name: /^Members/ }).click()
    await maya.page.getByRole('button', { name: `Remove ${JONAS}` }).click()

    await isGone(jonas.line('Office'))
    await isGone(jonas.page.getByRole('log'))
    await isShown(maya.page.getByRole('button', { name: `Add ${JONAS}` }))
    await maya.send('Just between us.')
    await isShown(maya.message('Just between us.'))

    await maya.page.getByRole('button', { name: `Add ${JONAS}` }).click()
    await isShown(jonas.line('Office').getByText('Maya: Just between us.'))
    await isGone(jonas.line('Office').getByLabel(/unread/))
    await isShown(jonas.message('Just between us.'))

    // Jonas looks at the messages when they go, so they are asked for once more, and refused.
    expect(maya.errors).toEqual([])
    expect(jonas.errors.filter((error) => !isRefusal(error))).toEqual([])
  })
})
