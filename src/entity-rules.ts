/**
 * The three rules that every entity in a list needs, said once: what becomes of its lists and its
 * detail when one is created, updated and deleted. They expand to ordinary rules.
 */

import { currentApplication } from './application.ts'
import { checkRules } from './check-rules.ts'
import type { EntityEvents, EntityOptions } from './entity-options.ts'
import { isEqual } from './equal.ts'
import type { CacheAction, SyncRule, SyncRules } from './rules.ts'
import type { RouterLike } from './typing/router.ts'
import { removeItem, updateItem, upsertItem, type UpsertOptions } from './updaters/keyed.ts'
import { isNewerVersion, type Version } from './updaters/versions.ts'

interface DefineEntityRules<Entity, Router extends RouterLike, Viewer> {
  /** @throws SyncError `invalid-rule`, naming the event and the action at fault. */
  <
    const Name extends string,
    const Template extends string,
    const Lists,
    const Detail = undefined,
  >(
    name: Name,
    options: EntityOptions<Entity, Router, Viewer, Template, Lists, Detail>,
  ): SyncRules<EntityEvents<Name, Entity, Template>>
}

/**
 * Defines the rules for `post:created`, `post:updated` and `post:deleted`:
 *
 * ```ts
 * defineEntityRules<Post, AppRouter>()('post', {
 *   room: 'board:{boardId}',
 *   version: (post) => post.version,
 *   lists: [{ procedure: ['post', 'list'], match: 'boardId', compare: (a, b) => b.id - a.id }],
 *   detail: { procedure: ['post', 'byId'], match: 'id' },
 * })
 * ```
 *
 * An update moves, adds and removes rows as `where` and `compare` say. `mergeSyncRules` joins them
 * with others, and adds to them.
 */
export function defineEntityRules<
  Entity extends { readonly id: unknown },
  Router extends RouterLike,
  Viewer = unknown,
>(): DefineEntityRules<Entity, Router, Viewer> {
  // What the options are, their types have checked; here they are any entity's.
  return expand as unknown as DefineEntityRules<Entity, Router, Viewer>
}

interface GivenOptions {
  readonly room: string
  readonly version?: (entity: unknown) => Version
  readonly lists: readonly GivenList[]
  readonly detail?: GivenDetail
}

interface GivenList extends UpsertOptions<unknown> {
  readonly procedure: readonly string[]
  readonly infinite?: boolean
  readonly match?: string
}

interface GivenDetail {
  readonly procedure: readonly string[]
  readonly match: string
  readonly change?: (old: unknown, entity: unknown) => unknown
}

function expand(name: string, options: GivenOptions): SyncRules {
  const { room, detail, version } = options
  const lists = options.lists.map((list) => expandList(list, version))
  const details = detail === undefined ? undefined : expandDetail(detail, version)
  const rule = (step: keyof ListActions, ...more: (CacheAction | undefined)[]): SyncRule => ({
    room,
    actions: [...lists.map((list) => list[step]), ...more.filter((each) => each !== undefined)],
  })
  const rules = {
    [`${name}:created`]: rule('created', details?.changed),
    [`${name}:updated`]: rule('updated', details?.changed),
    [`${name}:deleted`]: rule('deleted', details?.deleted),
  }
  checkRules(rules)
  return rules
}

interface ListActions {
  readonly created: CacheAction
  readonly updated: CacheAction
  readonly deleted: CacheAction
}

function expandList(list: GivenList, version: GivenOptions['version']): ListActions {
  const { procedure, infinite, match, insert, ...own } = list
  const target = {
    procedure,
    ...(infinite !== undefined && { infinite }),
    ...(match !== undefined && { match }),
  }
  // An entity's version is its rows', as long as they are the entity itself.
  const inherits = version !== undefined && own.item === undefined
  const keyed = inherits ? { version, ...own } : own
  const { item: _item, version: _version, ...found } = own
  const placed = insert === undefined ? keyed : { ...keyed, insert }
  // Only an order, or a filter, says that an update may bring a row in: by arrival it has none.
  const mayEnter = own.compare !== undefined || own.where !== undefined
  const direct = (updater: CacheAction['updater']) =>
    ({ ...target, action: 'direct', updater }) as CacheAction
  return {
    created: direct(upsertItem(placed)),
    updated: direct(mayEnter ? upsertItem(keyed) : updateItem(keyed)),
    deleted: direct(removeItem(found)),
  }
}

function expandDetail(
  { procedure, match, change }: GivenDetail,
  version: GivenOptions['version'],
): { changed: CacheAction; deleted: CacheAction } {
  const replace = (old: unknown, entity: unknown) => {
    if (version === undefined || old === null) return entity
    const isLater = isNewerVersion(version(entity), version(old))
    if (isLater === undefined && !isEqual(old, entity)) currentApplication()?.doubt(entity)
    return isLater ? entity : old
  }
  return {
    changed: {
      procedure,
      action: 'direct',
      match,
      updater: change ?? replace,
    },
    deleted: { procedure, action: 'remove', match },
  }
}
