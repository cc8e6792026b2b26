/**
 * What the server counts, for an OpenTelemetry meter that the application passes. docs/OPERATIONS.md
 * says what each figure means, and what to do about it; the names are as stable as the API.
 *
 * Without a meter nothing is counted. With one, an event costs two additions.
 */

import { MEMBER, type MembershipChange, type RoomAnswer } from '../control.ts'
import type { OnError, SyncErrorCode } from '../errors.ts'
import type { LogStats } from './log/event-log.ts'

/** What is needed of a `Meter` of `@opentelemetry/api`, which is one. */
export interface SyncMeter {
  createCounter(name: string, options?: InstrumentOptions): Counter
  createHistogram(name: string, options?: InstrumentOptions): Histogram
  createObservableGauge(name: string, options?: InstrumentOptions): Gauge
  addBatchObservableCallback(callback: ObserveGauges, gauges: Gauge[]): void
  removeBatchObservableCallback(callback: ObserveGauges, gauges: Gauge[]): void
}

interface InstrumentOptions {
  description?: string
  unit?: string
  advice?: { explicitBucketBoundaries?: number[] }
}

interface Counter {
  add(value: number, attributes?: Record<string, string>): void
}

interface Histogram {
  record(value: number): void
}

/** What a meter's callback tells of by name. */
type Gauge = object

type ObserveGauges = (result: {
  observe(gauge: Gauge, value: number): void
}) => void | Promise<void>

export interface Metrics {
  /** So many events are in the log, or were sent, where they are volatile. */
  readonly broadcast: (event: string, count: number) => void
  /** An event was handed to so many sockets of this node. */
  readonly delivered: (event: string, sockets: number) => void
  /** How long ago an event was appended that this node has just been told of. */
  readonly lag: (ms: number) => void
  readonly pulled: (rooms: readonly RoomAnswer[], events: number) => void
  /** A client asked too much, and was told to wait. */
  readonly refusedBusy: () => void
  readonly membership: (change: MembershipChange, users: number) => void
  /** Rooms that a client asked for and did not get. */
  readonly refusedRooms: (count: number) => void
  readonly cut: () => void
  readonly error: (code: SyncErrorCode) => void
  /** Says how things stand, whenever they are collected; returns the undo. */
  readonly watch: (standing: Standing) => () => void
}

/** Looked at when figures are collected, and at no other time. */
interface Standing {
  readonly sockets: () => number
  /** With members on this node. */
  readonly rooms: () => number
  /** Bytes that wait for clients to read them. */
  readonly buffered: () => number
  readonly log: () => LogStats | Promise<LogStats> | undefined
}

const LAG_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createMetrics(meter: SyncMeter): Metrics {
  const broadcast = meter.createCounter('sync.events.broadcast', {
    description: 'Events broadcast by this process',
    unit: '{event}',
  })
  const delivered = meter.createCounter('sync.events.delivered', {
    description: 'Events handed to sockets of this process, once for each socket',
    unit: '{delivery}',
  })
  const lag = meter.createHistogram('sync.events.lag', {
    description: 'From append to delivery on this node, of a log that several nodes share',
    unit: 's',
    advice: { explicitBucketBoundaries: LAG_SECONDS },
  })
  const pulls = meter.createCounter('sync.pulls', {
    description: 'Answers to clients that asked for events they had not seen',
    unit: '{answer}',
  })
  const resumes = meter.createCounter('sync.resumes', {
    description: 'Rooms that a client asked to catch up with',
    unit: '{room}',
  })
  const replayed = meter.createCounter('sync.events.replayed', {
    description: 'Events sent again, from the log',
    unit: '{event}',
  })
  const memberships = meter.createCounter('sync.memberships', {
    description: 'Users let into a room or thrown out of one',
    unit: '{membership}',
  })
  const refused = meter.createCounter('sync.rooms.refused', {
    description: 'Rooms that clients asked for and did not get',
    unit: '{room}',
  })
  const cut = meter.createCounter('sync.sockets.cut', {
    description: 'Connections ended because their client did not read',
    unit: '{socket}',
  })
  const errors = meter.createCounter('sync.errors', {
    description: 'Errors, each time they happen',
    unit: '{error}',
  })
  const byEvent = createLabels('event')
  const byOutcome = createLabels('outcome')
  const byChange = createLabels('change')
  const byCode = createLabels('code')

  return {
    broadcast(event, count) {
      if (event !== MEMBER) broadcast.add(count, byEvent(event))
    },
    delivered(event, sockets) {
      if (event !== MEMBER && sockets > 0) delivered.add(sockets, byEvent(event))
    },
    lag: (ms) => lag.record(Math.max(0, ms) / 1000),
    pulled(rooms, events) {
      pulls.add(1, byOutcome('answered'))
      if (events > 0) replayed.add(events)
      for (const [kind, , through, head] of rooms) {
        // Of a room with more to come there is another page.
        if (kind === 'events' && through < head) continue
        resumes.add(1, byOutcome(kind === 'events' ? 'replayed' : kind))
      }
    },
    refusedBusy: () => pulls.add(1, byOutcome('busy')),
    membership: ([change], users) => memberships.add(users, byChange(change)),
    refusedRooms: (count) => refused.add(count),
    cut: () => cut.add(1),
    error: (code) => errors.add(1, byCode(code)),
    watch: (standing) => watch(meter, standing),
  }
}

function watch(meter: SyncMeter, standing: Standing): () => void {
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(name, { description, unit })
  const sockets = gauge('sync.sockets', '{socket}', 'Sockets connected to this process')
  const rooms = gauge('sync.rooms', '{room}', 'Rooms with members on this process')
  const buffered = gauge('sync.sockets.buffered', 'By', 'What waits for clients to read it')
  const logEvents = gauge('sync.log.events', '{event}', 'Events in the log')
  const logBytes = gauge('sync.log.size', 'By', 'What the events in the log take, about')
  const logRooms = gauge('sync.log.rooms', '{room}', 'Rooms that the log knows')
  const gauges = [sockets, rooms, buffered, logEvents, logBytes, logRooms]

  const observe: ObserveGauges = async (result) => {
    result.observe(sockets, standing.sockets())
    result.observe(rooms, standing.rooms())
    result.observe(buffered, standing.buffered())
    const stats = await standing.log()
    if (stats === undefined) return
    result.observe(logEvents, stats.events)
    result.observe(logBytes, stats.bytes)
    result.observe(logRooms, stats.rooms)
  }
  meter.addBatchObservableCallback(observe, gauges)
  return () => meter.removeBatchObservableCallback(observe, gauges)
}

/** An event makes no object: there are as many labels as rules have events. */
function createLabels(name: string): (value: string) => Record<string, string> {
  const labels = new Map<string, Record<string, string>>()
  return (value) => {
    const known = labels.get(value)
    if (known !== undefined) return known
    const label = { [name]: value }
    labels.set(value, label)
    return label
  }
}

/** Counts each error, also those that were told before. */
export function countErrors(report: OnError, metrics: Metrics | undefined): OnError {
  if (metrics === undefined) return report
  return (error) => {
    metrics.error(error.code)
    report(error)
  }
}
