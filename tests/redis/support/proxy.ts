/** A wire to Redis that can stall, be cut, and lead elsewhere. */

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface Proxy {
  readonly url: string
  /** Nothing goes through any more, either way, and nobody is told: a partition. */
  readonly stall: () => void
  /** What Redis answers stays under way; what it is asked arrives. */
  readonly stallAnswers: () => void
  /** What was held goes through. */
  readonly resume: () => void
  /** Ends all connections; what was held is lost. */
  readonly cut: () => void
  /** New connections lead to another Redis. */
  readonly lead: (port: number) => void
}

interface Wire {
  readonly client: Socket
  readonly redis: Socket
}

export async function startProxy(port: number): Promise<Proxy> {
  const wires = new Set<Wire>()
  let target = port
  let holdsQuestions = false
  let holdsAnswers = false

  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    const wire = { client, redis }
    wires.add(wire)
    hold(wire)
    client.on('data', (chunk) => redis.write(chunk))
    redis.on('data', (chunk) => client.write(chunk))
    const end = () => {
      wires.delete(wire)
      client.destroy()
      redis.destroy()
    }
    for (const socket of [client, redis]) socket.on('close', end).on('error', end)
  })

  function hold({ client, redis }: Wire): void {
    if (holdsQuestions) client.pause()
    else client.resume()
    if (holdsAnswers) redis.pause()
    else redis.resume()
  }

  function change(questions: boolean, answers: boolean): void {
    holdsQuestions = questions
    holdsAnswers = answers
    for (const wire of wires) hold(wire)
  }

  function cut(): void {
    for (const { client, redis } of wires) {
      client.destroy()
      redis.destroy()
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    cut()
  })
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall: () => change(true, true),
    stallAnswers: () => change(false, true),
    resume: () => change(false, false),
    cut,
    lead(port) {
      target = port
    },
  }
}
