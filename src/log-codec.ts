/**
 * An event's data as text, for a log that keeps it outside of the process.
 *
 * The text is JSON. Where data has bytes in it, which Socket.IO carries and JSON does not, they stand
 * beside the JSON, each with the path to its place: so no data can be taken for a placeholder.
 * It has no line break, and no NUL.
 */

/** Where bytes belong, and the bytes in base64. */
type Bytes = readonly [path: readonly string[], base64: string]

/** In front of data with bytes; no JSON begins with it. */
const WITH_BYTES = '!'

/** @throws TypeError for what JSON refuses: a BigInt, a circle. */
export function encodeLogData(data: unknown): string {
  if (!hasBytes(data)) return JSON.stringify(data) ?? ''
  const bytes: Bytes[] = []
  const rest = takeBytes(data, [], bytes)
  return WITH_BYTES + JSON.stringify([rest, bytes])
}

/**
 * Bytes come back as Uint8Array, whatever view they were.
 *
 * @throws SyntaxError for a text that `encodeLogData` did not make.
 */
export function decodeLogData(text: string): unknown {
  if (text === '') return undefined
  if (!text.startsWith(WITH_BYTES)) return JSON.parse(text) as unknown
  // Written by `encodeLogData` above.
  const [rest, bytes] = JSON.parse(text.slice(1)) as [unknown, readonly Bytes[]]
  const holder = { data: rest }
  for (const [path, base64] of bytes) putBytes(holder, ['data', ...path], fromBase64(base64))
  return holder.data
}

/** Whether a text that `encodeLogData` made is the data's JSON, and nothing beside it. */
export function isJson(text: string): boolean {
  return text !== '' && !text.startsWith(WITH_BYTES)
}

/** Whether JSON would lose something that Socket.IO carries. */
function hasBytes(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return true
  if (Array.isArray(value)) return value.some(hasBytes)
  if ('toJSON' in value) return false
  for (const name in value) {
    if (Object.hasOwn(value, name) && hasBytes((value as Record<string, unknown>)[name])) {
      return true
    }
  }
  return false
}

/** A copy with null where bytes are, which are added to `bytes`. */
function takeBytes(value: unknown, path: readonly string[], bytes: Bytes[]): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    bytes.push([path, toBase64(value)])
    return null
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => takeBytes(item, [...path, String(index)], bytes))
  }
  if ('toJSON' in value) return value
  // By entries: an own property may be called `__proto__`.
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      takeBytes(item, [...path, name], bytes),
    ]),
  )
}

function putBytes(holder: object, path: readonly string[], bytes: Uint8Array): void {
  let target = holder
  for (const name of path.slice(0, -1)) {
    const next: unknown = Object.getOwnPropertyDescriptor(target, name)?.value
    if (typeof next !== 'object' || next === null) throw new SyntaxError('no place for bytes')
    target = next
  }
  Reflect.defineProperty(target, path.at(-1) ?? '', {
    value: bytes,
    enumerable: true,
    writable: true,
    configurable: true,
  })
}

function toBase64(value: ArrayBufferView | ArrayBuffer): string {
  const buffer = ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value)
  return buffer.toString('base64')
}

/** A copy of its own: small Buffers share one memory, and a reader may write into it. */
function fromBase64(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
