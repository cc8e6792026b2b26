/** What an updater is called with, made up: an event, and a query that it concerns. */

import { isRecord } from '../../is-record.ts'
import type { Random } from '../../random.ts'
import { readPath } from '../../room.ts'
import type { CacheAction } from '../../rules.ts'
import { copy } from './copy.ts'
import type { KnownData } from './known-data.ts'
import type { Maker } from './maker.ts'
import { setPath } from './set-path.ts'
import type { Shapes, World } from './worlds.ts'

export interface Arguments {
  readonly old: unknown
  readonly event: unknown
  readonly context: {
    readonly input: unknown
    readonly viewer: unknown
    readonly queryKey: readonly unknown[]
  }
}

export interface ArgumentsOptions {
  readonly action: CacheAction
  readonly known: KnownData
  /** Who looks at the cache, where that is known. */
  readonly viewer: unknown
  readonly shapes: Shapes
  readonly random: Random
}

export interface ArgumentsSource {
  readonly make: (world: World, maker: Maker) => Arguments
  /** The same query, and another event that concerns it. */
  readonly makeNext: (first: Arguments, maker: Maker) => Arguments
}

export function createArguments(options: ArgumentsOptions): ArgumentsSource {
  const { action, known, viewer, shapes, random } = options
  const fields = declaredFields(action)
  const makeEvent = ({ makeRoot, isWatched }: Maker) => {
    const isKnown = known.isExact || (known.all.length > 0 && random.chance(0.5))
    // What is known is right as a whole; what is made up meets more of what it is compared with.
    const made = isKnown ? undefined : makeRoot(shapes.event, 'event')
    const isRight = !isKnown && (isWatched || known.accepts(made))
    return isRight ? made : copy(random.pick(known.all))
  }

  function makeInput(event: unknown, { make }: Maker): unknown {
    const made = make(shapes.input, 'input')
    // It is an object, as a rule; where nothing is read of it, it may be one without fields.
    const mayBeValue = fields.length === 0 && random.chance(0.5)
    const input = isRecord(made) || mayBeValue ? made : {}
    for (const [inputPath, eventPath] of fields) {
      setPath(input, inputPath, readPath(event, eventPath))
    }
    return input
  }

  return {
    make(world, maker) {
      const event = makeEvent(maker)
      const input = makeInput(event, maker)
      const context = {
        input,
        viewer: viewer === undefined ? maker.make(shapes.viewer, 'viewer') : viewer,
        queryKey: action.queryKey ?? [[...action.procedure], { input }],
      }
      return { old: world(maker), event, context }
    },

    makeNext(first, maker) {
      const event = makeEvent(maker)
      for (const [, eventPath] of fields) {
        setPath(event, eventPath, readPath(first.event, eventPath))
      }
      return { ...first, event }
    },
  }
}

function declaredFields({
  match,
}: CacheAction): readonly (readonly [inputPath: string, eventPath: string])[] {
  if (match === undefined || typeof match === 'function') return []
  return typeof match === 'string' ? [[match, match]] : Object.entries(match)
}
