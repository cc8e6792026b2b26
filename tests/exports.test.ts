/** The public names of each entry point: adding one is a decision, and shows up here. */

import { EventEmitter } from 'node:events'
import { defineSyncRules } from '@iron-stack/sync'
import * as client from '@iron-stack/sync/client'
import * as engine from '@iron-stack/sync/engine'
import * as lint from '@iron-stack/sync/lint'
import * as postgres from '@iron-stack/sync/postgres'
import * as redis from '@iron-stack/sync/redis'
import * as server from '@iron-stack/sync/server'
import * as shared from '@iron-stack/sync'
import * as stamps from '@iron-stack/sync/stamps'
import * as testing from '@iron-stack/sync/testing'
import { expect, onTestFinished, test } from 'vitest'
import { createClient, deliver } from './support/engine.ts'

test('`@iron-stack/sync` exports what server and client share', () => {
  expect(Object.keys(shared).toSorted()).toEqual([
    'SyncError',
    'appendToLastPage',
    'defineEntityRules',
    'defineRoom',
    'defineSyncRules',
    'mergeSyncRules',
    'prependToFirstPage',
    'removeItem',
    'updateItem',
    'upsertItem',
  ])
})

test('`@iron-stack/sync/server` exports the server', () => {
  expect(Object.keys(server).toSorted()).toEqual([
    'STAMP_HEADER',
    'SyncServer',
    'createSyncEmitter',
    'memoryLog',
  ])
})

test('`@iron-stack/sync/redis` exports the log in Redis', () => {
  expect(Object.keys(redis)).toEqual(['redisLog'])
})

test('`@iron-stack/sync/client` exports React and the engine', () => {
  expect(Object.keys(client).toSorted()).toEqual([
    'SyncProvider',
    'createSyncEngine',
    'orpcKeys',
    'trpcKeys',
    'useRoom',
    'useSync',
    'useSyncEvent',
  ])
})

test('`@iron-stack/sync/engine` exports the engine, and what reads keys', () => {
  expect(Object.keys(engine).toSorted()).toEqual(['createSyncEngine', 'orpcKeys', 'trpcKeys'])
})

test('`@iron-stack/sync/postgres` exports the log in Postgres, and its tables', () => {
  expect(Object.keys(postgres).toSorted()).toEqual(['postgresLog', 'postgresLogMigration'])
})

test('`@iron-stack/sync/stamps` exports what brings stamps to the engine', () => {
  expect(Object.keys(stamps).toSorted()).toEqual([
    'STAMP_HEADER',
    'attachStamp',
    'keepStamps',
    'syncStampLink',
  ])
})

test('`@iron-stack/sync/testing` exports the kit', () => {
  expect(Object.keys(testing).toSorted()).toEqual([
    'createManualClock',
    'createMemoryHub',
    'createMemoryIo',
    'createMemorySocket',
    'createRandom',
    'createTestNetwork',
    'expectConverged',
    'logConformance',
    'quiet',
    'settle',
  ])
})

test('`@iron-stack/sync/lint` exports the linter', () => {
  expect(Object.keys(lint).toSorted()).toEqual(['checkSyncRules', 'formatFinding'])
})

test('both entries of the client have one and the same engine', () => {
  const queryClient = createClient()
  queryClient.setQueryData(['n'], 0)
  const rules = defineSyncRules<{ 'n:add': number }>({
    'n:add': {
      room: () => 'n',
      actions: [{ queryKey: ['n'], action: 'direct', updater: (old: number, n) => old + n }],
    },
  })
  const socket = new EventEmitter()
  for (const { createSyncEngine } of [client, engine]) {
    onTestFinished(createSyncEngine(queryClient, socket, rules, { onError: () => {} }))
  }
  deliver(socket, 'n:add', 1)
  expect(queryClient.getQueryData(['n'])).toBe(1)
})
