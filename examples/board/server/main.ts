/** Starts the board: `tsx server/main.ts [--dev]`, with PORT, HOST and DATABASE_DIR if set. */
import { startBoard } from './start-board.ts'

const { PORT = '3000', HOST = '127.0.0.1', DATABASE_DIR } = process.env

const board = await startBoard({
  port: Number(PORT),
  host: HOST,
  databaseDirectory: DATABASE_DIR,
  dev: process.argv.includes('--dev'),
}).catch((error: Error) => {
  const isTaken = 'code' in error && error.code === 'EADDRINUSE'
  console.error(isTaken ? `Port ${PORT} is taken. Set PORT to another one.` : error.message)
  process.exit(1)
})
console.log(`The board is at ${board.url} (sign in as two people, in two windows)`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void board.close().finally(() => process.exit())
  })
}
