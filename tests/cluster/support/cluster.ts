/**
 * A cluster of real processes: nodes behind a proxy, workers, clients in the test's own process. All
 * of it ends with the test.
 */

import { fork, type ChildProcess } from 'node:child_process'
import { createServer, connect, type AddressInfo, type Socket as TcpSocket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { FromProcess, ProcessOptions, ToProcess } from './messages.ts'

export interface Process {
  readonly name: string
  readonly port: number
  /** Rows whose broadcast has resolved here, as far as it could say so. */
  readonly published: (readonly [list: string, id: string])[]
  /** What was told to `onError` there: the codes, in order. */
  readonly errors: readonly string[]
  /** Resolves when the process has done it; rejects with its error, or when the process is gone. */
  readonly tell: (message: ToProcess) => Promise<void>
  /** Ends what it publishes; whoever has told it to is answered. */
  readonly stop: () => void
  /** Ends it at once: nothing is flushed, nothing is said. */
  readonly kill: () => Promise<void>
}

const FILE = fileURLToPath(new URL('./process.ts', import.meta.url))
const PATIENCE_MS = 300_000

export async function startProcess(options: ProcessOptions): Promise<Process> {
  const child = fork(FILE, [JSON.stringify(options)], {
    execArgv: ['--conditions=@iron-stack/source', '--import', 'tsx'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const published: (readonly [string, string])[] = []
  const errors: string[] = []
  child.on('message', (message: FromProcess) => {
    if (message.is === 'published') published.push(...message.rows)
    if (message.is === 'error') errors.push(message.code)
  })
  const ready = await nextAnswer(child)
  if (ready.is !== 'ready') throw new Error(`${options.name} said ${JSON.stringify(ready)}.`)
  /** One thing at a time: answers have no names. */
  let busy: Promise<unknown> = Promise.resolve()

  return {
    name: options.name,
    port: ready.port,
    published,
    errors,

    tell(message) {
      const answered = busy.then(async () => {
        child.send(message)
        const answer = await nextAnswer(child)
        if (answer.is === 'failed') throw new Error(answer.error)
      })
      busy = answered.catch(() => {})
      return answered
    },

    stop() {
      child.send({ do: 'stop' } satisfies ToProcess)
    },

    async kill() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    },
  }
}

function nextAnswer(child: ChildProcess): Promise<FromProcess> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      settle()
    }
    const onMessage = (message: FromProcess) => {
      if (message.is !== 'published' && message.is !== 'error') finish(() => resolve(message))
    }
    const onExit = () => finish(() => reject(new Error('The process is gone.')))
    const timer = setTimeout(
      () => finish(() => reject(new Error('The process does not answer.'))),
      PATIENCE_MS,
    )
    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}

export interface Proxy {
  readonly url: string
  /** Where new connections go, one after the other. */
  readonly targets: number[]
}

/** One address for all nodes, as a load balancer has. */
export async function startProxy(targets: number[]): Promise<Proxy> {
  let turn = 0
  const open = new Set<TcpSocket>()
  const server = createServer((client) => {
    const target = connect(targets[turn++ % targets.length] ?? 0, '127.0.0.1')
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      open.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, targets }
}
