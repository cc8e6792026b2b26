// @vitest-environment happy-dom

/** What components see of data that is transformed, of another version, or refused. */

import { QueryClientProvider, useQuery } from '@tanstack/react-query'
import { defineSyncRules } from '@iron-stack/sync'
import { SyncProvider, useSyncEvent } from '@iron-stack/sync/client'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { act, cleanup, render, screen } from '@testing-library/react'
import type { Socket } from 'socket.io-client'
import superjson from 'superjson'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

afterEach(cleanup)

interface Meeting {
  readonly id: number
  readonly at: Date
}

const server = defineSyncRules<{ 'meeting:set': { readonly id: number; readonly on: Date } }>({
  'meeting:set': { room: () => 'meetings', actions: [] },
})
const client = defineSyncRules({
  'meeting:set': {
    schema: z.object({ id: z.number(), at: z.date() }),
    version: 2,
    upcast: {
      1: ({ on, ...rest }: { readonly id: number; readonly on: Date }) => ({ ...rest, at: on }),
    },
    room: () => 'meetings',
    actions: [{ queryKey: ['next'], action: 'direct', updater: (_, meeting) => meeting }],
  },
})

function start() {
  const network = createTestNetwork({ rules: server, transformer: superjson })
  onTestFinished(network.close)
  const { queryClient, socket, wire } = network.connect('ada', {
    engine: false,
    rooms: ['meetings'],
  })
  const heard: unknown[] = []
  const errors: string[] = []
  /** What the API answers. */
  const next: { meeting: Meeting } = { meeting: { id: 0, at: new Date(0) } }

  function Next() {
    const { data } = useQuery({
      queryKey: ['next'],
      queryFn: () => next.meeting,
      staleTime: 1e9,
    })
    useSyncEvent('meeting:set', (meeting, { replayed }) => heard.push([meeting, replayed]))
    return <p>{data?.at.toISOString()}</p>
  }

  render(
    <QueryClientProvider client={queryClient}>
      <SyncProvider
        rules={client}
        // The kit's socket has what the provider uses of one.
        socket={socket as unknown as Socket}
        clock={network.clock}
        transformer={superjson}
        validate
        onError={({ code }) => errors.push(code)}
      >
        <Next />
      </SyncProvider>
    </QueryClientProvider>,
  )
  return {
    network,
    next,
    heard,
    errors,
    shown: () => screen.getByText(/^\d{4}-/).textContent,
    quiet: () => act(() => network.quiet()),
    async away(happens: () => Promise<void>) {
      wire.cut()
      await happens()
      wire.restore()
      socket.connect()
      await act(() => network.quiet())
    },
  }
}

test('a component shows and hears what the rules here mean, live and replayed', async () => {
  const { network, next, heard, errors, shown, quiet, away } = start()
  await quiet()
  await network.server.broadcast('meeting:set', { id: 1, on: new Date(1000) })
  await quiet()
  expect(shown()).toBe('1970-01-01T00:00:01.000Z')
  await away(() => {
    next.meeting = { id: 2, at: new Date(2000) }
    return network.server.broadcast('meeting:set', { id: 2, on: new Date(2000) })
  })
  expect(shown()).toBe('1970-01-01T00:00:02.000Z')
  expect(heard).toEqual([
    [{ id: 1, at: new Date(1000) }, false],
    [{ id: 2, at: new Date(2000) }, true],
  ])
  expect(errors).toEqual([])
})

test('what is refused is neither shown nor heard', async () => {
  const { network, heard, errors, shown, quiet } = start()
  await quiet()
  await network.server.broadcast('meeting:set', { id: 1, on: new Date(1000) })
  await network.server.broadcast('meeting:set', { id: 'x' as never, on: new Date(3000) })
  await quiet()
  // The refetch has brought what the API says.
  expect(shown()).toBe('1970-01-01T00:00:00.000Z')
  expect(heard).toEqual([[{ id: 1, at: new Date(1000) }, false]])
  expect(errors).toEqual(['invalid-event'])
})
