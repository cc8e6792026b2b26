/**
 * The events that were delivered lately, over all connections of a cache: as far as one query is
 * concerned, and as far as its data does not know them.
 */

import type { Query } from '@tanstack/query-core'
import { headIn, knows, type Stamp } from '../../stamp.ts'
import type { RecentEvent, RecentEvents } from '../events/recent-events.ts'
import type { SocketLink } from '../events/socket-link.ts'
import type { EventHistory } from '../fetches/events-since.ts'
import type { RoomBook } from '../rooms/room-book.ts'

interface HistoryLink {
  readonly link: Pick<SocketLink, 'recall'>
  readonly recents: Pick<RecentEvents, 'forgottenThrough'>
  readonly book: Pick<RoomBook, 'byHandle'>
}

export function createHistory(links: () => readonly HistoryLink[]): EventHistory {
  const recall = (query: Query, isMeant: (recent: RecentEvent) => boolean) =>
    links().flatMap(({ link }) => link.recall(query, isMeant))

  return {
    unknownTo(query, stamp, before) {
      const verdictOn = ({ position }: RecentEvent) => position && knows(stamp, position)
      const isBefore = ({ tick }: RecentEvent) => tick < before
      return {
        entries: recall(query, (recent) => isBefore(recent) && verdictOn(recent) === false),
        isIncomplete: links().some(({ book }) => hasForgotten(book, stamp)),
        hasStrangers:
          before === Infinity &&
          recall(query, (recent) => verdictOn(recent) === undefined).length > 0,
      }
    },

    since(query, moment, before) {
      return {
        entries: recall(query, ({ at, tick }) => at >= moment && tick < before),
        isIncomplete: links().some(({ recents }) => recents.forgottenThrough() >= moment),
        hasStrangers: false,
      }
    },
  }
}

/** Whether events above the stamp's heads were delivered, or never will be, that are not remembered. */
function hasForgotten({ byHandle }: HistoryLink['book'], stamp: Stamp): boolean {
  return stamp.p.some(([handle, head]) => {
    const place = byHandle(handle)?.place
    return (
      place !== undefined &&
      headIn(stamp, place.epoch, handle) !== undefined &&
      place.floor > head
    )
  })
}
