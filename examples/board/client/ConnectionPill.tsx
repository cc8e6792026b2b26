/** Whether what is on the screen is live. */
import { useSync, type SyncStatus } from '@iron-stack/sync/client'

const WORDS: Record<SyncStatus, string> = {
  connecting: 'Connecting…',
  'catching-up': 'Catching up…',
  live: 'Live',
  offline: 'Offline',
}

export function ConnectionPill() {
  const { status } = useSync()
  return (
    <span role="status" aria-label="Connection" className="pill" data-live={status === 'live'}>
      {WORDS[status]}
    </span>
  )
}
