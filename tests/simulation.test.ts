/** A small run of the simulation; `npm run simulate -- --runs 100000` is the large one. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const simulate = (...args: string[]) =>
  promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    '--conditions=@iron-stack/source',
    'simulation/run.ts',
    ...args,
  ])

test('200 random histories end as the server has it', { timeout: 120_000 }, async () => {
  const { stdout } = await simulate('--runs', '200', '--seed', '1', '--compare', '10')
  expect(stdout).toMatch(/runs that end or look wrong +0 /)
})

test('a fault in the engine is caught', { timeout: 120_000 }, async () => {
  const args = ['--runs', '1000', '--fault', 'journal', '--shrink', '0']
  await expect(simulate(...args)).rejects.toMatchObject({ code: 1 })
})
