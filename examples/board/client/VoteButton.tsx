/** How many want this, and whether I do: the count is the post's, my vote is a list of its own. */
import { useMutation } from '@tanstack/react-query'
import type { Post } from '../shared/types.ts'
import { formatCount } from './format.ts'
import { VoteIcon } from './icons.tsx'
import { trpc } from './trpc.ts'

export function VoteButton({ post, hasVoted }: { post: Post; hasVoted: boolean }) {
  const vote = useMutation(trpc.vote.set.mutationOptions())
  const { id, orgId, votes } = post
  return (
    <button
      type="button"
      className="vote-button"
      aria-label={`${votes} votes`}
      aria-pressed={hasVoted}
      title={hasVoted ? 'Withdraw my vote' : 'I want this, too'}
      onClick={() => vote.mutate({ orgId, postId: id, isCast: !hasVoted })}
    >
      <VoteIcon />
      {formatCount(votes)}
    </button>
  )
}
