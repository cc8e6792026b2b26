/** What the log's keys and channels are called (scripts/script.ts says what is in them). */

export interface Keys {
  readonly log: string
  readonly nodes: string
  /** Where nodes are told of events. */
  readonly channel: string
  /** Where a process is answered, and hears itself; its tag tells it from all others. */
  readonly channelOf: (tag: string) => string
  readonly order: (epoch: string) => string
  readonly room: (epoch: string, room: string) => string
}

export function createKeys(prefix: string): Keys {
  // The braces put all of them in one slot of a Cluster.
  const slot = `{${prefix}}`
  return {
    log: `${slot}:log`,
    nodes: `${slot}:nodes`,
    channel: `${slot}:events`,
    channelOf: (tag) => `${slot}:node:${tag}`,
    order: (epoch) => `${slot}:${epoch}:order`,
    room: (epoch, room) => `${slot}:${epoch}:+${room}`,
  }
}
