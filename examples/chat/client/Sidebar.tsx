/** The left column: who I am, a new conversation, and the list. */
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Avatar } from './Avatar.tsx'
import { ConnectionPill } from './ConnectionPill.tsx'
import { NewConversation } from './NewConversation.tsx'
import { PlusIcon, SignOutIcon } from './icons.tsx'
import { TryIt } from './TryIt.tsx'
import { useTeam } from './team.tsx'

export function Sidebar({ children }: { children: ReactNode }) {
  const { me } = useTeam()
  const [isFounding, setIsFounding] = useState(false)
  return (
    <aside className="sidebar">
      <header className="sidebar-header">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <h1>Hearth</h1>
        <ConnectionPill />
        <button
          type="button"
          className="icon-button"
          aria-label="New conversation"
          title="New conversation"
          onClick={() => setIsFounding(true)}
        >
          <PlusIcon />
        </button>
      </header>
      {children}
      <TryIt />
      <footer className="sidebar-footer">
        <Avatar person={me} />
        <span className="person-lines">
          <strong>{me.name}</strong>
          <small>{me.title}</small>
        </span>
        <form method="post" action="/sign-out">
          <button className="icon-button" aria-label="Sign out" title="Sign out">
            <SignOutIcon />
          </button>
        </form>
      </footer>
      {isFounding && <NewConversation onClose={() => setIsFounding(false)} />}
    </aside>
  )
}
