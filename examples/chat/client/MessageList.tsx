/**
 * The messages, the newest at the bottom. The box is scrolled from its end (`column-reverse`), so
 * the browser itself keeps the place when older ones are added above.
 */
import { useEffect, useRef, useState } from 'react'
import type { ConversationRow, Message } from '../shared/types.ts'
import { formatDay } from './format.ts'
import { MessageRow } from './MessageRow.tsx'
import { useOutbox } from './outbox.ts'
import { OutgoingRow } from './OutgoingRow.tsx'
import { useTeam } from './team.tsx'
import { arrange, belongTogether } from './timeline.ts'
import type { TimelineEntry } from './timeline.ts'

const LOAD_AHEAD = '600px 0px 0px'

interface Props {
  conversation: ConversationRow
  messages: Message[]
  isLoading: boolean
  hasOlder: boolean
  onReachTop: () => void
}

export function MessageList(props: Props) {
  const { conversation, messages, isLoading, hasOlder, onReachTop } = props
  const { me } = useTeam()
  // The line above the new ones stays where it was when the conversation was opened.
  const [lastReadId] = useState(conversation.lastReadId)
  const outgoing = useOutbox(conversation.id, messages)
  const entries = arrange(messages, { id: me.id, lastReadId })
  const last = messages.at(-1)

  // Who writes wants to see it, however far up in the history.
  const scroller = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (outgoing.length > 0) scroller.current?.scrollTo({ top: 0 })
  }, [outgoing.length])

  return (
    <div
      ref={scroller}
      className="message-scroller"
      tabIndex={0}
      role="region"
      aria-label="History"
    >
      <div>
        {hasOlder && <TopSentinel key={messages[0]?.id} onReach={onReachTop} />}
        {!isLoading && !hasOlder && <Beginning conversation={conversation} />}
        <ol role="log" aria-label="Messages" className="messages">
          {entries.map((entry) => (
            <Entry key={entry.message.id} entry={entry} />
          ))}
          {outgoing.map((message, place) => (
            <OutgoingRow
              key={message.nonce}
              message={message}
              startsGroup={
                place === 0 &&
                !(last && belongTogether(last, { authorId: me.id, createdAt: isoOf(message) }))
              }
            />
          ))}
        </ol>
      </div>
    </div>
  )
}

function Entry({
  entry: { message, startsDay, startsNew, startsGroup },
}: {
  entry: TimelineEntry
}) {
  return (
    <>
      {startsDay && (
        <li className="day-line">
          <time dateTime={message.createdAt}>{formatDay(message.createdAt)}</time>
        </li>
      )}
      {startsNew && <li className="new-line">New</li>}
      <MessageRow message={message} startsGroup={startsGroup} />
    </>
  )
}

function Beginning({ conversation: { title, topic } }: { conversation: ConversationRow }) {
  return (
    <div className="beginning">
      <h3>{title}</h3>
      <p>This is where it all began. {topic}</p>
    </div>
  )
}

/** Asks for older messages shortly before it comes into sight. Remounted after each page. */
function TopSentinel({ onReach }: { onReach: () => void }) {
  const element = useRef<HTMLDivElement>(null)
  const latest = useRef(onReach)
  useEffect(() => {
    latest.current = onReach
  })
  useEffect(() => {
    if (!element.current) return undefined
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && latest.current(),
      { root: element.current.closest('.message-scroller'), rootMargin: LOAD_AHEAD },
    )
    observer.observe(element.current)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={element} className="loading-older" role="status">
      Loading older messages…
    </div>
  )
}

function isoOf({ submittedAt }: { submittedAt: number }): string {
  return new Date(submittedAt).toISOString()
}
