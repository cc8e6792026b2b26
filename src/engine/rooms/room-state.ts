/**
 * The state machine of one room, as a client sees it. Pure: no clock, no socket, no cache.
 *
 * ```
 *            asked                 joined, nothing missed
 *   idle ─────────▶ asked ─────────────────────────────────▶ live ◀──┐
 *    │                │                                       │ gap  │ caught up
 *    │ joined         │ joined, events missed                 ▼      │
 *    └────────────────┴─────────────────────────────▶ catching-up ──┘
 *
 *   any of them: disconnected, left ──▶ away     (its place in the log is kept)
 *                let go ──────────────▶ idle     (likewise)
 *                refused ─────────────▶ refused
 *                revoked ─────────────▶ revoked  (its place is forgotten)
 * ```
 *
 * The table is typed so that a forgotten cell does not compile.
 */

export type RoomState =
  /** Not joined, and not expected to be. */
  | 'idle'
  /** The server was asked for it. */
  | 'asked'
  /** Joined; what was missed is on its way, and live events are held. */
  | 'catching-up'
  /** Joined; every event has been applied. */
  | 'live'
  /** Was joined until the connection ended, or the server took the socket out. */
  | 'away'
  | 'refused'
  | 'revoked'

export type RoomEvent =
  | 'asked'
  /** Joined, and nothing was missed. */
  | 'joined'
  /** Joined, and the log has what was missed. */
  | 'joined-behind'
  /** Joined, and nobody knows what was missed. */
  | 'joined-lost'
  | 'caught-up'
  | 'gap'
  /** What was pulled is no longer in the log. */
  | 'lost'
  | 'disconnected'
  /** Taken out by the server. */
  | 'left'
  /** Left by this client, for nobody looks any more. */
  | 'let-go'
  /** The server has joined all it joins by itself, and not this one. */
  | 'absent'
  | 'refused'
  | 'revoked'

export type RoomEffect =
  /** Ask for the events that were missed. */
  | 'pull'
  /** The same, after a moment in which they may come by themselves. */
  | 'pull-soon'
  /** Apply the events that were held. */
  | 'release'
  /** The room's queries owe a refetch; what was held goes on from there. */
  | 'owe'
  /** The same, at once: they were empty. */
  | 'restore'
  /** The same; what the API refuses then may no longer be seen. */
  | 'suspect'
  /** The room's queries are marked stale. */
  | 'stale'
  /** The room's queries lose their data. */
  | 'empty'

export interface Outcome {
  readonly to: RoomState
  readonly effect?: RoomEffect
}

/** What an event makes of a room. */
export function transition(state: RoomState, event: RoomEvent): Outcome {
  return TABLE[state][event]
}

const stay = (to: RoomState): Outcome => ({ to })

const JOINED = {
  joined: { to: 'live' },
  'joined-behind': { to: 'catching-up', effect: 'pull' },
  'joined-lost': { to: 'live', effect: 'owe' },
} as const

const REVOKED: Outcome = { to: 'revoked', effect: 'empty' }

const TABLE: Record<RoomState, Record<RoomEvent, Outcome>> = {
  idle: {
    ...JOINED,
    asked: stay('asked'),
    'caught-up': stay('idle'),
    gap: stay('idle'),
    lost: stay('idle'),
    disconnected: stay('idle'),
    left: stay('idle'),
    'let-go': stay('idle'),
    absent: stay('idle'),
    refused: stay('refused'),
    revoked: REVOKED,
  },
  asked: {
    ...JOINED,
    asked: stay('asked'),
    'caught-up': stay('asked'),
    gap: stay('asked'),
    lost: stay('asked'),
    disconnected: stay('idle'),
    left: stay('idle'),
    'let-go': stay('idle'),
    absent: stay('asked'),
    refused: stay('refused'),
    revoked: REVOKED,
  },
  'catching-up': {
    joined: { to: 'live', effect: 'release' },
    'joined-behind': { to: 'catching-up', effect: 'pull' },
    'joined-lost': { to: 'live', effect: 'owe' },
    asked: stay('catching-up'),
    'caught-up': { to: 'live', effect: 'release' },
    gap: stay('catching-up'),
    lost: { to: 'live', effect: 'owe' },
    disconnected: stay('away'),
    left: { to: 'away', effect: 'stale' },
    'let-go': stay('idle'),
    absent: stay('catching-up'),
    refused: stay('catching-up'),
    revoked: REVOKED,
  },
  live: {
    ...JOINED,
    asked: stay('live'),
    'caught-up': stay('live'),
    gap: { to: 'catching-up', effect: 'pull-soon' },
    lost: { to: 'live', effect: 'owe' },
    disconnected: stay('away'),
    left: { to: 'away', effect: 'stale' },
    'let-go': stay('idle'),
    absent: stay('live'),
    refused: stay('live'),
    revoked: REVOKED,
  },
  away: {
    ...JOINED,
    asked: stay('away'),
    'caught-up': stay('away'),
    gap: stay('away'),
    lost: stay('away'),
    disconnected: stay('away'),
    left: stay('away'),
    'let-go': stay('idle'),
    absent: { to: 'idle', effect: 'suspect' },
    refused: { to: 'refused', effect: 'suspect' },
    revoked: REVOKED,
  },
  refused: {
    ...JOINED,
    asked: stay('asked'),
    'caught-up': stay('refused'),
    gap: stay('refused'),
    lost: stay('refused'),
    disconnected: stay('idle'),
    left: stay('idle'),
    'let-go': stay('idle'),
    absent: stay('refused'),
    refused: stay('refused'),
    revoked: REVOKED,
  },
  revoked: {
    joined: { to: 'live', effect: 'restore' },
    'joined-behind': { to: 'live', effect: 'restore' },
    'joined-lost': { to: 'live', effect: 'restore' },
    asked: stay('revoked'),
    'caught-up': stay('revoked'),
    gap: stay('revoked'),
    lost: stay('revoked'),
    disconnected: stay('revoked'),
    left: stay('revoked'),
    'let-go': stay('revoked'),
    absent: stay('revoked'),
    refused: stay('revoked'),
    revoked: REVOKED,
  },
}

/** Whether the socket is in the room, so that its events may be applied. */
export function isJoined(state: RoomState): boolean {
  return state === 'live' || state === 'catching-up'
}
