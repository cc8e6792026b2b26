/**
 * Tells each socket of its rooms, however it came into them: Socket.IO's adapter says who joins and
 * who leaves on this node, be it by us or by the application's own `socket.join`.
 *
 * A join is told after the fact: the head is read when the socket is in the room, so that what is
 * sent in between comes twice, and nothing is missed.
 */

import { HELLO, LIMITS, ROOMS, WIRE_VERSION, type Hello, type RoomNote } from '../control.ts'
import type { Clock } from '../clock.ts'
import { SyncError, type OnError } from '../errors.ts'
import type { EventLog } from './log/event-log.ts'
import { whenReady } from './maybe-promise.ts'
import { createNoteRetries } from './note-retries.ts'
import type { Session } from './sessions.ts'

export interface RoomNotesOptions {
  readonly log: EventLog
  readonly clock: Clock
  /** False of one that has left, or that nobody looks at any more. */
  readonly isMet: (session: Session) => boolean
  /** The user's own room; undefined for a session without a user. */
  readonly userRoomOf: (session: Session) => string | undefined
  /** Told of what is not sent at once. */
  readonly track: (work: Promise<unknown>) => void
  readonly onError: OnError
}

export interface RoomNotes {
  readonly joined: (session: Session, room: string) => void
  readonly left: (session: Session, room: string) => void
  readonly refused: (session: Session, rooms: readonly string[]) => void
  /** All that is joined on its own has been. */
  readonly settled: (session: Session) => void
  /** Hello, all rooms the socket is in, and whether it is settled, once more. */
  readonly tellAll: (session: Session) => void
  /** The room behind a handle that a socket was told; of others' rooms, it may be in or not. */
  readonly roomOf: (session: Session, handle: string) => string | undefined
  /** Nobody here is in the room any more. */
  readonly forget: (room: string) => void
  /** The socket is told nothing any more. */
  readonly stop: (session: Session) => void
}

type PendingNote = readonly ['joined' | 'left' | 'refused', room: string] | readonly ['settled']

/** How often clients of a shared log look whether a last event got lost. */
const PROBE_MS = 30_000

export function createRoomNotes(options: RoomNotesOptions): RoomNotes {
  const { log, userRoomOf, isMet, track, onError } = options
  const pending = new Map<Session, PendingNote[]>()
  const rooms = new Map<string, string>()
  const handles = new Map<string, string>()
  /** Notes of one socket are sent in order, also where heads take time. */
  let sending: Promise<unknown> | undefined
  const retries = createNoteRetries({ clock: options.clock, tellAll })

  function add(session: Session, note: PendingNote): void {
    if (pending.size === 0) queueMicrotask(flush)
    const notes = pending.get(session)
    if (notes === undefined) pending.set(session, [note])
    else notes.push(note)
  }

  function flush(): void {
    const all = [...pending]
    pending.clear()
    for (const [session, notes] of all) {
      if (sending === undefined) sendOrReport(session, notes)
      else {
        queue(
          session,
          sending.then(() => send(session, notes)),
        )
      }
    }
  }

  function sendOrReport(session: Session, notes: readonly PendingNote[]): void {
    try {
      const sent = send(session, notes)
      if (sent instanceof Promise) queue(session, sent)
      else retries.succeeded(session)
    } catch (cause) {
      fail(session, cause)
    }
  }

  function queue(session: Session, sent: Promise<void>): void {
    const done = sent
      .then(
        () => retries.succeeded(session),
        (cause: unknown) => fail(session, cause),
      )
      .then(() => {
        if (sending === done) sending = undefined
      })
    sending = done
    track(done)
  }

  function fail(session: Session, cause: unknown): void {
    if (isMet(session)) retries.failed(session)
    onError(notesFailed(cause))
  }

  function send(session: Session, added: readonly PendingNote[]): void | Promise<void> {
    const { socket } = session
    if (!socket.connected) return undefined
    // Of a room that it has left by now it hears no more than that: a join told after the record
    // that revokes the room would look like a later one.
    const notes = added.filter(([kind, room]) => kind !== 'joined' || socket.rooms.has(room))
    // What needs no head must not be lost where there is none to be had: nobody would say it again.
    if (notes.every(([kind]) => kind === 'refused')) {
      emit(socket, notes as readonly RoomNote[])
      return undefined
    }
    const names = notes.flatMap((note) => (note[0] === 'joined' ? note[1] : []))
    const userRoom = userRoomOf(session)
    if (userRoom !== undefined) names.push(userRoom)
    return whenReady(log.heads(names), (heads) => {
      const userHead = userRoom === undefined ? 0 : (heads.at(-1)?.head ?? 0)
      let position = 0
      const told = notes.map((note): RoomNote => {
        if (note[0] !== 'joined') return note as RoomNote
        const { handle = '', head = 0 } = heads[position++] ?? {}
        if (note[1] === userRoom) {
          // Nobody else's: it is remembered here, and forgotten with the socket.
          session.userHandle = handle
          return ['user', note[1], handle, head]
        }
        if (socket.rooms.has(note[1])) remember(note[1], handle)
        return ['joined', note[1], handle, head, userHead]
      })
      emit(socket, told)
    })
  }

  function remember(room: string, handle: string): void {
    if (handles.get(room) === handle) return
    forget(room)
    rooms.set(handle, room)
    handles.set(room, handle)
  }

  function forget(room: string): void {
    const handle = handles.get(room)
    if (handle === undefined) return
    handles.delete(room)
    rooms.delete(handle)
  }

  function hello({ socket }: Session): void {
    const said: Hello = {
      v: WIRE_VERSION,
      e: log.epoch,
      t: log.now(),
      f: 1,
      // Nodes that follow their log tell of its last event, too.
      ...(log.isShared && log.follow === undefined && { p: PROBE_MS }),
    }
    socket.emit(HELLO, said)
  }

  function tellAll(session: Session): void {
    hello(session)
    for (const room of session.socket.rooms) {
      if (room !== session.socket.id) add(session, ['joined', room])
    }
    if (session.isSettled) add(session, ['settled'])
  }

  function settled(session: Session): void {
    session.isSettled = true
    add(session, ['settled'])
  }

  return {
    settled,
    joined: (session, room) => add(session, ['joined', room]),
    left: (session, room) => add(session, ['left', room]),
    refused(session, refused) {
      for (const room of refused) add(session, ['refused', room])
    },

    tellAll,

    roomOf: (session, handle) =>
      handle === session.userHandle ? userRoomOf(session) : rooms.get(handle),

    forget,
    stop: retries.stop,
  }
}

function notesFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `A client could not be told of its rooms: ${String(cause)}.`,
    remedy: 'See `cause`: the log failed. The client is told again, until that succeeds.',
    subject: 'notes',
    cause,
  })
}

function emit(socket: Session['socket'], notes: readonly RoomNote[]): void {
  for (let from = 0; from < notes.length; from += LIMITS.notesPerMessage) {
    socket.emit(ROOMS, notes.slice(from, from + LIMITS.notesPerMessage))
  }
}
