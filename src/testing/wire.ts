/**
 * One client's connection, as bad as a test wants it.
 *
 * It carries packets both ways, each way in order, as Socket.IO does. Beyond that it can delay,
 * duplicate, reorder and drop them, and be cut. What it does to a packet is decided when that is
 * sent, by the settings of that moment.
 */

import type { Clock } from '../engine/clock.ts'
import type { Random } from './random.ts'

/** How bad the wire is; may be changed at any time. Probabilities are from 0 to 1. */
export interface WireConditions {
  /** How long a packet travels, in milliseconds: always the same, or asked for each. @default 0 */
  delayMs: number | (() => number)
  /** How many packets arrive a second time, somewhat later. @default 0 */
  duplicateRate: number
  /** How many packets may be overtaken by later ones. @default 0 */
  reorderRate: number
  /** How many packets are lost. @default 0 */
  dropRate: number
}

export interface Wire extends WireConditions {
  /** How many packets are on their way, both ways together. */
  readonly inFlight: number
  readonly isCut: boolean
  /**
   * Cuts the wire: what is on its way is lost, and so is what is sent until `restore`.
   * Both ends notice; with `silently`, neither does (half-open).
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

/** A handshake is delayed like any packet, and otherwise comes through; or there is no socket. */
type SendOver = (deliver: () => void, kind?: 'handshake') => void

export interface WireOptions extends Partial<WireConditions> {
  readonly clock: Clock
  readonly random: Random
  /** Told when the wire is cut in a way that both ends notice. */
  readonly onCut: () => void
}

/** How much later an overtaken packet or a second copy comes, at most, in milliseconds. */
const SPREAD_MS = 200

export function createWire({ clock, random, onCut, ...conditions }: WireOptions): WireEnds {
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
      if (!silently) onCut()
    },
    restore() {
      isCut = false
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
    return (deliver, kind) => {
      const isHandshake = kind === 'handshake'
      const happens = (rate: number) => !isHandshake && rate > 0 && random.chance(rate)
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
