/** What is said about a post, and what one has to say oneself. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Comment, PostRef } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { listNames } from './format.ts'
import { SendIcon } from './icons.tsx'
import { useTeam } from './team.tsx'
import { Time } from './Time.tsx'
import { trpc } from './trpc.ts'
import { useTypists } from './use-typists.ts'

export function Comments({ orgId, postId }: PostRef) {
  const { me, personOf } = useTeam()
  const comments = useQuery(trpc.comment.list.queryOptions({ orgId, postId }))
  const { personIds, onType } = useTypists({ orgId, postId }, me.id)
  const typists = personIds.map((id) => personOf(id).name.split(' ')[0] ?? '')

  return (
    <>
      {/* Scrolled from its end: the newest comment is in sight, and stays there. */}
      <div className="comment-scroller">
        <ol role="log" aria-label="Comments" className="comments">
          {comments.data?.map((comment) => (
            <CommentItem key={comment.id} comment={comment} />
          ))}
          {comments.data?.length === 0 && <li className="notice">Nobody has said anything.</li>}
        </ol>
      </div>
      <footer className="comment-footer">
        <p role="status" aria-label="Typing" className="typing">
          {typists.length > 0 &&
            `${listNames(typists)} ${typists.length === 1 ? 'is' : 'are'} typing…`}
        </p>
        <CommentComposer orgId={orgId} postId={postId} onType={onType} />
      </footer>
    </>
  )
}

function CommentItem({ comment: { authorId, body, createdAt } }: { comment: Comment }) {
  const author = useTeam().personOf(authorId)
  return (
    <li className="comment">
      <Avatar person={author} size={28} />
      <div>
        <p className="byline">
          <strong>{author.name}</strong>
          <small>
            <Time at={createdAt} />
          </small>
        </p>
        <p className="post-text">{body}</p>
      </div>
    </li>
  )
}

function CommentComposer({ orgId, postId, onType }: PostRef & { onType: () => void }) {
  const [draft, setDraft] = useState('')
  const create = useMutation(
    // What could not be sent stays, to be sent again.
    trpc.comment.create.mutationOptions({ onSuccess: () => setDraft('') }),
  )
  const submit = () => {
    const body = draft.trim()
    if (body && !create.isPending) create.mutate({ orgId, postId, body })
  }
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <textarea
        aria-label="Comment"
        placeholder={create.isError ? 'That did not work.' : 'Say something'}
        rows={1}
        maxLength={4000}
        value={draft}
        onChange={(event) => {
          setDraft(event.target.value)
          onType()
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            submit()
          }
        }}
      />
      <button className="send-button" aria-label="Send" title="Send" disabled={!draft.trim()}>
        <SendIcon />
      </button>
    </form>
  )
}
