/** The nodes that follow: that they are there, and whether they have been told. */

import { BEGIN, beginWith, createScript, RUN_ID, type Script } from './script.ts'

/** By Redis' own time: the log's stands still where Redis' clock is set back. */
const ALIVE = `
local at = math.floor(time[1] * 1000 + time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. (at - tonumber(ARGV[2])))
`

/**
 * KEYS log, nodes · ARGV epoch, how long a node counts as alive, node, its channel
 *
 * What it says on the node's own channel comes behind all that was told of events.
 */
export const BEAT: Script = createScript(
  RUN_ID,
  beginWith("'at', 'run'"),
  ALIVE,
  `
if log[4] ~= runId() then return { 'epoch' } end
redis.call('ZADD', KEYS[2], at, ARGV[3])
redis.call('PEXPIRE', KEYS[2], 86400000)
redis.call('PUBLISH', ARGV[4], 't ' .. ARGV[1] .. ' ' .. count)
return { 'ok', stamp, count }
`,
)

/**
 * KEYS log, nodes · ARGV epoch, how long alive, channel, question, who asks · answers the nodes
 *
 * In a Redis that took over, what the question is about may be missing.
 */
export const ASK: Script = createScript(
  RUN_ID,
  beginWith("'at', 'run'"),
  ALIVE,
  `
if log[4] ~= runId() then return { 'epoch' } end
redis.call('PUBLISH', ARGV[3], 'b ' .. ARGV[1] .. ' ' .. count .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
return { 'ok', stamp, count, redis.call('ZRANGE', KEYS[2], 0, -1) }
`,
)

/** KEYS log · ARGV epoch, channel, question, node */
export const ANSWER: Script = createScript(
  BEGIN,
  `
redis.call('PUBLISH', ARGV[2], 'a ' .. ARGV[3] .. ' ' .. ARGV[4])
return { 'ok', stamp, count }
`,
)

/** KEYS nodes · ARGV node */
export const LEAVE: Script = createScript(`return redis.call('ZREM', KEYS[1], ARGV[1])`)
