/** Who is in the conversation, and who could be. */
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Person } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { CloseIcon } from './icons.tsx'
import { useTeam } from './team.tsx'
import { trpc } from './trpc.ts'

interface Props {
  conversationId: number
  members: Person[]
  onClose: () => void
}

export function MemberDrawer({ conversationId, members, onClose }: Props) {
  const { me, people } = useTeam()
  const add = useMutation(trpc.member.add.mutationOptions())
  const remove = useMutation(trpc.member.remove.mutationOptions())
  const memberIds = new Set(members.map(({ id }) => id))
  const others = people.filter(({ id }) => !memberIds.has(id))
  return (
    <aside aria-label="Members" className="drawer">
      <header>
        <h3>Members</h3>
        <button
          type="button"
          className="icon-button"
          aria-label="Close members"
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </header>
      {(add.isError || remove.isError) && <p role="alert">That did not work.</p>}
      <ul aria-label="In this conversation">
        {members.map((person) => (
          <PersonItem key={person.id} person={person}>
            <button
              type="button"
              className="quiet-button"
              aria-label={person.id === me.id ? 'Leave conversation' : `Remove ${person.name}`}
              onClick={() => remove.mutate({ conversationId, personId: person.id })}
            >
              {person.id === me.id ? 'Leave' : 'Remove'}
            </button>
          </PersonItem>
        ))}
      </ul>
      {others.length > 0 && (
        <>
          <h4>Add somebody</h4>
          <ul aria-label="Not in this conversation">
            {others.map((person) => (
              <PersonItem key={person.id} person={person}>
                <button
                  type="button"
                  className="quiet-button"
                  aria-label={`Add ${person.name}`}
                  onClick={() => add.mutate({ conversationId, personId: person.id })}
                >
                  Add
                </button>
              </PersonItem>
            ))}
          </ul>
        </>
      )}
    </aside>
  )
}

function PersonItem({ person, children }: { person: Person; children: ReactNode }) {
  return (
    <li className="person-item">
      <Avatar person={person} size={32} />
      <span className="person-lines">
        <strong>{person.name}</strong>
        <small>{person.title}</small>
      </span>
      {children}
    </li>
  )
}
