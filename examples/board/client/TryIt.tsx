/** A switch to see what happens: go offline, miss a few things, and come back. */
import { useSync } from '@iron-stack/sync/client'

export function TryIt() {
  const { socket, status } = useSync()
  const isOffline = status === 'offline'
  return (
    <label className="try-it">
      <input
        type="checkbox"
        role="switch"
        checked={isOffline}
        onChange={() => (isOffline ? socket?.connect() : socket?.disconnect())}
      />
      Offline
    </label>
  )
}
