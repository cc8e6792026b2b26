/** A title, and what there is to say beyond it. */
import { useState } from 'react'

interface Written {
  title: string
  body: string
}

interface Props {
  /** What was written before. */
  from?: Written
  verb: string
  isPending: boolean
  onSave: (written: Written) => void
  onCancel: () => void
}

export function PostForm({ from, verb, isPending, onSave, onCancel }: Props) {
  const [title, setTitle] = useState(from?.title ?? '')
  const [body, setBody] = useState(from?.body ?? '')
  return (
    <form
      className="post-form"
      onSubmit={(event) => {
        event.preventDefault()
        onSave({ title, body })
      }}
    >
      <label>
        Title
        <input
          required
          autoFocus
          maxLength={120}
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
      </label>
      <label>
        Text
        <textarea
          rows={4}
          maxLength={4000}
          value={body}
          onChange={(event) => setBody(event.target.value)}
        />
      </label>
      <div className="form-actions">
        <button type="button" className="quiet-button" onClick={onCancel}>
          Cancel
        </button>
        <button className="primary-button" disabled={!title.trim() || isPending}>
          {verb}
        </button>
      </div>
    </form>
  )
}
