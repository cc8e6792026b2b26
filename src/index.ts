/** What server and client share: rules, updaters and the error class. */

export { defineSyncRules, mergeSyncRules } from './rules.ts'
export type { ActionContext, CacheAction, QueryInput, SyncRule, SyncRules } from './rules.ts'
export { defineRoom } from './room.ts'
export type { RoomTemplate } from './room.ts'
export { removeItem, updateItem, upsertItem } from './updaters/keyed.ts'
export type { KeyedUpdater, UpsertOptions } from './updaters/keyed.ts'
export type { KeyedOptions, Version } from './updaters/keyed-options.ts'
export { appendToLastPage, prependToFirstPage } from './updaters/pages.ts'
export type { PageOptions } from './updaters/pages.ts'
export { SyncError } from './errors.ts'
export type { OnError, SyncErrorCode } from './errors.ts'
