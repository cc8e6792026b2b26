/** Real Socket.IO servers and clients on a port of their own, closed when the test ends. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Server, type ServerOptions } from 'socket.io'
import { io as connectTo, type Socket } from 'socket.io-client'
import { onTestFinished } from 'vitest'

export interface TestServer {
  readonly io: Server
  /** Connects a client whose handshake names its user, and waits until it is connected. */
  readonly connect: (userId?: string, namespace?: string) => Promise<Socket>
}

/** A server whose middleware trusts the user named in the handshake: tests have no passwords. */
export async function startSocketServer(
  options: Partial<ServerOptions> = {},
): Promise<TestServer> {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], ...options })
  io.on('new_namespace', (namespace) => namespace.use(authenticate))
  io.use(authenticate)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  onTestFinished(async () => {
    await io.close()
  })

  return {
    io,
    async connect(userId, namespace = '/') {
      const socket = connectTo(`http://127.0.0.1:${port}${namespace}`, {
        transports: ['websocket'],
        forceNew: true,
        auth: { userId },
      })
      onTestFinished(() => {
        socket.disconnect()
      })
      await eventOf(socket, 'connect')
      return socket
    },
  }
}

type Middleware = Parameters<Server['use']>[0]

const authenticate: Middleware = (socket, next) => {
  socket.data.userId = socket.handshake.auth['userId']
  next()
}

/** The arguments of the next `event`. */
export function eventOf(socket: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    socket.once(event, (...args: unknown[]) => resolve(args))
  })
}
