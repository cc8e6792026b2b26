/**
 * The log of many nodes, in Redis: one script appends and publishes, and each node sends to its own
 * sockets what it hears, in that order. docs/SHARED-LOG.md says what each failure leads to.
 */

import { hostname } from 'node:os'
import { createOutages } from '../outages.ts'
import type { EventLog, LogFollower } from '../server/log/event-log.ts'
import { createAppend } from './append.ts'
import { createBarriers } from './barrier.ts'
import { checkOptions } from './check-options.ts'
import { connectionOf, type RedisClient } from './clients/redis-client.ts'
import { followLog, type Following } from './follower.ts'
import { startHeartbeat, type Heartbeat } from './heartbeat.ts'
import { createKeys } from './keys.ts'
import { limited } from './limited.ts'
import { createReader } from './reader.ts'
import { connectionLost, logLost } from './redis-errors.ts'
import { createRoomBook } from './room-book.ts'
import { ANSWER, LEAVE } from './scripts/nodes.ts'
import { createSession } from './session.ts'
import { createSubscription, type Subscription } from './subscription.ts'

export interface RedisLogOptions {
  /**
   * A client of `ioredis` or of `redis` (node-redis, connected), or a cluster of either. It stays the
   * application's own: closing the log does not close it.
   */
  readonly client: RedisClient
  /** A client for listening, where the log is not to make one. @default client.duplicate() */
  readonly subscriber?: RedisClient | undefined
  /** What its keys and channels begin with; one for each namespace. @default 'sync' */
  readonly prefix?: string | undefined
  /** @default 1000 */
  readonly maxEventsPerRoom?: number | undefined
  /** How long an event is kept; a room that nobody is in, twice that. @default 600000 */
  readonly maxAgeMs?: number | undefined
  /** How long Redis may take to answer. @default 5000 */
  readonly commandTimeoutMs?: number | undefined
  /**
   * How often a node that follows says that it is there, and looks whether it hears; after three
   * times that it counts as gone. @default 1000
   */
  readonly heartbeatMs?: number | undefined
  /** How long `joinRoom` and `leaveRoom` wait for each node. @default 5000 */
  readonly barrierTimeoutMs?: number | undefined
  /** What errors call this node. @default the host's name and the process' id */
  readonly nodeId?: string | undefined
  /** From 0 to 1; makes ids. @default Math.random */
  readonly random?: (() => number) | undefined
}

/**
 * All nodes of one Socket.IO namespace have a log with the same prefix. It connects at once; what is
 * asked before waits.
 *
 * @throws SyncError `unknown-client`, `invalid-option`.
 */
export function redisLog(options: RedisLogOptions): EventLog {
  const { prefix = 'sync', maxEventsPerRoom = 1000, maxAgeMs = 600_000 } = options
  const { commandTimeoutMs = 5000, heartbeatMs = 1000, barrierTimeoutMs = 5000 } = options
  const { nodeId = `${hostname()}:${process.pid}`, random = Math.random } = options
  checkOptions({
    prefix,
    maxEventsPerRoom,
    maxAgeMs,
    commandTimeoutMs,
    heartbeatMs,
    barrierTimeoutMs,
  })
  const connection = connectionOf(options.client)
  const open =
    options.subscriber === undefined
      ? connection.duplicate
      : connectionOf(options.subscriber).listen
  const tag = random().toString(36).slice(2, 13).padEnd(11, '0')
  const node = `${nodeId}:${tag.slice(0, 4)}`
  const keys = createKeys(prefix)
  const aliveMs = heartbeatMs * 3
  // Redis takes whole milliseconds only.
  const limits = { maxEventsPerRoom, maxAgeMs, roomTtlMs: Math.ceil(maxAgeMs * 2) }
  const rooms = createRoomBook()
  let follower: LogFollower | undefined
  let following: Following | undefined
  let listener: Subscription | undefined
  let heartbeat: Heartbeat | undefined
  let leaving: Promise<void> | undefined
  /** Clients may be here, then. */
  let wasEpochRead = false
  let hasFailed = false
  const startedAt = clock()

  const outages = createOutages((error) => {
    hasFailed = true
    follower?.onError(error)
  }, connectionLost)
  const onLost = (lost: readonly string[]) => follower?.renew(lost)
  const session = createSession({
    connection,
    keys,
    keptMs: maxAgeMs,
    timeoutMs: commandTimeoutMs,
    random,
    clock,
    onEpoch({ epoch, seq, isFirst }) {
      // What was before this node is not for it; of an epoch that began meanwhile, all is.
      following?.begin(isFirst ? seq : 0)
      // Whoever was told that there is none yet, or another.
      if (!isFirst || wasEpochRead) follower?.renew()
      if (isFirst ? isLate() : heartbeat?.isAway() === true) follower?.lapse?.()
      if (!isFirst) follower?.onError(logLost(epoch))
    },
  })
  /** Nobody has waited for this node, while clients were here. */
  const isLate = () => wasEpochRead && (hasFailed || clock() - startedAt > aliveMs)
  const barriers = createBarriers({ session, keys, tag, aliveMs, timeoutMs: barrierTimeoutMs })
  const reader = createReader({ session, keys, rooms, roomTtlMs: limits.roomTtlMs, onLost })

  const watcher = {
    onReady() {
      if (heartbeat === undefined) session.check().catch(outages.began)
      else heartbeat.soon()
    },
    onError: outages.began,
  }
  const unwatch = connection.watch(watcher)
  session.check().catch(outages.began)

  function hear(channel: string, text: string): void {
    if (text.startsWith('a ')) {
      // A name may have spaces in it.
      const [, question = '', ...name] = text.split(' ')
      return barriers.hearAnswer(question, name.join(' '))
    }
    if (channel !== keys.channel) heartbeat?.heard()
    following?.hear(text)
    return undefined
  }

  function listen(channels: string[]): Subscription {
    const opened = createSubscription({ ...watcher, open, channels, onMessage: hear })
    opened.ensure()
    return opened
  }

  function answer(question: string, askedBy: string): void {
    session
      .run({
        doing: 'answer another node',
        script: ANSWER,
        keys: () => [],
        args: () => [keys.channelOf(askedBy), question, node],
      })
      // It is asked again.
      .catch(() => {})
  }

  function follow(given: LogFollower): () => void {
    follower = given
    const retryMs = heartbeatMs
    following = followLog({
      session,
      keys,
      rooms,
      follower,
      outages,
      retryMs,
      onQuestion: answer,
    })
    void listener?.close()
    listener = listen([keys.channel, keys.channelOf(tag)])
    heartbeat = startHeartbeat({
      session,
      keys,
      node,
      ownChannel: keys.channelOf(tag),
      rooms,
      limits,
      heartbeatMs,
      outages,
      clock,
      following,
      listener,
      onLost,
    })
    return stop
  }

  function stop(): void {
    if (following === undefined) return
    following.stop()
    following = undefined
    follower = undefined
    heartbeat?.stop()
    heartbeat = undefined
    leaving = leave(listener)
    // A barrier may still be asked for: it listens anew.
    listener = undefined
  }

  /** Nobody waits for this node any more. If it can't say so, it counts as gone a little later. */
  async function leave(left: Subscription | undefined): Promise<void> {
    await Promise.allSettled([
      left?.close(),
      limited(
        { doing: 'leave', ms: commandTimeoutMs },
        connection.teach(LEAVE, [keys.nodes], [node]),
      ),
    ])
  }

  return {
    get epoch() {
      wasEpochRead = true
      return session.epoch
    },
    isShared: true,
    now: session.now,
    append: createAppend({ session, keys, limits, tag }),
    ...reader,
    keep: rooms.keep,
    follow,

    async barrier() {
      listener ??= listen([keys.channelOf(tag)])
      listener.ensure()
      await barriers.ask()
    },

    async close() {
      stop()
      session.close()
      barriers.close()
      await leaving
      await listener?.close()
      unwatch()
    },
  }
}

const clock = (): number => performance.now()
