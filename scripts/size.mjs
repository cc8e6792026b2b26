/**
 * `npm run size`: what each entry that runs in a browser adds to an application's bundle.
 *
 * Bundled alone, minified, without the peers, which the application has already. Entries share
 * most of their modules: the sizes do not add up.
 */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'
import { ROOT } from './run.mjs'

const ENTRIES = {
  '.': 'src/index.ts',
  './engine': 'src/engine/index.ts',
  './client': 'src/client/index.ts',
}
const PEERS = /^(react|react-dom|@tanstack\/.*|socket\.io.*)(\/|$)/

const row = (...cells) => console.log(cells.map((cell) => String(cell).padStart(12)).join(''))

row('entry', 'min', 'min+gzip', 'min+brotli')
for (const [entry, input] of Object.entries(ENTRIES)) {
  const code = await bundle(input)
  row(entry, code.length, gzipSync(code, { level: 9 }).length, brotliCompressSync(code).length)
}

async function bundle(input) {
  const build = await rolldown({
    input,
    cwd: ROOT,
    external: PEERS,
    platform: 'browser',
    logLevel: 'silent',
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  if (output.length !== 1) throw new Error(`${input} became ${output.length} files.`)
  return Buffer.from(output[0].code)
}
