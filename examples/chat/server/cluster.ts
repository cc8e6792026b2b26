/**
 * Two nodes, a worker, and one address for all of it: `tsx server/cluster.ts`, with DATABASE_URL, and
 * REDIS_URL if the log is to be there. What a load balancer does elsewhere, a few lines do here.
 */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const { PORT = '3000', HOST = '127.0.0.1', DATABASE_URL } = process.env
if (DATABASE_URL === undefined) {
  console.error(
    'Set DATABASE_URL to a Postgres, e.g. postgres://localhost/chat, and REDIS_URL to a Redis, if there is one.',
  )
  process.exit(1)
}

const ports = [Number(PORT) + 1, Number(PORT) + 2]
const children: ChildProcess[] = []
for (const port of ports) children.push(run('main.ts', { PORT: String(port) }))
children.push(run('worker.ts', {}))

let turn = 0
const proxy = createServer((client) => {
  const node = connect(ports[turn++ % ports.length] ?? 0, '127.0.0.1')
  client.pipe(node).pipe(client)
  // Whoever goes, the other goes with it; the browser then tries again.
  client.on('error', () => node.destroy()).on('close', () => node.destroy())
  node.on('error', () => client.destroy()).on('close', () => client.destroy())
})
proxy.listen(Number(PORT), HOST, () => {
  console.log(`The chat is at http://localhost:${PORT}, on nodes ${ports.join(' and ')}.`)
  console.log('Stop one of them: nobody notices. The worker writes to the first conversation.')
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const child of children) child.kill('SIGTERM')
    process.exit()
  })
}

function run(file: string, env: Record<string, string>): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url))
  return fork(path, { env: { ...process.env, HOST: '127.0.0.1', ...env } })
}
