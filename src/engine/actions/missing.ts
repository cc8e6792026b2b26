/** The reports for an updater of lists that did not find what it needs. */

import type { Application } from '../../application.ts'
import { SyncError } from '../../errors.ts'
import { describeTarget } from '../../rules.ts'
import type { CompiledAction } from './compiled-action.ts'

type Missing = NonNullable<Application['missing']>

const REPORTS: Readonly<Record<Missing, { readonly found: string; readonly remedy: string }>> =
  {
    list: {
      found: "found no list of rows in the query's data.",
      remedy:
        'Its query is refetched instead. Rows in another field than `items` have to be told: ' +
        "`updateItem({ items: 'messages' })`.",
    },
    id: {
      found: 'found no id to tell rows apart by, in the event or in any row.',
      remedy:
        'Its query is refetched, each time. Say what identifies a row: ' +
        '`updateItem({ id: (row) => row._id })`, and by `eventId` where the event has it elsewhere.',
    },
  }

export function missing({ event, action }: CompiledAction, what: Missing): SyncError {
  const target = describeTarget(action)
  const { found, remedy } = REPORTS[what]
  return new SyncError({
    code: `no-${what}`,
    problem: `Sync rule "${event}": the \`updater\` for ${target} ${found}`,
    remedy,
    subject: `${event} ${target}`,
  })
}
