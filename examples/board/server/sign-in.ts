/**
 * Signing in and out: two plain form posts, each answered by a redirect to a fresh page. A new
 * person thus never meets the cache or the socket of the last one. There are no passwords: this
 * is an example.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SyncServer } from '@iron-stack/sync/server'
import type { BoardEvents } from '../shared/types.ts'
import type { Database } from './database.ts'
import { endSession, readSession, startSession } from './session.ts'
import { closeSessionSockets } from './sockets.ts'

const MAX_FORM_BYTES = 1024

export async function signIn(
  db: Database,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = await readForm(request)
  const cookie = await startSession(db, form?.get('personId') ?? '')
  if (cookie) redirectHome(response, cookie)
  else response.writeHead(400).end('No such person.')
}

export async function signOut(
  { db, sync }: { db: Database; sync: SyncServer<BoardEvents> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const session = await readSession(db, request)
  if (!session) return redirectHome(response)
  const cookie = await endSession(db, session.id)
  closeSessionSockets(sync, session.id)
  redirectHome(response, cookie)
}

function redirectHome(response: ServerResponse, cookie?: string): void {
  response.writeHead(303, { location: '/', ...(cookie && { 'set-cookie': cookie }) }).end()
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > MAX_FORM_BYTES) return undefined
  }
  return new URLSearchParams(body)
}
