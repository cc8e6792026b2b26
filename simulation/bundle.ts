/**
 * Makes one piece of JavaScript for the worker threads, with or without a fault in it.
 */

import { resolve } from 'node:path'
import { rolldown } from 'rolldown'
import type { Fault } from './faults.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** @throws Error if the fault's text is not in its file. */
export async function bundleWorker(fault: Fault | undefined): Promise<string> {
  let isPatched = fault === undefined
  const build = await rolldown({
    input: resolve(import.meta.dirname, 'worker.ts'),
    cwd: ROOT,
    platform: 'node',
    logLevel: 'silent',
    external: /^node:|^socket\.io/,
    resolve: { conditionNames: ['@iron-stack/source', 'import', 'node', 'default'] },
    plugins: [
      {
        name: 'fault',
        transform(code, id) {
          if (fault === undefined || id !== resolve(ROOT, fault.file)) return undefined
          if (code.split(fault.find).length !== 2) return undefined
          isPatched = true
          return code.replace(fault.find, fault.replace)
        },
      },
    ],
  })
  const { output } = await build.generate({ format: 'esm' })
  await build.close()
  if (!isPatched) throw new Error(`This is not, or not once, in ${fault?.file}: ${fault?.find}`)
  if (output.length !== 1) throw new Error(`The worker became ${output.length} files.`)
  return output[0].code
}
