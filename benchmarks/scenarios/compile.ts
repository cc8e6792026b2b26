/** What rules that are typed from a router add to the time of a type check. */

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { figureOf } from '../harness.ts'
import type { Cell, Scenario } from '../scenario.ts'
import { writeTypedProject } from '../support/typed-project.ts'

const ROUNDS = 5
/** What the rules may add, in microseconds. */
const BAR_US = 2_000_000

const CASES = [
  { typescript: 'typescript', rules: 25 },
  { typescript: 'typescript', rules: 100 },
  { typescript: 'typescript', rules: 200 },
  { typescript: 'typescript-5.9', rules: 100 },
] as const

export const compile: Scenario = {
  name: 'compile',

  async run(progress) {
    const measured = CASES.map(({ typescript, rules }) => {
      const project = writeTypedProject(rules)
      const bare: number[] = []
      const typed: number[] = []
      for (let round = 1; round <= ROUNDS; round++) {
        progress(`${typescript}, ${rules} rules, round ${round} of ${ROUNDS}`)
        bare.push(check(typescript, project.bare))
        typed.push(check(typescript, project.typed))
      }
      const added = typed.map((time, round) => time - bare[round]!)
      return { typescript, rules, bare, typed, added }
    })
    return {
      title: 'Type-checking rules against a router of 300 procedures',
      note:
        'Wall time of `tsc`, the router alone and with rules of three actions each. What is ' +
        'added includes the types of the inputs and outputs that the rules ask for.',
      columns: ['TypeScript', 'rules', 'router alone', 'with rules', 'added'],
      rows: measured.map(({ typescript, rules, bare, typed, added }): Cell[] => [
        versionOf(typescript),
        String(rules),
        { us: figureOf(bare) },
        { us: figureOf(typed) },
        { us: figureOf(added) },
      ]),
      bars: measured
        .filter(({ typescript, rules }) => typescript === 'typescript' && rules === 100)
        .map(({ added }) => ({
          claim: '100 rules add less than 2 s',
          ratio: figureOf(added.map((time) => time / BAR_US)),
          most: 1,
        })),
    }
  },
}

const resolve = createRequire(import.meta.url).resolve

/** In microseconds. */
function check(typescript: string, config: string): number {
  const tsc = join(dirname(resolve(`${typescript}/package.json`)), 'bin/tsc')
  const startedAt = performance.now()
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`The project does not compile.\n${stdout}`)
  return (performance.now() - startedAt) * 1000
}

function versionOf(typescript: string): string {
  return (createRequire(import.meta.url)(`${typescript}/package.json`) as { version: string })
    .version
}
