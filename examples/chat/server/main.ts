/**
 * Starts the chat: `tsx server/main.ts [--dev]`, with PORT, HOST, DATABASE_DIR, DATABASE_URL and
 * REDIS_URL if set.
 */
import { startChat } from './start-chat.ts'

const { PORT = '3000', HOST = '127.0.0.1', DATABASE_DIR, DATABASE_URL, REDIS_URL } = process.env

const chat = await startChat({
  port: Number(PORT),
  host: HOST,
  databaseDirectory: DATABASE_DIR,
  databaseUrl: DATABASE_URL,
  redisUrl: REDIS_URL,
  dev: process.argv.includes('--dev'),
}).catch((error: Error) => {
  const isTaken = 'code' in error && error.code === 'EADDRINUSE'
  console.error(isTaken ? `Port ${PORT} is taken. Set PORT to another one.` : error.message)
  process.exit(1)
})
console.log(`The chat is at ${chat.url} (sign in as two people, in two windows)`)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void chat.close().finally(() => process.exit())
  })
}
