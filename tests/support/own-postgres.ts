/**
 * A Postgres of a test's own, which may be crashed and restarted: where its programs are installed. They
 * refuse to run as root; then they run as the user that the packages of Linux distributions make.
 */

import { execFile } from 'node:child_process'
import { appendFileSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface OwnPostgres {
  readonly port: number
  readonly url: string
  readonly start: () => Promise<void>
  /** `fast` ends all connections; `immediate` is a crash. */
  readonly stop: (mode: 'fast' | 'immediate') => Promise<void>
  /** Another one that follows it, to fail over to. */
  readonly startStandby: () => Promise<OwnPostgres>
  /** Makes a standby a primary. */
  readonly promote: () => Promise<void>
  readonly remove: () => Promise<void>
}

const SETTINGS = `
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 16MB
wal_keep_size = 64MB
# What nobody waits for is on the disk late: a crash loses as much as one can.
wal_writer_delay = 10s
autovacuum = off
`

/** Where `initdb` and its like are; undefined where they are not. */
export const POSTGRES_PROGRAMS: string | undefined = process.env['SYNC_TEST_POSTGRES_PROGRAMS']

export async function createOwnPostgres(): Promise<OwnPostgres> {
  const folder = await newFolder()
  const data = join(folder, 'data')
  await program('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'])
  appendFileSync(join(data, 'postgresql.conf'), SETTINGS)
  return serve(folder)
}

async function serve(folder: string): Promise<OwnPostgres> {
  const data = join(folder, 'data')
  const port = await freePort()
  const control = (...args: string[]) => program('pg_ctl', ['-D', data, ...args])
  return {
    port,
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: () => control('-w', '-o', `-p ${port}`, '-l', join(folder, 'log'), 'start'),
    stop: (mode) => control('-w', '-m', mode, 'stop'),
    promote: () => control('-w', 'promote'),

    async startStandby() {
      const other = await newFolder()
      const source = `postgres://postgres@127.0.0.1:${port}/postgres`
      await program('pg_basebackup', [
        '-D',
        join(other, 'data'),
        '-R',
        '-c',
        'fast',
        '-d',
        source,
      ])
      const standby = await serve(other)
      await standby.start()
      return standby
    },

    async remove() {
      await control('-w', '-m', 'immediate', 'stop').catch(() => {})
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const isRoot = process.getuid?.() === 0

async function program(name: string, args: readonly string[]): Promise<void> {
  const path = join(POSTGRES_PROGRAMS ?? '', name)
  // The server inherits what is not closed: with a pipe, it would be waited for.
  const script = '"$0" "$@" >/dev/null 2>&1 </dev/null'
  const command = ['sh', '-c', script, path, ...args]
  const [first = '', ...rest] = isRoot
    ? ['runuser', '-u', 'postgres', '--', ...command]
    : command
  await run(first, rest, { timeout: 60_000, cwd: tmpdir() })
}

async function newFolder(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'sync-postgres-'))
  if (!isRoot) return folder
  const [user, group] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
  )
  chownSync(folder, user ?? 0, group ?? 0)
  return folder
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
