/** Switches to see what happens: go offline and come back; in development, restart the server. */
import { useSync } from '@iron-stack/sync/client'

export function TryIt() {
  const { socket, status } = useSync()
  const isOffline = status === 'offline'
  return (
    <div className="try-it">
      <label>
        <input
          type="checkbox"
          role="switch"
          checked={isOffline}
          onChange={() => (isOffline ? socket?.connect() : socket?.disconnect())}
        />
        Offline
      </label>
      {import.meta.env.DEV && (
        <button type="button" onClick={() => void fetch('/restart', { method: 'POST' })}>
          Restart server
        </button>
      )}
    </div>
  )
}
