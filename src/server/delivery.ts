/**
 * Sends events to their rooms: into the log first, so that nobody sees what nobody can ask for.
 */

import type { OnError } from '../errors.ts'
import { createStamp, type EventMeta } from '../message.ts'
import { checkLog, isUsable } from './choose-log.ts'
import type { AnyNamespace } from './io.ts'
import type { EventLog, NewEvent } from './log/event-log.ts'
import { memoryLog } from './log/memory-log.ts'
import { whenReady } from './maybe-promise.ts'
import { packedData, packedForm } from './packed.ts'

export interface DeliveryOptions {
  readonly namespace: AnyNamespace
  /** @default one of its own, where there is one node */
  readonly log: EventLog | undefined
  readonly onError: OnError
}

export interface Delivery {
  /** The log in use; undefined where none fits the namespace's adapter. */
  readonly log: () => EventLog | undefined
  /** All of them or none. Returns a promise only where the log takes time. */
  readonly send: (events: readonly NewEvent[]) => void | Promise<void>
  /** To who is connected, and never again. */
  readonly sendVolatile: (events: readonly NewEvent[]) => void
  readonly close: () => void
}

export function createDelivery({ namespace, log, onError }: DeliveryOptions): Delivery {
  if (log !== undefined) checkLog(log, namespace)
  const chosen = log ?? memoryLog()
  chosen.keep((room) => namespace.adapter.rooms.has(room))
  const stamp = createStamp(chosen.epoch)
  let adapter: AnyNamespace['adapter'] | undefined
  let usable: EventLog | undefined

  /** An application may set the adapter after this server is made. */
  function current(): EventLog | undefined {
    if (adapter !== namespace.adapter) {
      adapter = namespace.adapter
      usable = isUsable(chosen, namespace, onError) ? chosen : undefined
    }
    return usable
  }

  function emit({ rooms, event, data }: NewEvent, meta: EventMeta): void {
    namespace.to([...rooms]).emit(event, packedData(data), withForm(meta, data))
  }

  return {
    log: current,

    send(events) {
      const used = current()
      if (used === undefined) {
        for (const event of events) emit(event, stamp())
        return undefined
      }
      return whenReady(used.append(events), (appended) => {
        for (const [position, { id, places }] of appended.entries()) {
          const event = events[position]
          if (event !== undefined) emit(event, { e: used.epoch, i: id, p: places })
        }
      })
    },

    sendVolatile(events) {
      for (const { rooms, event, data } of events) {
        const meta = withForm(stamp(), data)
        namespace.to([...rooms]).volatile.emit(event, packedData(data), meta)
      }
    },

    close() {
      if (log === undefined) void chosen.close()
    },
  }
}

/** The meta, with how the data is to be read. */
function withForm(meta: EventMeta, packed: unknown): EventMeta {
  const form = packedForm(packed)
  return form === undefined ? meta : { ...meta, ...form }
}
