/** Who I am and who the others are: known once at the start, needed by many. */
import { createContext, use, useMemo } from 'react'
import type { ReactNode } from 'react'
import type { Person } from '../shared/types.ts'

interface Team {
  me: Person
  people: Person[]
  personOf: (id: string) => Person
}

const TeamContext = createContext<Team | null>(null)

export function TeamProvider(props: { me: Person; people: Person[]; children: ReactNode }) {
  const { me, people } = props
  const team = useMemo(() => {
    const byId = new Map(people.map((person) => [person.id, person]))
    const personOf = (id: string) => byId.get(id) ?? { id, name: 'Somebody new', title: '' }
    return { me, people, personOf }
  }, [me, people])
  return <TeamContext value={team}>{props.children}</TeamContext>
}

export function useTeam(): Team {
  const team = use(TeamContext)
  if (!team) throw new Error('useTeam() needs a TeamProvider above it.')
  return team
}
