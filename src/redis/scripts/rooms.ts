/** Where rooms are, and that they are still needed. */

import { BEGIN, createScript, OPEN, TRIM, type Script } from './script.ts'

/** KEYS log, rooms · ARGV epoch, room's ttl · answers handle and head of each; opens those that are new */
export const HEADS: Script = createScript(
  BEGIN,
  OPEN,
  `
local reply = { 'ok', stamp, count }
for k = 2, #KEYS do
  -- Not all of them first: a room may be asked for twice.
  local item = redis.call('LINDEX', KEYS[k], -1)
  local handle, head
  if item then
    handle, head = header(item)
  else
    local since
    handle, since = open()
    head = '0'
    redis.call('RPUSH', KEYS[k], handle .. ' 0 ' .. stamp .. ' ' .. since .. ' 0\\n[]\\n[]\\n\\n')
  end
  redis.call('PEXPIRE', KEYS[k], ARGV[2])
  reply[#reply + 1] = handle
  reply[#reply + 1] = head
end
return reply
`,
)

/** KEYS log, rooms · ARGV epoch, room's ttl, most events, oldest age · answers handles, '' for none */
export const KEEP: Script = createScript(
  BEGIN,
  TRIM,
  `
local reply = { 'ok', stamp, count }
for k = 2, #KEYS do
  local item = redis.call('LINDEX', KEYS[k], -1)
  local handle = item and header(item) or ''
  if item then
    trim(KEYS[k], redis.call('LLEN', KEYS[k]), tonumber(ARGV[3]), now - tonumber(ARGV[4]))
    redis.call('PEXPIRE', KEYS[k], ARGV[2])
  end
  reply[#reply + 1] = handle
end
return reply
`,
)
