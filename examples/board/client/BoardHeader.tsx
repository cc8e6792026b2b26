/** What the board is about, and how posts come in: one by one, or 5,000 at once. */
import { useState } from 'react'
import type { Board } from '../shared/types.ts'
import { PlusIcon } from './icons.tsx'
import { ImportButton } from './ImportButton.tsx'
import { NewPost } from './NewPost.tsx'

interface Props {
  orgId: string
  boardId: number
  board: Board | undefined
}

export function BoardHeader({ orgId, boardId, board }: Props) {
  const [isWriting, setIsWriting] = useState(false)
  return (
    <header className="board-header">
      <div className="board-heading">
        <h2>{board?.name}</h2>
        <p>{board?.about}</p>
      </div>
      <ImportButton orgId={orgId} boardId={boardId} />
      <button
        type="button"
        className="primary-button with-icon"
        onClick={() => setIsWriting(true)}
      >
        <PlusIcon />
        New post
      </button>
      {isWriting && (
        <NewPost orgId={orgId} boardId={boardId} onClose={() => setIsWriting(false)} />
      )}
    </header>
  )
}
