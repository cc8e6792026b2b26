/**
 * The simulation's small sister, over a real Socket.IO server: random steps, real connections that
 * are closed or die, a server that restarts, people who are thrown out. In the end each query equals
 * what the API answers.
 */

import { QueryClient } from '@tanstack/query-core'
import { createSyncEngine } from '@iron-stack/sync/engine'
import { memoryLog, SyncServer } from '@iron-stack/sync/server'
import { createRandom } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { startSocketServer } from '../support/socket-io.ts'
import { until } from '../support/until.ts'
import { conversationRoom, createApi, idsOf, listKey, rules, type Events } from './support.ts'

const CONVERSATIONS = ['a', 'b', 'c']
const STEPS = 80

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test.each([1, 2, 3, 4])(
  'seed %i: 80 random steps end with what the API answers',
  async (seed) => {
    const random = createRandom(seed)
    const { io, connect } = await startSocketServer()
    const access = new Set(CONVERSATIONS)
    const startServer = () =>
      new SyncServer<Events>({
        io,
        rules,
        log: memoryLog({ maxEventsPerRoom: 5 }),
        async rooms() {
          await pause(random.int(0, 10))
          return [...access].map((conversationId) => conversationRoom({ conversationId }))
        },
        onError: () => {},
      })
    let sync = startServer()
    const api = createApi(() => pause(random.int(0, 20)).then(() => {}))
    const socket = await connect('ada')
    socket.io.reconnectionDelay(10)
    socket.io.reconnectionDelayMax(50)
    socket.on('disconnect', (reason) => {
      // By itself, a client does not come back from that.
      if (reason === 'io server disconnect') socket.connect()
    })
    const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })
    let status = ''
    const stop = createSyncEngine(queryClient, socket, rules, {
      random: () => 0.02,
      onStatus: (now) => {
        status = now
      },
    })
    onTestFinished(() => {
      stop()
      queryClient.clear()
      void sync.close()
    })
    for (const conversationId of CONVERSATIONS) api.look(queryClient, conversationId)

    let lastId = 0
    const steps: (() => void)[] = [
      () => {
        const conversationId = random.pick(CONVERSATIONS)
        for (let count = random.int(1, 8); count > 0; count--) {
          const message = { id: ++lastId, conversationId }
          api.rows.set(conversationId, [...(api.rows.get(conversationId) ?? []), message])
          void sync.broadcast('message:new', message)
        }
      },
      () => void queryClient.refetchQueries({ queryKey: listKey(random.pick(CONVERSATIONS)) }),
      () => {
        // A connection that is closed while it opens hangs in Socket.IO's client.
        if (socket.connected) socket.io.engine.close()
      },
      () => {
        const { transport } = socket.io.engine as unknown as {
          transport?: { ws?: { terminate: () => void } }
        }
        if (socket.connected) transport?.ws?.terminate()
      },
      () => {
        void sync.close()
        io.disconnectSockets(true)
        sync = startServer()
      },
      () => {
        const conversationId = random.pick(CONVERSATIONS)
        access.delete(conversationId)
        api.refuse(conversationId)
        void sync.leaveRoom(conversationRoom({ conversationId }), ['ada'])
      },
      () => {
        const conversationId = random.pick(CONVERSATIONS)
        access.add(conversationId)
        api.allow(conversationId)
        void sync.joinRoom(conversationRoom({ conversationId }), ['ada'])
      },
    ]
    const weights = [0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 6]
    for (let step = 0; step < STEPS; step++) {
      steps[random.pick(weights)]?.()
      await pause(random.int(0, 15))
    }
    await until(() => expect(status).toBe('live'))
    for (const conversationId of CONVERSATIONS) {
      const isIn = access.has(conversationId)
      const expected = (api.rows.get(conversationId) ?? []).map(({ id }) => id)
      const claim = () =>
        expect(idsOf(queryClient, conversationId)).toEqual(isIn ? expected : undefined)
      await until(claim)
    }
  },
)
