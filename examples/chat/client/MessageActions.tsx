/** What an author can do with a message: shown under the pointer or the keyboard's focus. */
import { useState } from 'react'
import { DeleteIcon, EditIcon } from './icons.tsx'

interface Props {
  onEdit: () => void
  onDelete: () => void
}

export function MessageActions({ onEdit, onDelete }: Props) {
  const [isAsking, setIsAsking] = useState(false)
  if (isAsking) {
    return (
      <div
        className="message-actions"
        data-asking
        role="group"
        aria-label="Delete this message?"
      >
        <span>Delete this message?</span>
        <button type="button" className="danger-button" autoFocus onClick={onDelete}>
          Delete
        </button>
        <button type="button" className="quiet-button" onClick={() => setIsAsking(false)}>
          Keep
        </button>
      </div>
    )
  }
  return (
    <div className="message-actions">
      <button
        type="button"
        className="icon-button"
        aria-label="Edit message"
        title="Edit"
        onClick={onEdit}
      >
        <EditIcon />
      </button>
      <button
        type="button"
        className="icon-button"
        aria-label="Delete message"
        title="Delete"
        onClick={() => setIsAsking(true)}
      >
        <DeleteIcon />
      </button>
    </div>
  )
}
