/** Pick who you are: a plain form, so that the session begins with a fresh page. */
import type { Person } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'

export function SignIn({ people }: { people: Person[] }) {
  return (
    <main className="sign-in">
      <header>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>Welcome to Hearth</h1>
        <p>Where the team talks. Who are you today?</p>
      </header>
      <form method="post" action="/sign-in" className="person-cards">
        {people.map((person) => (
          <button key={person.id} name="personId" value={person.id} className="person-card">
            <Avatar person={person} size={44} />
            <span>
              <strong>{person.name}</strong>
              <small>{person.title}</small>
            </span>
          </button>
        ))}
      </form>
      <p className="hint">Open a second window in private mode and sign in as somebody else.</p>
    </main>
  )
}
