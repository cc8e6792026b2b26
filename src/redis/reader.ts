/** Where rooms are, and what was appended to them. */

import { textAnswer } from '../server/log/text-answer.ts'
import type { EventLog, ReadRequest, RoomHead, RoomRead } from '../server/log/event-log.ts'
import type { Keys } from './keys.ts'
import { parseReplayed } from './records.ts'
import type { RoomBook } from './room-book.ts'
import { READ } from './scripts/read.ts'
import { HEADS } from './scripts/rooms.ts'
import { textsOf, type Session } from './session.ts'

export interface ReaderOptions {
  readonly session: Session
  readonly keys: Keys
  readonly rooms: RoomBook
  readonly roomTtlMs: number
  /** Rooms that turn out to be in another life. */
  readonly onLost: (rooms: readonly string[]) => void
}

export type Reader = Pick<EventLog, 'heads' | 'read'>

/** How many rooms one script looks at: Redis does nothing else meanwhile. */
const MOST_ROOMS = 500

export function createReader(options: ReaderOptions): Reader {
  const { session, keys, rooms, roomTtlMs, onLost } = options

  async function headsOf(names: readonly string[]): Promise<readonly RoomHead[]> {
    const { epoch, seq, rest } = await session.run({
      doing: 'look at rooms',
      script: HEADS,
      keys: (epoch) => names.map((room) => keys.room(epoch, room)),
      args: () => [String(roomTtlMs)],
    })
    // Its handles would be taken for those of the present one.
    if (epoch !== session.epoch) return headsOf(names)
    const texts = textsOf(rest)
    const heads = names.map((_, at) => ({
      handle: texts[at * 2] ?? '',
      head: Number(texts[at * 2 + 1]),
    }))
    const lost = names.filter((room, at) =>
      rooms.note({ room, handle: heads[at]?.handle ?? '', seq }),
    )
    if (lost.length > 0) onLost(lost)
    return heads
  }

  return {
    async heads(names) {
      const chunks: Promise<readonly RoomHead[]>[] = []
      for (let at = 0; at < names.length; at += MOST_ROOMS) {
        chunks.push(headsOf(names.slice(at, at + MOST_ROOMS)))
      }
      return (await Promise.all(chunks)).flat()
    },

    async read({ questions, maxEvents, maxBytes }: ReadRequest) {
      if (questions.length === 0) return { events: [], rooms: [] }
      const { rest } = await session.run({
        doing: 'read events',
        script: READ,
        keys: (epoch) => questions.map(({ room }) => keys.room(epoch, room)),
        args: () => [
          String(maxEvents),
          String(Math.min(maxBytes, Number.MAX_SAFE_INTEGER)),
          ...questions.flatMap(({ since, after }) => [String(since), String(after ?? '')]),
        ],
      })
      const [items, ...answers] = rest
      return textAnswer(
        textsOf(items).map(parseReplayed),
        questions.map((_, at) => roomRead(textsOf(answers[at]))),
      )
    },
  }
}

function roomRead(texts: readonly string[]): RoomRead {
  const [handle, head, isLost, through, completeSince] = texts
  if (handle === undefined) return UNKNOWN_ROOM
  return {
    handle,
    head: Number(head),
    isLost: isLost === '1',
    through: Number(through),
    completeSince: Number(completeSince),
  }
}

const UNKNOWN_ROOM: RoomRead = {
  handle: '',
  head: 0,
  isLost: true,
  through: 0,
  completeSince: Number.MAX_SAFE_INTEGER,
}
