/** What the log's keys and channels are called (scripts/script.ts says what is in them). */

export interface Keys {
  readonly log: string
  readonly nodes: string
  /** Where nodes are told of events. */
  readonly channel: string
  /** Where a node is answered, and hears itself. */
  readonly channelOf: (node: string) => string
  readonly order: (epoch: string) => string
  readonly room: (epoch: string, room: string) => string
}

export function createKeys(prefix: string): Keys {
  // The braces put all of them in one slot of a Cluster.
  const tag = `{${prefix}}`
  return {
    log: `${tag}:log`,
    nodes: `${tag}:nodes`,
    channel: `${tag}:events`,
    channelOf: (node) => `${tag}:node:${node}`,
    order: (epoch) => `${tag}:${epoch}:order`,
    room: (epoch, room) => `${tag}:${epoch}:+${room}`,
  }
}
