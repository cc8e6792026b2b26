/** What the engine adds to an application's bundle, beside what other libraries add to theirs. */

import { exactly } from '../harness.ts'
import type { Scenario } from '../scenario.ts'
import {
  installPeers,
  measureBundle,
  measureLibrary,
  versionOf,
  type BundleSize,
  type Library,
} from '../support/bundles.ts'

const ENTRIES = ['engine', 'client'] as const
/** What an application that uses the entries has already. */
const OWN_EXTERNAL = /^(react|react-dom|@tanstack\/.*|socket\.io.*)(\/|$)/
const REACT = /^(react|react-dom|scheduler|graphql)(\/|$)/
const WITH_QUERY_CORE = /^(react|react-dom|@tanstack\/(react-)?query.*)(\/|$)/

const PEERS: readonly Library[] = [
  {
    name: 'tRPC client, wsLink',
    code: `export { createTRPCClient, createWSClient, wsLink } from '@trpc/client'`,
    packages: ['@trpc/client', '@trpc/server'],
    external: REACT,
  },
  {
    name: 'Figbird',
    code: `export * from 'figbird'`,
    packages: ['figbird'],
    external: REACT,
  },
  {
    name: 'graphcache, for urql',
    code: `export { cacheExchange } from '@urql/exchange-graphcache'`,
    packages: ['@urql/exchange-graphcache', '@urql/core'],
    external: /^(react|react-dom|graphql|@urql\/core|wonka)(\/|$)/,
  },
  {
    name: 'Convex, React',
    code: `export { ConvexReactClient, ConvexProvider, useQuery, useMutation } from 'convex/react'`,
    packages: ['convex'],
    external: REACT,
  },
  {
    name: 'RTK Query, React',
    code: `export { createApi, fetchBaseQuery } from '@reduxjs/toolkit/query/react'`,
    packages: ['@reduxjs/toolkit', 'react-redux'],
    external: REACT,
  },
  {
    name: 'TanStack DB, query collection',
    code: `export { createCollection, liveQueryCollectionOptions } from '@tanstack/db'
export { queryCollectionOptions } from '@tanstack/query-db-collection'`,
    packages: ['@tanstack/db', '@tanstack/query-db-collection'],
    external: WITH_QUERY_CORE,
  },
]

export const bundleSize: Scenario = {
  name: 'bundle-size',

  async run(progress) {
    const sizes: Measured[] = []
    for (const entry of ENTRIES) {
      progress(entry)
      const file = new URL(`../../dist/${entry}/index.js`, import.meta.url).pathname
      sizes.push({
        label: `./${entry}`,
        ours: true,
        ...(await measureBundle(file, OWN_EXTERNAL)),
      })
    }
    progress('installing others')
    const isComplete = installPeers(PEERS)
    for (const peer of PEERS) {
      progress(peer.name)
      const version = versionOf(peer.packages[0] ?? '')
      if (version === undefined) continue
      sizes.push({
        label: `${peer.name} ${version}`,
        ours: false,
        ...(await measureLibrary(peer)),
      })
    }
    const [engine] = sizes
    return {
      title: 'What an application downloads',
      note:
        'Bundled alone for production, without React, GraphQL, and what else the application has ' +
        'already: for `./engine` and `./client` that is TanStack Query and Socket.IO.' +
        (isComplete ? '' : ' Others were not measured: no network.'),
      columns: ['', 'minified', 'gzip', 'brotli'],
      rows: sizes.map(({ label, minified, gzip, brotli }) => [
        label,
        { bytes: exactly(minified) },
        { bytes: exactly(gzip) },
        { bytes: exactly(brotli) },
      ]),
      plot: {
        y: 'Minified and gzipped',
        unit: 'bytes',
        values: sizes.map(({ label, ours, gzip }) =>
          Object.assign({ label, ours }, exactly(gzip)),
        ),
      },
      bars: [{ claim: './engine, gzipped', bytes: exactly(engine!.gzip), most: 8500 }],
    }
  },
}

interface Measured extends BundleSize {
  readonly label: string
  readonly ours: boolean
}
