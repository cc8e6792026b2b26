/** The window: the organisation's boards on the left, the open one beside it. */
import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { BoardView } from './BoardView.tsx'
import { hrefOf, usePlace } from './location.ts'
import { NotYours } from './NotYours.tsx'
import { Sidebar } from './Sidebar.tsx'
import { useTeam } from './team.tsx'
import { isRefusal, trpc } from './trpc.ts'

export function Workspace() {
  const { org } = useTeam()
  const { orgId, boardId, postId } = usePlace(org.id)
  const boards = useQuery(trpc.board.list.queryOptions({ orgId }))

  const firstId = boards.data?.[0]?.id
  useEffect(() => {
    if (boardId === undefined && firstId !== undefined) {
      location.replace(hrefOf({ orgId, boardId: firstId }))
    }
  }, [orgId, boardId, firstId])

  return (
    <div className="workspace" data-open={boardId !== undefined}>
      <Sidebar boards={boards.data ?? []} openId={boardId} />
      {isRefusal(boards.error) ? (
        <NotYours orgId={orgId} boardId={boardId ?? 0} />
      ) : (
        boardId !== undefined && (
          <BoardView
            key={`${orgId} ${boardId}`}
            orgId={orgId}
            boardId={boardId}
            board={boards.data?.find(({ id }) => id === boardId)}
            postId={postId}
          />
        )
      )}
    </div>
  )
}
