/**
 * Appends events, each to all of its rooms, and tells the nodes. All that can fail comes before the
 * first write.
 *
 * KEYS log, order, rooms · ARGV epoch, channel, most events of a room, oldest age, room's ttl, most
 * bytes of the order, time of sending, latest time, sender, number of its call, number of events, then
 * of each event: number of rooms, their positions in KEYS, rooms, id and name, data
 */

import { beginWith, createScript, OPEN, TRIM, type Script } from './script.ts'

/** Of what is done now and then: one in so many appends, and all that come after a pause. */
const NOW_AND_THEN = 16

export const APPEND: Script = createScript(
  beginWith("'at', 'bytes', ARGV[9]"),
  OPEN,
  TRIM,
  `
local channel, most, oldest = ARGV[2], tonumber(ARGV[3]), now - tonumber(ARGV[4])
local ttl, mostBytes = tonumber(ARGV[5]), tonumber(ARGV[6])
local sentAt, latest = tonumber(ARGV[7]), tonumber(ARGV[8])
local sender, call, bytes = ARGV[9], tonumber(ARGV[10]), tonumber(log[4])
local lastCall = tonumber(log[5] or 0)

local events = {}
local a = 12
for e = 1, tonumber(ARGV[11]) do
  local n = tonumber(ARGV[a])
  local at = {}
  for r = 1, n do at[r] = tonumber(ARGV[a + r]) end
  events[e] = { at = at, rooms = ARGV[a + n + 1], name = ARGV[a + n + 2], data = ARGV[a + n + 3] }
  a = a + n + 4
end

-- The places of an event that is there already, by its id.
local function sent(event)
  local key = KEYS[event.at[1]]
  for i = -1, -most, -1 do
    local item = redis.call('LINDEX', key, i)
    if not item then return end
    local _, _, at = header(item)
    if tonumber(at) < sentAt then return end
    if string.find(item, '\\n' .. event.name .. '\\n', 1, true) then
      return string.match(item, '\\n([^\\n]*)\\n')
    end
  end
end

-- A client that has lost its connection may send a call again that was done: then it does not come
-- after the one before it. Nor does one that was sent to another node of a Cluster first.
if call <= lastCall and sent(events[#events]) then
  local reply = { 'ok', stamp, count }
  -- All of them are there, or none.
  for e, event in ipairs(events) do reply[e + 3] = sent(event) or '[]' end
  return reply
end
if now > latest then return { 'late', stamp, count } end

local rooms = {}
for k = 3, #KEYS do
  local item = redis.call('LINDEX', KEYS[k], -1)
  if item then
    local handle, offset, at, since = header(item)
    local isOpened = offset == '0'
    rooms[k] = { handle = handle, offset = tonumber(offset), length = 1, isOpened = isOpened,
      at = isOpened and since or at, usedAt = tonumber(at) }
  else
    rooms[k] = { offset = 0, length = 0, usedAt = 0 }
  end
end

local function isTime(number, usedAt)
  return number % ${NOW_AND_THEN} == 0 or now - usedAt > ttl / (2 * ${NOW_AND_THEN})
end

local told, reply = { 'e ' .. ARGV[1] }, { 'ok', stamp, '' }
for e, event in ipairs(events) do
  seq = seq + 1
  local places = {}
  for r, k in ipairs(event.at) do
    local room = rooms[k]
    if not room.handle then room.handle, room.at = open() end
    room.offset = room.offset + 1
    places[r] = '["' .. room.handle .. '",' .. room.offset .. ']'
  end
  places = '[' .. table.concat(places, ',') .. ']'
  local lines = places .. '\\n' .. event.rooms .. '\\n' .. event.name .. '\\n' .. event.data
  for _, k in ipairs(event.at) do
    local room = rooms[k]
    local item = room.handle .. ' ' .. room.offset .. ' ' .. stamp .. ' ' .. room.at .. ' ' .. seq
      .. '\\n' .. lines
    if room.isOpened then
      redis.call('LSET', KEYS[k], -1, item)
      room.isOpened = false
    else
      room.length = redis.call('RPUSH', KEYS[k], item)
    end
    room.at = stamp
    if isTime(room.offset, room.usedAt) then room.isTime = true end
  end
  -- The order may have been evicted: it begins again.
  if redis.call('RPUSH', KEYS[2], event.rooms) == 1 then bytes = 0 end
  bytes = bytes + #event.rooms
  told[#told + 1] = seq .. '\\n' .. lines
  reply[#reply + 1] = places
end

for k, room in pairs(rooms) do
  trim(KEYS[k], room.length, most, room.isTime and oldest)
  if room.isTime then redis.call('PEXPIRE', KEYS[k], ttl) end
end
while bytes > mostBytes do
  local first = redis.call('LPOP', KEYS[2])
  bytes = first and bytes - #first or 0
end
if isTime(seq, tonumber(log[3])) or #events > 1 then redis.call('PEXPIRE', KEYS[2], ttl) end

redis.call('HSET', KEYS[1], 'seq', seq, 'at', stamp, 'bytes', bytes,
  sender, math.max(lastCall, call))
redis.call('PUBLISH', channel, table.concat(told, '\\n'))
reply[3] = tostring(seq)
return reply
`,
)
