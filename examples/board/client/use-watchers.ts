/** Presence, without a query: each window says what it looks at, and hears who else does. */
import { useSync, useSyncEvent } from '@iron-stack/sync/client'
import { useEffect, useState } from 'react'
import type { BoardEvents, PostRef } from '../shared/types.ts'

const NOBODY: string[] = []

/** @param isJoined - whether this window is in the post's room: before, nobody would tell it */
export function useWatchers({ orgId, postId }: PostRef, isJoined: boolean): string[] {
  const { socket } = useSync()
  const [personIds, setPersonIds] = useState(NOBODY)

  useSyncEvent('post:watched', (watched: BoardEvents['post:watched']) => {
    if (watched.orgId === orgId && watched.postId === postId) setPersonIds(watched.personIds)
  })

  // Also once more after each reconnect, for the server forgets with the connection.
  useEffect(() => {
    if (!isJoined) return undefined
    socket?.emit('watch', postId)
    return () => {
      socket?.emit('watch', null)
    }
  }, [socket, postId, isJoined])

  return isJoined ? personIds : NOBODY
}
