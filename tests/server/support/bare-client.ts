/** A client that knows nothing of the protocol but its messages, and writes down all it hears. */

import type { AddressInfo } from 'node:net'
import { io as connectTo, type Socket } from 'socket.io-client'
import { expect, onTestFinished } from 'vitest'
import {
  HELLO,
  PROBE,
  PULL,
  ROOMS,
  type Hello,
  type PullAnswer,
  type PullQuestion,
  type RoomNote,
} from '../../../src/control.ts'
import { until } from '../../support/until.ts'
import type { TestServer } from '../../support/socket-io.ts'

export interface BareClient {
  readonly socket: Socket
  /** Everything that has arrived: event, then its arguments. */
  readonly heard: readonly (readonly unknown[])[]
  readonly of: (event: string) => readonly (readonly unknown[])[]
  readonly hellos: () => readonly Hello[]
  readonly notes: () => readonly RoomNote[]
  /** The latest note that the socket is in this room. */
  readonly joined: (room: string) => Promise<{ handle: string; head: number; userHead: number }>
  readonly settled: () => Promise<void>
  readonly ask: (event: string, ...args: unknown[]) => Promise<unknown>
  /** Asks in the epoch and the time of the last hello. */
  readonly pull: (...questions: PullQuestion[]) => Promise<PullAnswer>
  readonly probe: () => Promise<unknown>
  /** Waits until all that was sent so far has arrived. */
  readonly flush: () => Promise<void>
}

export async function startBareClient(
  { io }: Pick<TestServer, 'io'>,
  userId: string,
): Promise<BareClient> {
  const { port } = io.httpServer.address() as AddressInfo
  const socket = connectTo(`http://127.0.0.1:${port}/`, {
    transports: ['websocket'],
    forceNew: true,
    auth: { userId },
  })
  onTestFinished(() => {
    socket.disconnect()
  })
  const heard: unknown[][] = []
  socket.onAny((event: string, ...args: unknown[]) => heard.push([event, ...args]))

  const of = (event: string) => heard.filter(([name]) => name === event)
  const hellos = () => of(HELLO).map(([, hello]) => hello as Hello)
  const notes = () => of(ROOMS).flatMap(([, list]) => list as RoomNote[])
  const ask = (event: string, ...args: unknown[]) =>
    socket.timeout(2000).emitWithAck(event, ...args) as Promise<unknown>

  const client: BareClient = {
    socket,
    heard,
    of,
    hellos,
    notes,
    ask,

    async joined(room) {
      const find = () =>
        notes().findLast(([kind, name]) => ['joined', 'user'].includes(kind) && name === room)
      await until(() => expect(find(), `joined ${room}`).toBeDefined())
      const [, , handle = '', head = -1, userHead = -1] = find() as Partial<
        Extract<RoomNote, readonly ['joined', ...unknown[]]>
      >
      return { handle, head, userHead }
    },

    async settled() {
      await until(() => expect(notes()).toContainEqual(['settled']))
    },

    async pull(...q) {
      const { e, t } = hellos().at(-1) ?? { e: '', t: 0 }
      return (await ask(PULL, { e, t, q })) as PullAnswer
    },

    probe: () => ask(PROBE),

    // Packets arrive in order, also those that answer.
    async flush() {
      await ask(PROBE)
    },
  }
  await until(() => expect(hellos()).toHaveLength(1))
  return client
}
