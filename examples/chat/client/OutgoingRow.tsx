/** A message on its way, painted from the mutation's variables; or one that did not make it. */
import { useMutation } from '@tanstack/react-query'
import { Avatar } from './Avatar.tsx'
import type { OutgoingMessage } from './outbox.ts'
import { useTeam } from './team.tsx'
import { trpc } from './trpc.ts'

interface Props {
  message: OutgoingMessage
  startsGroup: boolean
}

export function OutgoingRow({ message, startsGroup }: Props) {
  const { me } = useTeam()
  const send = useMutation(trpc.message.send.mutationOptions())
  const { conversationId, nonce, text, hasFailed } = message
  return (
    <li className="message" data-group-start={startsGroup} data-outgoing>
      {startsGroup && <Avatar person={me} />}
      <div className="message-body">
        {startsGroup && (
          <p className="message-byline">
            <strong>{me.name}</strong>
          </p>
        )}
        <p className="message-text">{text}</p>
        {hasFailed && (
          <p role="alert" className="message-failed">
            Not sent.{' '}
            <button
              type="button"
              className="link-button"
              onClick={() => send.mutate({ conversationId, nonce, text })}
            >
              Try again
            </button>
          </p>
        )}
      </div>
    </li>
  )
}
