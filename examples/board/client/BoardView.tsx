/** One board: its posts by status and order, and beside them the open post, or what was closed last. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Board, Sort, Status } from '../shared/types.ts'
import { BoardHeader } from './BoardHeader.tsx'
import { PostList } from './PostList.tsx'
import { PostPanel } from './PostPanel.tsx'
import { RecentlyClosed } from './RecentlyClosed.tsx'
import { Toolbar } from './Toolbar.tsx'
import { trpc } from './trpc.ts'

interface Props {
  orgId: string
  boardId: number
  /** Undefined until the boards are there, or where there is none by that number. */
  board: Board | undefined
  postId: number | undefined
}

export function BoardView({ orgId, boardId, board, postId }: Props) {
  const [status, setStatus] = useState<Status | undefined>('open')
  const [sort, setSort] = useState<Sort>('newest')
  const mine = useQuery(trpc.vote.mine.queryOptions({ orgId, boardId }))
  const votedFor = useMemo(() => new Set(mine.data?.map(({ postId }) => postId)), [mine.data])

  return (
    <main className="board" data-post={postId !== undefined}>
      <title>{`${board ? `${board.name} · ` : ''}Signpost`}</title>
      <BoardHeader orgId={orgId} boardId={boardId} board={board} />
      <Toolbar
        board={board}
        status={status}
        sort={sort}
        onStatus={setStatus}
        onSort={setSort}
      />
      <PostList
        key={`${status} ${sort}`}
        {...{ orgId, boardId, status, sort, votedFor, openId: postId }}
      />
      {postId === undefined ? (
        <RecentlyClosed orgId={orgId} boardId={boardId} />
      ) : (
        <PostPanel
          key={postId}
          {...{ orgId, boardId, postId, hasVoted: votedFor.has(postId) }}
        />
      )}
    </main>
  )
}
