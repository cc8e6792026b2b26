/**
 * The log of many nodes, in Postgres: events are appended in the transaction that makes them true, and take
 * their places when it commits. docs/SHARED-LOG.md says why it is so, and what each failure leads to.
 */

import { hostname } from 'node:os'
import { createOutages } from '../outages.ts'
import type { LogFollower } from '../server/log/event-log.ts'
import { createAppend } from './append.ts'
import type { AsyncLog } from './async-log.ts'
import { createBarriers } from './barrier.ts'
import { checkLimits } from './check-limits.ts'
import { databaseOf, type PostgresPool } from './clients/database-of.ts'
import { followLog, type Following } from './follower.ts'
import { startHousekeeper, type Housekeeper } from './housekeeper.ts'
import { startListening } from './listener.ts'
import { createLogTime, type Answer } from './log-time.ts'
import { postgresLogMigration, quoteSchema, SCHEMA_VERSION } from './migration.ts'
import { connectionLost, isRefusal, wrongVersion } from './postgres-errors.ts'
import { createReader } from './reader.ts'
import { json, text } from './records.ts'
import { createSession } from './session.ts'
import { SILENT_MS } from './sql/housekeeping.ts'
import { createStatements } from './statements.ts'

export interface PostgresLogOptions {
  /**
   * A pool or client of `pg`, `sql` of postgres.js, or a PGlite. It stays the application's own:
   * closing the log does not close it.
   */
  readonly pool: PostgresPool
  /**
   * What to listen with, where `pool` leads to a pooler that shares connections between transactions;
   * null to listen to nothing, and look every `pollMs`. @default pool
   */
  readonly listener?: PostgresPool | null | undefined
  /** The schema of the log; one for each namespace of Socket.IO. @default 'sync' */
  readonly schema?: string | undefined
  /** How often a node looks for events of which it was not notified. @default 1000 */
  readonly pollMs?: number | undefined
  /** @default 1000 */
  readonly maxEventsPerRoom?: number | undefined
  /** How long an event is kept. @default 600000 */
  readonly maxAgeMs?: number | undefined
  /** How long a room is remembered that has no events, and nobody in it. @default 86400000 */
  readonly forgetMs?: number | undefined
  /** How long Postgres may take to answer. @default 5000 */
  readonly queryTimeoutMs?: number | undefined
  /** How long `joinRoom` and `leaveRoom` wait for each node. @default 5000 */
  readonly barrierTimeoutMs?: number | undefined
  /** What errors call this node. @default the host's name and the process' id */
  readonly nodeId?: string | undefined
  /** From 0 to 1; makes ids. @default Math.random */
  readonly random?: (() => number) | undefined
}

export interface PostgresLog extends AsyncLog {
  /** Runs the SQL of `postgresLogMigration()`. Once; or at each start, which does no harm. */
  readonly migrate: () => Promise<void>
}

/**
 * All nodes of one Socket.IO namespace have a log with the same schema. It connects when it is first used.
 *
 * @throws SyncError `unknown-client`, `log-refused` for a schema that is no name, `invalid-option` for
 * a limit that is no number.
 */
export function postgresLog(options: PostgresLogOptions): PostgresLog {
  const { pool, listener = pool, schema = 'sync', pollMs = 1000 } = options
  const { maxEventsPerRoom = 1000, maxAgeMs = 600_000, forgetMs = 86_400_000 } = options
  const { queryTimeoutMs = 5000, barrierTimeoutMs = 5000, random = Math.random } = options
  checkLimits({
    pollMs,
    maxEventsPerRoom,
    maxAgeMs,
    forgetMs,
    queryTimeoutMs,
    barrierTimeoutMs,
  })
  const key = randomId(random)
  const node = { key, name: options.nodeId ?? `${hostname()}:${process.pid}` }

  const database = databaseOf(pool)
  const hearing = listener === null || listener === pool ? undefined : databaseOf(listener)
  const statements = createStatements(quoteSchema(schema), SILENT_MS)
  const session = createSession({ database, timeoutMs: queryTimeoutMs })
  // Longer than events are kept: none that is still there came to be seen before.
  const time = createLogTime({
    keepMs: maxAgeMs + KEPT_LONGER_MS,
    clock: () => performance.now(),
  })
  let hasMembers: (room: string) => boolean = hasAny
  let following: Following | undefined
  let appendedIn: string | undefined
  let checked: Promise<void> | undefined
  let stop: (() => Promise<void>) | undefined
  let report: ((cause: unknown) => void) | undefined
  // Where nobody hears of it, what uses the connection next does: it ends no process.
  const unwatch = database.watch((cause) => report?.(cause))

  async function check(): Promise<void> {
    const sql = statements.version
    const [row] = await session.query({ doing: 'look for the log', sql })
    const version = Number(text(row, 'version'))
    if (version < SCHEMA_VERSION) throw wrongVersion(schema, version, SCHEMA_VERSION)
    time.recall(json(row, 'moments') as Parameters<typeof time.recall>[0])
    time.note(json(row, 'header') as Answer)
  }

  /** What is asked of a node is never behind what it is told from then on. */
  function ready(): Promise<void> {
    if (following !== undefined) return session.limited('follow the log', following.started)
    checked ??= check().catch((thrown: unknown) => {
      checked = undefined
      throw thrown
    })
    return checked
  }

  const barriers = createBarriers({
    session,
    statements,
    channel: schema,
    timeoutMs: barrierTimeoutMs,
  })

  function follow(follower: LogFollower): () => void {
    const outages = createOutages(follower.onError, connectionLost)
    const onError = (cause: unknown) => {
      if (!session.isClosed()) outages.began(cause)
    }
    const keeper: Housekeeper = startHousekeeper({
      session,
      statements,
      time,
      maxEventsPerRoom,
      maxAgeMs,
      forgetMs,
      hasMembers: (room) => hasMembers(room),
      beat: async () => following?.beat(),
      // No outage: it is told as what it is.
      onError: (cause) => (isRefusal(cause) ? follower.onError(cause) : onError(cause)),
    })
    const looking = followLog({
      session,
      statements,
      time,
      follower,
      node,
      channel: schema,
      pollMs,
      hasMembers: (room) => hasMembers(room),
      check,
      onEvents: keeper.note,
      onLooked: (failure) => (failure === undefined ? outages.ended() : onError(failure)),
    })
    following = looking
    report = onError
    const deafen =
      listener === null
        ? undefined
        : startListening({
            database: hearing ?? database,
            session,
            channel: schema,
            onNotify: (payload) => (payload === '' ? looking.wake() : barriers.hearAnswer()),
            onListening: looking.wake,
            onLost: onError,
          })
    let stopping: Promise<unknown> | undefined
    stop = async () => {
      stopping ??= Promise.all([looking.stop(), keeper.stop(), deafen?.()])
      await stopping
    }
    return () => void stop?.().catch(onError)
  }

  return {
    epoch: EPOCH,
    isShared: true,
    takesTransactions: true,
    now: time.now,
    append: createAppend({
      session,
      statements,
      tag: key,
      ready,
      async latest() {
        if (time.clock() === undefined) await check()
        return (time.clock() ?? Infinity) + queryTimeoutMs
      },
      onAppended(epoch) {
        appendedIn = epoch
        following?.wake()
      },
    }),
    ...createReader({ session, statements, time, idleMs: forgetMs / 2, ready }),

    keep(test) {
      hasMembers = test
    },

    follow,

    async barrier() {
      // Of what it is asked for, which has just been appended.
      const epoch = appendedIn
      await ready()
      await barriers.ask(epoch)
    },

    async stats() {
      const call = { doing: 'count events', sql: statements.stats, parameters: [schema] }
      const [row] = await session.query(call)
      const count = (column: string) => Number(text(row, column))
      return { events: count('events'), bytes: count('bytes'), rooms: count('rooms') }
    },

    migrate: () =>
      session.limited('make its tables', async () => {
        await database.run(postgresLogMigration({ schema }))
      }),

    async close() {
      if (session.isClosed()) return
      await stop?.().catch(() => {})
      session.close()
      unwatch()
    },
  }
}

const hasAny = () => true

/** Events go late, by the time between two rounds of the housekeeper, or somewhat more. */
const KEPT_LONGER_MS = 60_000

/** Handles are random, and another life of the log has others: no epoch needs to tell them apart. */
const EPOCH = 'postgres'

/** Twenty-two characters, 110 bits. */
function randomId(random: () => number): string {
  const half = () => random().toString(36).slice(2, 13).padEnd(11, '0')
  return half() + half()
}
