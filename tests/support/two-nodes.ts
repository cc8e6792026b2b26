/**
 * Two Socket.IO nodes in one process, joined by an adapter as a cluster is by Redis.
 *
 * The adapter is Socket.IO's own `ClusterAdapter`; only the wire between the nodes is local.
 * Messages cross it as JSON, later than the call: nothing is shared by reference.
 */

import { EventEmitter } from 'node:events'
import type { Namespace } from 'socket.io'
import { ClusterAdapter, type ClusterMessage, type ClusterResponse } from 'socket.io-adapter'
import { startSocketServer, type TestServer } from './socket-io.ts'

export async function startTwoNodes(): Promise<[TestServer, TestServer]> {
  const bus = new EventEmitter()
  // Socket.IO constructs the adapter of each namespace itself.
  class LocalClusterAdapter extends ClusterAdapter {
    constructor(namespace: Namespace) {
      super(namespace)
      bus.on('message', (json: string) => {
        const message = JSON.parse(json) as ClusterMessage
        if (message.nsp === this.nsp.name) this.onMessage(message)
      })
      bus.on(`response ${this.uid}`, (json: string) => {
        this.onResponse(JSON.parse(json) as ClusterResponse)
      })
    }

    async doPublish(message: ClusterMessage): Promise<string> {
      setImmediate(() => bus.emit('message', JSON.stringify(message)))
      return ''
    }

    async doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
      setImmediate(() => bus.emit(`response ${requester}`, JSON.stringify(response)))
    }

    override async serverCount(): Promise<number> {
      return 2
    }
  }
  return [
    await startSocketServer({ adapter: LocalClusterAdapter }),
    await startSocketServer({ adapter: LocalClusterAdapter }),
  ]
}
