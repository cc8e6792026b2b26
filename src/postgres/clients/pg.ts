/** `pg`, and what is shaped like it. */

import { hasMethods } from '../has-methods.ts'
import type { Database, Hearing, Row } from './database.ts'
import { inTime } from '../../server/log/in-time.ts'

/** A `Pool` or `Client`; of a client, listening ends with its connection. */
export interface PgPool {
  readonly query: (text: string, values: string[]) => PromiseLike<{ readonly rows: unknown[] }>
  readonly connect: () => PromiseLike<unknown>
}

/** Of all that `pg` has, what is used here. */
interface Client {
  readonly connect: () => Promise<unknown>
  readonly query: (query: {
    readonly text: string
    readonly values?: readonly string[]
  }) => Promise<{ readonly rows: readonly Row[] }>
  readonly on: (event: string, listener: (value: never) => void) => unknown
  readonly off: (event: string, listener: (value: never) => void) => unknown
  readonly end: () => Promise<unknown>
  readonly connection?: { readonly stream?: { readonly destroy?: () => unknown } } | undefined
}

interface Pool extends Pick<Client, 'query' | 'on' | 'off'> {
  /** The class of its clients, and what it makes them with. */
  readonly Client: new (options: unknown) => Client
  readonly options: unknown
}

/** How often a listening connection is asked whether it is alive. */
const ALIVE_MS = 30_000

export function isPgPool(value: unknown): value is Pool {
  return hasMethods(value, 'query', 'connect', 'on', 'off', 'Client') && 'totalCount' in value
}

export function isPgClient(value: unknown): value is Client {
  return hasMethods(value, 'query', 'connect', 'on', 'off') && !('totalCount' in value)
}

export function fromPgPool(pool: Pool): Database {
  return {
    ...queriesOf(pool),
    // Not out of the pool, which may have no more than one.
    listen: (hearing) => listenWith(new pool.Client(pool.options), hearing),

    watch(onError) {
      pool.on('error', onError)
      return () => pool.off('error', onError)
    },
  }
}

export function fromPgClient(client: Client): Database {
  return {
    ...queriesOf(client),

    async listen({ channel, onNotify }) {
      const hear = notificationOf(onNotify)
      client.on('notification', hear)
      await client.query({ text: `LISTEN "${channel}"` })
      return async () => {
        client.off('notification', hear)
        await client.query({ text: `UNLISTEN "${channel}"` })
      }
    },

    watch(onError) {
      client.on('error', onError)
      return () => client.off('error', onError)
    },
  }
}

function queriesOf(client: Pick<Client, 'query'>): Pick<Database, 'query' | 'run'> {
  return {
    query: async (text, values) => (await client.query({ text, values })).rows,
    run: (text) => client.query({ text }),
  }
}

async function listenWith(client: Client, hearing: Hearing): Promise<() => Promise<void>> {
  let timer: ReturnType<typeof setInterval> | undefined
  let isOver = false

  async function end(): Promise<void> {
    isOver = true
    clearInterval(timer)
    await inTime(
      () => client.end(),
      () => client.connection?.stream?.destroy?.(),
    )
  }
  function lose(cause: unknown): void {
    if (isOver) return
    void end()
    hearing.onLost(cause)
  }

  client.on('notification', notificationOf(hearing.onNotify))
  // Stays: an error that nobody listens for ends the process.
  client.on('error', lose)
  client.on('end', () => lose(new Error('the connection has ended')))
  try {
    await client.connect()
    await client.query({ text: `LISTEN "${hearing.channel}"` })
  } catch (thrown) {
    void end()
    throw thrown
  }
  let isAlive = true
  timer = setInterval(() => {
    if (!isAlive) return lose(new Error(`no answer within ${ALIVE_MS} ms`))
    isAlive = false
    const answer = client.query({ text: 'SELECT 1' })
    answer.then(() => (isAlive = true), lose)
  }, ALIVE_MS)
  return end
}

function notificationOf(onNotify: Hearing['onNotify']) {
  return ({ payload }: { readonly payload?: string }): void => onNotify(payload ?? '')
}
