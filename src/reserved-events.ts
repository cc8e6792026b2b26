/** Names of events that no application has. */

/** The prefix of this library's own messages. */
export const RESERVED_PREFIX = 'sync:'

/** Socket.IO throws when one of these is emitted. */
const SOCKET_IO_EVENTS = [
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
]

export function isSocketIoEvent(event: string): boolean {
  return SOCKET_IO_EVENTS.includes(event)
}
