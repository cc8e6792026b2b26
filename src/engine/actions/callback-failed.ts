/** The report for a rule's function that threw. */

import { SyncError } from '../../errors.ts'
import { describeTarget } from '../../rules.ts'
import type { CompiledAction } from './compiled-action.ts'

export function callbackFailed(
  { event, action }: CompiledAction,
  step: 'match' | 'updater',
  cause: unknown,
): SyncError {
  const target = describeTarget(action)
  return new SyncError({
    code: step === 'match' ? 'match-failed' : 'updater-failed',
    problem: `Sync rule "${event}": the \`${step}\` for ${target} threw ${String(cause)}.`,
    remedy: 'Its query is refetched instead. See `cause` for the place.',
    subject: `${event} ${target}`,
    cause,
  })
}
