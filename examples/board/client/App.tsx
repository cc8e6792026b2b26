/**
 * Who is signed in decides what there is to see. Beneath `SyncProvider`, every query that a rule
 * names is live: no component has to know.
 */
import { SyncProvider } from '@iron-stack/sync/client'
import { useQuery } from '@tanstack/react-query'
import superjson from 'superjson'
import { rules } from '../shared/rules.ts'
import type { Org, Person } from '../shared/types.ts'
import { SignIn } from './SignIn.tsx'
import { socket, useSocketConnection } from './socket.ts'
import { TeamProvider } from './team.tsx'
import { trpc } from './trpc.ts'
import { Workspace } from './Workspace.tsx'

export function App() {
  const session = useQuery(trpc.session.me.queryOptions())
  if (session.isError) return <p className="notice">The server does not answer.</p>
  if (session.isPending) return null
  return session.data ? <SignedIn {...session.data} /> : <SignIn />
}

function SignedIn({ me, org, team }: { me: Person; org: Org; team: Person[] }) {
  useSocketConnection()
  return (
    <SyncProvider rules={rules} socket={socket} viewer={me.id} transformer={superjson}>
      <TeamProvider me={me} org={org} people={team}>
        <Workspace />
      </TeamProvider>
    </SyncProvider>
  )
}
