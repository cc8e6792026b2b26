/** Records of who is let in and thrown out that can't be read any more when a node asks for them. */

import { describe, expect, test } from 'vitest'
import { startProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import {
  connectClient,
  connectIoredis,
  freshPrefix,
  openLog,
  REDIS_PORT,
  REDIS_URL,
  urlOf,
} from './support/clients.ts'
import { numbers, startNode, type TestNode } from './support/node.ts'

const LEAVE = { rooms: ['user:bob'], event: 'sync:member', data: ['leave', 'a'] }

interface Setting {
  readonly appends: TestNode
  readonly loseRoom: () => Promise<unknown>
}

describe.skipIf(REDIS_URL === undefined)('a node that has missed a membership', () => {
  /** What a node goes through that has members in one room. */
  async function missing(happens: (setting: Setting) => Promise<unknown>): Promise<string[]> {
    const prefix = freshPrefix()
    const wire = await startProxy(REDIS_PORT)
    const subscriber = await connectClient(urlOf(wire.port))
    const options = { prefix, maxEventsPerRoom: 5 }
    const log = await openLog({ ...options, subscriber, heartbeatMs: 60_000 })
    const seen: string[] = []
    log.keep((room) => room === 'a')
    log.follow?.({
      deliver: (events) => seen.push(...events.map(({ data }) => String(data))),
      renew: (rooms) => seen.push(`renew ${rooms?.join() ?? 'all'}`),
      lapse: () => seen.push('lapse'),
      onError: ({ message }) => seen.push(message),
    })
    const appends = await startNode(options)
    await appends.log.barrier?.()
    const client = await connectIoredis(REDIS_URL ?? '')
    wire.stall()
    await happens({
      appends,
      loseRoom: () => client.del(`{${prefix}}:${log.epoch}:+user:bob`),
    })
    await appends.append('a', 'behind it')
    wire.cut()
    wire.resume()
    await until(() => {
      expect(seen).toContain('behind it')
    })
    return seen
  }

  test('acts upon it before it tells what came behind, where it can be read', async () => {
    const seen = await missing(async ({ appends }) => appends.log.append([LEAVE]))
    expect(seen).toEqual(['leave,a', 'behind it'])
  })

  test('has everybody connect again first, where the room of the user was evicted', async () => {
    const seen = await missing(async ({ appends, loseRoom }) => {
      await appends.log.append([LEAVE])
      await loseRoom()
    })
    expect(seen).toEqual(['renew user:bob', 'lapse', 'behind it'])
  })

  test('has everybody connect again first, where the room of the user was trimmed', async () => {
    const seen = await missing(async ({ appends }) => {
      await appends.log.append([LEAVE])
      for (const count of numbers(5)) await appends.append('user:bob', count)
    })
    expect(seen).toEqual(['renew user:bob', 'lapse', 'behind it'])
  })

  test('has nobody connect again for an event that is no membership', async () => {
    const seen = await missing(async ({ appends }) => {
      for (const count of numbers(5)) await appends.append('a', count)
    })
    expect(seen).toEqual(['renew a', '2', '3', '4', '5', 'behind it'])
  })
})
