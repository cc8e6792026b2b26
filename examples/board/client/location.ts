/** What is open stands in the address: `#/fernway/1/12` is a post, on a board, of an organisation. */
import { useSyncExternalStore } from 'react'

export interface Place {
  orgId: string
  /** Undefined where no board is chosen yet. */
  boardId: number | undefined
  postId: number | undefined
}

export function hrefOf({ orgId, boardId, postId }: Partial<Place>): string {
  return `#/${[orgId, boardId, postId].filter((part) => part !== undefined).join('/')}`
}

export function open(place: Partial<Place>): void {
  location.assign(hrefOf(place))
}

/** @param homeId - the organisation, where the address names none */
export function usePlace(homeId: string): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  const [, orgId, board, post] = hash.split('/')
  return { orgId: orgId || homeId, boardId: idOf(board), postId: idOf(post) }
}

function idOf(part: string | undefined): number | undefined {
  const id = Number(part)
  return id > 0 ? id : undefined
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
