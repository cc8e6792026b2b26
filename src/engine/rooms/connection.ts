/**
 * One socket as the engine sees it: whether it is connected, whether its server knows of rooms, and
 * how far it has caught up.
 *
 * A server that says no hello is one without the protocol: then the client is live as soon as it is
 * connected, and whatever its rules mean is refetched after each reconnect.
 */

import { HELLO, PROBE, ROOMS } from '../../control.ts'
import type { Clock } from '../../clock.ts'
import type { OnError } from '../../errors.ts'
import type { SyncSocket } from '../events/sync-socket.ts'
import { createListeners } from '../listeners.ts'
import type { Managers } from '../managers.ts'
import { parseHello, parseNotes, parseProbeAnswer } from './parse-control.ts'
import { reportRefusals } from './refusals.ts'
import { createRooms, type Rooms, type RoomsOptions } from './rooms.ts'
import { shareWants } from './shared-wants.ts'
import { watchWakeUps } from './wake-ups.ts'

/** Not connected yet; connected and not current yet; current; cut off. */
export type SyncStatus = 'connecting' | 'catching-up' | 'live' | 'offline'

export interface ConnectionOptions extends Omit<
  RoomsOptions,
  'wants' | 'emit' | 'request' | 'onChange'
> {
  readonly socket: SyncSocket
  readonly clock: Clock
  readonly managers: Managers
  readonly onError: OnError
  /** The socket is connected again, and nobody can say what was missed. */
  readonly onBlindReconnect: () => void
}

export interface Connection {
  readonly rooms: Rooms
  /** Whether the server has had time to say hello, and has not: it knows nothing of rooms. */
  readonly isMute: () => boolean
  readonly status: () => SyncStatus
  /** Returns the undo. */
  readonly onStatus: (listener: (status: SyncStatus) => void) => () => void
  /** Told whenever the status or a room's state may have changed. */
  readonly onChange: (listener: () => void) => () => void
  readonly close: () => void
}

/** How long a server may take to say hello, before it counts as one without the protocol. */
const HELLO_MS = 3000
/** The same, where one has spoken before: a server that is slow, after a deploy, is the likelier. */
const HELLO_AGAIN_MS = 15_000
/** How long it may take to answer a probe, before the connection counts as dead. */
const PROBE_MS = 5000
/** When to look again, where rooms were catching up. */
const PROBE_AGAIN_MS = 1000

export function createConnection(options: ConnectionOptions): Connection {
  const { socket, clock, onBlindReconnect } = options
  const statusListeners = createListeners<[status: SyncStatus]>(options.onError)
  const changeListeners = createListeners<[]>(options.onError)
  let isConnected = socket.connected === true
  let hasConnected = isConnected
  /** Whether the server has been given time to say hello, and has not. */
  let isMute = false
  let hasSpoken = false
  /** Takes the server for one without the protocol; while its hello is waited for. */
  let stopWaitingForHello: (() => void) | undefined
  let helloTimer: unknown
  let probeTimer: unknown
  let pauseTimer: unknown
  let probeEveryMs: number | undefined
  /** Changes with each connection: what was asked on an earlier one is not answered any more. */
  let session = Symbol('session')
  let lastStatus: SyncStatus = 'connecting'

  const refusals = reportRefusals(socket, options.onError)

  const rooms = createRooms({
    ...options,
    wants: shareWants(socket),
    onChange: () => updateStatus(),
    emit: (event, payload) => socket.emit?.(event, payload),
    request(event, payload, onAnswer) {
      const asked = session
      socket.emit?.(event, payload, (answer: unknown) => {
        if (asked === session) onAnswer(answer)
      })
    },
  })

  function status(): SyncStatus {
    if (!isConnected) return hasConnected ? 'offline' : 'connecting'
    if (rooms.isSpeaking()) return rooms.isLive() ? 'live' : 'catching-up'
    return isMute ? 'live' : 'catching-up'
  }

  function updateStatus(): void {
    changeListeners.tell()
    const now = status()
    if (now === lastStatus) return
    lastStatus = now
    statusListeners.tell(now)
  }

  function awaitHello(isReconnect: boolean): void {
    const stopWaiting = () => {
      clock.clearTimeout(helloTimer)
      stopWaitingForHello = undefined
      isMute = true
      if (isReconnect) onBlindReconnect()
      updateStatus()
    }
    if (isMute) return stopWaiting()
    clock.clearTimeout(helloTimer)
    stopWaitingForHello = stopWaiting
    helloTimer = clock.setTimeout(stopWaiting, hasSpoken ? HELLO_AGAIN_MS : HELLO_MS)
  }

  const onConnect = () => {
    const isReconnect = hasConnected
    isConnected = true
    hasConnected = true
    refusals.onConnect()
    // Where the hello came first, there is nothing to wait for.
    if (!rooms.isSpeaking()) awaitHello(isReconnect)
    updateStatus()
  }

  const onDisconnect = () => {
    isConnected = false
    session = Symbol('session')
    stopTimers()
    rooms.onDisconnect()
    updateStatus()
  }

  const onHello = (value: unknown) => {
    const hello = parseHello(value)
    // Of a version that is not understood: as good as none.
    if (hello === undefined) return stopWaitingForHello?.()
    stopWaitingForHello = undefined
    clock.clearTimeout(helloTimer)
    isMute = false
    hasSpoken = true
    probeEveryMs = hello.p
    rooms.onHello(hello)
    scheduleProbe(probeEveryMs)
  }

  const onNotes = (value: unknown) => rooms.onNotes(parseNotes(value))

  function stopTimers(): void {
    stopWaitingForHello = undefined
    clock.clearTimeout(helloTimer)
    clock.clearTimeout(probeTimer)
    clock.clearTimeout(pauseTimer)
    probeTimer = undefined
  }

  function scheduleProbe(delayMs: number | undefined): void {
    clock.clearTimeout(pauseTimer)
    if (delayMs !== undefined) pauseTimer = clock.setTimeout(probe, delayMs)
  }

  /** Asks whether anybody is there, and whether the last events have arrived. */
  function probe(): void {
    if (!isConnected || !rooms.isSpeaking() || probeTimer !== undefined) return
    const asked = session
    probeTimer = clock.setTimeout(() => {
      probeTimer = undefined
      socket.disconnect?.()
      socket.connect?.()
    }, PROBE_MS)
    socket.emit?.(PROBE, (value: unknown) => {
      if (asked !== session) return
      clock.clearTimeout(probeTimer)
      probeTimer = undefined
      const answer = parseProbeAnswer(value)
      const own = rooms.heads()
      // While a room catches up, nothing can be compared.
      scheduleProbe(own === undefined ? PROBE_AGAIN_MS : probeEveryMs)
      if (answer === undefined || own === undefined) return
      // Whichever room differs: the server tells of all of them again.
      if (answer.n !== own.count || answer.s !== own.sum) socket.emit?.(HELLO)
    })
  }

  socket.on('connect', onConnect)
  socket.on('disconnect', onDisconnect)
  socket.on(HELLO, onHello)
  socket.on(ROOMS, onNotes)
  const stopWatching = watchWakeUps(options.managers, probe)
  if (isConnected) {
    awaitHello(false)
    socket.emit?.(HELLO)
  }
  lastStatus = status()

  return {
    rooms,
    isMute: () => isMute,
    status,
    onStatus: statusListeners.add,
    onChange: changeListeners.add,
    close() {
      socket.off('connect', onConnect)
      socket.off('disconnect', onDisconnect)
      socket.off(HELLO, onHello)
      socket.off(ROOMS, onNotes)
      refusals.stop()
      stopWatching()
      stopTimers()
      // Whoever is still to answer, answers nobody.
      session = Symbol('closed')
      // First: whoever lets go of a room last must know that it was asked for here.
      rooms.stop()
      rooms.onDisconnect()
    },
  }
}
