/**
 * The posts, a page at a time. An import may put thousands of rows into the pages that are loaded,
 * so no more of them are rendered than somebody has scrolled to.
 */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { Sort, Status } from '../shared/types.ts'
import { PostRow } from './PostRow.tsx'
import { Sentinel } from './Sentinel.tsx'
import { trpc } from './trpc.ts'

const STEP = 40

interface Props {
  orgId: string
  boardId: number
  status: Status | undefined
  sort: Sort
  votedFor: ReadonlySet<number>
  openId: number | undefined
}

export function PostList({ orgId, boardId, status, sort, votedFor, openId }: Props) {
  const [limit, setLimit] = useState(STEP)
  const pages = useInfiniteQuery(
    trpc.post.list.infiniteQueryOptions(
      { orgId, boardId, status, sort },
      { getNextPageParam: (page) => page.nextCursor },
    ),
  )
  const posts = useMemo(
    () => pages.data?.pages.flatMap(({ items }) => items) ?? [],
    [pages.data],
  )
  const isMore = posts.length > limit || pages.hasNextPage

  function showMore() {
    setLimit(Math.min(limit, posts.length) + STEP)
    if (posts.length < limit + STEP && pages.hasNextPage && !pages.isFetching) {
      void pages.fetchNextPage()
    }
  }

  return (
    <section className="posts" aria-label="Posts">
      {pages.isError && <p className="notice">The posts could not be loaded.</p>}
      <ol>
        {posts.slice(0, limit).map((post) => (
          <PostRow
            key={post.id}
            post={post}
            hasVoted={votedFor.has(post.id)}
            isOpen={post.id === openId}
          />
        ))}
      </ol>
      {isMore && <Sentinel key={`${limit} ${posts.length}`} onReach={showMore} />}
      {pages.isSuccess && posts.length === 0 && <p className="notice">Nothing here yet.</p>}
    </section>
  )
}
