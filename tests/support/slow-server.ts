/**
 * A server whose answers take time, on vitest's fake clock: a request travels, the rows are read,
 * the answer travels back. What is written in between shows what a fetch can miss.
 */

import { vi } from 'vitest'

export interface Row {
  readonly id: number
  readonly text: string
}

export interface Page {
  readonly items: readonly Row[]
  readonly nextCursor: number | null
}

export interface SlowServer {
  /** Newest first. */
  rows: Row[]
  requests: number
  /** Reads `limit` rows below `cursor` after `upMs`, and answers after another `downMs`. */
  readonly fetchPage: (cursor: number | null, limit?: number) => Promise<Page>
  readonly fetchRows: (limit?: number) => Promise<readonly Row[]>
}

export function createSlowServer(rows: Row[], { upMs = 50, downMs = 50 } = {}): SlowServer {
  const server: SlowServer = {
    rows,
    requests: 0,

    async fetchPage(cursor, limit = 3) {
      server.requests++
      await sleep(upMs)
      const below = server.rows.filter(({ id }) => cursor === null || id < cursor)
      const items = below.slice(0, limit)
      const nextCursor = below.length > limit ? (items.at(-1)?.id ?? null) : null
      await sleep(downMs)
      return { items, nextCursor }
    },

    async fetchRows(limit = Infinity) {
      server.requests++
      await sleep(upMs)
      const read = server.rows.slice(0, limit)
      await sleep(downMs)
      return read
    },
  }
  return server
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Lets fake time pass, and whatever it brings about happen. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms)
}

export function rowsFrom(newest: number, oldest: number): Row[] {
  return Array.from({ length: newest - oldest + 1 }, (_, n) => row(newest - n))
}

export function row(id: number, text = `row ${id}`): Row {
  return { id, text }
}
