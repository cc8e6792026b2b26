/**
 * One message. Its author may edit and delete it; both are painted from the mutation until the
 * event has changed the row itself.
 */
import { useMutation } from '@tanstack/react-query'
import { memo, useState } from 'react'
import type { Message } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { formatTime } from './format.ts'
import { MessageActions } from './MessageActions.tsx'
import { MessageEditor } from './MessageEditor.tsx'
import { useTeam } from './team.tsx'
import { trpc } from './trpc.ts'

interface Props {
  message: Message
  startsGroup: boolean
}

export const MessageRow = memo(function MessageRow({ message, startsGroup }: Props) {
  const { me, personOf } = useTeam()
  const [isEditing, setIsEditing] = useState(false)
  const edit = useMutation(trpc.message.edit.mutationOptions())
  const remove = useMutation(trpc.message.delete.mutationOptions())
  const { id, conversationId, authorId, createdAt } = message

  if (remove.isPending || remove.isSuccess) return null

  const author = personOf(authorId)
  const text = edit.isPending ? edit.variables.text : newest(message, edit.data).text
  const isEdited = edit.isPending || newest(message, edit.data).editedAt !== null
  return (
    <li className="message" data-group-start={startsGroup}>
      {startsGroup ? (
        <Avatar person={author} />
      ) : (
        <time className="message-margin" dateTime={createdAt}>
          {formatTime(createdAt)}
        </time>
      )}
      <div className="message-body">
        {startsGroup && (
          <p className="message-byline">
            <strong>{author.name}</strong>
            <time dateTime={createdAt}>{formatTime(createdAt)}</time>
          </p>
        )}
        {isEditing ? (
          <MessageEditor
            text={text}
            onSave={(text) => {
              setIsEditing(false)
              if (text !== message.text) edit.mutate({ conversationId, id, text })
            }}
            onCancel={() => setIsEditing(false)}
          />
        ) : (
          <p className="message-text">
            {text}
            {isEdited && <small className="message-edited"> edited</small>}
          </p>
        )}
        {(edit.isError || remove.isError) && (
          <p role="alert" className="message-failed">
            That did not work. Please try again.
          </p>
        )}
      </div>
      {authorId === me.id && !isEditing && (
        <MessageActions
          onEdit={() => setIsEditing(true)}
          onDelete={() => remove.mutate({ conversationId, id })}
        />
      )}
    </li>
  )
})

/** The row, or the answer to an edit whose event is still on its way. */
function newest(row: Message, answer: Message | undefined): Message {
  return answer?.editedAt && answer.editedAt > (row.editedAt ?? '') ? answer : row
}
