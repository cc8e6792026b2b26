import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Tests run from the sources: no build in between.
  resolve: { conditions: ['@iron-stack/source'] },
  ssr: { resolve: { conditions: ['@iron-stack/source'] } },
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    typecheck: {
      enabled: true,
      include: ['tests/**/*.test-d.{ts,tsx}'],
      tsconfig: 'tsconfig.json',
      // `npm run check` types everything; here only the type tests count.
      ignoreSourceErrors: true,
    },
    // Files share the modules of their worker, and every core works: half the time.
    isolate: false,
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
