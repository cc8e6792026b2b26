/** Writing a post. It is on the board when its event arrives, here as everywhere. */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { open } from './location.ts'
import { PostForm } from './PostForm.tsx'
import { trpc } from './trpc.ts'

interface Props {
  orgId: string
  boardId: number
  onClose: () => void
}

export function NewPost({ orgId, boardId, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const create = useMutation(
    trpc.post.create.mutationOptions({
      onSuccess: ({ id }) => {
        open({ orgId, boardId, postId: id })
        onClose()
      },
    }),
  )
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} className="dialog" aria-label="New post" onClose={onClose}>
      <h2>New post</h2>
      <PostForm
        verb="Post"
        isPending={create.isPending}
        onSave={(written) => create.mutate({ orgId, boardId, ...written })}
        onCancel={onClose}
      />
      {create.isError && <p role="alert">That did not work.</p>}
    </dialog>
  )
}
