/**
 * The linter: finds rules that will not do what they say, before an event meets them.
 *
 * Types see a procedure that is gone, where rules are typed by the router. They do not see an updater
 * that mutates, or counts twice, a room that nobody is in, or a function that could be an index. So
 * the rules' functions are run here, on data that is made up.
 */

import { checkRules } from '../check-rules.ts'
import {
  describeTarget,
  ruleEntries,
  templateText,
  type SyncRule,
  type SyncRules,
} from '../rules.ts'
import type { RouterLike } from '../typing/router.ts'
import { checkMatch } from './check-match.ts'
import { checkProcedure } from './check-procedure.ts'
import { checkRoom } from './check-room.ts'
import { checkUpdater } from './check-updater.ts'
import { knownData } from './data/known-data.ts'
import { severityOf, type Fault, type Finding, type FindingCode } from './finding.ts'
import { readRouter, type RouterPaths } from './router-paths.ts'

export interface CheckOptions<Events = Record<string, unknown>> {
  /** A router of tRPC 11, which the rules' procedures must be in. @default they are not looked at */
  readonly router?: RouterLike
  /** The rooms that somebody is let into, as templates. @default rooms are not looked at */
  readonly joinableRooms?: readonly (string | { readonly template: string })[]
  /** The server's option of that name: everybody is in a room of their own. @default 'user:' */
  readonly userRoomPrefix?: string
  /** Data of events, where neither made-up data nor a rule's `schema` does. */
  readonly samples?: { readonly [Event in keyof Events]?: Events[Event] }
  /** Who looks at the cache, as the engine's `viewer`. @default made up */
  readonly viewer?: unknown
  /** Findings that are meant to be so. */
  readonly ignore?: readonly IgnoredFinding<keyof Events & string>[]
  /** Where chance begins: the same seed finds the same. @default 1 */
  readonly seed?: number
  /** Also notes what could not be checked. @default false */
  readonly verbose?: boolean
}

export interface IgnoredFinding<Event extends string = string> {
  readonly code: FindingCode
  /** @default all events */
  readonly event?: Event
}

/**
 * Checks an application's rules, and resolves to what is wrong with them.
 *
 * Updaters, matches and rooms are called, with made-up data. A function that throws on it is not
 * checked. Lazy routers are loaded.
 *
 * @throws SyncError `invalid-rule` for rules that `defineSyncRules` refuses, `invalid-router`.
 */
export async function checkSyncRules<Events>(
  rules: SyncRules<Events>,
  options: CheckOptions<NoInfer<Events>> = {},
): Promise<Finding[]> {
  checkRules(rules)
  const { ignore = [], verbose = false } = options
  const router = options.router === undefined ? undefined : await readRouter(options.router)
  // Which event a sample is of, its type has checked.
  const samples = (options.samples ?? {}) as Record<string, unknown>
  const setup: Setup = {
    router,
    joinable: joinableRooms(options),
    viewer: options.viewer,
    seed: options.seed ?? 1,
  }
  return ruleEntries(rules)
    .flatMap(([event, rule]) => checkRule(event, rule, samples[event], setup))
    .filter(({ severity }) => verbose || severity !== 'note')
    .filter(({ event, code }) => !ignore.some((each) => isMeant(each, event, code)))
}

interface Setup {
  readonly router: RouterPaths | undefined
  readonly joinable: readonly string[] | undefined
  readonly viewer: unknown
  readonly seed: number
}

function checkRule(event: string, rule: SyncRule, sample: unknown, setup: Setup): Finding[] {
  const { router, joinable, viewer, seed } = setup
  const { actions } = rule
  const known = knownData(rule, sample)
  const ofRoom = checkRoom({ rule, seed, known, joinable }).map((fault) =>
    place(fault, { event }),
  )
  const ofActions = actions.flatMap((action, index) => {
    const faults: Fault[] = [
      ...(router === undefined ? [] : checkProcedure(action, router)),
      ...checkMatch(action, seed),
      ...(action.action === 'direct'
        ? checkUpdater({ action, actions, seed, known, viewer })
        : []),
    ]
    const at = { event, action: index, procedure: describeTarget(action) }
    return faults.map((fault) => place(fault, at))
  })
  return [...ofRoom, ...ofActions]
}

function place(
  { code, problem, remedy }: Fault,
  at: Pick<Finding, 'event' | 'action' | 'procedure'>,
): Finding {
  return { code, severity: severityOf(code), ...at, problem, remedy }
}

function joinableRooms(
  options: Pick<CheckOptions, 'joinableRooms' | 'userRoomPrefix'>,
): string[] | undefined {
  const { joinableRooms, userRoomPrefix = 'user:' } = options
  if (joinableRooms === undefined) return undefined
  const templates = joinableRooms.map((room) => templateText(room as SyncRule['room']) ?? '')
  return [...templates, `${userRoomPrefix}{userId}`]
}

function isMeant(ignored: IgnoredFinding, event: string, code: FindingCode): boolean {
  return ignored.code === code && (ignored.event === undefined || ignored.event === event)
}
