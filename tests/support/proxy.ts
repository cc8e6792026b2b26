/**
 * A wire to a server that can stall, be cut, refuse, and lead elsewhere. What it holds back beyond what
 * the kernels take stays with who sends it.
 */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Proxy {
  readonly port: number
  /** Nothing goes through any more, either way, and nobody is told: a partition. */
  readonly stall: () => void
  /** What the server sends stays under way; what it is sent arrives. */
  readonly stallAnswers: () => void
  /** Ends all connections, and each new one, until `resume`: a server that is not there. */
  readonly refuse: () => void
  /** What was held goes through, and nothing is refused. */
  readonly resume: () => void
  /** Ends all connections; what was held is lost. */
  readonly cut: () => void
  /** New connections lead to another server. */
  readonly lead: (port: number) => void
}

interface Wire {
  readonly client: Socket
  readonly target: Socket
}

/** @param host - @default this machine */
export async function startProxy(port: number, host = '127.0.0.1'): Promise<Proxy> {
  const wires = new Set<Wire>()
  let targetPort = port
  let holdsQuestions = false
  let holdsAnswers = false
  let refuses = false

  const server = createServer((client) => {
    if (refuses) {
      client.destroy()
      return
    }
    const target = connect(targetPort, host)
    const wire = { client, target }
    wires.add(wire)
    hold(wire)
    client.on('data', (chunk) => target.write(chunk))
    target.on('data', (chunk) => client.write(chunk))
    const end = () => {
      wires.delete(wire)
      client.destroy()
      target.destroy()
    }
    for (const socket of [client, target]) socket.on('close', end).on('error', end)
  })

  function hold({ client, target }: Wire): void {
    if (holdsQuestions) client.pause()
    else client.resume()
    if (holdsAnswers) target.pause()
    else target.resume()
  }

  function change(questions: boolean, answers: boolean): void {
    holdsQuestions = questions
    holdsAnswers = answers
    for (const wire of wires) hold(wire)
  }

  function cut(): void {
    for (const { client, target } of wires) {
      client.destroy()
      target.destroy()
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    cut()
  })
  return {
    port: (server.address() as AddressInfo).port,
    stall: () => change(true, true),
    stallAnswers: () => change(false, true),
    cut,
    refuse() {
      refuses = true
      cut()
    },
    resume() {
      refuses = false
      change(false, false)
    },
    lead(port) {
      targetPort = port
    },
  }
}
