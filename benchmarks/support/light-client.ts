/**
 * A client that takes next to nothing, so that thousands fit into one process: a websocket, and of
 * Engine.IO and Socket.IO no more than it takes to be connected and to stay so.
 */

import { WebSocket } from 'ws'

export interface LightClientOptions {
  readonly port: number
  /** What the server asks for as `handshake.auth`. @default none */
  readonly auth?: unknown
  /** What the server finds in the handshake's query. @default none */
  readonly query?: Record<string, string>
  /** Each Socket.IO packet, as text: `42["event",data]`, say. */
  readonly onText?: (text: string) => void
}

export interface LightClient {
  /** What the server said when it let the client in. */
  readonly session: { readonly sid: string; readonly pid?: string }
  /** Sends one Socket.IO event. */
  readonly emit: (event: string, ...args: readonly unknown[]) => void
  /** Sends it, and resolves with what the server acknowledges it with. */
  readonly ask: (event: string, ...args: readonly unknown[]) => Promise<unknown>
  /** As a network that is gone: without a word. */
  readonly drop: () => void
}

/** Resolves when the main namespace has let it in. */
export function connectLight({
  port,
  auth,
  query = {},
  onText,
}: LightClientOptions): Promise<LightClient> {
  const asking = new URLSearchParams({ EIO: '4', transport: 'websocket', ...query })
  const url = `ws://127.0.0.1:${port}/socket.io/?${asking.toString()}`
  const socket = new WebSocket(url, { perMessageDeflate: false })
  const waiting = new Map<number, (answer: unknown) => void>()
  let asked = 0
  const client: Omit<LightClient, 'session'> = {
    emit: (...event) => socket.send(`42${JSON.stringify(event)}`),
    ask: (...event) =>
      new Promise((resolve) => {
        waiting.set(asked, resolve)
        socket.send(`42${asked++}${JSON.stringify(event)}`)
      }),
    drop: () => socket.terminate(),
  }
  /** An answer whose bytes are the next message. */
  let awaitsBytes: Acknowledged | undefined
  function acknowledge({ id, answer }: Acknowledged): void {
    waiting.get(id)?.(answer)
    waiting.delete(id)
  }

  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('message', (bytes, isBinary) => {
      // oxlint-disable-next-line typescript/no-base-to-string -- a Buffer, as `ws` makes them
      if (!isBinary) receive(bytes.toString())
      else if (awaitsBytes !== undefined) {
        const answer = withBytes(awaitsBytes.answer, bytes)
        acknowledge({ ...awaitsBytes, answer })
      }
    })

    function receive(text: string): void {
      if (text === '2') socket.send('3')
      else if (text.startsWith('0')) {
        socket.send(`40${auth === undefined ? '' : JSON.stringify(auth)}`)
      } else if (text.startsWith('40')) {
        resolve({ ...client, session: JSON.parse(text.slice(2)) as LightClient['session'] })
      } else if (text.startsWith('44')) reject(new Error(text))
      else if (text.startsWith('43')) acknowledge(parseAck(text.slice(2)))
      else if (text.startsWith('461-')) awaitsBytes = parseAck(text.slice(4))
      else onText?.(text)
    }
  })
}

interface Acknowledged {
  readonly id: number
  readonly answer: unknown
}

function parseAck(text: string): Acknowledged {
  const from = text.indexOf('[')
  const [answer] = JSON.parse(text.slice(from)) as unknown[]
  return { id: Number(text.slice(0, from)), answer }
}

/** An answer with its one placeholder filled. */
function withBytes(answer: unknown, bytes: unknown): unknown {
  return Object.fromEntries(
    Object.entries(answer as object).map(([name, value]: [string, unknown]) => {
      const isPlaceholder =
        typeof value === 'object' && value !== null && '_placeholder' in value
      return [name, isPlaceholder ? bytes : value]
    }),
  )
}
