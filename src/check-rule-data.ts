/** Refuses what a rule says wrongly of its event's data: schema, version, upcast. */

import { isRecord } from './is-record.ts'

/** Throws: what is wrong with a rule, and what to do about it. */
export type Refuse = (problem: string, remedy: string) => never

export function checkRuleData(rule: Record<string, unknown>, refuse: Refuse): void {
  checkSchema(rule['schema'], refuse)
  const { version } = rule
  if (version !== undefined && !isVersion(version)) {
    refuse(
      '`version` is not a whole number from 1 on.',
      'Write 1, 2, 3, …; or leave it out: 1.',
    )
  }
  checkUpcast(rule['upcast'], version ?? 1, refuse)
}

function checkSchema(schema: unknown, refuse: Refuse): void {
  if (schema === undefined) return
  // Some libraries' schemas are functions.
  const isObject =
    (typeof schema === 'object' && schema !== null) || typeof schema === 'function'
  const standard: unknown = isObject
    ? (schema as Record<string, unknown>)['~standard']
    : undefined
  if (isRecord(standard) && standard['version'] === 1 && isFunction(standard['validate']))
    return
  refuse(
    '`schema` is not a Standard Schema.',
    'Give a schema of zod 4, valibot, arktype, or another library that has it.',
  )
}

function checkUpcast(upcast: unknown, version: number, refuse: Refuse): void {
  if (upcast === undefined) return
  if (!isRecord(upcast)) {
    return refuse('`upcast` is not an object.', 'Write { 1: (old) => next }.')
  }
  const steps = Object.keys(upcast).map(Number)
  const [first = 0] = steps
  if (steps.some((step) => !isVersion(step) || step >= version)) {
    refuse(
      `\`upcast\` has steps for other versions than those before ${version}.`,
      'Its keys are older versions: 1 for what makes version 2 out of version 1.',
    )
  }
  // Keys that are whole numbers come in their order.
  if (steps.length === 0 || steps.length !== version - first) {
    refuse(
      `\`upcast\` does not lead up to version ${version}.`,
      `Give a step for each version from the oldest one on, up to ${version - 1}.`,
    )
  }
  if (!Object.values(upcast).every(isFunction)) {
    refuse('a step of `upcast` is not a function.', 'Write { 1: (old) => next }.')
  }
}

function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
