/** What nodes do for the log now and then. */

import { NOTHING } from '../snapshot.ts'

/** A node that was not heard of for so long counts as gone: nobody waits for it. */
export const SILENT_MS = 15_000

export const housekeeping = (schema: string): string => `
-- A database that was restored, or failed over, may have lost events that nodes were told of, and
-- gives their offsets again: nothing of the epoch before counts. Whoever finds out calls this.
CREATE OR REPLACE FUNCTION ${schema}.begin_anew(known_epoch text, at_least text) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  -- Before any event is looked at: who appends locks rooms first, too.
  LOCK TABLE ${schema}.room IN EXCLUSIVE MODE;
  -- Somebody has been here already.
  IF (SELECT epoch FROM ${schema}.log) <> known_epoch THEN RETURN; END IF;
  UPDATE ${schema}.log SET life = ${schema}.life(), epoch = gen_random_uuid()::text,
    since = GREATEST(
      ${schema}.now_ms(), at_least::float8, (SELECT max(at) FROM ${schema}.event)
    );
  DELETE FROM ${schema}.room;
  DELETE FROM ${schema}.place;
  DELETE FROM ${schema}.event;
  DELETE FROM ${schema}.trimmed;
  -- Who followed it is still waited for, and has seen nothing of this life.
  UPDATE ${schema}.node SET seen = '${NOTHING}', running = NULL, missed = '{}';
END $$;

-- How far rooms may be trimmed: those with events from before old_ms, and those among the names
-- given that have too many; nothing that a node is still to be told of. With the transaction of the
-- last event that goes: it is seen last.
CREATE OR REPLACE FUNCTION ${schema}.find_trimmable(names text, most text, old_ms text)
RETURNS TABLE (handle text, through bigint, xid text)
LANGUAGE plpgsql STABLE SET jit = off AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH oldest AS (
    SELECT e.at, e.places FROM ${schema}.event e ORDER BY e.seq LIMIT 1000
  ), due AS (
    SELECT p ->> 0 AS handle, (p ->> 1)::bigint AS through
    FROM oldest CROSS JOIN LATERAL json_array_elements(oldest.places::json) p
    WHERE oldest.at < old_ms::float8
    UNION ALL
    SELECT room.handle, LEAST(room.head - most::bigint, first."offset" + 5000)
    FROM ${schema}.room CROSS JOIN LATERAL (
      SELECT p."offset" FROM ${schema}.place p
      WHERE p.handle = room.handle ORDER BY p."offset" LIMIT 1
    ) first
    WHERE room.name = ANY (ARRAY(SELECT json_array_elements_text(names::json)))
      AND room.head - most::bigint >= first."offset"
  ), bounded AS (
    SELECT due.handle, LEAST(max(due.through), (
      SELECT min(p."offset") - 1 FROM ${schema}.place p
      WHERE p.handle = due.handle AND p."offset" <= max(due.through) AND EXISTS (
        SELECT FROM ${schema}.node n
        WHERE n.at > ${schema}.now_ms() - ${SILENT_MS} AND NOT pg_visible_in_snapshot(p.xid, n.seen)
      )
    )) AS through
    FROM due GROUP BY due.handle
  )
  SELECT b.handle, b.through, p.xid::text
  FROM bounded b JOIN ${schema}.place p ON p.handle = b.handle AND p."offset" = b.through;
END $$;

-- Deletes what find_trimmable found; since: from when on nothing of the room is missing. One node at
-- a time: -1 where another is at it.
CREATE OR REPLACE FUNCTION ${schema}.trim_rooms(cuts text) RETURNS integer
LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
  gone ${schema}.place[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('${schema}'), 1) THEN RETURN -1; END IF;
  WITH deleted AS (
    DELETE FROM ${schema}.place p
    USING json_to_recordset(cuts::json) AS cut (handle text, through bigint)
    WHERE p.handle = cut.handle AND p."offset" <= cut.through RETURNING p
  )
  SELECT array_agg(p) INTO gone FROM deleted;
  IF gone IS NULL THEN RETURN 0; END IF;
  INSERT INTO ${schema}.trimmed AS t (handle, since)
  SELECT cut.handle, cut.since
  FROM json_to_recordset(cuts::json) AS cut (handle text, since float8)
  ON CONFLICT ON CONSTRAINT trimmed_pkey DO UPDATE SET since = GREATEST(t.since, excluded.since);
  -- Nodes that were not heard of have not seen all of it.
  UPDATE ${schema}.node SET missed = ARRAY(
    SELECT unnest(node.missed)
    UNION
    SELECT room.name FROM unnest(gone) p JOIN ${schema}.room ON room.handle = p.handle
    WHERE NOT pg_visible_in_snapshot(p.xid, node.seen)
  )
  WHERE EXISTS (SELECT FROM unnest(gone) p WHERE NOT pg_visible_in_snapshot(p.xid, node.seen));
  -- An event stays as long as any of its rooms has it.
  DELETE FROM ${schema}.event e
  WHERE e.seq = ANY (ARRAY(SELECT p.seq FROM unnest(gone) p)) AND NOT EXISTS (
    SELECT FROM json_array_elements(e.places::json) spot
    JOIN ${schema}.place p ON p.handle = spot ->> 0 AND p."offset" = (spot ->> 1)::bigint
  );
  RETURN cardinality(gone);
END $$;

-- Forgets rooms that nobody has used for so long, and nodes that were not heard of for a quarter of
-- it: before a room is forgotten that only they know to be in use.
CREATE OR REPLACE FUNCTION ${schema}.forget(idle_ms text) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  forgotten text[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(hashtext('${schema}'), 1) THEN RETURN; END IF;
  DELETE FROM ${schema}.node WHERE at < ${schema}.now_ms() - GREATEST(idle_ms::float8 / 4, ${SILENT_MS});
  WITH idle AS (
    SELECT room.name FROM ${schema}.room
    WHERE used < ${schema}.now_ms() - idle_ms::float8
      AND NOT EXISTS (SELECT FROM ${schema}.place p WHERE p.handle = room.handle)
    ORDER BY room.name LIMIT 1000 FOR UPDATE SKIP LOCKED
  ), deleted AS (
    DELETE FROM ${schema}.room USING idle WHERE room.name = idle.name RETURNING room.handle
  )
  SELECT array_agg(d.handle) INTO forgotten FROM deleted d;
  IF forgotten IS NULL THEN RETURN; END IF;
  -- One of them that comes back knows nothing of the time before.
  UPDATE ${schema}.log SET since = GREATEST(
    log.since, (SELECT max(t.since) FROM ${schema}.trimmed t WHERE t.handle = ANY (forgotten))
  );
  DELETE FROM ${schema}.trimmed WHERE handle = ANY (forgotten);
END $$;
`
