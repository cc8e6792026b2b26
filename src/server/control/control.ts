/**
 * What clients ask of the server: rooms, events they missed, whether anybody is there. All of it is
 * foreign input: it is parsed, bounded and authorised, and never thrown into the socket.
 */

import {
  HELLO,
  JOIN,
  LEAVE,
  PROBE,
  PULL,
  UNPACK,
  type Busy,
  type ProbeAnswer,
} from '../../control.ts'
import type { Clock } from '../../clock.ts'
import { SyncError, type OnError } from '../../errors.ts'
import type { Absences } from '../absences.ts'
import type { Delivery } from '../delivery.ts'
import type { Grant, Grants } from '../grants.ts'
import type { AnySocket } from '../io.ts'
import type { EventLog } from '../log/event-log.ts'
import type { Membership } from '../membership.ts'
import type { Metrics } from '../metrics.ts'
import { whenReady } from '../maybe-promise.ts'
import type { RoomNotes } from '../room-notes.ts'
import type { Session } from '../sessions.ts'
import { answerPull, type Pulled } from './answer-pull.ts'
import { spend } from './budget.ts'
import { parseAck, parsePull, parseRoomNames } from './parse.ts'

export interface ControlOptions extends Pick<Delivery, 'setUnpacking'> {
  /** Undefined for a socket that is looked at no more. */
  readonly sessionOf: (socket: AnySocket) => Session | undefined
  readonly clock: Pick<Clock, 'now'>
  readonly log: EventLog
  readonly notes: RoomNotes
  readonly membership: Membership
  readonly grants: Grants
  readonly absences: Absences
  readonly maxRoomsPerSocket: number
  readonly metrics: Metrics | undefined
  /** Told of what is not answered at once. */
  readonly track: (work: Promise<unknown>) => void
  readonly onError: OnError
}

/** How long a client that asks too much is to wait. */
const BUSY: Busy = { busy: 1000 }
/** How long it is to wait for the answer it is still to get. */
const PULLING: Busy = { busy: 200 }

/** What a message takes out of a socket's budget, which grows by 100 a second. */
const COST: Record<string, number> = {
  [HELLO]: 20,
  [JOIN]: 2,
  [LEAVE]: 1,
  [PULL]: 4,
  [PROBE]: 2,
  // A client that says it unpacks no more must be heard.
  [UNPACK]: 0,
}

export interface Control {
  /** Answers a socket's control messages from now on. */
  readonly serve: (socket: AnySocket) => void
  readonly stop: (socket: AnySocket) => void
}

type Handle = (session: Session, args: readonly unknown[]) => void | Promise<void>

/**
 * One listener for all messages, which all sockets have in common: a thousand idle sockets are not to
 * hold functions of their own, nor a list of names each.
 */
export function createControl(options: ControlOptions): Control {
  const { clock, sessionOf, metrics, track } = options
  const report = (cause: unknown) => options.onError(controlFailed(cause))
  const handlers = new Map<unknown, Handle>([
    [HELLO, (session) => options.notes.tellAll(session)],
    [JOIN, (session, [names]) => join(session, names, options)],
    [LEAVE, (session, [names]) => leave(session, names)],
    [
      PULL,
      (session, [request, ack]) => pull(session, { request, ack: parseAck(ack) }, options),
    ],
    [PROBE, (session, [ack]) => probe(session, parseAck(ack), options)],
    [
      UNPACK,
      ({ socket }, [value, ack]) => {
        options.setUnpacking(socket.id, value === 1)
        parseAck(ack)(value)
      },
    ],
  ])

  /** Socket.IO calls it on the socket that has received the message. */
  function listener(this: AnySocket, event: string, ...args: unknown[]): void {
    const handle = handlers.get(event)
    const session = handle && sessionOf(this)
    if (handle === undefined || session === undefined) return
    if (!spend(session, COST[event] ?? 1, clock.now())) {
      metrics?.refusedBusy()
      parseAck(args.at(-1))(BUSY)
      return
    }
    try {
      const handling = handle(session, args)?.catch(report)
      // Who asks for rooms is let in no more once the server closes.
      if (handling !== undefined && event !== JOIN) track(handling)
    } catch (cause) {
      report(cause)
    }
  }

  return {
    serve: (socket) => void socket.onAny(listener),
    stop: (socket) => void socket.offAny(listener),
  }
}

function join(
  session: Session,
  value: unknown,
  { notes, membership, maxRoomsPerSocket, metrics }: ControlOptions,
): void | Promise<void> {
  const { socket, userId } = session
  const refuse = (rooms: readonly string[]) => {
    if (rooms.length > 0) metrics?.refusedRooms(rooms.length)
    notes.refused(session, rooms)
  }
  const names = parseRoomNames(value) ?? []
  const isIn = (name: string) => socket.rooms.has(name) && name !== socket.id
  for (const name of names) if (isIn(name)) notes.joined(session, name)
  const asked = (session.asked ??= new Set())
  // What it waits for already is answered once.
  const wanted = names.filter((name) => !isIn(name) && !asked.has(name))
  if (wanted.length === 0) return undefined
  const space = userId === undefined ? 0 : maxRoomsPerSocket - asked.size
  const fitting = wanted.slice(0, Math.max(0, space))
  refuse(wanted.slice(fitting.length))
  if (userId === undefined || fitting.length === 0) return undefined
  // Counted before the answer: asking faster than that gets nobody more rooms.
  for (const name of fitting) asked.add(name)
  return membership.ask(socket, userId, fitting).then((joined) => {
    // It has said meanwhile that it does not want them any more.
    for (const name of joined) if (!asked.has(name)) void socket.leave(name)
    const refused = without(fitting, joined)
    for (const name of refused) asked.delete(name)
    refuse(refused)
  })
}

function without(names: readonly string[], others: readonly string[]): string[] {
  const left = new Set(others)
  return names.filter((name) => !left.has(name))
}

function leave({ socket, asked }: Session, value: unknown): void {
  for (const name of parseRoomNames(value) ?? []) {
    if (asked?.delete(name)) void socket.leave(name)
  }
}

interface Pull {
  readonly request: unknown
  readonly ack: (answer: unknown) => void
}

function pull(
  session: Session,
  { request: value, ack }: Pull,
  { log, notes, grants, absences, metrics }: ControlOptions,
): void | Promise<void> {
  const request = parsePull(value)
  const { socket, userId } = session
  if (request === undefined) return undefined
  if (session.isPulling) {
    metrics?.refusedBusy()
    ack(PULLING)
    return undefined
  }
  // One that it comes into meanwhile is none of them: nobody has looked since when it may see that.
  const asked = new Map<string, string>()
  for (const [handle] of request.q) {
    const room = notes.roomOf(session, handle)
    if (room !== undefined && socket.rooms.has(room)) asked.set(handle, room)
  }
  const roomOf = (handle: string) => {
    const room = asked.get(handle)
    return room !== undefined && socket.rooms.has(room) ? room : undefined
  }
  const grantOf = (room: string) => (userId === undefined ? undefined : grants.of(userId, room))
  const counted = new Map<string, Grant | 'out' | undefined>()
  const countedGrantOf = (room: string) => {
    const grant = grantOf(room)
    counted.set(room, grant)
    return grant
  }
  const answer = () => answerPull({ log, request, roomOf, grantOf: countedGrantOf })
  const reply = ({ answer, events }: Pulled) => {
    metrics?.pulled(answer.r, events)
    ack(answer)
  }
  const recalled =
    userId === undefined ? undefined : absences.recall(userId, [...asked.values()])
  const answered = recalled === undefined ? answer() : recalled.then(answer)
  if (!(answered instanceof Promise)) {
    reply(answered)
    return undefined
  }
  session.isPulling = true
  const mayStill = ([room, grant]: readonly [string, Grant | 'out' | undefined]) =>
    socket.rooms.has(room) && grantOf(room) === grant
  return answered
    .then((pulled) => {
      // It was thrown out of a room while the log was read: what was sent since may be in the answer.
      if ([...counted].every(mayStill)) reply(pulled)
      else ack(PULLING)
    })
    .finally(() => {
      session.isPulling = false
    })
}

function probe(
  { socket }: Session,
  ack: (answer: unknown) => void,
  { log }: ControlOptions,
): void | Promise<void> {
  const rooms = [...socket.rooms].filter((room) => room !== socket.id)
  return whenReady(log.heads(rooms), (heads) => {
    const sum = heads.reduce((total, { head }) => total + head, 0)
    const answer: ProbeAnswer = { e: log.epoch, n: rooms.length, s: sum }
    ack(answer)
  })
}

function controlFailed(cause: unknown): SyncError {
  return new SyncError({
    code: 'delivery-failed',
    problem: `A client's message could not be answered: ${String(cause)}.`,
    remedy: 'See `cause`; the log may have lost its connection. The client asks again.',
    subject: 'control',
    cause,
  })
}
