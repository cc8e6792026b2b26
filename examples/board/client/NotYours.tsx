/** Another organisation's address: the API refuses its rows, and the server its room. */
import { useRoom } from '@iron-stack/sync/client'
import { boardRoom } from '../shared/rooms.ts'
import { hrefOf } from './location.ts'
import { useTeam } from './team.tsx'

export function NotYours({ orgId, boardId }: { orgId: string; boardId: number }) {
  const { org } = useTeam()
  const { status } = useRoom(boardRoom({ orgId, boardId }))
  return (
    <main className="not-yours">
      <h2>There is nothing here for you</h2>
      <p>
        The API knows no such organisation, <span role="status">the room is {status}</span>.
      </p>
      <a className="primary-button" href={hrefOf({ orgId: org.id })}>
        To the boards of {org.name}
      </a>
    </main>
  )
}
