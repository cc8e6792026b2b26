/** Names that Socket.IO keeps for itself: it throws when one of these is emitted. */

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
