/** Who I am and who the others are: known once at the start, needed by many. */
import { createContext, use, useMemo } from 'react'
import type { ReactNode } from 'react'
import type { Org, Person } from '../shared/types.ts'

interface Team {
  org: Org
  me: Person
  personOf: (id: string) => Person
}

const TeamContext = createContext<Team | null>(null)

interface Props {
  org: Org
  me: Person
  people: Person[]
  children: ReactNode
}

export function TeamProvider({ org, me, people, children }: Props) {
  const team = useMemo(() => {
    const byId = new Map(people.map((person) => [person.id, person]))
    const personOf = (id: string) =>
      byId.get(id) ?? { id, orgId: org.id, name: 'Somebody new', title: '' }
    return { org, me, personOf }
  }, [org, me, people])
  return <TeamContext value={team}>{children}</TeamContext>
}

export function useTeam(): Team {
  const team = use(TeamContext)
  if (!team) throw new Error('useTeam() needs a TeamProvider above it.')
  return team
}
