/** The post itself, and what can be done with it. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { Post, PostText } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { DeleteIcon, EditIcon } from './icons.tsx'
import { PostForm } from './PostForm.tsx'
import { useTeam } from './team.tsx'
import { Time } from './Time.tsx'
import { trpc } from './trpc.ts'
import { VoteButton } from './VoteButton.tsx'

interface Props {
  post: Post
  text: PostText | undefined
  hasVoted: boolean
}

export function PostDetail({ post, text, hasVoted }: Props) {
  const { personOf } = useTeam()
  const [isEditing, setIsEditing] = useState(false)
  const edit = useMutation(
    trpc.post.edit.mutationOptions({ onSuccess: () => setIsEditing(false) }),
  )
  const setStatus = useMutation(trpc.post.setStatus.mutationOptions())
  const remove = useMutation(trpc.post.delete.mutationOptions())
  const { id, orgId, title, status, createdAt } = post
  const ref = { orgId, postId: id }
  const author = personOf(post.authorId)

  if (isEditing) {
    return (
      <article className="post-detail">
        <PostForm
          from={{ title, body: text?.body ?? '' }}
          verb="Save"
          isPending={edit.isPending}
          onSave={(written) => edit.mutate({ ...ref, ...written })}
          onCancel={() => setIsEditing(false)}
        />
      </article>
    )
  }

  return (
    <article className="post-detail">
      <span className="status-chip" data-status={status}>
        {status === 'open' ? 'Open' : 'Closed'}
      </span>
      <h3>{title}</h3>
      <p className="byline">
        <Avatar person={author} size={22} />
        <span>{author.name}</span>
        <small>
          <Time at={createdAt} />
        </small>
      </p>
      {text?.body && <p className="post-text">{text.body}</p>}
      {(setStatus.isError || remove.isError) && <p role="alert">That did not work.</p>}
      <div className="post-actions">
        <VoteButton post={post} hasVoted={hasVoted} />
        <button
          type="button"
          className="outlined-button"
          disabled={setStatus.isPending}
          onClick={() =>
            setStatus.mutate({ ...ref, status: status === 'open' ? 'closed' : 'open' })
          }
        >
          {status === 'open' ? 'Close' : 'Reopen'}
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Edit post"
          title="Edit"
          // Who does not have the text yet would overwrite it.
          disabled={text === undefined}
          onClick={() => setIsEditing(true)}
        >
          <EditIcon />
        </button>
        <DeleteButton isPending={remove.isPending} onDelete={() => remove.mutate(ref)} />
      </div>
    </article>
  )
}

interface DeleteProps {
  isPending: boolean
  onDelete: () => void
}

/** Asks once more, for nothing brings a post back. */
function DeleteButton({ isPending, onDelete }: DeleteProps) {
  const [isAsking, setIsAsking] = useState(false)
  if (!isAsking) {
    return (
      <button
        type="button"
        className="icon-button"
        aria-label="Delete post"
        title="Delete"
        onClick={() => setIsAsking(true)}
      >
        <DeleteIcon />
      </button>
    )
  }
  return (
    <>
      <button
        type="button"
        className="danger-button"
        autoFocus
        disabled={isPending}
        onClick={onDelete}
      >
        Delete
      </button>
      <button type="button" className="quiet-button" onClick={() => setIsAsking(false)}>
        Keep
      </button>
    </>
  )
}
