/** Which conversation is open stands in the address: `#/12`. */
import { useSyncExternalStore } from 'react'

export const hrefOf = (conversationId: number) => `#/${conversationId}`

export function openConversation(conversationId: number): void {
  location.assign(hrefOf(conversationId))
}

export function useOpenConversationId(): number | undefined {
  const hash = useSyncExternalStore(subscribe, () => location.hash)
  const id = Number(hash.slice(2))
  return id > 0 ? id : undefined
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
