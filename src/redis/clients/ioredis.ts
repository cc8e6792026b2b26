/** ioredis: `new Redis()` and `new Redis.Cluster()`. It connects by itself, and again. */

import { inTime } from '../../server/log/in-time.ts'
import type { Connection, Listening, OnMessage, Watcher } from './redis-client.ts'

/** What is used of it. */
export interface IoredisClient {
  evalsha(sha: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...keysAndArgs: string[]): Promise<unknown>
  subscribe(...channels: string[]): Promise<unknown>
  unsubscribe(...channels: string[]): Promise<unknown>
  /** With options that replace its own: a cluster's come second, behind its nodes. */
  duplicate(optionsOrNodes?: never, clusterOptions?: never): IoredisClient
  readonly isCluster?: boolean
  quit(): Promise<unknown>
  disconnect(): void
  readonly status: string
  on(event: 'ready', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'message', listener: OnMessage): unknown
  off(event: 'ready', listener: () => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'message', listener: OnMessage): unknown
}

/**
 * What ioredis subscribes to again by itself, it leaves unhandled where the connection is closed. And it
 * is subscribed before it is connected, whatever the application's own client does then.
 */
const LISTENING = { autoResubscribe: false, enableOfflineQueue: true } as never
const SAME_NODES = [] as never

export function fromIoredis(client: IoredisClient): Connection {
  return {
    evaluate: ({ sha }, keys, args) => client.evalsha(sha, keys.length, ...keys, ...args),
    teach: ({ text }, keys, args) => client.eval(text, keys.length, ...keys, ...args),
    watch: (watcher) => watch(client, watcher),
    duplicate: () => listeningOf(duplicateOf(client), true),
    listen: () => listeningOf(client, false),
  }
}

function duplicateOf(client: IoredisClient): IoredisClient {
  return client.isCluster === true
    ? client.duplicate(SAME_NODES, LISTENING)
    : client.duplicate(LISTENING)
}

function watch(client: IoredisClient, { onReady, onError }: Watcher): () => void {
  client.on('ready', onReady)
  client.on('error', onError)
  return () => {
    client.off('ready', onReady)
    client.off('error', onError)
  }
}

function listeningOf(client: IoredisClient, isOwn: boolean): Listening {
  // One that nobody listens to is printed.
  if (isOwn) client.on('error', () => {})
  let subscribed: string[] = []
  const subscribeAgain = () => {
    // If it is lost once more, it will be ready once more.
    if (subscribed.length > 0) client.subscribe(...subscribed).catch(() => {})
  }
  if (isOwn) client.on('ready', subscribeAgain)
  let listener: OnMessage | undefined
  return {
    async subscribe(channels, onMessage) {
      // Others may listen on a connection that is not our own.
      listener = (channel, text) => {
        if (channels.includes(channel)) onMessage(channel, text)
      }
      client.on('message', listener)
      await client.subscribe(...channels)
      subscribed = channels
    },
    watch: (watcher) => watch(client, watcher),
    async close() {
      if (listener !== undefined) client.off('message', listener)
      await inTime(async () => {
        // What is written to a connection that is lost waits for another one: for ever, maybe.
        if (client.status !== 'ready') return
        if (subscribed.length > 0) await client.unsubscribe(...subscribed)
        if (isOwn) await client.quit()
      })
      if (isOwn) client.disconnect()
    },
  }
}
