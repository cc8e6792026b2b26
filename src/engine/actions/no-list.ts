/** The report for an updater of lists that was given something else. */

import { SyncError } from '../../errors.ts'
import { describeTarget } from '../../rules.ts'
import type { CompiledAction } from './compiled-action.ts'

export function noList({ event, action }: CompiledAction): SyncError {
  const target = describeTarget(action)
  return new SyncError({
    code: 'no-list',
    problem: `Sync rule "${event}": the \`updater\` for ${target} found no list of rows in the query's data.`,
    remedy:
      'Its query is refetched instead. Rows in another field than `items` have to be told: ' +
      "`updateItem({ items: 'messages' })`.",
    subject: `${event} ${target}`,
  })
}
