/**
 * The open post: its row, its text and what is said about it. Text and comments are of a room of
 * their own, which is joined because they are on the screen, and let go some time after.
 */
import { useRoom, type RoomStatus } from '@iron-stack/sync/client'
import { useQuery } from '@tanstack/react-query'
import { postRoom } from '../shared/rooms.ts'
import { Comments } from './Comments.tsx'
import { CloseIcon } from './icons.tsx'
import { hrefOf } from './location.ts'
import { PostDetail } from './PostDetail.tsx'
import { trpc } from './trpc.ts'
import { useWatchers } from './use-watchers.ts'
import { Watchers } from './Watchers.tsx'

interface Props {
  orgId: string
  boardId: number
  postId: number
  hasVoted: boolean
}

const WORDS: Record<RoomStatus, string> = {
  idle: 'Joining…',
  joining: 'Joining…',
  'catching-up': 'Catching up…',
  live: 'Live',
  offline: 'Not live',
  refused: 'Not yours to see',
  revoked: 'Not yours any more',
}

export function PostPanel({ orgId, boardId, postId, hasVoted }: Props) {
  const post = useQuery(trpc.post.byId.queryOptions({ orgId, boardId, postId }))
  const text = useQuery(trpc.post.text.queryOptions({ orgId, postId }))
  const { status } = useRoom(postRoom({ orgId, postId }))
  const watchers = useWatchers({ orgId, postId }, status === 'live')

  return (
    <aside className="post-panel" aria-label="Post">
      <header className="post-panel-header">
        <span
          role="status"
          aria-label="Document"
          className="pill"
          data-live={status === 'live'}
        >
          {WORDS[status]}
        </span>
        <Watchers personIds={watchers} />
        <a
          href={hrefOf({ orgId, boardId })}
          className="icon-button"
          aria-label="Close post"
          title="Close"
        >
          <CloseIcon />
        </a>
      </header>
      {post.isError ? (
        <p className="notice">This post is gone.</p>
      ) : (
        post.data && (
          <>
            <PostDetail post={post.data} text={text.data} hasVoted={hasVoted} />
            <Comments orgId={orgId} postId={postId} />
          </>
        )
      )}
    </aside>
  )
}
