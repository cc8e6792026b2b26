/** A Redis of the test's own, on a free port, which may be stopped, started again and replaced. */

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'

/** Undefined where this machine has no redis-server: such tests are skipped. */
export const REDIS_SERVER: string | undefined = process.env['SYNC_TEST_REDIS_SERVER']

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Asks it something, past the log. */
  readonly ask: (command: string, ...args: string[]) => Promise<unknown>
  /** Ends it at once, as if the power were cut. */
  readonly kill: () => Promise<void>
  /** Starts it again: with what it wrote to its disk, if it was told to. */
  readonly start: () => Promise<void>
  readonly end: () => Promise<void>
}

/** One that ends with the test. */
export async function startRedis(...options: string[]): Promise<TestRedis> {
  const redis = await spawnRedis(...IN_MEMORY, ...options)
  onTestFinished(() => redis.end())
  return redis
}

const IN_MEMORY = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0']

/** One that somebody ends, as the options say. */
export async function spawnRedis(...options: string[]): Promise<TestRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'sync-redis-'))
  const url = `redis://127.0.0.1:${port}`
  let server: ChildProcess | undefined
  let asking: Redis | undefined

  const file = join(folder, 'redis.conf')
  await writeFile(file, '')

  async function start(): Promise<void> {
    const settings = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder]
    server = spawn(REDIS_SERVER ?? '', [file, ...settings, ...options], { stdio: 'ignore' })
    // However long it takes to start.
    asking = new Redis(url, { retryStrategy: () => 10, maxRetriesPerRequest: null })
    asking.on('error', () => {})
    await asking.ping()
  }

  async function kill(): Promise<void> {
    asking?.disconnect()
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }

  await start()
  return {
    url,
    port,
    ask: async (command, ...args) => asking?.call(command, ...args),
    kill,
    start,
    async end() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
