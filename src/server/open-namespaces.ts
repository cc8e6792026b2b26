/**
 * Which namespaces have an open SyncServer. A second one would count its rooms' events in a log of its
 * own: clients would take one server's events for duplicates of the other's, and leave them out.
 */

import { SyncError } from '../errors.ts'
import type { AnyNamespace } from './io.ts'

const open = new WeakSet<AnyNamespace>()

/** @throws SyncError `namespace-taken` where another SyncServer is open. */
export function refuseSecond(namespace: AnyNamespace): void {
  if (!open.has(namespace)) return
  throw new SyncError({
    code: 'namespace-taken',
    problem: `The namespace "${namespace.name}" has a SyncServer that is open.`,
    remedy: 'Join the rules of both with mergeSyncRules(), or call close() on the other first.',
    subject: namespace.name,
  })
}

export function markOpen(namespace: AnyNamespace): void {
  open.add(namespace)
}

export function markClosed(namespace: AnyNamespace): void {
  open.delete(namespace)
}
