/**
 * One index for each key reader that the engines on a cache use; nearly always there is one.
 */

import type { Query } from '@tanstack/query-core'
import type { OnError } from '../../errors.ts'
import { readSafely, type KeyReader } from './key-reader.ts'
import { createQueryIndex, type QueryIndex } from './query-index.ts'

export interface QueryIndexes extends Pick<QueryIndex, 'isMeant' | 'add' | 'remove'> {
  readonly of: (keys: KeyReader) => QueryIndex
  /** Forgets all: for when nobody holds a target any more. */
  readonly clear: () => void
}

export interface QueryIndexesOptions {
  /** The queries added so far; looked at once for each reader. */
  readonly added: () => readonly Query[]
  /** Told of readers that fail. */
  readonly onError: OnError
}

export function createQueryIndexes({ added, onError }: QueryIndexesOptions): QueryIndexes {
  const indexes = new Map<KeyReader, QueryIndex>()

  function open(keys: KeyReader): QueryIndex {
    const index = createQueryIndex(readSafely(keys, onError))
    for (const query of added()) index.add(query)
    indexes.set(keys, index)
    return index
  }

  return {
    of: (keys) => indexes.get(keys) ?? open(keys),
    isMeant: (query) => {
      for (const index of indexes.values()) if (index.isMeant(query)) return true
      return false
    },
    add(query) {
      for (const index of indexes.values()) index.add(query)
    },
    remove(query) {
      for (const index of indexes.values()) index.remove(query)
    },
    clear: () => indexes.clear(),
  }
}
