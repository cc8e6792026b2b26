/** One conversation: its header, its messages, what to write next, and who is in it. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ConversationRow, Person } from '../shared/types.ts'
import { Avatar } from './Avatar.tsx'
import { Composer } from './Composer.tsx'
import { ConnectionPill } from './ConnectionPill.tsx'
import { BackIcon } from './icons.tsx'
import { useMarkRead } from './mark-read.ts'
import { MemberDrawer } from './MemberDrawer.tsx'
import { MessageList } from './MessageList.tsx'
import { RoomStatus } from './RoomStatus.tsx'
import { trpc } from './trpc.ts'

interface Props {
  conversation: ConversationRow
  showsMembers: boolean
  onToggleMembers: () => void
}

export function ConversationView({ conversation, showsMembers, onToggleMembers }: Props) {
  const { id: conversationId } = conversation
  const members = useQuery(trpc.member.list.queryOptions({ conversationId }))
  const pages = useInfiniteQuery(
    trpc.message.list.infiniteQueryOptions(
      { conversationId },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  )
  const messages = useMemo(
    () => pages.data?.pages.flatMap((page) => page.items).toReversed() ?? [],
    [pages.data],
  )
  useMarkRead(conversation)

  return (
    <main className="conversation" data-members={showsMembers}>
      <header className="conversation-header">
        <a href="#/" className="icon-button back-link" aria-label="All conversations">
          <BackIcon />
        </a>
        <div className="conversation-heading">
          <h2>{conversation.title}</h2>
          <p>
            {conversation.topic} <RoomStatus conversationId={conversationId} />
          </p>
        </div>
        <span className="narrow-only">
          <ConnectionPill />
        </span>
        <MembersButton
          members={members.data ?? []}
          isPressed={showsMembers}
          onClick={onToggleMembers}
        />
      </header>
      {pages.isError && <p className="notice">The messages could not be loaded.</p>}
      <MessageList
        conversation={conversation}
        messages={messages}
        isLoading={pages.isPending}
        hasOlder={pages.hasNextPage}
        onReachTop={() => {
          if (!pages.isFetching) void pages.fetchNextPage()
        }}
      />
      <Composer conversation={conversation} />
      {showsMembers && members.data && (
        <MemberDrawer
          conversationId={conversationId}
          members={members.data}
          onClose={onToggleMembers}
        />
      )}
    </main>
  )
}

interface MembersButtonProps {
  members: Person[]
  isPressed: boolean
  onClick: () => void
}

function MembersButton({ members, isPressed, onClick }: MembersButtonProps) {
  return (
    <button
      type="button"
      className="members-button"
      aria-label={`Members (${members.length})`}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <span className="avatar-stack">
        {members.slice(0, 4).map((person) => (
          <Avatar key={person.id} person={person} size={28} />
        ))}
      </span>
      {members.length}
    </button>
  )
}
