/**
 * What runs in Redis. A script is atomic: so offsets are contiguous, and counter, events, and what is
 * told of them are one thing.
 *
 * Keys of a log, all in one slot of a Cluster, for a membership must not be overtaken by an event:
 *
 *   {prefix}:log           hash    epoch, run, seq, at, bytes, handles, evicted, forgotten,
 *                                  ttl, and of each process that appends, the number of its last call
 *   {prefix}:nodes         zset    who follows, by the time it last said so
 *   {prefix}:EPOCH:order   list    the rooms of the latest events, one item each
 *   {prefix}:EPOCH:+ROOM   list    the latest events of a room
 *
 * Counter and life of a room are in its events: the last one says both, and is never trimmed. So they
 * can't be lost apart. An event is lines (records.ts):
 *
 *   HANDLE OFFSET AT BEFORE SEQ      BEFORE: nothing younger than this was before it and is missing
 *   its places                       JSON
 *   its rooms                        JSON, after "!" if it is a message of the library's own
 *   its id and name                  JSON
 *   its data                         as by log-codec.ts
 *
 * A room that is opened before its first event has one item with offset 0 and no event.
 */

import { createHash } from 'node:crypto'

export interface Script {
  readonly text: string
  readonly sha: string
}

export function createScript(...parts: readonly string[]): Script {
  const text = parts.join('')
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** Redis that was restarted, or another one that took over, may not have all that was appended. */
export const RUN_ID = `
local function runId()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
end
`

/**
 * KEYS[1] is the log, ARGV[1] the epoch that the caller knows: in another one nothing is done.
 *
 * Whether Redis is what it was is not asked here, where it would cost as much as an append: a Redis
 * that took over does not know the script, and that is asked about first (session.ts).
 *
 * @param fields Of the log's hash, in Lua; the script finds them in `log`, from the third on.
 */
export function beginWith(fields: string): string {
  return `
local log = redis.call('HMGET', KEYS[1], 'epoch', 'seq', ${fields})
if log[1] ~= ARGV[1] then return { 'epoch' } end
local count, seq = log[2], tonumber(log[2])
local time = redis.call('TIME')
local now = math.max(time[1] * 1000 + time[2] / 1000, tonumber(log[3]))
local stamp = string.format('%.3f', now)

local function header(item)
  return string.match(item, '^(%S+) (%S+) (%S+) (%S+) (%S+)\\n')
end
`
}

export const BEGIN: string = beginWith("'at'")

/**
 * Makes another life of a room. Where nothing of it is there, nothing was appended to it for as long
 * as a room lives, unless Redis has evicted it.
 */
export const OPEN = `
local opening
local function open()
  if not opening then
    local known = redis.call('HMGET', KEYS[1], 'evicted', 'forgotten', 'ttl')
    local stats = redis.pcall('INFO', 'stats')
    local evicted = type(stats) == 'string' and string.match(stats, 'evicted_keys:(%d+)') or '?'
    local forgotten = tonumber(known[2])
    if evicted == '?' or evicted ~= known[1] then
      forgotten = now
      redis.call('HSET', KEYS[1], 'evicted', evicted, 'forgotten', stamp)
    end
    opening = string.format('%.3f', math.max(forgotten, now - tonumber(known[3])))
  end
  return string.format('%x', redis.call('HINCRBY', KEYS[1], 'handles', 1)), opening
end
`

/** Drops what is too much of a room, and what is too old, where that is said; never the last event. */
export const TRIM = `
local function trim(key, length, most, oldest)
  while length > most do
    redis.call('LPOP', key)
    length = length - 1
  end
  while oldest and length > 1 do
    local _, _, at = header(redis.call('LINDEX', key, 0))
    if tonumber(at) >= oldest then return end
    redis.call('LPOP', key)
    length = length - 1
  end
end
`
