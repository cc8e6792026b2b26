/** One process of the cluster: a node with sockets, or a worker without. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSyncEmitter, SyncServer, type EventLog } from '@iron-stack/sync/server'
import { Server } from 'socket.io'
import { openLog } from './open-log.ts'
import type { FromProcess, ProcessOptions, ToProcess } from './messages.ts'
import { listsOf, LISTS, rules, type Events } from './rules.ts'

type Publisher = Pick<SyncServer<Events>, 'broadcast' | 'joinRoom' | 'leaveRoom'>

const options = JSON.parse(process.argv[2] ?? '') as ProcessOptions
const log = openLog(options.log, options.name)
const { publisher, port } =
  options.role === 'node' ? await startNode(log) : { publisher: startWorker(log), port: 0 }
/** What the process is told while it publishes. */
const orders = { isStopped: false }
process.on('message', (message: ToProcess) => {
  if (message.do === 'stop') {
    orders.isStopped = true
    return
  }
  obey(message).then(
    () => tell({ is: 'done' }),
    (error: unknown) => tell({ is: 'failed', error: String(error) }),
  )
})
process.on('disconnect', () => process.exit())
tell({ is: 'ready', port })

async function startNode(shared: EventLog): Promise<{ publisher: Publisher; port: number }> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  io.use((socket, next) => {
    socket.data.userId = socket.handshake.auth['userId']
    next()
  })
  const sync = new SyncServer<Events>({
    io,
    rules,
    log: shared,
    rooms: (userId) => listsOf(userId).map((list) => `list:${list}`),
    onError: ({ code }) => tell({ is: 'error', code }),
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return { publisher: sync, port: (http.address() as AddressInfo).port }
}

function startWorker(shared: EventLog): Publisher {
  return createSyncEmitter<Events>({ rules, log: shared })
}

async function obey(message: Exclude<ToProcess, { do: 'stop' }>): Promise<void> {
  if (message.do === 'publish') await publish(message)
  else if (message.do === 'say') {
    await publisher.broadcast('row:added', { list: message.list, id: message.id })
  } else if (message.do === 'join') await publisher.joinRoom(message.room, [message.userId])
  else await publisher.leaveRoom(message.room, [message.userId])
}

/** Broadcasts rows to all lists in turn, so many at once, and tells of those that have resolved. */
async function publish({
  count,
  atOnce,
  pauseMs,
}: Extract<ToProcess, { do: 'publish' }>): Promise<void> {
  let next = 0
  let resolved: (readonly [string, string])[] = []
  const flush = () => {
    if (resolved.length > 0) tell({ is: 'published', rows: resolved })
    resolved = []
  }
  const work = async () => {
    while (next < count && !orders.isStopped) {
      const n = next++
      const row = { list: LISTS[n % LISTS.length] ?? '', id: `${options.name}.${n}` }
      try {
        // In the order of the calls, as far as one process goes.
        await publisher.broadcast('row:added', row)
        resolved.push([row.list, row.id])
        if (resolved.length >= 20) flush()
      } catch {
        // Told to onError; such a row may be in the log or not.
      }
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  flush()
}

function tell(message: FromProcess): void {
  process.send?.(message)
}
