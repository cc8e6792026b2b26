/**
 * What some tests need of the machine, beyond Node: looked for here, told to the tests by an
 * environment variable each. A test whose variable is unset skips itself.
 *
 * A new one is an entry in PROBES; a server with a text protocol needs no code beside it.
 */

import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { delimiter, join } from 'node:path'

const PROBES = [
  {
    name: 'Chromium',
    tests: 'the tests in a real browser',
    variable: 'SYNC_TEST_CHROMIUM',
    find: findChromium,
    remedy: 'install it (Debian: apt-get install chromium), or set CHROMIUM_PATH',
  },
  {
    name: 'Redis',
    tests: 'the tests against a real Redis',
    variable: 'SYNC_TEST_REDIS',
    find: () => findServer({ url: redisUrl(), says: 'PING\r\n', hears: /^(\+PONG|-NOAUTH)/ }),
    remedy: 'start redis-server on 127.0.0.1:6379, or set REDIS_URL',
  },
  {
    name: 'redis-server',
    tests: 'the tests that restart, flush and replace a Redis of their own',
    variable: 'SYNC_TEST_REDIS_SERVER',
    find: () => findProgram(['redis-server', 'valkey-server']),
    remedy: 'install it (Debian: apt-get install redis-server)',
  },
  {
    name: 'Postgres',
    tests: 'the tests against a real Postgres',
    variable: 'SYNC_TEST_POSTGRES',
    find: findPostgres,
    remedy:
      'start one on 127.0.0.1:5432, or set DATABASE_URL to a database that may be written to',
  },
  {
    name: 'initdb',
    tests: 'the tests that restart, crash and replace a Postgres of their own',
    variable: 'SYNC_TEST_POSTGRES_PROGRAMS',
    find: () => findPostgresPrograms(),
    remedy: "install Postgres' server (Debian: apt-get install postgresql)",
  },
]

/**
 * Looks for all of them at once.
 *
 * @returns `env`, the variables of what was found, and `missing`, the probes that found nothing.
 */
export async function probeMachine() {
  const found = await Promise.all(
    PROBES.map(async ({ variable, find }) => process.env[variable] || (await find())),
  )
  const env = Object.fromEntries(
    PROBES.map(({ variable }, place) => [variable, found[place]]).filter(([, value]) => value),
  )
  return { env, missing: PROBES.filter(({ variable }) => !(variable in env)) }
}

function findChromium() {
  const given = process.env.CHROMIUM_PATH
  if (given && isExecutable(given)) return given
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const applications = [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  return findProgram(names) ?? applications.find(isExecutable)
}

/** On the PATH, or where Debian puts it. */
function findProgram(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin']
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The URL of a database that lets us in and has space for schemas. */
async function findPostgres() {
  // Only now is it sure to be installed.
  const { default: pg } = await import('pg')
  const urls = process.env.DATABASE_URL
    ? [process.env.DATABASE_URL]
    : ['root', 'postgres'].map((user) => `postgres://${user}@127.0.0.1:5432/postgres`)
  for (const connectionString of urls) {
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1000 })
    // One that goes later is no reason to fail here.
    client.on('error', () => {})
    try {
      await client.connect()
      const { rows } = await client.query(
        "select has_database_privilege(current_database(), 'create') as may",
      )
      if (rows[0].may) return connectionString
    } catch {
      // Not there, or not for us.
    } finally {
      await client.end().catch(() => {})
    }
  }
  return undefined
}

/** The folder of the server's programs, which Debian keeps off the PATH; of several, the newest. */
function findPostgresPrograms() {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian) : []
  const folders = versions
    .toSorted((one, other) => Number(other) - Number(one))
    .map((version) => join(debian, version, 'bin'))
  return [...folders, ...(process.env.PATH ?? '').split(delimiter)].find((folder) =>
    isExecutable(join(folder, 'initdb')),
  )
}

function redisUrl() {
  return process.env.REDIS_URL || 'redis://127.0.0.1:6379'
}

/** The URL, if the server there answers as expected within a second. */
function findServer({ url, says, hears }) {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: 1000 })
    const finish = (found) => {
      socket.destroy()
      resolve(found ? url : undefined)
    }
    socket.once('connect', () => socket.write(says))
    socket.once('data', (reply) => finish(hears.test(reply.toString())))
    socket.once('timeout', () => finish(false))
    socket.once('error', () => finish(false))
  })
}
