/**
 * Who is signed in decides what there is to see. Beneath `SyncProvider`, every query that a rule
 * names is live: no component has to know.
 */
import { SyncProvider } from '@iron-stack/sync/client'
import { useQuery } from '@tanstack/react-query'
import { rules } from '../shared/rules.ts'
import type { Person } from '../shared/types.ts'
import { Chat } from './Chat.tsx'
import { SignIn } from './SignIn.tsx'
import { socket, useSocketConnection } from './socket.ts'
import { TeamProvider } from './team.tsx'
import { trpc } from './trpc.ts'

export function App() {
  // A new session begins with a fresh page, and nobody joins the team while it is up.
  const unchanging = { staleTime: Infinity }
  const me = useQuery(trpc.person.me.queryOptions(undefined, unchanging))
  const people = useQuery(trpc.person.list.queryOptions(undefined, unchanging))
  if (me.isError || people.isError) return <p className="notice">The server does not answer.</p>
  if (me.isPending || people.isPending) return null
  return me.data ? (
    <SignedIn me={me.data} people={people.data} />
  ) : (
    <SignIn people={people.data} />
  )
}

function SignedIn({ me, people }: { me: Person; people: Person[] }) {
  useSocketConnection()
  return (
    <SyncProvider rules={rules} socket={socket} viewer={me.id}>
      <TeamProvider me={me} people={people}>
        <Chat />
      </TeamProvider>
    </SyncProvider>
  )
}
