/** Founding a conversation: a title, a topic, and whom to bring along. */
import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Avatar } from './Avatar.tsx'
import { openConversation } from './location.ts'
import { useTeam } from './team.tsx'
import { trpc } from './trpc.ts'

export function NewConversation({ onClose }: { onClose: () => void }) {
  const { me, people } = useTeam()
  const dialog = useRef<HTMLDialogElement>(null)
  const [title, setTitle] = useState('')
  const [topic, setTopic] = useState('')
  const [personIds, setPersonIds] = useState<string[]>([])
  const create = useMutation(
    trpc.conversation.create.mutationOptions({
      onSuccess: ({ id }) => {
        openConversation(id)
        onClose()
      },
    }),
  )
  const toggle = (personId: string) =>
    setPersonIds((ids) =>
      ids.includes(personId) ? ids.filter((id) => id !== personId) : [...ids, personId],
    )

  useEffect(() => dialog.current?.showModal(), [])

  return (
    <dialog ref={dialog} className="dialog" aria-label="New conversation" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate({ title, topic, personIds })
        }}
      >
        <h2>New conversation</h2>
        <label>
          Title
          <input
            required
            autoFocus
            maxLength={60}
            value={title}
            onChange={(event) => setTitle(event.target.value)}
          />
        </label>
        <label>
          Topic
          <input
            maxLength={120}
            value={topic}
            onChange={(event) => setTopic(event.target.value)}
          />
        </label>
        <fieldset>
          <legend>With</legend>
          {people
            .filter(({ id }) => id !== me.id)
            .map((person) => (
              <label key={person.id} className="person-choice">
                <input
                  type="checkbox"
                  checked={personIds.includes(person.id)}
                  onChange={() => toggle(person.id)}
                />
                <Avatar person={person} size={24} />
                {person.name}
              </label>
            ))}
        </fieldset>
        {create.isError && <p role="alert">That did not work.</p>}
        <div className="form-actions">
          <button type="button" className="quiet-button" onClick={onClose}>
            Cancel
          </button>
          <button className="primary-button" disabled={!title.trim() || create.isPending}>
            Create
          </button>
        </div>
      </form>
    </dialog>
  )
}
