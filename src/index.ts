/** What server and client share: rules, updaters and the error class. */

export { defineSyncRules, mergeSyncRules } from './rules.ts'
export type { ActionContext, CacheAction, QueryInput, SyncRule, SyncRules } from './rules.ts'
export { prependToFirstPage } from './updaters.ts'
export type { PageOptions } from './updaters.ts'
export { SyncError } from './errors.ts'
export type { OnError, SyncErrorCode } from './errors.ts'
