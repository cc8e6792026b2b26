/** `readIn` says where it can't make a stamp exact. */

import { expect, test } from 'vitest'
import { startApi } from './support.ts'

const call = (path: string, listId: string) => ({ path, getRawInput: async () => ({ listId }) })

async function stampOfTwo(options: { readonly hasSnapshots: boolean }) {
  const { sync, errors } = await startApi(options)
  const stamp = await sync.stampRequest({
    type: 'query',
    calls: [call('todo.count', 'a'), call('todo.exactCount', 'a')],
  })
  return { stamp, errors, codes: () => errors.map(({ code, subject }) => [code, subject]) }
}

test('of several calls, it has to be told which', async () => {
  const { stamp, errors, codes } = await stampOfTwo({ hasSnapshots: true })
  await stamp.readIn('a transaction', { path: 'todo.exactCount', batchIndex: 1 })
  expect(errors).toEqual([])
  await stamp.readIn('a transaction')
  expect(codes()).toEqual([['stamp-failed', 'call']])
  expect(errors[0]?.message).toContain('readIn(tx, { path, batchIndex })')
})

test('a log in another place has no heads in the transaction', async () => {
  const { stamp, codes } = await stampOfTwo({ hasSnapshots: false })
  await stamp.readIn('a transaction', { path: 'todo.exactCount', batchIndex: 1 })
  expect(codes()).toEqual([['stamp-failed', 'readIn']])
})
