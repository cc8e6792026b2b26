/**
 * One client's connection, as bad as a test wants it.
 *
 * It carries packets both ways, each way in order, as Socket.IO does. It can delay them, and be cut.
 * Events sent to a room it can also duplicate, reorder and drop: that is what several nodes behind
 * one connection do. What it does to a packet is decided when that is sent, by the settings of that
 * moment.
 */

import type { Clock } from '../clock.ts'
import type { Random } from '../random.ts'

/** How bad the wire is; may be changed at any time. Probabilities are from 0 to 1. */
export interface WireConditions {
  /** How long a packet travels, in milliseconds: always the same, or asked for each. @default 0 */
  delayMs: number | (() => number)
  /** How many events arrive a second time, somewhat later. @default 0 */
  duplicateRate: number
  /** How many events may be overtaken by later packets. @default 0 */
  reorderRate: number
  /** How many events are lost. @default 0 */
  dropRate: number
}

export interface Wire extends WireConditions {
  /** How many packets are on their way, both ways together. */
  readonly inFlight: number
  readonly isCut: boolean
  /**
   * Cuts the wire: what is on its way is lost, and so is what is sent until `restore`.
   * Both ends notice; with `silently`, neither does (half-open) until a ping times out: that
   * connection is dead, also when the wire is restored.
   */
  readonly cut: (options?: { readonly silently?: boolean }) => void
  readonly restore: () => void
}

/** What the two ends see of their wire. */
export interface WireEnds {
  readonly wire: Wire
  readonly toClient: SendOver
  readonly toServer: SendOver
}

/** Only what is sent to a room gets lost, doubled or overtaken. Whatever is sent is delayed. */
export type PacketKind = 'to-room' | 'direct'

type SendOver = (kind: PacketKind, deliver: () => void) => void

export interface WireOptions extends Partial<WireConditions> {
  readonly clock: Clock
  readonly random: Random
  readonly onCut: (isSilent: boolean) => void
  /** Told when a wire that was cut is whole again. */
  readonly onRestore: () => void
}

/** How much later an overtaken packet or a second copy comes, at most, in milliseconds. */
const SPREAD_MS = 200

export function createWire(options: WireOptions): WireEnds {
  const { clock, random, onCut, onRestore, ...conditions } = options
  const inFlight = new Set<unknown>()
  let isCut = false

  const wire: Wire = {
    delayMs: conditions.delayMs ?? 0,
    duplicateRate: conditions.duplicateRate ?? 0,
    reorderRate: conditions.reorderRate ?? 0,
    dropRate: conditions.dropRate ?? 0,
    get inFlight() {
      return inFlight.size
    },
    get isCut() {
      return isCut
    },
    cut({ silently = false } = {}) {
      isCut = true
      for (const timer of inFlight) clock.clearTimeout(timer)
      inFlight.clear()
      onCut(silently)
    },
    restore() {
      if (!isCut) return
      isCut = false
      onRestore()
    },
  }

  function carry(deliver: () => void, at: number): void {
    const timer = clock.setTimeout(() => {
      inFlight.delete(timer)
      deliver()
    }, at - clock.now())
    inFlight.add(timer)
  }

  function createDirection(): SendOver {
    let lastArrival = 0
    return (kind, deliver) => {
      const happens = (rate: number) => kind === 'to-room' && rate > 0 && random.chance(rate)
      if (isCut || happens(wire.dropRate)) return
      const { delayMs } = wire
      const soonest = clock.now() + (typeof delayMs === 'function' ? delayMs() : delayMs)
      const at = Math.max(soonest, lastArrival)
      const later = () => at + random.float() * SPREAD_MS
      if (happens(wire.reorderRate)) carry(deliver, later())
      else {
        lastArrival = at
        carry(deliver, at)
      }
      if (happens(wire.duplicateRate)) carry(deliver, later())
    }
  }

  return { wire, toClient: createDirection(), toServer: createDirection() }
}
