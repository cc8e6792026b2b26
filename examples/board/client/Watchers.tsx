/** Who looks at the post at the moment: as faces, and for whoever cannot see them, as names. */
import { Avatar } from './Avatar.tsx'
import { listNames } from './format.ts'
import { useTeam } from './team.tsx'

export function Watchers({ personIds }: { personIds: string[] }) {
  const { me, personOf } = useTeam()
  const people = personIds.map(personOf)
  const names = people.map(({ id, name }) => (id === me.id ? 'you' : name))
  const title = names.length > 0 ? `Looking at this: ${listNames(names)}` : ''
  return (
    <span role="img" aria-label={title} title={title} className="avatar-stack">
      {people.map((person) => (
        <Avatar key={person.id} person={person} size={26} />
      ))}
    </span>
  )
}
