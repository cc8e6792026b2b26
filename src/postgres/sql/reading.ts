/**
 * What nodes ask. Each answer is of one moment: these functions are STABLE, so that all they look at is
 * seen by the snapshot that they name.
 *
 * The first row of an answer is its `header`, JSON; the others are events, in order.
 *
 * A planner without statistics takes both for large, and compiles them, or reads whole tables.
 */

export const reading = (schema: string): string => `
-- The database cluster, and its timeline, which a failover and a restored backup begin anew; ''
-- where a service does not tell.
CREATE OR REPLACE FUNCTION ${schema}.life() RETURNS text LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
  RETURN (SELECT system_identifier FROM pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8);
EXCEPTION WHEN OTHERS THEN
  RETURN '';
END $$;

-- Notes that rooms are in use. One that is locked is; waiting for it could be a deadlock.
CREATE OR REPLACE FUNCTION ${schema}.touch(names text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE ${schema}.room SET used = GREATEST(room.used, ${schema}.now_ms()) FROM (
    SELECT r.name FROM ${schema}.room r WHERE r.name = ANY (names) ORDER BY r.name
    FOR UPDATE SKIP LOCKED
  ) free WHERE room.name = free.name
$$;

-- Where rooms are; opens those that are new. idle_ms: after how long disuse it counts as use.
CREATE OR REPLACE FUNCTION ${schema}.heads(names text, idle_ms text)
RETURNS TABLE (name text, handle text, head bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  wanted text[] := ARRAY(SELECT DISTINCT json_array_elements_text(names::json));
BEGIN
  INSERT INTO ${schema}.room (name, used)
  SELECT w, ${schema}.now_ms() FROM unnest(wanted) w
  WHERE NOT EXISTS (SELECT FROM ${schema}.room WHERE room.name = w)
  ORDER BY w COLLATE "C"
  ON CONFLICT ON CONSTRAINT room_pkey DO NOTHING;
  PERFORM ${schema}.touch(ARRAY(
    SELECT r.name FROM ${schema}.room r
    WHERE r.name = ANY (wanted) AND r.used < ${schema}.now_ms() - idle_ms::float8
  ));
  RETURN QUERY
  SELECT room.name, room.handle, room.head FROM ${schema}.room WHERE room.name = ANY (wanted);
END $$;

-- All that can be seen now and could not be seen by the snapshot seen.
--
-- Several pages are of one moment: those behind the first are bounded by its snapshot, upto, and
-- begin behind the event that it ended with.
CREATE OR REPLACE FUNCTION ${schema}.look(
  node_id text, seen text, upto text, behind text, most text, most_bytes text
) RETURNS TABLE (
  header text, seq bigint, at double precision, id text, event text, data text, rooms text,
  places text
) LANGUAGE plpgsql STABLE SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH found AS MATERIALIZED (
    SELECT * FROM (
      SELECT * FROM ${schema}.event WHERE xid >= pg_snapshot_xmax(look.seen::pg_snapshot)
      UNION ALL
      SELECT * FROM ${schema}.event
      WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(look.seen::pg_snapshot)))
    ) e
    WHERE e.seq > behind::bigint
      AND (upto = '' OR pg_visible_in_snapshot(e.xid, NULLIF(upto, '')::pg_snapshot))
    ORDER BY e.seq LIMIT most::bigint
  ), page AS MATERIALIZED (
    SELECT * FROM (
      SELECT found.*, row_number() OVER in_order AS nth,
        sum(octet_length(found.data)) OVER in_order AS bytes
      FROM found WINDOW in_order AS (ORDER BY found.seq)
    ) e WHERE e.nth = 1 OR e.bytes <= most_bytes::bigint
  ), told AS (
    SELECT json_build_object(
      'snapshot', pg_current_snapshot()::text,
      'clock', ${schema}.now_ms(),
      'running', (SELECT r.id FROM ${schema}.running r),
      'epoch', log.epoch,
      'isOver', ${schema}.life() NOT IN ('', log.life),
      'barrier', log.barrier,
      'isEnrolled', node.id IS NOT NULL,
      'missed', COALESCE(node.missed, '{}'),
      'isPart', (SELECT count(*) FROM page) < (SELECT count(*) FROM found)
        OR (SELECT count(*) FROM found) = most::bigint
    )::text AS text
    FROM ${schema}.log LEFT JOIN ${schema}.node ON node.id = node_id
  )
  SELECT told.text, NULL::bigint, NULL::float8,
    NULL::text, NULL::text, NULL::text, NULL::text, NULL::text
  FROM told
  UNION ALL
  SELECT NULL::text, page.seq, page.at, page.id, page.event, page.data, page.rooms, page.places FROM page
  ORDER BY 2 NULLS FIRST;
END $$;

-- Several rooms as one: their events in order, each once. A question is
-- {room, since}, or {room, since, seen}: what a snapshot could not see yet, or
-- {room, since, at}: what took its place at this time or later.
CREATE OR REPLACE FUNCTION ${schema}.read_rooms(questions text, most text, most_bytes text)
RETURNS TABLE (
  header text, seq bigint, xid text, id text, event text, data text, places text
) LANGUAGE plpgsql STABLE SET jit = off SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT q.nth, q.since, q.seen::pg_snapshot AS seen, q.at,
      q.seen IS NOT NULL OR q.at IS NOT NULL AS is_by_age,
      room.handle, room.head, GREATEST(trimmed.since, log.since) AS complete_since,
      COALESCE(
        (
          SELECT p."offset" FROM ${schema}.place p
          WHERE p.handle = room.handle ORDER BY p."offset" LIMIT 1
        ), room.head + 1
      ) - 1 AS trimmed_through
    FROM ${schema}.log
    CROSS JOIN ROWS FROM (
      json_to_recordset(questions::json) AS (room text, since bigint, seen text, at float8)
    ) WITH ORDINALITY AS q (name, since, seen, at, nth)
    LEFT JOIN ${schema}.room ON room.name = q.name
    LEFT JOIN ${schema}.trimmed ON trimmed.handle = room.handle
  ), started AS MATERIALIZED (
    SELECT asked.*,
      asked.handle IS NULL OR (
        NOT is_by_age AND (asked.since < trimmed_through OR asked.since > asked.head)
      ) AS is_lost,
      GREATEST(
        LEAST(GREATEST(asked.since, trimmed_through), asked.head),
        -- In a room, what is seen first has the smaller offset: the last that is too old.
        CASE WHEN is_by_age THEN (
          SELECT p."offset" FROM ${schema}.place p
          WHERE p.handle = asked.handle AND p."offset" > asked.since AND CASE
            WHEN asked.seen IS NOT NULL THEN pg_visible_in_snapshot(p.xid, asked.seen)
            ELSE (SELECT e.at FROM ${schema}.event e WHERE e.seq = p.seq) < asked.at
          END
          ORDER BY p."offset" DESC LIMIT 1
        ) END
      ) AS start
    FROM asked
  ), found AS MATERIALIZED (
    SELECT DISTINCT p.seq FROM started CROSS JOIN LATERAL (
      SELECT place.seq FROM ${schema}.place
      WHERE place.handle = started.handle AND place."offset" > started.start
      ORDER BY place."offset" LIMIT most::bigint
    ) p WHERE NOT is_lost ORDER BY p.seq LIMIT most::bigint
  ), page AS MATERIALIZED (
    SELECT * FROM (
      SELECT e.*, row_number() OVER in_order AS nth,
        sum(octet_length(e.data) + 200) OVER in_order AS bytes
      FROM found JOIN ${schema}.event e ON e.seq = found.seq
      WINDOW in_order AS (ORDER BY e.seq)
    ) e WHERE e.nth = 1 OR e.bytes <= most_bytes::bigint
  ), answered AS (
    SELECT started.*, COALESCE(
      (
        SELECT p."offset" - 1 FROM ${schema}.place p
        WHERE p.handle = started.handle AND p."offset" > started.start
          AND p.seq > (SELECT max(page.seq) FROM page)
        ORDER BY p."offset" LIMIT 1
      ), CASE WHEN is_lost THEN started.start ELSE started.head END
    ) AS through
    FROM started
  )
  SELECT json_build_object(
    'snapshot', pg_current_snapshot()::text,
    'clock', ${schema}.now_ms(),
    'running', (SELECT r.id FROM ${schema}.running r),
    'rooms', COALESCE(json_agg(json_build_object(
      'handle', a.handle, 'head', a.head, 'isLost', a.is_lost,
      'through', a.through, 'completeSince', a.complete_since,
      'isCut', a.is_by_age AND a.start > GREATEST(a.since, a.trimmed_through)
    ) ORDER BY a.nth), '[]')
  )::text, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text
  FROM answered a
  UNION ALL
  SELECT NULL::text, page.seq, page.xid::text, page.id, page.event, page.data, page.places
  FROM page
  ORDER BY 2 NULLS FIRST;
END $$;
`
