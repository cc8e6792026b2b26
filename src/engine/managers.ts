/**
 * What a page has one of for each copy of query-core in it: who batches what observers are told, and
 * who knows of focus and network. They must be those of the copy that the QueryClient is of: batches
 * of another copy's `notifyManager` hold nothing together.
 */

import { focusManager, notifyManager, onlineManager } from '@tanstack/query-core'

export interface Managers {
  readonly notifyManager: { readonly batch: (run: () => void) => void }
  readonly focusManager: {
    readonly isFocused: () => boolean
    readonly subscribe: Subscribe
  }
  readonly onlineManager: { readonly subscribe: Subscribe }
}

type Subscribe = (listener: (isSo: boolean) => void) => () => void

/** Those of the copy that this package resolves to. */
export const ownManagers: Managers = { focusManager, notifyManager, onlineManager }
