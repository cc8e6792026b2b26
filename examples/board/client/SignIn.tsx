/** Pick who you are, and so whose boards you see: a plain form, for the session begins afresh. */
import { useQuery } from '@tanstack/react-query'
import { Avatar } from './Avatar.tsx'
import { trpc } from './trpc.ts'

export function SignIn() {
  const choices = useQuery(trpc.session.choices.queryOptions())
  if (choices.isError) return <p className="notice">The server does not answer.</p>
  return (
    <main className="sign-in">
      <header>
        <img src="/icon.svg" alt="" width="48" height="48" />
        <h1>Welcome to Signpost</h1>
        <p>Two organisations share this server, and nothing else. Who are you today?</p>
      </header>
      <form method="post" action="/sign-in" className="org-cards">
        {choices.data?.map(({ org, people }) => (
          <fieldset key={org.id} className="org-card">
            <legend>{org.name}</legend>
            <p>{org.line}</p>
            {people.map((person) => (
              <button
                key={person.id}
                name="personId"
                value={person.id}
                className="person-choice"
              >
                <Avatar person={person} size={36} />
                <span className="person-lines">
                  <strong>{person.name}</strong>
                  <small>{person.title}</small>
                </span>
              </button>
            ))}
          </fieldset>
        ))}
      </form>
      <p className="hint">Open a second window in private mode and sign in as somebody else.</p>
    </main>
  )
}
