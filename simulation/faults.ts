/**
 * The safeguards that `--fault NAME` takes out of the engine, one at a time. A simulation that
 * finds nothing proves nothing; each of these must make it fail.
 *
 * A fault is a change of one piece of source text, made while the simulation is bundled: the engine
 * has no switches. Where the text is no longer there, the simulation says so and stops.
 */

export interface Fault {
  /** What the engine no longer does. */
  readonly without: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  journal: {
    without: 'keeping the events that arrive during a fetch',
    file: 'src/engine/fetches/fetch-journal.ts',
    find: 'entries.push(entry)',
    replace: '',
  },
  page: {
    without: 'putting a new page beside the pages as they are now',
    file: 'src/engine/fetches/query-tracker.ts',
    find: 'const page = rebasePage({ query, data, fetch, entries, memory, idOf })',
    replace: 'const page = undefined as Rebased | undefined',
  },
  debt: {
    without: 'starting the refetches that are owed',
    file: 'src/engine/fetches/refetch-scheduler.ts',
    find: 'account.isOwed = true',
    replace: '',
  },
  'debt-age': {
    without: 'asking that a fetch started after the debt it ends',
    file: 'src/engine/fetches/debt.ts',
    find: 'debt.since < fetch.startedAt && ',
    replace: '',
  },
  window: {
    without: 'knowing that there are rows beyond a list',
    file: 'src/updaters/place-row.ts',
    find: 'if (outside !== undefined) {',
    replace: 'if (outside !== undefined && pages === undefined) {',
  },
  foresight: {
    without: 'looking which later events a response knows',
    file: 'src/engine/fetches/rebase.ts',
    find: 'if (isExact || entries.length < 2) return () => undefined',
    replace: 'if (entries.length >= 0) return () => undefined',
  },
  fresh: {
    without: 'doubting rows that were put in front of a later response',
    file: 'src/updaters/keyed.ts',
    find: 'if (insert !== undefined) doubtFreshRows(run, found, insert)',
    replace: '',
  },
  dedupe: {
    without: 'knowing an event that arrives again',
    file: 'src/engine/events/recent-ids.ts',
    find: 'if (has(id)) return false',
    replace: '',
  },
  version: {
    without: 'comparing the versions of rows',
    file: 'src/updaters/keyed-options.ts',
    find: 'return version === undefined || isNewerVersion(version(next), version(row))',
    replace: 'return true',
  },
  revert: {
    without: 'putting events over what a cancelled fetch goes back to',
    file: 'src/engine/fetches/events-since.ts',
    find: 'const since = journal.sinceRevertPoint()',
    replace: 'const since = journal.sinceRevertPoint().slice(0, 0)',
  },
  'cancelled-debt': {
    without: 'owing again what a cancelled fetch was to make up for',
    file: 'src/engine/fetches/query-tracker.ts',
    find: "if (isUnproven || isAwaited) owe(query, 'cancel')",
    replace: "if (isUnproven) owe(query, 'cancel')",
  },
  foreign: {
    without: 'refetching what somebody else wrote',
    file: 'src/engine/fetches/query-tracker.ts',
    find: "return { value: unstamped, after: () => owe(query, 'repair') }",
    replace: 'return { value: unstamped }',
  },
  hydrated: {
    without: 'refetching queries that enter the cache with data',
    file: 'src/engine/fetches/query-tracker.ts',
    find: 'if (query.state.data !== undefined && isMeant(query)) takeSnapshot(query)',
    replace: '',
  },
  twins: {
    without: 'taking a row that moved between pages out of one of them',
    file: 'src/engine/fetches/graft-page.ts',
    find: 'if (twins.size === 0)',
    replace: 'if (twins.size >= 0)',
  },
  hole: {
    without: 'remembering a row left out between the last one held and the next page',
    file: 'src/engine/fetches/rebase-page.ts',
    find: 'const mayHaveHole = hadHole ||',
    replace: 'const mayHaveHole =',
  },
  lag: {
    without: 'telling an answer that lags from one that has lost a row',
    file: 'src/updaters/keyed.ts',
    find: '&& !application?.mode.isLagging',
    replace: '',
  },
  refill: {
    without: 'refetching a list at its limit that lost a row',
    file: 'src/updaters/keyed.ts',
    find: 'if (isShort(run, kept)) application.doubt(REFILL)',
    replace: '',
  },
  thrown: {
    without: 'refetching a query whose updater threw',
    file: 'src/engine/events/apply-action.ts',
    find: "compiled.onError(callbackFailed(compiled, step, cause))\n  batch.owe(query, 'rule', position)",
    replace: 'compiled.onError(callbackFailed(compiled, step, cause))',
  },
  closures: {
    without: 'refetching after a closure was replayed',
    file: 'src/engine/fetches/rebase.ts',
    find: ' || (!isExact && !next.isKeyed)',
    replace: '',
  },
  intercept: {
    without: 'changing a response before it is painted',
    file: 'src/engine/fetches/query-hooks.ts',
    find: 'written = write(value, stamp)',
    replace:
      'write(data, stamp)\n        writeState(this, { data: value })\n        written = value',
  },
  cleanup: {
    without: 'clearing timers when the engine stops',
    file: 'src/engine/fetches/refetch-scheduler.ts',
    find: 'for (const account of accounts.values()) {\n        clock.clearTimeout(account.timer)',
    replace: 'for (const account of accounts.values()) {',
  },
  gap: {
    without: 'noticing that an event is missing',
    file: 'src/engine/rooms/arrivals.ts',
    find: 'if (ahead.every(([room, offset]) => isNext(room, offset))) {',
    replace:
      'for (const [room, offset] of ahead) if (room.place) room.place.applied = offset\n    if (ahead.length > 0) {',
  },
  'frame-writes': {
    without: 'writing what a frame has done so far before older events of its rooms',
    file: 'src/engine/events/socket-link.ts',
    find: 'batches.settle()\n    const replay',
    replace: 'const replay',
  },
  'frame-batch': {
    without: 'reading what a frame has done to a query before its next event',
    file: 'src/engine/events/write.ts',
    find: 'return patch === undefined ? query.state.data : patch.data',
    replace: 'return query.state.data',
  },
  epoch: {
    without: 'noticing that the log is another one',
    file: 'src/engine/rooms/rooms.ts',
    find: 'place?.handle === handle && place.epoch === epoch',
    replace: 'place?.handle === handle',
  },
  stamp: {
    without: 'counting ages back from the hello, instead of from the moment of asking',
    file: 'src/server/control/answer-pull.ts',
    find: 'questionOf({ question, room, grant, now: request.t })',
    replace: 'questionOf({ question, room, grant, now: log.now() })',
  },
  admission: {
    without: 'refusing what a running resolver brings after a revocation',
    file: 'src/server/admissions.ts',
    find: 'for (const refused of running.get(userId) ?? []) refused.add(room)',
    replace: '',
  },
  eviction: {
    without: 'remembering that a room was evicted',
    file: 'src/server/log/memory-log.ts',
    find: 'handle: (handles++).toString(36),',
    replace: 'handle: name,',
  },
  trimmed: {
    without: 'saying through when a room was trimmed',
    file: 'src/server/log/memory-log.ts',
    find: 'room.completeSince = first.at',
    replace: '',
  },
  membership: {
    without: 'recording who is thrown out for those who are away',
    file: 'src/server/membership.ts',
    find: "record(userRooms(userIds), ['leave', room])",
    replace: 'undefined',
  },
  renewal: {
    without: 'forgetting what is held when a room begins another life',
    file: 'src/engine/rooms/rooms.ts',
    find: 'if (place !== undefined && place.handle !== handle) dropHeld(room)',
    replace: '',
  },
  'other-nodes': {
    without: 'throwing people out on the nodes that are told of it',
    file: 'src/server/membership.ts',
    find: 'socketsOf([userId]).socketsLeave(room)',
    replace: '',
  },
  'other-admissions': {
    without: 'refusing what was asked on another node before somebody was thrown out',
    file: 'src/server/membership.ts',
    find: `if (kind === 'leave') {
        shutOut(userId, room)`,
    replace: "if (kind === 'leave') {",
  },
  barrier: {
    without: 'waiting until every node has thrown somebody out',
    file: 'src/server/membership.ts',
    find: "andThen(record(userRooms(userIds), ['leave', room]), barrier)",
    replace: "record(userRooms(userIds), ['leave', room])",
  },
  suspect: {
    without: 'emptying what the API refuses after a revocation',
    file: 'src/engine/fetches/query-tracker.ts',
    find: 'if (!isRevert && known?.isSuspect && isRefusal(query.state.error)) {',
    replace: 'if (false as boolean) {',
  },
  known: {
    without: 'skipping events that a response knows by its stamp',
    file: 'src/engine/events/apply-action.ts',
    find: 'return verdictOn(query, position) === true && !position?.appliedTo?.has(query)',
    replace: 'return false',
  },
  'stamp-moves': {
    without: 'moving a stamp on when an event is applied',
    file: 'src/engine/stamps/query-stamp.ts',
    find: 'next = isNamed ? advance(next, position) : undefined',
    replace: 'next = isNamed ? next : undefined',
  },
  recall: {
    without: 'putting older events over a response that lags behind',
    file: 'src/engine/stamps/history.ts',
    find: 'isBefore(recent) && verdictOn(recent) === false',
    replace: 'false',
  },
  below: {
    without: 'noticing a stamp from before what a room has replayed',
    file: 'src/engine/rooms/room-effects.ts',
    find: "if (isBelow) tracker.owe(query, 'repair')",
    replace: '',
  },
  floor: {
    without: 'noticing that events above a stamp are forgotten',
    file: 'src/engine/stamps/history.ts',
    find: 'place.floor > head',
    replace: 'place.floor > Infinity',
  },
  'own-stamp': {
    without: "telling a response's own stamp from that of what it became",
    file: 'src/engine/fetches/query-tracker.ts',
    find: 'isPaid(known.debt, fetch, stamp)',
    replace: 'isPaid(known.debt, fetch, stampOf(query))',
  },
  'read-lag': {
    without: 'putting events over a response that may lag behind',
    file: 'src/engine/stamps/history.ts',
    find: 'at >= moment && tick < before',
    replace: 'at >= moment && tick < 0',
  },
  'lag-debt': {
    without: 'waiting for reads that know why they were asked for',
    file: 'src/engine/fetches/debt.ts',
    find: '&& debt.at <= fetch.knowsFrom',
    replace: '',
  },
  'counted-twice': {
    without: 'doubting a count when its stamp no longer holds',
    file: 'src/engine/events/apply-action.ts',
    find: 'if (result.isUnproven || isDoubtful)',
    replace: 'if (result.isUnproven)',
  },
  strangers: {
    without: 'giving a stamp up for an event of a room that it does not name',
    file: 'src/engine/fetches/events-since.ts',
    find: '[...past.entries, ...journal.entries].every(covers)',
    replace: 'covers !== undefined',
  },
  coverage: {
    without: 'asking whether the rooms of a snapshot are joined',
    file: 'src/engine/fetches/snapshots.ts',
    find: "if (coverage === 'uncovered') suspect(query, 'repair')",
    replace: "if (coverage === 'unsettled') suspect(query, 'repair')",
  },
  'snapshot-owner': {
    without: 'knowing a stamp that is of other data',
    file: 'src/engine/stamps/query-stamp.ts',
    find: "|| syncStamp['u'] !== state.dataUpdatedAt",
    replace: '',
  },
  'snapshot-debt': {
    without: 'refetching a snapshot that was owed a refetch where it comes from',
    file: 'src/engine/fetches/snapshots.ts',
    find: 'const isDoubtful = isInvalidated ||',
    replace: 'const isDoubtful =',
  },
  'late-start': {
    without: 'starting a room where the oldest of its stamps ends',
    file: 'src/engine/rooms/room-effects.ts',
    find: 'after >= (lowest?.after ?? Infinity)',
    replace: 'after <= (lowest?.after ?? -Infinity)',
  },
  pages: {
    without: 'taking the lowest of the heads that pages were read at',
    file: 'src/stamp.ts',
    find: 'Math.min(head, other)',
    replace: 'Math.max(head, other)',
  },
}
