/** A post in a list. */
import { memo } from 'react'
import type { Post } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { CommentIcon, DoneIcon } from './icons.tsx'
import { hrefOf } from './location.ts'
import { useTeam } from './team.tsx'
import { Time } from './Time.tsx'
import { VoteButton } from './VoteButton.tsx'

interface Props {
  post: Post
  hasVoted: boolean
  isOpen: boolean
}

export const PostRow = memo(function PostRow({ post, hasVoted, isOpen }: Props) {
  const { personOf } = useTeam()
  const { id, orgId, boardId, title, status, commentCount } = post
  const author = personOf(post.authorId)
  return (
    <li className="post-row" data-status={status} data-open={isOpen}>
      <VoteButton post={post} hasVoted={hasVoted} />
      <a
        href={hrefOf({ orgId, boardId, postId: id })}
        className="post-link"
        aria-current={isOpen ? 'true' : undefined}
      >
        <strong>{title}</strong>
        <small>
          <Avatar person={author} size={18} />
          {author.name} · <Time at={post.createdAt} />
          {status === 'closed' && (
            <span className="closed-mark">
              <DoneIcon />
              Closed
            </span>
          )}
        </small>
      </a>
      <span className="comment-count" aria-label={`${commentCount} comments`}>
        {commentCount > 0 && (
          <>
            <CommentIcon />
            {commentCount}
          </>
        )}
      </span>
    </li>
  )
})
