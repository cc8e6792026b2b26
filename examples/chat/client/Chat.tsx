/** The window: the list of conversations on the left, the open one beside it. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { ConversationList } from './ConversationList.tsx'
import { ConversationView } from './ConversationView.tsx'
import { hrefOf, useOpenConversationId } from './location.ts'
import { Sidebar } from './Sidebar.tsx'
import { trpc } from './trpc.ts'

const WIDE = '(min-width: 760px)'

export function Chat() {
  const conversations = useQuery(trpc.conversation.list.queryOptions())
  const openId = useOpenConversationId()
  const [showsMembers, setShowsMembers] = useState(false)

  const firstId = conversations.data?.[0]?.id
  useEffect(() => {
    const isUndecided = openId === undefined && firstId !== undefined
    if (isUndecided && matchMedia(WIDE).matches) location.replace(hrefOf(firstId))
  }, [openId, firstId])

  const open = conversations.data?.find(({ id }) => id === openId)
  const unread = conversations.data?.reduce((sum, row) => sum + row.unread, 0) ?? 0

  return (
    <div className="chat" data-open={openId !== undefined}>
      <title>{`${unread > 0 ? `(${unread}) ` : ''}${open ? `${open.title} · ` : ''}Hearth`}</title>
      <Sidebar>
        {conversations.isError && <p className="notice">The list could not be loaded.</p>}
        <ConversationList conversations={conversations.data ?? []} openId={openId} />
      </Sidebar>
      {open ? (
        <ConversationView
          key={open.id}
          conversation={open}
          showsMembers={showsMembers}
          onToggleMembers={() => setShowsMembers((shown) => !shown)}
        />
      ) : (
        <main className="nothing-open">
          <p>{conversations.isPending ? 'Loading…' : 'Pick a conversation on the left.'}</p>
          <a href="#/" className="back-link">
            All conversations
          </a>
        </main>
      )}
    </div>
  )
}
