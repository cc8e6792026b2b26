/**
 * Switches Socket.IO's own connection state recovery off.
 *
 * It puts a socket back into the rooms it was in, whatever happened meanwhile, and sends it what was
 * sent there: also to somebody who was thrown out. It also loses, repeats and reorders events.
 */

import { SyncError, type OnError } from '../errors.ts'
import { belowRecovery } from './adapter-kind.ts'
import type { AnyNamespace } from './io.ts'

/** What an adapter has for it. */
interface RecoveringAdapter {
  restoreSession?: (id: string, offset: string) => Promise<null>
  persistSession?: (session: unknown) => void
  broadcast?: unknown
}

export function disableRecovery(namespace: AnyNamespace, onError: OnError): void {
  if (!isRecoveryOn(namespace)) return
  // Typed as Socket.IO's, where a session is never null.
  const adapter = namespace.adapter as unknown as RecoveringAdapter
  adapter.restoreSession = () => Promise.resolve(null)
  adapter.persistSession = () => {}
  const base: RecoveringAdapter | undefined = belowRecovery(adapter)
  // Its own `broadcast` keeps every packet, and adds a string to each.
  if (base !== undefined) adapter.broadcast = base.broadcast
  onError(
    new SyncError({
      code: 'recovery-disabled',
      problem:
        "Socket.IO's connectionStateRecovery is on; SyncServer has switched it off here.",
      remedy: 'Leave the option out: clients resume from the log of their rooms.',
    }),
  )
}

function isRecoveryOn(namespace: AnyNamespace): boolean {
  // Private, and the only place that says so; a namespace in a test may have no server.
  const { server } = namespace as unknown as {
    server?: { opts?: { connectionStateRecovery?: unknown } }
  }
  return Boolean(server?.opts?.connectionStateRecovery)
}
