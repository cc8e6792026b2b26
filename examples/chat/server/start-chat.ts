/**
 * The whole server on one port: tRPC under /trpc, Socket.IO under /socket.io, sign-in, and the
 * client's files.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { openDatabase } from './database.ts'
import { openLog } from './log.ts'
import { builtPages, developmentPages } from './pages.ts'
import { appRouter } from './router.ts'
import { isSameOrigin, readSession } from './session.ts'
import { signIn, signOut } from './sign-in.ts'
import { createSockets, restartSync } from './sockets.ts'

export interface ChatOptions {
  /**
   * The port to listen on; 0 picks a free one.
   * @default 0
   */
  port?: number
  /**
   * The address to listen on. Anybody who reaches it can sign in as anybody.
   * @default '127.0.0.1'
   */
  host?: string
  /**
   * Where the database is kept.
   * @default in memory
   */
  databaseDirectory?: string | undefined
  /**
   * The address of a Postgres server, for several nodes.
   * @default none: the database is in this process
   */
  databaseUrl?: string | undefined
  /**
   * The address of a Redis for the log of events.
   * @default none: the log is in the database, where that is a server; else in this process
   */
  redisUrl?: string | undefined
  /**
   * Serve the client from its sources, through Vite.
   * @default false: serve what `npm run build` has made
   */
  dev?: boolean
}

export interface Chat {
  url: string
  close: () => Promise<void>
}

export async function startChat(options: ChatOptions = {}): Promise<Chat> {
  const http = createServer()
  const pages = options.dev ? await developmentPages(http) : builtPages()
  const {
    db,
    pool,
    close: closeDatabase,
  } = await openDatabase({
    url: options.databaseUrl,
    directory: options.databaseDirectory,
  })
  const { log, close: closeLog } = await openLog(options.redisUrl, pool)
  let sync = createSockets({ http, db, log })

  const api = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    createContext: async ({ req }) => ({
      db,
      sync,
      viewer: (await readSession(db, req))?.viewer,
    }),
  })

  const routes: Record<string, RequestListener> = {
    'POST /sign-in': (request, response) => settle(signIn(db, request, response), response),
    'POST /sign-out': (request, response) =>
      settle(signOut({ db, sync }, request, response), response),
    ...(options.dev && {
      'POST /restart': (_, response) => {
        sync = restartSync(sync, { db, log })
        response.writeHead(204).end()
      },
    }),
  }

  http.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // Socket.IO listens beside us, and checks the origin for itself.
    if (request.url?.startsWith('/socket.io/')) return
    if (request.method !== 'GET' && !isSameOrigin(request)) response.writeHead(403).end()
    else if (request.url?.startsWith('/trpc/')) api(request, response)
    else (routes[`${request.method} ${request.url}`] ?? pages.serve)(request, response)
  })

  const port = await listen(http, options.port ?? 0, options.host ?? '127.0.0.1')

  return {
    url: `http://localhost:${port}`,
    close: async () => {
      await sync.close()
      await sync.getIO().close()
      await pages.close()
      await closeLog()
      await closeDatabase()
    },
  }
}

/** Answers for a handler that has failed, so that no request is left hanging. */
function settle(work: Promise<void>, response: ServerResponse): void {
  work.catch((error: unknown) => {
    console.error(error)
    if (!response.headersSent) response.writeHead(500)
    response.end()
  })
}

function listen(http: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      const address = http.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}
