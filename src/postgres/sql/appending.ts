/**
 * How events take their places: all those of a transaction at once, when it commits, or at once where
 * the log appends in a transaction of its own.
 *
 * The rooms are locked in the order of their names, and the order over all rooms is taken behind the
 * locks: so no two transactions wait for each other, and each room's offsets are in that order, too.
 */

/**
 * A notification takes a lock on the whole database until its transaction has committed. So nobody
 * is notified more often than this; who was notified looks again and again for longer than that.
 */
const HINT_GAP_MS = 50

/** The SQLSTATE of an append that came too late. */
const TOO_LATE = 'SYNC1'

export const appending = (schema: string, channel: string): string => `
CREATE OR REPLACE FUNCTION ${schema}.now_ms() RETURNS double precision
LANGUAGE sql VOLATILE AS $$ SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 $$;

CREATE OR REPLACE FUNCTION ${schema}.hint() RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  gap double precision := ${schema}.now_ms() - (SELECT last_value FROM ${schema}.hinted);
BEGIN
  -- A clock that was set back counts as a long time.
  IF gap BETWEEN 0 AND ${HINT_GAP_MS} THEN RETURN; END IF;
  PERFORM setval('${schema}.hinted', ${schema}.now_ms()::bigint);
  PERFORM pg_notify('${channel}', '');
END $$;

-- Opens the rooms that are new, and locks all of them.
CREATE OR REPLACE FUNCTION ${schema}.lock_rooms(names text[]) RETURNS void LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  locked integer;
BEGIN
  LOOP
    INSERT INTO ${schema}.room (name, used)
    SELECT wanted, ${schema}.now_ms() FROM unnest(names) wanted
    WHERE NOT EXISTS (SELECT FROM ${schema}.room WHERE name = wanted)
    ORDER BY wanted COLLATE "C"
    ON CONFLICT (name) DO NOTHING;
    SELECT count(*) INTO locked
    FROM (SELECT FROM ${schema}.room WHERE name = ANY (names) ORDER BY name FOR UPDATE) room;
    -- One that was forgotten in between is opened again.
    EXIT WHEN locked = cardinality(names);
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION ${schema}.take_places(pending ${schema}.outbox[], latest float8)
RETURNS TABLE (id text, places text) LANGUAGE plpgsql SET jit = off AS $$
#variable_conflict use_column
DECLARE
  names text[] := ARRAY(SELECT DISTINCT name FROM unnest(pending) e, unnest(e.rooms) name);
  moment double precision;
BEGIN
  PERFORM ${schema}.lock_rooms(names);
  moment := ${schema}.now_ms();
  IF moment > latest THEN
    RAISE EXCEPTION 'whoever appends has given up' USING ERRCODE = '${TOO_LATE}';
  END IF;
  -- In one room, time does not go back, whatever the clock does.
  moment := GREATEST(
    moment, (SELECT max(used) FROM ${schema}.room WHERE name = ANY (names))
  );
  RETURN QUERY
  WITH ordered AS MATERIALIZED (
    SELECT e.*, nextval('${schema}.event_order') AS seq
    FROM (SELECT * FROM unnest(pending) ORDER BY nth) e
  ), spot AS MATERIALIZED (
    SELECT o.seq, o.id, o.event, o.data, o.rooms, wanted.nth, room.name, room.handle,
      room.head + row_number() OVER (PARTITION BY room.name ORDER BY o.seq) AS "offset"
    FROM ordered o
    CROSS JOIN LATERAL unnest(o.rooms) WITH ORDINALITY AS wanted (name, nth)
    JOIN ${schema}.room ON room.name = wanted.name
  ), moved AS (
    UPDATE ${schema}.room SET head = latest.head, used = moment
    FROM (SELECT name, max("offset") AS head FROM spot GROUP BY name) latest
    WHERE room.name = latest.name
  ), placed AS (
    INSERT INTO ${schema}.place (handle, "offset", seq, xid)
    SELECT spot.handle, spot."offset", spot.seq, pg_current_xact_id() FROM spot
  )
  -- Of an event there are as many spots as rooms; the first of them stands for it.
  INSERT INTO ${schema}.event AS added (seq, xid, at, id, event, data, rooms, places)
  SELECT spot.seq, pg_current_xact_id(), moment,
    min(spot.id) FILTER (WHERE spot.nth = 1), min(spot.event) FILTER (WHERE spot.nth = 1),
    min(spot.data) FILTER (WHERE spot.nth = 1),
    array_to_json(min(spot.rooms) FILTER (WHERE spot.nth = 1))::text,
    json_agg(json_build_array(spot.handle, spot."offset") ORDER BY spot.nth)::text
  FROM spot GROUP BY spot.seq
  RETURNING added.id, added.places;
  PERFORM ${schema}.hint();
END $$;

-- As the owner of the log: who broadcasts in a transaction needs no right but to insert here.
CREATE OR REPLACE FUNCTION ${schema}.on_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  pending ${schema}.outbox[];
BEGIN
  -- The first call takes all that the transaction has broadcast; later ones find nothing.
  WITH taken AS (
    DELETE FROM ${schema}.outbox o WHERE o.xid = pg_current_xact_id() RETURNING o
  )
  SELECT array_agg(o) INTO pending FROM taken;
  IF pending IS NOT NULL THEN PERFORM ${schema}.take_places(pending, 'infinity'); END IF;
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS outbox_on_commit ON ${schema}.outbox;
CREATE CONSTRAINT TRIGGER outbox_on_commit AFTER INSERT ON ${schema}.outbox
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.is_first)
EXECUTE FUNCTION ${schema}.on_commit();

-- Appends in a transaction of its own; not later than latest, in milliseconds: a client that has no
-- connection may keep what it is asked, and ask it when nobody waits for it any more.
CREATE OR REPLACE FUNCTION ${schema}.append(events text, latest text)
RETURNS TABLE (id text, places text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY SELECT * FROM ${schema}.take_places(ARRAY(
    SELECT ROW(
      e.nth, pg_current_xact_id(), e.id, e.event, e.data,
      ARRAY(SELECT json_array_elements_text(e.rooms)), false
    )::${schema}.outbox
    FROM ROWS FROM (
      json_to_recordset(events::json) AS (id text, event text, data text, rooms json)
    ) WITH ORDINALITY AS e (id, event, data, rooms, nth)
  ), latest::float8);
END $$;
`
