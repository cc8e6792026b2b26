/**
 * Sends an event to its rooms: into the log first, so that nobody sees what nobody can ask for.
 */

import type { OnError } from '../errors.ts'
import { createStamp, type EventMeta } from '../message.ts'
import { checkLog, isUsable } from './choose-log.ts'
import type { AnyNamespace } from './io.ts'
import type { Appended, EventLog } from './log/event-log.ts'
import { memoryLog } from './log/memory-log.ts'
import { whenReady } from './maybe-promise.ts'

export interface DeliveryOptions {
  readonly namespace: AnyNamespace
  /** @default one of its own, where there is one node */
  readonly log: EventLog | undefined
  readonly onError: OnError
}

export interface Delivery {
  /** The log in use; undefined where none fits the namespace's adapter. */
  readonly log: () => EventLog | undefined
  /** Returns a promise only where the log takes time. */
  readonly send: (event: string, data: unknown, rooms: string[]) => void | Promise<void>
  /** To who is connected, and never again. */
  readonly sendVolatile: (event: string, data: unknown, rooms: string[]) => void
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

  return {
    log: current,

    send(event, data, rooms) {
      const used = current()
      if (used === undefined) {
        namespace.to(rooms).emit(event, data, stamp())
        return undefined
      }
      const emit = ([appended]: readonly Appended[]) => {
        if (appended === undefined) return
        const meta: EventMeta = { e: used.epoch, i: appended.id, p: appended.places }
        namespace.to(rooms).emit(event, data, meta)
      }
      return whenReady(used.append([{ rooms, event, data }]), emit)
    },

    sendVolatile(event, data, rooms) {
      namespace.to(rooms).volatile.emit(event, data, stamp())
    },

    close() {
      if (log === undefined) void chosen.close()
    },
  }
}
