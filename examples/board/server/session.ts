/**
 * Who is asking. A session is a random id in an HttpOnly cookie; whose it is stands in the
 * database. tRPC's context and the socket's middleware both read it here, so no user id is ever
 * taken from the client.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { eq, getTableColumns } from 'drizzle-orm'
import type { Database } from './database.ts'
import { people, sessions } from './schema.ts'
import type { Person } from './schema.ts'

const COOKIE = 'board_session'
const COOKIE_FLAGS = 'Path=/; HttpOnly; SameSite=Lax'
const MAX_AGE_SECONDS = 30 * 24 * 60 * 60

export interface Session {
  id: string
  viewer: Person
}

/** Signs a person in. Resolves to the cookie to set, or to nothing if there is no such person. */
export async function startSession(
  db: Database,
  personId: string,
): Promise<string | undefined> {
  const [person] = await db.select().from(people).where(eq(people.id, personId))
  if (!person) return undefined
  const id = randomBytes(24).toString('base64url')
  await db.insert(sessions).values({ id, personId })
  return `${COOKIE}=${id}; ${COOKIE_FLAGS}; Max-Age=${MAX_AGE_SECONDS}`
}

/** Ends a session. Resolves to the cookie that makes the browser forget it. */
export async function endSession(db: Database, id: string): Promise<string> {
  await db.delete(sessions).where(eq(sessions.id, id))
  return `${COOKIE}=; ${COOKIE_FLAGS}; Max-Age=0`
}

export async function readSession(
  db: Database,
  request: IncomingMessage,
): Promise<Session | undefined> {
  const id = readCookie(request.headers.cookie ?? '')
  if (id === undefined) return undefined
  const [viewer] = await db
    .select(getTableColumns(people))
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .where(eq(sessions.id, id))
  return viewer && { id, viewer }
}

/**
 * Whether a request comes from a page of our own. A browser sends `Origin` with every request
 * that another site could forge; one without it is not a browser's, or only reads.
 */
export function isSameOrigin({ headers }: IncomingMessage): boolean {
  if (headers.origin === undefined) return true
  return URL.canParse(headers.origin) && new URL(headers.origin).host === headers.host
}

function readCookie(header: string): string | undefined {
  for (const pair of header.split(';')) {
    const [name, value] = pair.trim().split('=')
    if (name === COOKIE && value) return value
  }
  return undefined
}
