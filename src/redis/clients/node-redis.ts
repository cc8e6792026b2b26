/** node-redis: `createClient()` and `createCluster()` of `redis`, from version 4 on. */

import { inTime } from '../../server/log/in-time.ts'
import type { Connection, Listening, OnMessage, Watcher } from './redis-client.ts'

/** What is used of it. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  subscribe(channels: string[], listener: Listener): Promise<unknown>
  unsubscribe(channels: string[], listener: Listener): Promise<unknown>
  duplicate(): NodeRedisClient
  connect(): Promise<unknown>
  /** Since version 5; before, `quit` and `disconnect`. */
  close?(): Promise<unknown>
  destroy?(): unknown
  quit?(): Promise<unknown>
  disconnect?(): Promise<unknown>
  readonly isReady?: boolean
  on(event: 'ready', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'ready', listener: () => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
}

/** Bytes only where they were asked for, which they are not. */
type Listener = (text: string | Uint8Array, channel: string | Uint8Array) => void

export function fromNodeRedis(client: NodeRedisClient): Connection {
  return {
    evaluate: ({ sha }, keys, args) => client.evalSha(sha, { keys, arguments: args }),
    teach: ({ text }, keys, args) => client.eval(text, { keys, arguments: args }),
    watch: (watcher) => watch(client, watcher),
    duplicate: () => listeningOf(client.duplicate(), true),
    listen: () => listeningOf(client, false),
  }
}

function watch(client: NodeRedisClient, { onReady, onError }: Watcher): () => void {
  client.on('ready', onReady)
  client.on('error', onError)
  return () => {
    client.off('ready', onReady)
    client.off('error', onError)
  }
}

function listeningOf(client: NodeRedisClient, isOwn: boolean): Listening {
  // One that nobody listens to ends the process.
  if (isOwn) client.on('error', () => {})
  let subscribed: string[] = []
  let listener: Listener | undefined
  return {
    async subscribe(channels, onMessage: OnMessage) {
      listener = (text, channel) => onMessage(String(channel), String(text))
      subscribed = channels
      if (isOwn) await client.connect()
      await client.subscribe(channels, listener)
    },
    watch: (watcher) => watch(client, watcher),
    async close() {
      await inTime(async () => {
        // A connection that is lost does not say when it is back: it is not waited for.
        if (client.isReady === false) return
        if (listener !== undefined) await client.unsubscribe(subscribed, listener)
        if (!isOwn) return
        if (client.close === undefined) await client.quit?.()
        else await client.close()
      })
      if (isOwn) await end(client)
    },
  }
}

/** What waits for a connection is rejected; a client that is closed already throws. */
async function end(client: NodeRedisClient): Promise<void> {
  try {
    if (client.destroy === undefined) await client.disconnect?.()
    else client.destroy()
  } catch {
    // Closed is what it was to be.
  }
}
