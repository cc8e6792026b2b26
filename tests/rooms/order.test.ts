/** Events of one room in their order, once each; events of several rooms once. */

import { QueryObserver } from '@tanstack/query-core'
import { defineSyncRules } from '@iron-stack/sync'
import { createTestNetwork } from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'

interface Events {
  'note:new': { readonly text: string; readonly rooms: readonly string[] }
  /** Concerns no query. */
  noise: { readonly room: string }
}

const rules = defineSyncRules<Events>({
  noise: { room: '{room}', actions: [] },
  'note:new': {
    room: ({ rooms }) => rooms,
    actions: [
      {
        queryKey: ['notes'],
        action: 'direct',
        updater: (old: readonly string[], { text }) => [...old, text],
      },
    ],
  },
})

function start(rooms: readonly string[]) {
  const network = createTestNetwork({ rules, onError: () => {} })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const ada = network.connect('ada', { rooms })
  let requests = 0
  const server: string[] = []
  const observer = new QueryObserver(ada.queryClient, {
    queryKey: ['notes'],
    queryFn: () => {
      requests++
      return [...server]
    },
    staleTime: Infinity,
  })
  observer.subscribe(() => {})
  const say = (text: string, ...to: string[]) => {
    server.push(text)
    void network.server.broadcast('note:new', { text, rooms: to })
  }
  const notes = () => ada.queryClient.getQueryData(['notes'])
  const heard: string[] = []
  ada.socket.on('note:new', (note) => heard.push((note as { text: string }).text))
  return { ...ada, network, say, notes, heard, requests: () => requests }
}

test('an event of two rooms, live in one and replayed in the other, is applied once', async () => {
  const { network, say, notes, socket, wire, heard, requests } = start(['a', 'b'])
  await network.quiet()
  const [end] = network.io.sockets.values()
  end?.leave('b')
  await network.quiet()
  // So that the next one is not next in its turn in b.
  void network.server.broadcast('noise', { room: 'b' })
  say('in both', 'a', 'b')
  await network.quiet()
  expect(heard).toEqual(['in both'])
  end?.join('b')
  await network.quiet()
  expect(notes()).toEqual(['in both'])
  wire.cut()
  wire.restore()
  socket.connect()
  await network.quiet()
  expect(notes()).toEqual(['in both'])
  // Applied twice, it would have been made right by a refetch.
  expect(requests()).toBe(1)
})

test('an overtaken event waits for the one before it, and what gets lost is asked for', async () => {
  const { network, say, notes, wire, heard } = start(['a'])
  await network.quiet()
  wire.dropRate = 1
  say('lost', 'a')
  wire.dropRate = 0
  say('after it', 'a')
  await network.advance(50)
  expect([notes(), heard]).toEqual([[], ['after it']])
  await network.quiet()
  expect(notes()).toEqual(['lost', 'after it'])
})

test('a last event that gets lost is found when the page wakes up', async () => {
  const { focusManager } = await import('@tanstack/query-core')
  const { network, say, notes, wire } = start(['a'])
  await network.quiet()
  wire.dropRate = 1
  say('lost', 'a')
  wire.dropRate = 0
  await network.quiet()
  expect(notes()).toEqual([])
  focusManager.setFocused(false)
  focusManager.setFocused(true)
  await network.quiet()
  focusManager.setFocused(undefined)
  expect(notes()).toEqual(['lost'])
})

test('a dead connection is found when the page wakes up, and a new one catches up', async () => {
  const { focusManager } = await import('@tanstack/query-core')
  const { network, say, notes, wire } = start(['a'])
  await network.quiet()
  wire.cut({ silently: true })
  say('unheard', 'a')
  wire.restore()
  focusManager.setFocused(false)
  focusManager.setFocused(true)
  await network.advance(6000)
  focusManager.setFocused(undefined)
  expect(notes()).toEqual(['unheard'])
  await network.quiet()
})

test('a plain listener hears live events once and in order, and nothing of a replay', async () => {
  const { network, say, notes, heard, wire, socket } = start(['a'])
  await network.quiet()
  say('one', 'a')
  say('two', 'a')
  await network.quiet()
  wire.cut()
  say('missed', 'a')
  wire.restore()
  socket.connect()
  await network.quiet()
  say('three', 'a')
  await network.quiet()
  expect(heard).toEqual(['one', 'two', 'three'])
  expect(notes()).toEqual(['one', 'two', 'missed', 'three'])
})

test('an event that came past the log is applied, reported, and costs a refetch', async () => {
  const errors: unknown[] = []
  const network = createTestNetwork({ rules, onError: ({ code }) => errors.push(code) })
  onTestFinished(network.close)
  network.clock.advance(60_000)
  const { queryClient } = network.connect('ada')
  let requests = 0
  const observer = new QueryObserver<string[]>(queryClient, {
    queryKey: ['notes'],
    queryFn: () => (requests++ === 0 ? [] : ['by hand']),
    staleTime: Infinity,
  })
  onTestFinished(observer.subscribe(() => {}))
  await network.quiet()
  network.io.emit('note:new', { text: 'by hand', rooms: [] })
  await network.advance(10)
  expect(queryClient.getQueryData(['notes'])).toEqual(['by hand'])
  await network.quiet()
  expect(requests).toBe(2)
  expect(errors).toContain('unlogged-event')
})
