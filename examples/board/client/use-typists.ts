/** Who is writing: said while keys are pressed, and taken as over when it is said no more. */
import { useSync, useSyncEvent } from '@iron-stack/sync/client'
import { useEffect, useRef, useState } from 'react'
import type { BoardEvents, PostRef } from '../shared/types.ts'

const SAY_EVERY_MS = 1500
const HOLDS_MS = 3000

interface Typists {
  personIds: string[]
  /** Says that somebody is writing here. */
  onType: () => void
}

export function useTypists({ orgId, postId }: PostRef, me: string): Typists {
  const { socket } = useSync()
  const saidAt = useRef(-Infinity)
  const timers = useRef(new Map<string, ReturnType<typeof setTimeout>>())
  const [personIds, setPersonIds] = useState<string[]>([])

  function end(personId: string) {
    clearTimeout(timers.current.get(personId))
    timers.current.delete(personId)
    setPersonIds([...timers.current.keys()])
  }

  useSyncEvent('post:typing', (typing: BoardEvents['post:typing']) => {
    const { personId } = typing
    if (typing.orgId !== orgId || typing.postId !== postId || personId === me) return
    clearTimeout(timers.current.get(personId))
    timers.current.set(
      personId,
      setTimeout(() => end(personId), HOLDS_MS),
    )
    setPersonIds([...timers.current.keys()])
  })

  useSyncEvent('comment:created', (comment: BoardEvents['comment:created']) => {
    if (comment.postId === postId) end(comment.authorId)
  })

  useEffect(() => {
    const running = timers.current
    return () => running.forEach((timer) => clearTimeout(timer))
  }, [])

  return {
    personIds,
    onType() {
      if (performance.now() - saidAt.current < SAY_EVERY_MS) return
      saidAt.current = performance.now()
      socket?.volatile.emit('typing', postId)
    },
  }
}
