/** What the linter says of one rule, in short. */

import type { ActionContext, SyncRule, SyncRules } from '@iron-stack/sync'
import { checkSyncRules, type CheckOptions } from '@iron-stack/sync/lint'

/** What a row holds, only the application knows. */
// oxlint-disable-next-line typescript/no-explicit-any -- rules without types are the subject.
export type Row = Record<string, any>

/** An updater as an application writes it. */
export type Closure<Data = Row> = (
  old: Data,
  event: Row,
  context: ActionContext<Row, Row>,
) => unknown

/** The codes found in one rule, for the event `e`. */
export async function codesOf(
  rule: Partial<SyncRule>,
  options?: CheckOptions,
): Promise<string[]> {
  const rules: SyncRules = { e: { room: 'board:{boardId}', actions: [], ...rule } }
  return (await checkSyncRules(rules, { verbose: true, ...options })).map(({ code }) => code)
}

/** The codes found in one updater. */
export function codesOfUpdater<Data>(
  updater: Closure<Data>,
  { infinite = false, ...options }: CheckOptions & { infinite?: boolean } = {},
): Promise<string[]> {
  return codesOf(
    { actions: [{ procedure: ['list'], action: 'direct', infinite, updater }] },
    options,
  )
}
