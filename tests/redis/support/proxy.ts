/** A wire to Redis that can stall, be cut, and lead elsewhere. */

import { startProxy as startWire, type Proxy as Wire } from '../../support/proxy.ts'

export interface Proxy extends Wire {
  readonly url: string
}

export async function startProxy(port: number): Promise<Proxy> {
  const wire = await startWire(port)
  return { ...wire, url: `redis://127.0.0.1:${wire.port}` }
}
