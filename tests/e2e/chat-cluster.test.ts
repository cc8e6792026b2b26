/** The chat on two nodes behind a proxy, with a worker, as `npm run start:cluster` starts it. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { io } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../support/until.ts'

const postgres = process.env['SYNC_TEST_POSTGRES']
// The nodes serve the client that is built for the tests in a browser.
const isBuilt = process.env['SYNC_TEST_CHROMIUM'] !== undefined
const redis = process.env['SYNC_TEST_REDIS']
const CLUSTER = fileURLToPath(new URL('../../examples/chat/server/cluster.ts', import.meta.url))

/** A database that goes with the test. */
async function createDatabase(url: string): Promise<string> {
  const name = `chat_${process.pid}_${Date.now().toString(36)}`
  const admin = new Client({ connectionString: url })
  await admin.connect()
  await admin.query(`create database ${name}`)
  onTestFinished(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}

/** Three ports in a row: the proxy's and the nodes'. */
async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function startCluster(env: Record<string, string>): Promise<string> {
  const port = await findPort()
  const cluster = fork(CLUSTER, {
    execArgv: ['--conditions=@iron-stack/source', '--import', 'tsx'],
    env: { ...process.env, ...env, PORT: String(port), EVERY_MS: '200' },
    stdio: 'ignore',
  })
  onTestFinished(async () => {
    const ended = once(cluster, 'exit')
    cluster.kill('SIGTERM')
    await ended
  })
  return `http://127.0.0.1:${port}`
}

/** What it answers on a connection of its own; undefined where nobody does. */
async function statusOf(url: string): Promise<number | undefined> {
  const answer = await fetch(url, { headers: { connection: 'close' } }).catch(() => undefined)
  return answer?.status
}

/** Signs in, and hears what the worker says. */
async function connect(url: string, personId: string): Promise<string[]> {
  const answer = await fetch(`${url}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ personId }),
    headers: { connection: 'close' },
    redirect: 'manual',
  })
  const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
  const socket = io(url, {
    transports: ['websocket'],
    forceNew: true,
    extraHeaders: { cookie },
  })
  onTestFinished(() => {
    socket.disconnect()
  })
  const heard: string[] = []
  socket.on('message:new', ({ text }: { text: string }) => heard.push(text))
  return heard
}

const logs = [
  { log: 'the database', env: {} },
  ...(redis === undefined ? [] : [{ log: 'Redis', env: { REDIS_URL: redis } }]),
]

test.skipIf(postgres === undefined || !isBuilt).each(logs)(
  'with its log in $log, what a worker says is heard on both nodes, in one order',
  { timeout: 120_000 },
  async ({ env }) => {
    const url = await startCluster({
      ...env,
      DATABASE_URL: await createDatabase(postgres ?? ''),
    })
    // One connection after the other goes to the other node.
    const answers = () => Promise.all([statusOf(url), statusOf(url)])
    await expect.poll(answers, { timeout: 60_000 }).toEqual([200, 200])
    const people = [await connect(url, 'maya'), await connect(url, 'jonas')]
    people.push(await connect(url, 'maya'), await connect(url, 'jonas'))
    for (const heard of people) {
      await until(() => expect(heard.length).toBeGreaterThanOrEqual(5), 30_000)
    }
    const last = (heard: readonly string[]) => Number(/\d+/.exec(heard.at(-1) ?? '')?.[0])
    const from = Math.max(...people.map(last))
    const behind = (heard: readonly string[]) =>
      heard.slice(heard.indexOf(`Report ${from}: all is well.`)).slice(0, 3)
    const expected = [0, 1, 2].map((step) => `Report ${from + step}: all is well.`)
    for (const heard of people) {
      await until(() => expect(behind(heard)).toEqual(expected), 30_000)
    }
  },
)
