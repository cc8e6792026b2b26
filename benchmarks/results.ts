/**
 * What the last run that was written down has measured, in `benchmarks/results.json`: each
 * scenario's report, with the machine, the versions and the date it belongs to.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus } from 'node:os'
import type { Report } from './scenario.ts'

export type Results = Readonly<Record<string, Result>>

export interface Result {
  readonly environment: Environment
  readonly report: Report
}

export interface Environment {
  /** `2026-11-23`. */
  readonly date: string
  readonly processor: string
  readonly cores: number
  /** By name: Node, and the packages that are measured with. */
  readonly versions: Readonly<Record<string, string>>
}

const FILE = new URL('results.json', import.meta.url)
const PACKAGES = ['@tanstack/query-core', 'socket.io']

export function readResults(): Results {
  return JSON.parse(readFileSync(FILE, 'utf8')) as Results
}

/** Keeps what is known of scenarios that are not among them. Returns all, as they are kept. */
export function writeResults(results: Results): Results {
  const all = { ...readResults(), ...results }
  writeFileSync(FILE, `${JSON.stringify(all, roundedNumbers, 2)}\n`)
  return readResults()
}

export function lookAround(): Environment {
  const require = createRequire(import.meta.url)
  const version = (name: string) =>
    (require(`${name}/package.json`) as { readonly version: string }).version
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown processor',
    cores: availableParallelism(),
    versions: {
      node: process.versions.node,
      ...Object.fromEntries(PACKAGES.map((name) => [name, version(name)])),
    },
  }
}

/** More digits than these are noise, and make every line of a diff differ in length. */
function roundedNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(5)) : value
}
