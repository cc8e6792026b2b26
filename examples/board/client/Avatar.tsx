/** A person as a coloured disc with initials: always the same colour for the same person. */
import type { Person } from '../shared/types.ts'

export function Avatar({ person, size = 36 }: { person: Person; size?: number }) {
  return (
    <span
      className="avatar"
      aria-hidden="true"
      style={{
        width: size,
        height: size,
        fontSize: size * 0.38,
        backgroundColor: `oklch(0.56 0.11 ${hueOf(person.id)})`,
      }}
    >
      {initialsOf(person.name)}
    </span>
  )
}

function initialsOf(name: string): string {
  const words = name.split(' ')
  return `${words[0]?.charAt(0) ?? ''}${words.length > 1 ? (words.at(-1)?.charAt(0) ?? '') : ''}`
}

function hueOf(id: string): number {
  // Any start will do; with this one, the seeded people are easy to tell apart.
  let hash = 7170
  for (const letter of id) hash = (hash * 33 + letter.charCodeAt(0)) % 9973
  return hash % 360
}
