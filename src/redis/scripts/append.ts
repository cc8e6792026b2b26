/**
 * Appends events, each to all of its rooms, and tells the nodes. All that can fail comes before the
 * first write.
 *
 * KEYS log, order, rooms · ARGV epoch, channel, most events of a room, oldest age, room's ttl, most
 * bytes of the order, time of sending, latest time, number of events, then of each event: number of
 * rooms, their positions in KEYS, rooms, id and name, data
 */

import { BEGIN, createScript, OPEN, TRIM, type Script } from './script.ts'

/** A command that took longer than this may have been sent again, over another connection. */
const SOON_MS = 5

export const APPEND: Script = createScript(
  BEGIN,
  OPEN,
  TRIM,
  `
local bytes, ordered = tonumber(log[5] or 0), redis.call('LLEN', KEYS[2])
local channel, most, oldest = ARGV[2], tonumber(ARGV[3]), now - tonumber(ARGV[4])
local sentAt, latest, count = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

local events = {}
local a = 10
for e = 1, count do
  local n = tonumber(ARGV[a])
  local at = {}
  for r = 1, n do at[r] = tonumber(ARGV[a + r]) end
  events[e] = { at = at, rooms = ARGV[a + n + 1], name = ARGV[a + n + 2], data = ARGV[a + n + 3] }
  a = a + n + 4
end

-- The places of an event that is there already, as the one sent for this very call.
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

if now - sentAt > ${SOON_MS} then
  -- All of them are, or none.
  if sent(events[count]) then
    local reply = { 'ok', stamp, log[3] }
    for e = 1, count do reply[e + 3] = sent(events[e]) or '[]' end
    return reply
  end
  if now > latest then return { 'late', stamp, log[3] } end
end

local rooms = {}
for k = 3, #KEYS do
  local item = redis.call('LINDEX', KEYS[k], -1)
  if item then
    local handle, offset, at, before = header(item)
    offset = tonumber(offset)
    rooms[k] = { handle = handle, offset = offset, at = offset == 0 and before or at, length = 1 }
  end
end

local told, reply = { 'e ' .. ARGV[1] }, { 'ok', stamp, '' }
for e, event in ipairs(events) do
  seq = seq + 1
  local places = {}
  for r, k in ipairs(event.at) do
    local room = rooms[k]
    if not room then
      local handle, since = open()
      room = { handle = handle, offset = 0, at = since, length = 0 }
      rooms[k] = room
    end
    room.offset = room.offset + 1
    places[r] = '["' .. room.handle .. '",' .. room.offset .. ']'
  end
  places = '[' .. table.concat(places, ',') .. ']'
  local lines = places .. '\\n' .. event.rooms .. '\\n' .. event.name .. '\\n' .. event.data
  for _, k in ipairs(event.at) do
    local room = rooms[k]
    local item = room.handle .. ' ' .. room.offset .. ' ' .. stamp .. ' ' .. room.at .. ' ' .. seq
      .. '\\n' .. lines
    if room.offset == 1 and room.length == 1 then
      redis.call('LSET', KEYS[k], -1, item)
    else
      room.length = redis.call('RPUSH', KEYS[k], item)
    end
    room.at = stamp
  end
  redis.call('RPUSH', KEYS[2], event.rooms)
  told[#told + 1] = seq .. '\\n' .. lines
  reply[#reply + 1] = places
end

for k, room in pairs(rooms) do
  trim(KEYS[k], room.length, most, oldest)
  redis.call('PEXPIRE', KEYS[k], ARGV[5])
end

if ordered == 0 then bytes = 0 end
for _, event in ipairs(events) do bytes = bytes + #event.rooms end
while bytes > tonumber(ARGV[6]) do
  local rooms = redis.call('LPOP', KEYS[2])
  bytes = rooms and bytes - #rooms or 0
end
redis.call('PEXPIRE', KEYS[2], ARGV[5])

redis.call('HSET', KEYS[1], 'seq', seq, 'at', stamp, 'bytes', bytes)
redis.call('PUBLISH', channel, table.concat(told, '\\n'))
reply[3] = tostring(seq)
return reply
`,
)
