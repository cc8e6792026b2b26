/**
 * Pays refetch debts: when, and how often.
 *
 * A debt is paid at once where nothing stands against it, and then at most once per gap, so that
 * constant events cost a bounded number of requests and the last one is always followed by a
 * fetch. Nothing in flight is ever cancelled for it. It waits while nobody looks (unobserved,
 * disabled, hidden), and for a moment while a mutation is under way, whose optimistic change a
 * refetch would take back.
 */

import type { Query } from '@tanstack/query-core'
import type { Clock } from '../../clock.ts'
import type { Managers } from '../managers.ts'

/** @see SyncEngineOptions for units and meaning */
export interface RefetchTiming {
  readonly refetchGapMs: number
  readonly maxRefetchGapMs: number
}

export interface RefetchSchedulerOptions extends RefetchTiming {
  readonly clock: Clock
  readonly focusManager: Managers['focusManager']
  /** How far a read may lag behind: nothing is asked for before its answer can pay the debt. */
  readonly readLagMs: number
  /** From 0 to 1, as `Math.random`. */
  readonly random: () => number
  readonly isMutating: () => boolean
}

/**
 * Why a refetch is owed: a rule asks for it or has emptied the query, the engine can't prove the data
 * right, the fetch that was to bring it was cancelled, the socket was away, the last fetch failed, or a
 * snapshot has yet to prove complete.
 */
export type DebtReason =
  | 'rule'
  | 'removal'
  | 'repair'
  | 'cancel'
  | 'reconnect'
  | 'error'
  | 'snapshot'

export interface RefetchScheduler {
  /** Owes the query a refetch from now on. */
  readonly owe: (query: Query, reason: DebtReason) => void
  /** Looks whether the query's debt can be paid now; harmless without one. */
  readonly review: (query: Query) => void
  /** A fetch has succeeded, though it paid nothing: failures before it count no more. */
  readonly forgive: (query: Query) => void
  /** The query's debt is paid. */
  readonly settle: (query: Query) => void
  readonly forget: (query: Query) => void
  /** The same for all for which this holds. */
  readonly sweep: (isGone: (query: Query) => boolean) => void
  /** Starts no fetch and holds no timer until `resume`; debts are remembered. */
  readonly pause: () => void
  readonly resume: () => void
}

interface Account {
  isOwed: boolean
  timer: unknown
  /** The earliest next payment, on the clock. */
  notBefore: number
  /** When it was last owed. */
  owedAt: number
  /** From when on a read knows why it is owed, at least the first reason since it was paid. */
  due: number | undefined
  isRepair: boolean
  /** Repairs in a row that left the query in need of another: each doubles the gap. */
  repairs: number
  failures: number
  /** When a payment was first put off for a mutation. */
  waitingSince: number | undefined
}

/** How long a mutation under way can put a refetch off, and how often it is looked at. */
const MUTATION_WAIT_MS = 5000
const MUTATION_POLL_MS = 50

/** Doubts come in groups, with the events of one burst: one refetch serves them all. */
const REPAIR_DELAY_MS = 100

/** The component that looks at an emptied query is often about to go, by the same event. */
const REMOVAL_DELAY_MS = 50

/** A server that comes back meets all its clients at once: they spread their refetches. */
const RECONNECT_SPREAD_MS = 2000

/** How long a snapshot may take to prove complete: to connect, and to join its rooms. */
const SNAPSHOT_WAIT_MS = 5000

/** A query that fails this often in a row is left to whoever looks at it next. */
const MAX_FAILURES = 5

export function createRefetchScheduler(options: RefetchSchedulerOptions): RefetchScheduler {
  const { clock, random, focusManager, isMutating, refetchGapMs, maxRefetchGapMs, readLagMs } =
    options
  const accounts = new Map<Query, Account>()

  function open(query: Query): Account {
    const account = accounts.get(query) ?? {
      isOwed: false,
      timer: undefined,
      notBefore: 0,
      owedAt: 0,
      due: undefined,
      isRepair: false,
      repairs: 0,
      failures: 0,
      waitingSince: undefined,
    }
    accounts.set(query, account)
    return account
  }

  function forget(query: Query): void {
    clock.clearTimeout(accounts.get(query)?.timer)
    accounts.delete(query)
  }

  function review(query: Query): void {
    const account = accounts.get(query)
    if (stopFocus === undefined || !account?.isOwed || account.timer !== undefined) return
    if (!isPayable(query) || !focusManager.isFocused() || account.failures >= MAX_FAILURES)
      return
    const from = Math.max(account.notBefore, account.due ?? 0)
    const delay = Math.max(from - clock.now(), mutationDelay(account))
    if (delay <= 0) pay(query, account)
    else later(query, account, delay)
  }

  function mutationDelay(account: Account): number {
    if (!isMutating()) {
      account.waitingSince = undefined
      return 0
    }
    account.waitingSince ??= clock.now()
    return clock.now() - account.waitingSince < MUTATION_WAIT_MS ? MUTATION_POLL_MS : 0
  }

  function later(query: Query, account: Account, delayMs: number): void {
    account.timer = clock.setTimeout(() => {
      account.timer = undefined
      review(query)
    }, delayMs)
  }

  function pay(query: Query, account: Account): void {
    if (account.isRepair) account.repairs++
    account.isRepair = false
    account.waitingSince = undefined
    account.notBefore = clock.now() + gapOf(account)
    const due = account.owedAt + readLagMs
    account.due = due > clock.now() ? due : undefined
    query.fetch(undefined, { cancelRefetch: false }).catch(() => {
      // The error is in the query's state, where its observers see it.
    })
  }

  function gapOf({ repairs, failures }: Account): number {
    return Math.min(maxRefetchGapMs, refetchGapMs * 2 ** Math.max(repairs - 1, failures))
  }

  function putOff(account: Account, delayMs: number): void {
    account.notBefore = Math.max(account.notBefore, clock.now() + delayMs)
  }

  /** What is owed now does not wait for what was owed on the quiet. */
  function setDue(account: Account, due: number): void {
    if (due >= (account.due ?? Infinity)) return
    account.due = due
    clock.clearTimeout(account.timer)
    account.timer = undefined
  }

  const onFocus = (isFocused: boolean) => {
    if (!isFocused) return
    for (const query of accounts.keys()) review(query)
  }
  let stopFocus: (() => void) | undefined

  return {
    review,

    owe(query, reason) {
      const account = open(query)
      account.isOwed = true
      account.owedAt = clock.now()
      setDue(account, clock.now() + (reason === 'snapshot' ? SNAPSHOT_WAIT_MS : readLagMs))
      if (reason !== 'error') account.failures = 0
      if (reason === 'repair') {
        account.isRepair = true
        putOff(account, REPAIR_DELAY_MS)
      }
      if (reason === 'removal') putOff(account, REMOVAL_DELAY_MS)
      // Who cancels is about to write something of their own; it shall be seen for a moment.
      if (reason === 'cancel') putOff(account, refetchGapMs)
      if (reason === 'reconnect') putOff(account, random() * RECONNECT_SPREAD_MS)
      if (reason === 'error') {
        account.failures++
        putOff(account, gapOf(account))
      }
      review(query)
    },

    forgive(query) {
      const account = accounts.get(query)
      if (account !== undefined) account.failures = 0
    },

    settle(query) {
      const account = accounts.get(query)
      if (account === undefined) return
      clock.clearTimeout(account.timer)
      // Kept until its gap is over: the next debt must not be paid any earlier.
      if (account.notBefore <= clock.now()) accounts.delete(query)
      Object.assign(account, {
        isOwed: false,
        due: undefined,
        isRepair: false,
        timer: undefined,
        repairs: 0,
        failures: 0,
        waitingSince: undefined,
      })
    },

    forget,

    sweep(isGone) {
      for (const query of accounts.keys()) if (isGone(query)) forget(query)
    },

    pause() {
      stopFocus?.()
      stopFocus = undefined
      for (const account of accounts.values()) {
        clock.clearTimeout(account.timer)
        account.timer = undefined
      }
    },

    resume() {
      stopFocus ??= focusManager.subscribe(onFocus)
    },
  }
}

/** Whether a fetch would be seen, and would be this debt's own. */
function isPayable(query: Query): boolean {
  if (query.state.fetchStatus !== 'idle') return false
  return query.isActive() && !isStatic(query)
}

/** `staleTime: 'static'` is newer than the oldest TanStack Query this runs on. */
function isStatic(query: Partial<Query>): boolean {
  return query.isStatic?.() ?? false
}
