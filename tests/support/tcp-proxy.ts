/** Stands between a client and a server, and can fail: as a network does, or a server that is restarted. */

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Target {
  readonly host: string
  readonly port: number
}

export interface TcpProxy {
  readonly port: number
  /** Ends all connections, and refuses new ones, until `mend`. */
  readonly cut: () => void
  /** Lets nothing through, and ends nothing, until `mend`. */
  readonly stall: () => void
  readonly mend: () => void
  /** Ends all connections, and leads new ones elsewhere. */
  readonly redirect: (target: Target) => void
  readonly close: () => Promise<void>
}

export async function startProxy(first: Target): Promise<TcpProxy> {
  let target = first
  const pairs = new Set<readonly [Socket, Socket]>()
  let state: 'up' | 'cut' | 'stalled' = 'up'

  function drop(pair: readonly [Socket, Socket]): void {
    pairs.delete(pair)
    for (const socket of pair) socket.destroy()
  }

  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy()
      return
    }
    const upstream = connect(target)
    const pair = [client, upstream] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => drop(pair))
      socket.on('close', () => drop(pair))
    }
    client.pipe(upstream)
    upstream.pipe(client)
    if (state === 'stalled') hold(pair)
  })

  function hold([client, upstream]: readonly [Socket, Socket]): void {
    client.unpipe(upstream)
    upstream.unpipe(client)
    client.pause()
    upstream.pause()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,

    cut() {
      state = 'cut'
      for (const pair of pairs) drop(pair)
    },

    stall() {
      state = 'stalled'
      for (const pair of pairs) hold(pair)
    },

    mend() {
      if (state === 'stalled') {
        for (const [client, upstream] of pairs) {
          client.pipe(upstream)
          upstream.pipe(client)
        }
      }
      state = 'up'
    },

    redirect(other) {
      target = other
      for (const pair of pairs) drop(pair)
    },

    async close() {
      for (const pair of pairs) drop(pair)
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
