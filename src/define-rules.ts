/** How an application says its rules. They are checked once, here. */

import { checkRules } from './check-rules.ts'
import { isRecord } from './is-record.ts'
import type { RouterRules } from './router-rules.ts'
import type { SyncRules } from './rules.ts'
import type { SchemaTaking } from './schema.ts'
import type { RouterLike } from './typing/router.ts'
import { makeUpdaters } from './updaters/list-change.ts'

/**
 * Defines the sync rules that server and client share.
 *
 * @throws SyncError `invalid-rule`, naming the event and the action at fault.
 */
export function defineSyncRules<Events, Inputs = unknown>(
  rules: SyncRules<Events> & WithSchemas<Inputs>,
): SyncRules<Events, Accepted<Events, Inputs>>
/**
 * Defines sync rules that a tRPC router types: `defineSyncRules<Events, AppRouter>()({ … })`. Paths
 * complete and are checked; `match` and `updater` know what their queries were asked with and hold.
 *
 * @typeParam Events - a map from each event to its data.
 * @typeParam Router - `typeof appRouter`. Only its type is needed: import it with `import type`.
 * @typeParam Viewer - what the engine's `viewer` option is given.
 */
export function defineSyncRules<
  Events,
  Router extends RouterLike,
  Viewer = unknown,
>(): DefineRouterRules<Events, Router, Viewer>
export function defineSyncRules(...given: [rules?: object]): unknown {
  return given.length === 0 ? define : define(given[0])
}

/** Infers what the schema of each rule takes: not the schema itself, whose type may be endless. */
type WithSchemas<Inputs> = {
  readonly [Event in keyof Inputs]: { readonly schema?: SchemaTaking<Inputs[Event]> }
}

/** What `broadcast` takes for each event: what its schema does, or else its data. */
type Accepted<Events, Inputs> = unknown extends Inputs
  ? unknown
  : {
      [Event in keyof Events]: Event extends keyof Inputs
        ? unknown extends Inputs[Event]
          ? Events[Event]
          : Inputs[Event]
        : Events[Event]
    }

interface DefineRouterRules<Events, Router extends RouterLike, Viewer> {
  /** @throws SyncError `invalid-rule`, naming the event and the action at fault. */
  <
    const Paths extends { readonly [Event in keyof Events]: readonly unknown[] },
    const Rooms extends { readonly [Event in keyof Events]: unknown },
  >(
    rules: RouterRules<Events, Router, Viewer, Paths, Rooms>,
  ): SyncRules<Events>
}

function define(given: unknown): unknown {
  const rules = isRecord(given) ? makeUpdaters(given) : given
  checkRules(rules)
  return rules
}
