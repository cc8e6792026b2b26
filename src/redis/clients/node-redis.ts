/** node-redis: `createClient()` and `createCluster()` of `redis`, from version 4 on. */

import { isUnknownScript } from '../redis-errors.ts'
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
  off(event: string, listener: (...args: never[]) => void): unknown
}

type Listener = (text: string, channel: string) => void

export function fromNodeRedis(client: NodeRedisClient): Connection {
  return {
    async evaluate({ text, sha }, keys, args) {
      const options = { keys, arguments: args }
      try {
        return await client.evalSha(sha, options)
      } catch (thrown) {
        if (!isUnknownScript(thrown)) throw thrown
        return client.eval(text, options)
      }
    },
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
  let subscribed: string[] = []
  let listener: Listener | undefined
  return {
    async subscribe(channels, onMessage: OnMessage) {
      listener = (text, channel) => onMessage(channel, text)
      subscribed = channels
      if (isOwn) await client.connect()
      await client.subscribe(channels, listener)
    },
    watch: (watcher) => watch(client, watcher),
    async close() {
      // A cluster does not say; one that is lost rejects.
      const isConnected = client.isReady !== false
      try {
        if (isConnected && listener !== undefined)
          await client.unsubscribe(subscribed, listener)
        if (isOwn && isConnected)
          return void (await (client.close ?? client.quit)?.call(client))
      } catch {
        // It was lost meanwhile, and is closed below.
      }
      if (isOwn) await end(client)
    },
  }
}

/** What waits for a connection is rejected; a client that is closed already throws. */
async function end(client: NodeRedisClient): Promise<void> {
  try {
    await (client.destroy ?? client.disconnect)?.call(client)
  } catch {
    // Closed is what it was to be.
  }
}
