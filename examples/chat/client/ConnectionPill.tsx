/** Whether what is on the screen is live. */
import { useSync } from '@iron-stack/sync/client'
import { useState } from 'react'

export function ConnectionPill() {
  const { connected } = useSync()
  const [wasConnected, setWasConnected] = useState(connected)
  if (connected && !wasConnected) setWasConnected(true)
  const lost = wasConnected ? 'Reconnecting…' : 'Connecting…'
  return (
    <span role="status" aria-label="Connection" className="pill" data-live={connected}>
      {connected ? 'Live' : lost}
    </span>
  )
}
