/**
 * The statements of the log, in its schema. What is more than a line is a function there: its plan is
 * kept, and what travels is short.
 */

export interface Statements {
  readonly version: string
  readonly append: string
  readonly enqueue: string
  readonly headsIn: string
  readonly heads: string
  readonly read: string
  readonly look: string
  readonly enroll: string
  readonly markRunning: string
  readonly count: string
  readonly beat: string
  readonly resign: string
  readonly beginAnew: string
  readonly raiseBarrier: string
  readonly findSilent: string
  readonly notify: string
  readonly findTrimmable: string
  readonly trim: string
  readonly findIdle: string
  readonly touch: string
  readonly forget: string
  readonly stats: string
}

export function createStatements(schema: string, silentMs: number): Statements {
  // Of one moment, as the headers of longer answers are.
  const now = `json_build_object(
    'snapshot', pg_current_snapshot()::text,
    'clock', ${schema}.now_ms(),
    'running', (SELECT id FROM ${schema}.running)
  )::text AS header`
  return {
    version: `SELECT version::text, ${now}, (
        SELECT COALESCE(json_agg(json_build_array(n.at, n.seen::text) ORDER BY n.at), '[]')::text
        FROM ${schema}.node n JOIN ${schema}.running r ON r.id = n.running
      ) AS moments FROM ${schema}.log`,
    append: `SELECT id, places, (SELECT epoch FROM ${schema}.log) AS epoch
      FROM ${schema}.append($1, $2)`,
    enqueue: `INSERT INTO ${schema}.outbox (id, event, data, rooms, is_first)
      SELECT e.id, e.event, e.data, ARRAY(SELECT json_array_elements_text(e.rooms)), e.nth = 1
      FROM ROWS FROM (
        json_to_recordset($1::text::json) AS (id text, event text, data text, rooms json)
      ) WITH ORDINALITY AS e (id, event, data, rooms, nth) ORDER BY e.nth`,
    headsIn: `SELECT name, handle, head::text FROM ${schema}.room
      WHERE name = ANY (ARRAY(SELECT json_array_elements_text($1::text::json)))`,
    heads: `SELECT name, handle, head::text FROM ${schema}.heads($1, $2)`,
    read: `SELECT header, xid, id, event, data, places FROM ${schema}.read_rooms($1, $2, $3)`,
    look: `SELECT header, seq::text, at::text, id, event, data, rooms, places
      FROM ${schema}.look($1, $2, $3, $4, $5, $6)`,
    enroll: `INSERT INTO ${schema}.node AS n (id, name, at, seen, running, barrier)
      SELECT $1::text, $2::text, ${schema}.now_ms(),
        COALESCE(NULLIF($3::text, '')::pg_snapshot, pg_current_snapshot()),
        (SELECT id FROM ${schema}.running), CASE WHEN $3::text = '' THEN barrier ELSE 0 END
      FROM ${schema}.log
      ON CONFLICT (id) DO UPDATE SET at = excluded.at, seen = excluded.seen,
        running = excluded.running, missed = '{}'
      RETURNING (SELECT epoch FROM ${schema}.log) AS epoch, ${now}`,
    markRunning: `INSERT INTO ${schema}.running DEFAULT VALUES ON CONFLICT DO NOTHING`,
    count: `SELECT count(*)::text AS count FROM ${schema}.event
      WHERE seq IN (SELECT json_array_elements_text($1::text::json)::bigint)`,
    beat: `UPDATE ${schema}.node SET at = ${schema}.now_ms(), seen = $2::text::pg_snapshot,
      running = $3::text, barrier = GREATEST(barrier, $4::text::bigint), missed = ARRAY(
        SELECT unnest(missed) EXCEPT SELECT json_array_elements_text($5::text::json)
      ) WHERE id = $1::text`,
    resign: `DELETE FROM ${schema}.node WHERE id = $1::text`,
    beginAnew: `SELECT ${schema}.begin_anew($1, $2)::text`,
    raiseBarrier: `WITH raised AS (
        UPDATE ${schema}.log SET barrier = barrier + 1 RETURNING barrier, epoch
      ) SELECT barrier::text, epoch, pg_notify($1::text, '')::text FROM raised`,
    // No epoch where the database is in another life than the log knows of.
    findSilent: `SELECT CASE WHEN ${schema}.life() IN ('', log.life) THEN log.epoch END AS epoch,
      (
        SELECT COALESCE(json_agg(node.name), '[]')::text FROM ${schema}.node
        WHERE node.barrier < $1::text::bigint AND node.at > ${schema}.now_ms() - ${silentMs}
      ) AS names FROM ${schema}.log`,
    notify: `SELECT pg_notify($1::text, $2::text)::text`,
    findTrimmable: `SELECT handle, through::text, xid
      FROM ${schema}.find_trimmable($1, $2, $3)`,
    trim: `SELECT ${schema}.trim_rooms($1)::text AS count`,
    findIdle: `SELECT name FROM ${schema}.room
      WHERE name > $1::text AND used < ${schema}.now_ms() - $2::text::float8
      ORDER BY name LIMIT 1000`,
    touch: `SELECT ${schema}.touch(ARRAY(SELECT json_array_elements_text($1::text::json)))::text`,
    // As Postgres counts for its own use: exact would be to read all of it.
    stats: `SELECT
        sum(n_live_tup) FILTER (WHERE relname = 'event')::text AS events,
        sum(n_live_tup) FILTER (WHERE relname = 'room')::text AS rooms,
        sum(pg_total_relation_size(relid))::text AS bytes
      FROM pg_stat_user_tables WHERE schemaname = $1::text`,
    forget: `SELECT ${schema}.forget($1)::text`,
  }
}
