/** Which of the board's posts, and in which order. */
import type { Board, Sort, Status } from '../shared/types.ts'
import { formatCount } from './format.ts'

interface Props {
  board: Board | undefined
  /** Undefined for all. */
  status: Status | undefined
  sort: Sort
  onStatus: (status: Status | undefined) => void
  onSort: (sort: Sort) => void
}

const SORTS: [sort: Sort, word: string][] = [
  ['newest', 'Newest'],
  ['votes', 'Most votes'],
  ['title', 'Title'],
]

export function Toolbar({ board, status, sort, onStatus, onSort }: Props) {
  const { openCount = 0, closedCount = 0 } = board ?? {}
  const choices: [status: Status | undefined, word: string, count: number][] = [
    ['open', 'Open', openCount],
    ['closed', 'Closed', closedCount],
    [undefined, 'All', openCount + closedCount],
  ]
  return (
    <div className="toolbar">
      <div role="group" aria-label="Which posts" className="choices">
        {choices.map(([choice, word, count]) => (
          <button
            key={word}
            type="button"
            aria-pressed={choice === status}
            onClick={() => onStatus(choice)}
          >
            {word} <span className="count">{formatCount(count)}</span>
          </button>
        ))}
      </div>
      <div role="group" aria-label="Order" className="choices">
        {SORTS.map(([choice, word]) => (
          <button
            key={choice}
            type="button"
            aria-pressed={choice === sort}
            onClick={() => onSort(choice)}
          >
            {word}
          </button>
        ))}
      </div>
    </div>
  )
}
