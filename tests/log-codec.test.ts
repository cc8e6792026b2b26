/** An event's data as a text and back: what a log outside of the process keeps of it. */

import * as fc from 'fast-check'
import type { Socket } from 'socket.io-client'
import { expect, test } from 'vitest'
import { decodeLogData, encodeLogData } from '../src/log-codec.ts'
import { eventOf, startSocketServer } from './support/socket-io.ts'

test('data without bytes is its JSON', () => {
  expect(encodeLogData({ id: 1, tags: ['a'] })).toBe('{"id":1,"tags":["a"]}')
  expect(encodeLogData('!')).toBe('"!"')
})

test('whatever JSON can hold comes back', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (data) => {
      // JSON has no negative zero.
      expect(decodeLogData(encodeLogData(data))).toEqual(JSON.parse(JSON.stringify(data)))
    }),
  )
})

test('undefined comes back, and what JSON leaves out does not', () => {
  expect(decodeLogData(encodeLogData(undefined))).toBe(undefined)
  expect(decodeLogData(encodeLogData({ a: undefined, b: 1 }))).toEqual({ b: 1 })
})

test('dates and whatever has a toJSON are as JSON makes them, beside bytes, too', () => {
  const data = { at: new Date(0), bytes: new Uint8Array([1]) }
  expect(decodeLogData(encodeLogData(data))).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    bytes: new Uint8Array([1]),
  })
})

test('bytes of every kind come back in their places', () => {
  const floats = new Float32Array([1, 2])
  const data = {
    list: [Buffer.from('hello'), { deep: new Uint8Array([1, 2, 3]).buffer }],
    floats,
    part: new Uint8Array([0, 1, 2, 3]).subarray(1, 3),
    text: 'beside them',
  }
  expect(decodeLogData(encodeLogData(data))).toEqual({
    list: [new Uint8Array(Buffer.from('hello')), { deep: new Uint8Array([1, 2, 3]) }],
    floats: new Uint8Array(floats.buffer),
    part: new Uint8Array([1, 2]),
    text: 'beside them',
  })
  expect(decodeLogData(encodeLogData(Buffer.from('alone')))).toEqual(
    new Uint8Array(Buffer.from('alone')),
  )
})

test('no name is special', () => {
  const names = ['__proto__', 'constructor', '_placeholder', '']
  const data: unknown = Object.fromEntries(names.map((name) => [name, new Uint8Array([1])]))
  const decoded = decodeLogData(encodeLogData(data)) as object
  expect(Object.keys(decoded)).toEqual(names)
  expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
})

test('the text has neither a line break nor a NUL', () => {
  const nasty = 'a\nb\r\0\u2028c'
  const text = encodeLogData({ [nasty]: nasty, bytes: Buffer.from(nasty) })
  expect(text).not.toMatch(/[\n\r\0]/)
  expect(decodeLogData(text)).toMatchObject({ [nasty]: nasty })
})

test('what JSON refuses is refused, beside bytes, too', () => {
  expect(() => encodeLogData(1n)).toThrow('BigInt')
  expect(() => encodeLogData({ big: 1n, bytes: new Uint8Array(1) })).toThrow('BigInt')
})

test('a text that is none of ours is refused', () => {
  expect(() => decodeLogData('{')).toThrow(SyntaxError)
  expect(() => decodeLogData('![null,[[["a","b"],"AA=="]]]')).toThrow(SyntaxError)
})

test('a socket hears the same, whether data went through a log or not', async () => {
  const { io, connect } = await startSocketServer()
  const socket = await connect('bob')
  const data = { bytes: new Uint16Array([1, 2, 3]), deep: [Buffer.from('x')], at: new Date(0) }
  const direct = await heard(socket, () => io.emit('x', data))
  const logged = await heard(socket, () => io.emit('x', decodeLogData(encodeLogData(data))))
  expect(logged).toEqual(direct)
})

async function heard(socket: Socket, emit: () => void): Promise<unknown> {
  const arrival = eventOf(socket, 'x')
  emit()
  return (await arrival)[0]
}
