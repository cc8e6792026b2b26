/** A node of a log: its end, and what it was told. */

import type { SyncError } from '@iron-stack/sync'
import type { EventLog } from '@iron-stack/sync/server'
import { openLog, type OpenOptions } from './clients.ts'

export interface TestNode {
  readonly log: EventLog
  /** The data of the events that it was told of. */
  readonly told: unknown[]
  /** What was renewed: the rooms, or `all`. */
  readonly renewed: string[]
  /** How often everybody was to connect again. */
  readonly lapses: () => number
  readonly errors: SyncError[]
  readonly append: (room: string | readonly string[], data: unknown) => Promise<Place>
  /** The data of all events of a room after an offset; `lost`, where they are. */
  readonly since: (room: string, offset: number) => Promise<readonly unknown[] | 'lost'>
  readonly codes: () => string[]
}

interface Place {
  readonly id: string
  readonly offset: number
  readonly handle: string
}

export interface NodeOptions extends OpenOptions {
  /** @default every room */
  readonly hasMembers?: ((room: string) => boolean) | undefined
}

/** A node that hears what is appended from now on. */
export async function startNode({ hasMembers, ...options }: NodeOptions): Promise<TestNode> {
  const log = await openLog(options)
  const node = followed(log, hasMembers)
  await log.barrier?.()
  return node
}

export function followed(
  log: EventLog,
  hasMembers: (room: string) => boolean = () => true,
): TestNode {
  const told: unknown[] = []
  const renewed: string[] = []
  const errors: SyncError[] = []
  let lapses = 0
  log.keep(hasMembers)
  log.follow?.({
    deliver: (events) => told.push(...events.map(({ data }) => data)),
    renew: (rooms) => renewed.push(...(rooms ?? ['all'])),
    lapse: () => lapses++,
    onError: (error) => errors.push(error),
  })
  return {
    log,
    told,
    renewed,
    errors,

    async append(room, data) {
      const rooms = typeof room === 'string' ? [room] : room
      const [appended] = await log.append([{ rooms, event: 'said', data }])
      const [handle = '', offset = 0] = appended?.places[0] ?? []
      return { id: appended?.id ?? '', handle, offset }
    },

    async since(room, offset) {
      const answer = await log.read({
        questions: [{ room, since: offset }],
        maxEvents: 1000,
        maxBytes: 1024 * 1024,
      })
      return answer.rooms[0]?.isLost === true ? 'lost' : answer.events.map(([, data]) => data)
    },

    lapses: () => lapses,
    codes: () => errors.map(({ code }) => code),
  }
}

/** The numbers from 1 on. */
export const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => at + 1)
