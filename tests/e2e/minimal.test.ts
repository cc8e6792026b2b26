/** The minimal example, as its README starts it: two windows share a todo. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { chromiumPath, isShown, openWindow, startBrowser } from './support/browser.ts'

const folder = fileURLToPath(new URL('../../examples/minimal', import.meta.url))
const freePort = new URL('support/free-port.mjs', import.meta.url).href

/** Starts the example's own process; resolves to its address once it is there. */
async function startMinimal(): Promise<string> {
  const port = await findFreePort()
  const server = spawn(
    process.execPath,
    ['--import', freePort, '--import', 'tsx', 'server.ts'],
    {
      cwd: folder,
      // As for whoever tries it: not a test to Vite and React.
      env: { ...process.env, PORT: String(port), NODE_ENV: 'development' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  onTestFinished(async () => {
    const exited = once(server, 'exit')
    if (server.kill()) await exited
  })
  await new Promise<void>((resolve) => {
    server.stdout.on('data', (line) => String(line).includes('Open') && resolve())
  })
  return `http://localhost:${port}`
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

test.skipIf(!chromiumPath)(
  'a todo added in one window appears in the other, without a request',
  async () => {
    const [url, browser] = await Promise.all([startMinimal(), startBrowser()])
    onTestFinished(() => browser.close())
    const one = await openWindow(browser, url)
    const other = await openWindow(browser, url)
    await isShown(one.page.getByPlaceholder('A todo, and Enter'))
    await isShown(other.page.getByPlaceholder('A todo, and Enter'))
    await other.page.waitForLoadState('networkidle')
    const before = countTodoRequests(other.requests)

    await one.page.getByPlaceholder('A todo, and Enter').fill('Water the plants')
    await one.page.keyboard.press('Enter')
    await isShown(one.page.getByText('Water the plants'))
    await isShown(other.page.getByText('Water the plants'))

    expect(countTodoRequests(other.requests)).toBe(before)
    expect(before).toBeGreaterThan(0)
    expect([...one.errors, ...other.errors]).toEqual([])
  },
  60_000,
)

function countTodoRequests(requests: readonly string[]): number {
  return requests.filter((url) => url.endsWith('/todos')).length
}
