/**
 * Replayed events as bytes (`PackedEvents`): where a log keeps data as text, an answer is put together
 * of texts, and nothing is read only to be written again. When everybody comes back at once, there are
 * as many answers to make as clients.
 */

import { packedData, packedForm, isPackedText } from '../packed.ts'
import type { TextEvent, WireText } from '../log/event-log.ts'

/** @param epoch - what the log's ids begin with */
export function encodeReplay(events: readonly TextEvent[], epoch: string): Uint8Array {
  const names = new Map<string, number>()
  let texts = ''
  for (const each of events) {
    let name = names.get(each.event)
    if (name === undefined) names.set(each.event, (name = names.size))
    const { data, rest } = (each.wire ??= wireTextOf(each, epoch))
    texts += `${texts === '' ? '' : ','}[${name},${data},${rest}`
  }
  return Buffer.from(
    `[${JSON.stringify([...names.keys()])},${JSON.stringify(epoch)},[${texts}]]`,
  )
}

function wireTextOf({ text, id, places, at }: TextEvent, epoch: string): WireText {
  const ownId = id.startsWith(epoch) ? id.slice(epoch.length) : [id]
  const rest = [ownId, places.flat(), Math.ceil(at)]
  if (!isPackedText(text)) return { data: text, rest: JSON.stringify(rest).slice(1) }
  const packed: unknown = JSON.parse(text)
  return {
    data: JSON.stringify(packedData(packed) ?? null),
    rest: JSON.stringify([...rest, packedForm(packed)]).slice(1),
  }
}
