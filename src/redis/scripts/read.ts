/** Reads events: of several rooms as one, or those that a node was not told of. */

import { BEGIN, createScript, type Script } from './script.ts'

/** What an event takes beside its data; as in the log in memory. */
const EVENT_BYTES = 200

/** The first position from `low` on of which `isBehind` is false. */
const SEARCH = `
local function search(key, low, high, isBehind)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if isBehind(redis.call('LINDEX', key, middle)) then low = middle + 1 else high = middle end
  end
  return low
end
`

/**
 * KEYS log, rooms · ARGV epoch, most events, most bytes, then of each room: offset, time ('' for none)
 * · answers of each room: handle, head, whether lost, through, complete since; then the events
 */
export const READ: Script = createScript(
  BEGIN,
  SEARCH,
  `
local most, space = tonumber(ARGV[2]), tonumber(ARGV[3])
local cursors, active = {}, {}

local function load(cursor)
  if cursor.position >= cursor.length then return false end
  local page, at = cursor.page, cursor.position - cursor.from
  if at >= #page then
    page = redis.call('LRANGE', cursor.key, cursor.position, cursor.position + 15)
    cursor.page, cursor.from, at = page, cursor.position, 0
  end
  cursor.item = page[at + 1]
  local _, _, _, _, seq = header(cursor.item)
  cursor.seq = tonumber(seq)
  return true
end

for k = 2, #KEYS do
  local key, since, after = KEYS[k], tonumber(ARGV[k * 2]), tonumber(ARGV[k * 2 + 1])
  local last = redis.call('LINDEX', key, -1)
  if last then
    local handle, head = header(last)
    local _, first, _, before = header(redis.call('LINDEX', key, 0))
    head, first = tonumber(head), math.max(1, tonumber(first))
    local trimmed, length = first - 1, head - first + 1
    local position = math.max(0, math.min(since, head) - trimmed)
    local isLost = not after and (since < trimmed or since > head)
    if after then
      position = search(key, position, length, function(item)
        local _, _, at = header(item)
        return tonumber(at) < after
      end)
    end
    local cursor = { key = key, handle = handle, head = head, trimmed = trimmed, length = length,
      position = position, isLost = isLost, before = before, page = {}, from = position }
    cursors[k] = cursor
    if not isLost and load(cursor) then active[#active + 1] = cursor end
  end
end

-- A heap: the room whose next event was appended first is on top.
local function sink(at)
  while true do
    local least = at
    for child = at * 2, math.min(at * 2 + 1, #active) do
      if active[child].seq < active[least].seq then least = child end
    end
    if least == at then return end
    active[at], active[least] = active[least], active[at]
    at = least
  end
end
for at = math.floor(#active / 2), 1, -1 do sink(at) end

local events, bytes, lastSeq = {}, 0, 0
while #active > 0 do
  local first = active[1]
  if first.seq ~= lastSeq then
    bytes = bytes + #first.item + ${EVENT_BYTES}
    -- One event is always answered, or it would be asked for for ever.
    if #events == most or (#events > 0 and bytes > space) then break end
    events[#events + 1] = first.item
    lastSeq = first.seq
  end
  first.position = first.position + 1
  if not load(first) then
    local last = table.remove(active)
    if #active > 0 then active[1] = last end
  end
  if #active > 0 then sink(1) end
end

local reply = { 'ok', stamp, count, events }
for k = 2, #KEYS do
  local cursor = cursors[k]
  reply[#reply + 1] = cursor and { cursor.handle, cursor.head, cursor.isLost and '1' or '0',
    cursor.trimmed + cursor.position, cursor.before } or {}
end
return reply
`,
)

/** KEYS log, order · ARGV epoch, after which event, how many · answers the rooms of each that follows */
export const ORDER: Script = createScript(
  BEGIN,
  `
local length = redis.call('LLEN', KEYS[2])
local first = tonumber(ARGV[2]) - (seq - length)
if first < 0 then return { 'ok', stamp, count, '0' } end
local reply = { 'ok', stamp, count, '1' }
for _, rooms in ipairs(redis.call('LRANGE', KEYS[2], first, first + tonumber(ARGV[3]) - 1)) do
  reply[#reply + 1] = rooms
end
return reply
`,
)

/**
 * KEYS log, rooms · ARGV epoch, most bytes, then of each event: its number, number of rooms, their
 * positions in KEYS · answers of each event: what it is, '' if that can't be read any more, and of each
 * of its rooms, whether it is there. As far as the bytes go, but of one event at least.
 */
export const FETCH: Script = createScript(
  BEGIN,
  SEARCH,
  `
local space, bytes = tonumber(ARGV[2]), 0
local reply = { 'ok', stamp, count }
local cursors = {}

local function seqOf(item)
  local _, _, _, _, seq = header(item)
  return tonumber(seq)
end

local function load(cursor)
  local item = redis.call('LINDEX', cursor.key, cursor.position)
  cursor.item, cursor.seq = item, item and seqOf(item)
  if item then bytes = bytes + #item end
end

local function find(key, wanted)
  local cursor = cursors[key]
  if not cursor then
    local position = search(key, 0, redis.call('LLEN', key), function(item)
      return seqOf(item) < wanted
    end)
    cursor = { key = key, position = position }
    cursors[key] = cursor
    load(cursor)
  end
  while cursor.seq and cursor.seq < wanted do
    cursor.position = cursor.position + 1
    load(cursor)
  end
  return cursor.seq == wanted and cursor.item
end

local a = 3
while a <= #ARGV and (#reply == 3 or bytes < space) do
  local wanted, n = tonumber(ARGV[a]), tonumber(ARGV[a + 1])
  local found, isThere = '', {}
  for r = 1, n do
    local item = find(KEYS[tonumber(ARGV[a + 1 + r])], wanted)
    found = item or found
    isThere[r] = item and '1' or '0'
  end
  reply[#reply + 1] = found
  reply[#reply + 1] = table.concat(isThere)
  a = a + n + 2
end
return reply
`,
)
