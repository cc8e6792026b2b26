/**
 * A real Prisma client, without the code that `prisma generate` makes: that command wants a program which
 * it can't load everywhere. There are no models; raw statements and transactions are all that is needed.
 */

import { PrismaPg } from '@prisma/adapter-pg'
import { getPrismaClient, type GetPrismaClientConfig } from '@prisma/client/runtime/client'

export interface Prisma extends PrismaTransaction {
  readonly $transaction: <Result>(
    work: (tx: PrismaTransaction) => Promise<Result>,
    options?: { readonly isolationLevel: 'RepeatableRead' },
  ) => Promise<Result>
  readonly $connect: () => Promise<void>
  readonly $disconnect: () => Promise<void>
}

interface PrismaTransaction {
  readonly $queryRawUnsafe: (sql: string, ...values: unknown[]) => Promise<unknown>
}

export function openPrisma(connectionString: string): Prisma {
  const PrismaClient = getPrismaClient({
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: '',
    activeProvider: 'postgresql',
    inlineSchema: `
      generator client { provider = "prisma-client" output = "../generated" }
      datasource db { provider = "postgresql" }
    `,
    runtimeDataModel: { models: {}, enums: {}, types: {} },
    // Of no strings and no nodes: numbers that are all zero.
    parameterizationSchema: { strings: [], graph: Buffer.alloc(16).toString('base64') },
    compilerWasm: {
      getRuntime: () => loadCompiler<Runtime>('mjs'),
      async getQueryCompilerWasmModule() {
        const { wasm } = await loadCompiler<{ readonly wasm: string }>('wasm-base64.mjs')
        return new WebAssembly.Module(Buffer.from(wasm, 'base64'))
      },
      importName: './query_compiler_fast_bg.js',
    },
  })
  return new PrismaClient({ adapter: new PrismaPg({ connectionString }) })
}

type Runtime = Awaited<
  ReturnType<NonNullable<GetPrismaClientConfig['compilerWasm']>['getRuntime']>
>

/** Modules without declarations. */
async function loadCompiler<Module>(ending: string): Promise<Module> {
  const path = `@prisma/client/runtime/query_compiler_fast_bg.postgresql.${ending}`
  return (await import(path)) as Module
}
