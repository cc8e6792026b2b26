/** Rewriting a message in its place: Enter saves, Escape leaves it as it was. */
import { useState } from 'react'

interface Props {
  text: string
  onSave: (text: string) => void
  onCancel: () => void
}

export function MessageEditor({ text, onSave, onCancel }: Props) {
  const [draft, setDraft] = useState(text)
  const save = () => {
    const trimmed = draft.trim()
    if (trimmed) onSave(trimmed)
  }
  return (
    <form
      className="message-editor"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <textarea
        aria-label="Edited message"
        autoFocus
        maxLength={4000}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
        onFocus={(event) => event.target.setSelectionRange(draft.length, draft.length)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') onCancel()
          if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            save()
          }
        }}
      />
      <div className="form-actions">
        <button type="button" className="quiet-button" onClick={onCancel}>
          Cancel
        </button>
        <button className="primary-button" disabled={!draft.trim()}>
          Save
        </button>
      </div>
    </form>
  )
}
