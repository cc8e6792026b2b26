/**
 * What server and client say to each other. Rows come from the database's schema, dates included;
 * the events that carry them are listed here once, for the rules, the server and every page.
 */
import type { EntityEvents } from '@iron-stack/sync'
import type { Board, Comment, Org, Person, Post, PostText, Vote } from '../server/schema.ts'
import type { boardRoom } from './rooms.ts'

export type { Board, Comment, Org, Person, Post, PostText, Vote }

export type Status = Post['status']
export type Sort = 'newest' | 'votes' | 'title'

/** What a page of posts says of its last one, so that the next page begins behind it. */
export type PostCursor = Pick<Post, 'id' | 'createdAt' | 'votes' | 'title'>

export interface PostPage {
  items: Post[]
  nextCursor: PostCursor | null
}

/** Which post something is about. */
export interface PostRef {
  orgId: string
  postId: number
}

/** Created, updated, deleted: to everybody who looks at the board. */
type PostEvents = EntityEvents<'post', Post, (typeof boardRoom)['template']>

export interface OtherEvents {
  /** To the whole organisation: how many posts are open and closed. */
  'board:changed': Board
  /** To everybody who looks at the board: one comment more, and the post's version with it. */
  'post:commented': Pick<Post, 'id' | 'orgId' | 'boardId' | 'commentCount' | 'version'>

  /** To those who have the post open. */
  'comment:created': Comment
  'text:edited': PostText
  /** Who they are: all of them, each time. */
  'post:watched': PostRef & { personIds: string[] }
  'post:typing': PostRef & { personId: string }

  /** To all windows of the person who has voted. */
  'vote:cast': Vote
  'vote:withdrawn': Vote
}

export interface BoardEvents extends PostEvents, OtherEvents {}
