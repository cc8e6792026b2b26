/**
 * Learns which epoch the log is in, and begins another one where the log can't be trusted any more:
 * it is not there, Redis is not the process that it was, or the caller has seen more than there is.
 *
 * KEYS log · ARGV known epoch ('' for none), "1" to give it up, random, first handle, room's ttl, channel
 */

import { createScript, RUN_ID, type Script } from './script.ts'

const MOST_FIELDS = 1000

export const HELLO: Script = createScript(
  RUN_ID,
  `
local log = redis.call('HMGET', KEYS[1], 'epoch', 'run', 'seq', 'at', 'ttl')
local known, epoch, run = ARGV[1], log[1], runId()
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local seq = log[3]

if not epoch or log[2] ~= run or epoch < known or (ARGV[2] == '1' and epoch == known) then
  -- Epochs are ordered, whatever becomes of Redis' clock.
  local second = tonumber(time[1])
  for _, before in ipairs({ known, epoch or '' }) do
    second = math.max(second, (tonumber(string.sub(before, 1, 8), 16) or 0) + 1)
  end
  epoch = string.format('%08x', second) .. ARGV[3]
  seq = '0'
  local stats = redis.pcall('INFO', 'stats')
  local evicted = type(stats) == 'string' and string.match(stats, 'evicted_keys:(%d+)') or '?'
  local stamp = string.format('%.3f', now)
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'run', run, 'seq', seq, 'at', stamp, 'bytes', 0, 'handles', ARGV[4],
    'evicted', evicted, 'forgotten', stamp, 'ttl', ARGV[5])
  redis.call('PUBLISH', ARGV[6], 'n ' .. epoch)
else
  -- Processes come and go; what they sent last matters for a moment.
  if redis.call('HLEN', KEYS[1]) > ${MOST_FIELDS} then
    for _, field in ipairs(redis.call('HKEYS', KEYS[1])) do
      if string.sub(field, 1, 5) == 'sent:' then redis.call('HDEL', KEYS[1], field) end
    end
  end
  now = math.max(now, tonumber(log[4]))
  -- What a room's absence proves is what holds for all nodes.
  if tonumber(ARGV[5]) < tonumber(log[5]) then redis.call('HSET', KEYS[1], 'ttl', ARGV[5]) end
end
return { 'ok', string.format('%.3f', now), seq, epoch }
`,
)
