/**
 * What goes together: of events that leave at the same time, each socket that unpacks frames gets all
 * of its own in one packet, and those who get the same get the same packet. Everybody else gets events
 * one by one. To each socket they come in the order in which they were sent.
 */

import type { EventMeta } from '../../message.ts'

/** An event that is ready to be sent. */
export interface OutgoingEvent {
  readonly rooms: readonly string[]
  readonly event: string
  readonly data: unknown
  readonly meta: EventMeta
}

/** Who is in at least one of an event's rooms. */
export interface Receivers {
  /** Ids of sockets that unpack frames, and of all others. */
  readonly unpacking: readonly string[]
  readonly plain: readonly string[]
  /** Whether they are just those who are in the rooms: then the rooms' names mean them. */
  readonly areMembers: boolean
}

/** One packet: a frame where it has several events. */
export interface Packet {
  /** Rooms, a socket's own among them; at least one. */
  readonly to: readonly string[]
  readonly events: readonly OutgoingEvent[]
}

/** The events of the same rooms: all have the same receivers. */
interface Group {
  readonly rooms: readonly string[]
  readonly receivers: Receivers
  readonly members: Placed[]
}

/** An event, and its place among all that leave. */
interface Placed {
  readonly place: number
  readonly event: OutgoingEvent
}

export function packetsOf(
  events: readonly OutgoingEvent[],
  receiversOf: (rooms: readonly string[]) => Receivers,
): Packet[] {
  const groups = groupByRooms(events, receiversOf)
  const [only] = groups
  if (groups.length === 1 && only !== undefined) {
    return [...frameFor(only), ...plainPackets(only.members, () => only)]
  }
  const groupAt = new Map(
    groups.flatMap((group) => group.members.map(({ place }) => [place, group] as const)),
  )
  const placed = events.map((event, place): Placed => ({ place, event }))
  return [...framesFor(groups), ...plainPackets(placed, ({ place }) => groupAt.get(place))]
}

function groupByRooms(
  events: readonly OutgoingEvent[],
  receiversOf: (rooms: readonly string[]) => Receivers,
): Group[] {
  const groups = new Map<string, Group>()
  for (const [place, event] of events.entries()) {
    const { rooms } = event
    // Apart: a room may be called what several rooms look like.
    const key = rooms.length === 1 ? `1${rooms[0]}` : `n${JSON.stringify(rooms)}`
    let group = groups.get(key)
    if (group === undefined) {
      groups.set(key, (group = { rooms, receivers: receiversOf(rooms), members: [] }))
    }
    group.members.push({ place, event })
  }
  return [...groups.values()]
}

function frameFor({ rooms, receivers, members }: Group): Packet[] {
  const { unpacking, plain, areMembers } = receivers
  if (unpacking.length === 0) return []
  const to = areMembers && plain.length === 0 ? rooms : unpacking
  return [{ to, events: members.map(({ event }) => event) }]
}

/** A socket in the rooms of several groups gets the events of all of these in one frame. */
function framesFor(groups: readonly Group[]): Packet[] {
  const namesOf = new Map<string, string>()
  for (const [name, { receivers }] of groups.entries()) {
    for (const id of receivers.unpacking) namesOf.set(id, `${namesOf.get(id) ?? ''}${name} `)
  }
  const idsOf = new Map<string, string[]>()
  for (const [id, names] of namesOf) {
    const alike = idsOf.get(names)
    if (alike === undefined) idsOf.set(names, [id])
    else alike.push(id)
  }
  return [...idsOf].map(([names, to]) => {
    const own = names.trimEnd().split(' ')
    const members = own.flatMap((name) => groups[Number(name)]?.members ?? [])
    if (own.length > 1) members.sort((a, b) => a.place - b.place)
    return { to, events: members.map(({ event }) => event) }
  })
}

function plainPackets(
  placed: readonly Placed[],
  groupOf: (placed: Placed) => Group | undefined,
): Packet[] {
  return placed.flatMap((each): Packet[] => {
    const group = groupOf(each)
    if (group === undefined || group.receivers.plain.length === 0) return []
    const { rooms, receivers } = group
    const isWhole = receivers.areMembers && receivers.unpacking.length === 0
    return [{ to: isWhole ? rooms : receivers.plain, events: [each.event] }]
  })
}
