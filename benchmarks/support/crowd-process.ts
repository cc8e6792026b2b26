/** The process behind crowd. Each client speaks as much of its protocol as it takes, and checks. */

import { Agent, get } from 'node:http'
import type { CrowdOptions, CrowdOrder } from './crowd.ts'
import { connectLight, type LightClient } from './light-client.ts'

const { port, count, catchUp, missed, path } = JSON.parse(process.argv[2]!) as CrowdOptions
const agent = new Agent({ keepAlive: true, maxSockets: 100 })

const nothing = () => {}

interface Member {
  /** Resolves when it is live: it has what it missed. */
  readonly connect: (isBack: boolean) => Promise<void>
  readonly drop: () => void
}

function createBare(): Member {
  let client: LightClient | undefined
  return {
    async connect() {
      client = await connectLight({ port })
    },
    drop: () => client?.drop(),
  }
}

function createRefetching(): Member {
  const bare = createBare()
  return {
    ...bare,
    async connect(isBack) {
      await bare.connect(isBack)
      if (isBack) await fetchAll()
    },
  }
}

function fetchAll(): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ port, path, agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
      response.resume().on('end', resolve)
    }).on('error', reject)
  })
}

function createRecovering(): Member {
  let client: LightClient | undefined
  let offset: unknown
  return {
    async connect(isBack) {
      let heard = 0
      let hasAll = nothing
      const caughtUp = new Promise<void>((resolve) => {
        hasAll = resolve
      })
      const auth = { pid: client?.session.pid, offset }
      const onText = (text: string) => {
        offset = (JSON.parse(text.slice(2)) as unknown[]).at(-1)
        if (++heard === (isBack ? missed : 1)) hasAll()
      }
      client = await connectLight({ port, onText, ...(isBack && { auth }) })
      await caughtUp
    },
    drop: () => client?.drop(),
  }
}

type Note = readonly [kind: string, name: string, handle: string, head: number]

function createSyncing(): Member {
  let client: LightClient | undefined
  const places = new Map<string, number>()

  async function pull(
    hello: { e: string; t: number },
    notes: readonly Note[],
  ): Promise<number> {
    const q = notes.flatMap(([, , handle, head]) => {
      const place = places.get(handle) ?? head
      places.set(handle, head)
      return place < head ? [[handle, place]] : []
    })
    if (q.length === 0) return 0
    const answer = await client?.ask('sync:pull', { e: hello.e, t: hello.t, q, b: 1 })
    const [, , events] = JSON.parse(String((answer as { readonly b: Buffer }).b)) as unknown[][]
    return events?.length ?? 0
  }

  return {
    async connect(isBack) {
      const notes: Note[] = []
      let hello = { e: '', t: 0 }
      let isSettled = nothing
      const settled = new Promise<void>((resolve) => {
        isSettled = resolve
      })
      client = await connectLight({ port, onText })
      await settled
      const pulled = await pull(hello, notes)
      if (pulled !== (isBack ? missed : 0)) throw new Error(`pulled ${pulled} of ${missed}`)

      function onText(text: string): void {
        const [event, said] = JSON.parse(text.slice(2)) as [string, unknown]
        if (event === 'sync:hello') hello = said as typeof hello
        if (event !== 'sync:rooms') return
        for (const note of said as Note[]) {
          if (note[0] === 'settled') isSettled()
          else notes.push(note)
        }
      }
    },
    drop: () => client?.drop(),
  }
}

const CREATE = {
  sync: createSyncing,
  recovery: createRecovering,
  refetch: createRefetching,
  bare: createBare,
}

const members = Array.from({ length: count }, CREATE[catchUp])

async function obey(order: CrowdOrder): Promise<void> {
  if (order === 'drop') for (const member of members) member.drop()
  else await Promise.all(members.map((member) => member.connect(order === 'come back')))
}

process.on('message', (order: CrowdOrder) => {
  obey(order).then(
    () => process.send?.('done'),
    (error: unknown) => process.send?.(String(error)),
  )
})
process.send?.('done')
