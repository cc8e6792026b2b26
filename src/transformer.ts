/**
 * What carries dates, maps, sets and bigints over a wire that knows JSON and bytes: superjson, or
 * whatever a tRPC router is given.
 */

import { putBinary, takeBinary, type BinaryPart } from './binary.ts'

/** As superjson is. */
export interface DataTransformer {
  serialize(value: unknown): unknown
  deserialize(value: unknown): unknown
}

/** As tRPC takes it, too: one for each direction. Events go the way of `output`. */
export interface SplitTransformer {
  readonly input: DataTransformer
  readonly output: DataTransformer
}

export type Transformer = DataTransformer | SplitTransformer

/** Data as it travels. */
export interface Encoded {
  readonly data: unknown
  readonly parts: readonly BinaryPart[]
}

/** Throws what the transformer throws. */
export function encode(transformer: Transformer, data: unknown): Encoded {
  const { rest, parts } = takeBinary(data)
  return { data: outputOf(transformer).serialize(rest), parts }
}

/** Throws what the transformer throws, and a TypeError for parts that are not of this data. */
export function decode(transformer: Transformer, data: unknown, parts: unknown): unknown {
  return putBinary(outputOf(transformer).deserialize(data), parts)
}

function outputOf(transformer: Transformer): DataTransformer {
  return 'output' in transformer ? transformer.output : transformer
}
