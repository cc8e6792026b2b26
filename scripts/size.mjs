/**
 * `npm run size`: what each entry that runs in a browser adds to an application's bundle.
 *
 * Bundled alone, minified, without the peers, which the application has already. Entries share
 * most of their modules: the sizes do not add up. Below, what each part of the engine has of its
 * own entry, in proportion to its code. `--modules` says it of each module.
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
  const { code } = await bundle(input)
  row(entry, code.length, gzipSync(code, { level: 9 }).length, brotliCompressSync(code).length)
}

const engine = await bundle(ENTRIES['./engine'])
const zipped = gzipSync(engine.code, { level: 9 }).length
const isByModule = process.argv.includes('--modules')
const parts = new Map()
for (const [id, { renderedLength }] of Object.entries(engine.modules)) {
  const part = isByModule
    ? id.slice(ROOT.length)
    : (/src\/engine\/(\w+)\//.exec(id)?.[1] ?? 'shared')
  parts.set(part, (parts.get(part) ?? 0) + renderedLength)
}
const all = [...parts.values()].reduce((sum, length) => sum + length, 0)
console.log()
row('of ./engine', '', 'min+gzip')
for (const [part, length] of [...parts].toSorted(([, a], [, b]) => b - a)) {
  const size = Math.round((zipped * length) / all)
  if (isByModule) row('', '', size, `  ${part}`)
  else row(part, '', size)
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
  return { code: Buffer.from(output[0].code), modules: output[0].modules }
}
