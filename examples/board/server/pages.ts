/**
 * The client's files: built ones from `dist/`, or, while developing, whatever Vite makes of the
 * sources at that moment.
 */
import { createReadStream, existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Pages {
  serve: RequestListener
  close: () => Promise<void>
}

const exampleDirectory = fileURLToPath(new URL('..', import.meta.url))
const builtDirectory = join(exampleDirectory, 'dist')

const contentTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

const securityHeaders = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
}

export function builtPages(): Pages {
  if (!existsSync(join(builtDirectory, 'index.html'))) {
    throw new Error('The client is not built. Run `npm run build` here first.')
  }
  return {
    serve: (request, response) => void serveFile(request, response),
    close: async () => {},
  }
}

export async function developmentPages(http: Server): Promise<Pages> {
  const { createServer } = await import('vite')
  const vite = await createServer({
    configFile: join(exampleDirectory, 'vite.config.ts'),
    server: { middlewareMode: true, hmr: { server: http } },
  })
  return { serve: vite.middlewares, close: () => vite.close() }
}

async function serveFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost')
  // A URL has no `..` left in it, and an encoded one is never decoded: this stays inside.
  const file = join(builtDirectory, pathname === '/' ? 'index.html' : pathname)
  const contentType = contentTypes[extname(file)]
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  )
  if (!isFile || !contentType) {
    response.writeHead(404).end()
    return
  }
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': contentType,
    // Built assets carry their hash in their name.
    'cache-control': pathname.startsWith('/assets/')
      ? 'max-age=31536000, immutable'
      : 'no-cache',
  })
  createReadStream(file).pipe(response)
}
