/**
 * A post with the number of comments it has since an event. The event's version comes with it: a
 * post that counts the comment already, or has changed again since, is newer and stays as it is.
 */
import type { OtherEvents, Post } from './types.ts'

export function withCount(
  post: Post,
  { commentCount, version }: OtherEvents['post:commented'],
): Post {
  return { ...post, commentCount, version }
}
