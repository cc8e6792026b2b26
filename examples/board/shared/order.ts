/** In which order the lists are: the same when the database reads them and when an event changes them. */
import type { Board, Comment, Post, Sort, Vote } from './types.ts'

/** No two posts are equal: where the rest is, the id decides. */
export const postOrder: Record<Sort, (a: Post, b: Post) => number> = {
  newest: (a, b) => b.createdAt.getTime() - a.createdAt.getTime() || b.id - a.id,
  votes: (a, b) => b.votes - a.votes || b.id - a.id,
  title: (a, b) => compareText(a.title, b.title) || a.id - b.id,
}

export function lastClosedFirst(a: Post, b: Post): number {
  return Number(b.closedAt) - Number(a.closedAt) || b.id - a.id
}

export function oldestFirst(a: Comment, b: Comment): number {
  return a.id - b.id
}

export function byPost(a: Vote, b: Vote): number {
  return a.postId - b.postId
}

export function byName(a: Board, b: Board): number {
  return compareText(a.name, b.name) || a.id - b.id
}

/** By code point, as Postgres does with the collation "C". `<` goes by code unit. */
function compareText(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  for (let at = 0; at < end; at++) {
    const difference = weigh(a.charCodeAt(at)) - weigh(b.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Halves of characters beyond U+FFFF come after everything else. */
function weigh(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}
