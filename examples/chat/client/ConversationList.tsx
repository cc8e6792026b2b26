/** The conversations, the liveliest first: order, last line and unread count come from the rules. */
import { useState } from 'react'
import type { ConversationRow } from '../shared/types.ts'
import { formatWhen } from './format.ts'
import { hrefOf } from './location.ts'
import { usePageVisible } from './page-visible.ts'
import { useTeam } from './team.tsx'

interface Props {
  conversations: ConversationRow[]
  openId: number | undefined
}

export function ConversationList({ conversations, openId }: Props) {
  const [wanted, setWanted] = useState('')
  const isVisible = usePageVisible()
  const needle = wanted.trim().toLowerCase()
  const shown = conversations.filter(({ title }) => title.toLowerCase().includes(needle))
  return (
    <>
      <input
        type="search"
        className="search"
        placeholder="Find a conversation"
        aria-label="Find a conversation"
        value={wanted}
        onChange={(event) => setWanted(event.target.value)}
      />
      <nav aria-label="Conversations" className="conversation-list">
        {shown.map((conversation) => {
          const isOpen = conversation.id === openId
          return (
            <ConversationItem
              key={conversation.id}
              conversation={conversation}
              isOpen={isOpen}
              // What is on the screen is as good as read.
              unread={isOpen && isVisible ? 0 : conversation.unread}
            />
          )
        })}
        {needle && shown.length === 0 && <p className="notice">Nothing by that name.</p>}
      </nav>
    </>
  )
}

interface ItemProps {
  conversation: ConversationRow
  isOpen: boolean
  unread: number
}

function ConversationItem({ conversation, isOpen, unread }: ItemProps) {
  const { id, title, lastMessage, createdAt } = conversation
  return (
    <a
      href={hrefOf(id)}
      className="conversation-item"
      aria-current={isOpen ? 'page' : undefined}
      data-unread={unread > 0}
    >
      <span className="conversation-title">{title}</span>
      <time dateTime={lastMessage?.createdAt ?? createdAt}>
        {formatWhen(lastMessage?.createdAt ?? createdAt)}
      </time>
      <span className="conversation-preview">
        <LastLine conversation={conversation} />
      </span>
      {unread > 0 && (
        <span className="badge" aria-label={`${unread} unread`}>
          {unread > 99 ? '99+' : unread}
        </span>
      )}
    </a>
  )
}

function LastLine({ conversation: { lastMessage, topic } }: { conversation: ConversationRow }) {
  const { me, personOf } = useTeam()
  if (!lastMessage) return topic || 'Nothing said yet'
  const { authorId, text } = lastMessage
  const author = authorId === me.id ? 'You' : personOf(authorId).name.split(' ')[0]
  return `${author}: ${text}`
}
