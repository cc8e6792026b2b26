/**
 * Data and its form as one value: what a log is given. So a log need not know of forms, whoever has
 * written it, and what it replays can be read years later.
 */

import { isRecord } from '../is-record.ts'
import type { DataForm } from '../message.ts'

/** Reserved, as event names with this prefix are. */
const FORM = 'sync:form'

interface Packed {
  readonly [FORM]: DataForm
  readonly data: unknown
}

/** The data itself where it has no form, as most. */
export function pack(data: unknown, form: DataForm | undefined): unknown {
  // An application's own data that looks packed must come out as it went in.
  if (form === undefined && !isPacked(data)) return data
  return { [FORM]: form ?? {}, data } satisfies Packed
}

export function packedData(packed: unknown): unknown {
  return isPacked(packed) ? packed.data : packed
}

export function packedForm(packed: unknown): DataForm | undefined {
  return isPacked(packed) ? packed[FORM] : undefined
}

/** Whether data is packed, by its JSON: `pack` writes the form first, and nobody else may. */
export function isPackedText(text: string): boolean {
  return text.startsWith(PACKED_TEXT)
}

const PACKED_TEXT = `{${JSON.stringify(FORM)}:`

function isPacked(value: unknown): value is Packed {
  return isRecord(value) && Object.hasOwn(value, FORM)
}
