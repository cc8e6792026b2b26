/** What a rule says of its event's data is checked where it is defined, and where rules are merged. */

import { defineSyncRules, mergeSyncRules, SyncError, type SyncRules } from '@iron-stack/sync'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const room = () => 'lobby'
const step = (old: unknown) => old

/** What `defineSyncRules` says to what a rule says of its data, as JavaScript can say it. */
function refusal(data: object): string | undefined {
  try {
    defineSyncRules({ saved: { room, ...data, actions: [] } } as SyncRules)
  } catch (error) {
    if (error instanceof SyncError && error.code === 'invalid-rule') return error.message
    throw error
  }
  return undefined
}

describe('a schema', () => {
  test.each([
    ['zod', z.object({})],
    ['valibot', v.object({})],
    ['arktype, whose schemas are functions', type({ id: 'string' })],
  ])('of %s is accepted', (_, schema) => {
    expect(refusal({ schema })).toBeUndefined()
  })

  test.each([
    ['a function', (data: unknown) => data],
    ['null', null],
    ['an object', { parse: step }],
    ['a later standard', { '~standard': { version: 2, vendor: 'x', validate: step } }],
    ['a standard without a function', { '~standard': { version: 1, vendor: 'x' } }],
  ])('that is %s without the standard is refused', (_, schema) => {
    expect(refusal({ schema })).toBe(
      'Sync rule "saved": `schema` is not a Standard Schema. ' +
        'Give a schema of zod 4, valibot, arktype, or another library that has it.',
    )
  })
})

describe('a version', () => {
  test.each([1, 2, 300])('%s is accepted', (version) => {
    expect(refusal({ version })).toBeUndefined()
  })

  test.each([0, -1, 1.5, '2', NaN, null])('%s is refused', (version) => {
    expect(refusal({ version })).toBe(
      'Sync rule "saved": `version` is not a whole number from 1 on. ' +
        'Write 1, 2, 3, …; or leave it out: 1.',
    )
  })
})

describe('upcast', () => {
  test.each([
    [2, { 1: step }],
    [4, { 1: step, 2: step, 3: step }],
    [4, { 3: step }],
  ])('to version %s by %o is accepted', (version, upcast) => {
    expect(refusal({ version, upcast })).toBeUndefined()
  })

  test.each([
    ['without a version', { upcast: { 1: step } }, 1],
    ['from its own version', { version: 2, upcast: { 1: step, 2: step } }, 2],
    ['from no version', { version: 2, upcast: { one: step } }, 2],
    ['from version 0', { version: 2, upcast: { 0: step, 1: step } }, 2],
  ])('%s is refused', (_, data, version) => {
    expect(refusal(data)).toBe(
      `Sync rule "saved": \`upcast\` has steps for other versions than those before ${version}. ` +
        'Its keys are older versions: 1 for what makes version 2 out of version 1.',
    )
  })

  test.each([
    ['with a hole', { 1: step, 3: step }],
    ['that ends too early', { 1: step, 2: step }],
    ['without a step', {}],
  ])('%s is refused', (_, upcast) => {
    expect(refusal({ version: 4, upcast })).toBe(
      'Sync rule "saved": `upcast` does not lead up to version 4. ' +
        'Give a step for each version from the oldest one on, up to 3.',
    )
  })

  test('by something else than functions is refused', () => {
    expect(refusal({ version: 2, upcast: { 1: 'step' } })).toBe(
      'Sync rule "saved": a step of `upcast` is not a function. Write { 1: (old) => next }.',
    )
    expect(refusal({ version: 2, upcast: [step] })).toBe(
      'Sync rule "saved": `upcast` is not an object. Write { 1: (old) => next }.',
    )
  })
})

describe('mergeSyncRules', () => {
  const schema = z.object({ id: z.string() })
  const upcast = { 1: step }
  const define = (data: object) =>
    defineSyncRules<{ saved: { id: string } }>({ saved: { room, ...data, actions: [] } })

  test('keeps what one of the rules, or both, say of the data', () => {
    const said = { schema, version: 2, upcast }
    const expected = { room, ...said, actions: [] }
    expect(mergeSyncRules(define(said), define({})).saved).toEqual(expected)
    expect(mergeSyncRules(define({}), define(said)).saved).toEqual(expected)
    expect(mergeSyncRules(define(said), define(said)).saved).toEqual(expected)
    expect(mergeSyncRules(define({ schema }), define({ version: 2, upcast })).saved).toEqual(
      expected,
    )
  })

  test.each([
    ['schema', { schema }, { schema: z.object({ id: z.string() }) }],
    ['version', { version: 2 }, { version: 3 }],
    ['upcast', { version: 2, upcast }, { version: 2, upcast: { 1: step } }],
  ])('refuses two that do not have the same %s', (option, first, second) => {
    expect(() => mergeSyncRules(define(first), define(second))).toThrow(
      expect.objectContaining({
        code: 'conflicting-data',
        subject: 'saved',
        message:
          `Two rules for "saved" do not have the same \`${option}\`. ` +
          'Both see the same data: define it once and import it in both.',
      }),
    )
  })
})
