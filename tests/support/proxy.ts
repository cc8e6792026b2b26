/**
 * What stands between a client and its server: a load balancer that sends new connections elsewhere,
 * or a client that stops reading, as a laptop does that sleeps. What the kernels in between do not
 * hold then stays with the server.
 */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export interface TestProxy {
  readonly port: number
  /** Connections from now on go to this port. */
  readonly route: (target: number) => void
  /** Reads nothing more of what servers send. */
  readonly stall: () => void
  readonly wake: () => void
}

export async function startProxy(port: number): Promise<TestProxy> {
  const upstreams = new Set<Socket>()
  let target = port
  let isStalled = false

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    upstreams.add(upstream)
    if (isStalled) upstream.pause()
    client.on('data', (data) => upstream.write(data))
    upstream.on('data', (data) => client.write(data))
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('end', () => other.end())
      one.on('close', () => {
        upstreams.delete(upstream)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const upstream of upstreams) upstream.destroy()
    server.close()
  })

  return {
    port: (server.address() as AddressInfo).port,
    route(port) {
      target = port
    },
    stall() {
      isStalled = true
      for (const upstream of upstreams) upstream.pause()
    },
    wake() {
      isStalled = false
      for (const upstream of upstreams) upstream.resume()
    },
  }
}
