/**
 * Finds closures that are not replay-stable, in development, before production does.
 *
 * An event may be put over a response that knows it already. An updater that adds one more each
 * time (`unread + 1`, a row without a look for its id) is then wrong; running it twice shows it.
 */

import { createListMemory } from '../../application.ts'
import { isEqual } from '../../equal.ts'
import { SyncError } from '../../errors.ts'
import { describeTarget } from '../../rules.ts'
import type { CompiledAction } from './compiled-action.ts'
import { runUpdater, type UpdaterResult, type UpdaterRun } from './run-updater.ts'

const checked = new WeakSet<CompiledAction>()

/** Runs a closure once more on its own result, at its first change. Keyed updaters are stable. */
export function checkStability(run: UpdaterRun, result: UpdaterResult): void {
  const { compiled } = run
  if (result.isKeyed || process.env['NODE_ENV'] === 'production' || checked.has(compiled))
    return
  checked.add(compiled)
  const twice = runUpdater({ ...run, old: result.data, mode: { memory: createListMemory() } })
  if (!isEqual(twice.data, result.data)) compiled.onError(unstable(compiled))
}

function unstable({ event, action }: CompiledAction): SyncError {
  const target = describeTarget(action)
  return new SyncError({
    code: 'unstable-updater',
    problem: `Sync rule "${event}": the \`updater\` for ${target} changes more when it runs twice.`,
    remedy:
      'A response may know the event already: look for the row first (see upsertItem), keep a ' +
      'version beside a counter, or add an `invalidate` for the same query.',
    subject: `${event} ${target}`,
  })
}
