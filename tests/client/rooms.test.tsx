// @vitest-environment happy-dom

/** What components see of their rooms: status, rooms asked for, events heard. */

import { act, cleanup, render, screen } from '@testing-library/react'
import { QueryClientProvider } from '@tanstack/react-query'
import { SyncProvider, useRoom, useSync, useSyncEvent } from '@iron-stack/sync/client'
import { createTestNetwork } from '@iron-stack/sync/testing'
import type { Socket } from 'socket.io-client'
import { expect, onTestFinished, test } from 'vitest'
import { rules } from '../rooms/support.ts'

function start(allowed: readonly string[]) {
  const network = createTestNetwork({
    rules,
    authorize: (_, rooms) => rooms.filter((room) => allowed.includes(room)),
  })
  onTestFinished(network.close)
  onTestFinished(cleanup)
  network.clock.advance(60_000)
  const { queryClient, socket, wire } = network.connect('ada', { engine: false })
  const heard: string[] = []

  function Room({ name }: { name: string | null }) {
    const { status } = useRoom(name)
    return <p data-testid={`room ${name}`}>{status}</p>
  }
  function Status() {
    const { status } = useSync()
    useSyncEvent('message:new', ({ id }: { id: number }, { replayed }) => {
      heard.push(replayed ? `${id} again` : String(id))
    })
    return <p data-testid="status">{status}</p>
  }
  const view = (rooms: readonly (string | null)[]) => (
    <QueryClientProvider client={queryClient}>
      <SyncProvider
        rules={rules}
        // The kit's socket has what the provider uses of one.
        socket={socket as unknown as Socket}
        clock={network.clock}
        roomLingerMs={1000}
      >
        <Status />
        {rooms.map((name) => (
          <Room key={name} name={name} />
        ))}
      </SyncProvider>
    </QueryClientProvider>
  )
  const text = (id: string) => screen.getByTestId(id).textContent
  const quiet = () => act(() => network.quiet())
  const say = (id: number) =>
    network.server.broadcast('message:new', { id, conversationId: 'a' })
  return { network, socket, wire, view, text, quiet, say, heard }
}

test('the status follows the connection', async () => {
  const { view, text, quiet, wire, socket } = start([])
  render(view([]))
  expect(text('status')).toBe('connecting')
  await quiet()
  expect(text('status')).toBe('live')
  act(() => wire.cut())
  expect(text('status')).toBe('offline')
  wire.restore()
  socket.connect()
  await quiet()
  expect(text('status')).toBe('live')
})

test('a room is joined while a component asks for it, and left some time after', async () => {
  const { network, view, text, quiet } = start(['conversation:a'])
  const { rerender } = render(view(['conversation:a', 'conversation:b', null]))
  await quiet()
  expect([text('room conversation:a'), text('room conversation:b'), text('room null')]).toEqual(
    ['live', 'refused', 'idle'],
  )
  rerender(view([]))
  expect(network.io.adapter.rooms.has('conversation:a')).toBe(true)
  await quiet()
  expect(network.io.adapter.rooms.has('conversation:a')).toBe(false)
})

test('an event is heard once, also one that was missed', async () => {
  const { view, quiet, say, heard, wire, socket } = start(['conversation:a'])
  render(view(['conversation:a']))
  await quiet()
  void say(1)
  await quiet()
  wire.cut()
  void say(2)
  wire.restore()
  socket.connect()
  await quiet()
  void say(3)
  await quiet()
  expect(heard).toEqual(['1', '2 again', '3'])
})
