/** What was closed last. A plain list of a few: where it loses a row, nobody knows the one behind. */
import { useQuery } from '@tanstack/react-query'
import { DoneIcon } from './icons.tsx'
import { hrefOf } from './location.ts'
import { Time } from './Time.tsx'
import { trpc } from './trpc.ts'

const LIMIT = 5

export function RecentlyClosed({ orgId, boardId }: { orgId: string; boardId: number }) {
  const closed = useQuery(
    trpc.post.recentlyClosed.queryOptions({ orgId, boardId, limit: LIMIT }),
  )
  return (
    <aside className="recent" aria-label="Recently closed">
      <h3>Recently closed</h3>
      <ol>
        {closed.data?.map(({ id, title, closedAt }) => (
          <li key={id}>
            <a href={hrefOf({ orgId, boardId, postId: id })} className="recent-link">
              <DoneIcon />
              <span>
                {title}
                <small>{closedAt && <Time at={closedAt} />}</small>
              </span>
            </a>
          </li>
        ))}
      </ol>
      {closed.data?.length === 0 && <p className="notice">Nothing yet.</p>}
    </aside>
  )
}
