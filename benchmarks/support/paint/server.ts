/** The server behind the page: the same edit by SyncServer, bare Socket.IO, or a subscription. */

import { EventEmitter, on } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { SyncServer } from '@iron-stack/sync/server'
import { initTRPC } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { rolldown } from 'rolldown'
import { Server } from 'socket.io'
import { rules, type Row, type Way } from './shared.ts'

const edits = new EventEmitter()
const t = initTRPC.create()
const router = t.router({
  edits: t.procedure.subscription(async function* follow({ signal }) {
    for await (const [row] of on(edits, 'row', { signal })) yield row as Row
  }),
})

export type Router = typeof router

export interface PaintServer {
  readonly url: string
  readonly send: Record<Way, (row: Row) => void>
  readonly stop: () => Promise<void>
}

export async function startPaintServer(): Promise<PaintServer> {
  const script = await bundlePage()
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  io.use((socket, next) => {
    socket.data.userId = 'ada'
    next()
  })
  const sync = new SyncServer({ io, rules, rooms: () => ['list:sync'] })
  const bare = io.of('/bare')
  bare.on('connection', (socket) => void socket.join('list:bridge'))

  const answer = createHTTPHandler({ router, basePath: '/trpc/' })
  http.on('request', (request, response) => {
    const { url = '' } = request
    if (url.startsWith('/trpc/')) answer(request, response)
    else if (url === '/page.js') {
      response.setHeader('content-type', 'text/javascript').end(script)
    } else if (!url.startsWith('/socket.io/')) {
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><body><script type="module" src="/page.js"></script>')
    }
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    send: {
      sync: (row) => void sync.broadcast('row:edited', row),
      bridge: (row) => void bare.to('list:bridge').emit('row:edited', row),
      subscription: (row) => void edits.emit('row', row),
    },
    async stop() {
      await sync.close()
      http.closeAllConnections()
      await io.close()
    },
  }
}

async function bundlePage(): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL('./page.tsx', import.meta.url)),
    platform: 'browser',
    logLevel: 'silent',
    resolve: { conditionNames: ['@iron-stack/source', 'import', 'browser', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  return output[0].code
}
