/** The organisation's boards, each with what is open on it: counted by the server, told by an event. */
import type { Board } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { ConnectionPill } from './ConnectionPill.tsx'
import { formatCount } from './format.ts'
import { SignOutIcon } from './icons.tsx'
import { hrefOf } from './location.ts'
import { useTeam } from './team.tsx'
import { TryIt } from './TryIt.tsx'

export function Sidebar({ boards, openId }: { boards: Board[]; openId: number | undefined }) {
  const { org, me } = useTeam()
  return (
    <aside className="sidebar">
      <header className="sidebar-header">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <h1>Signpost</h1>
        <ConnectionPill />
      </header>
      <p className="org-name">{org.name}</p>
      <nav aria-label="Boards" className="board-links">
        {boards.map(({ id, orgId, name, openCount }) => (
          <a
            key={id}
            href={hrefOf({ orgId, boardId: id })}
            className="board-link"
            aria-current={id === openId ? 'page' : undefined}
          >
            <span>{name}</span>
            <span className="count" aria-label={`${openCount} open`}>
              {formatCount(openCount)}
            </span>
          </a>
        ))}
      </nav>
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
    </aside>
  )
}
