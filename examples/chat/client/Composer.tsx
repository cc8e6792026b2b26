/** Where a message is written. Sending only starts the mutation: `outbox.ts` paints it. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ConversationRow } from '../shared/types.ts'
import { SendIcon } from './icons.tsx'
import { trpc } from './trpc.ts'

export function Composer({ conversation }: { conversation: ConversationRow }) {
  const [draft, setDraft] = useState('')
  const { mutate } = useMutation(trpc.message.send.mutationOptions())
  const submit = () => {
    const text = draft.trim()
    if (!text) return
    mutate({ conversationId: conversation.id, nonce: crypto.randomUUID(), text })
    setDraft('')
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
        aria-label="Message"
        placeholder={`Message ${conversation.title}`}
        rows={1}
        maxLength={4000}
        value={draft}
        onChange={(event) => setDraft(event.target.value)}
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
