/** Builds `client/` into `dist/`; `--dev` serves it from here, with the library's own sources. */
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

export default defineConfig(({ command }) => ({
  root: fileURLToPath(new URL('client', import.meta.url)),
  build: { outDir: '../dist', emptyOutDir: true, chunkSizeWarningLimit: 800 },
  plugins: [react()],
  resolve: {
    dedupe: ['react', 'react-dom', '@tanstack/react-query', 'socket.io-client'],
    conditions: [
      ...(command === 'serve' ? ['@iron-stack/source'] : []),
      ...defaultClientConditions,
    ],
  },
}))
