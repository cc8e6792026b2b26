/** What libraries add to a browser's bundle: bundled alone, minified, then compressed. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export interface BundleSize {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

export interface Library {
  readonly name: string
  /** What is to be in the bundle: the lines of a module. */
  readonly code: string
  /** What has to be installed for it, the library itself first. */
  readonly packages: readonly string[]
  /** What the application has anyway. */
  readonly external: RegExp
}

const FOLDER = new URL('../../.cache/peers/', import.meta.url).pathname

/**
 * Installs the libraries' packages, the latest, in a folder of their own. Returns whether they are
 * there: without a network they are not, unless they have been before.
 */
export function installPeers(libraries: readonly Library[]): boolean {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true, "type": "module" }\n')
  const names = [...new Set(libraries.flatMap(({ packages }) => packages))]
  const quietly = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps']
  const latest = names.map((name) => `${name}@latest`)
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  spawnSync(npm, ['install', ...quietly, ...latest], { cwd: FOLDER, timeout: 60_000 })
  return libraries.every(({ packages: [first = ''] }) => versionOf(first) !== undefined)
}

/** The version that is installed for comparison; undefined where there is none. */
export function versionOf(name: string): string | undefined {
  try {
    const file = join(FOLDER, 'node_modules', name, 'package.json')
    return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
  } catch {
    return undefined
  }
}

export async function measureLibrary({ name, code, external }: Library): Promise<BundleSize> {
  const input = join(FOLDER, `${name.replaceAll(/\W+/g, '-')}.js`)
  writeFileSync(input, code)
  return measureBundle(input, external)
}

export async function measureBundle(input: string, external: RegExp): Promise<BundleSize> {
  const build = await rolldown({
    input,
    external,
    platform: 'browser',
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const bundled = Buffer.from(output.map((file) => ('code' in file ? file.code : '')).join(''))
  return {
    minified: bundled.length,
    gzip: gzipSync(bundled, { level: 9 }).length,
    brotli: brotliCompressSync(bundled).length,
  }
}
