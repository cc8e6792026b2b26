/** The tables of the log. No row of `outbox` outlives its transaction, so no crash can lose one. */

export const tables = (schema: string): string => `
CREATE SCHEMA IF NOT EXISTS ${schema};

-- One row, about the log as a whole.
CREATE TABLE IF NOT EXISTS ${schema}.log (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  version integer NOT NULL,
  -- Which database cluster, and which timeline of it: see life().
  life text NOT NULL,
  -- Another one whenever the log has begun anew.
  epoch text NOT NULL DEFAULT gen_random_uuid()::text,
  -- Nothing is known of what was in this life's rooms before, in milliseconds.
  since double precision NOT NULL,
  -- How many barriers nodes were asked to answer.
  barrier bigint NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS ${schema}.room (
  name text COLLATE "C" PRIMARY KEY,
  -- This life of the room; opaque to clients.
  handle text NOT NULL DEFAULT substr(md5(gen_random_uuid()::text), 1, 12),
  head bigint NOT NULL DEFAULT 0,
  -- When an event was appended, or somebody was in it, the last time; in milliseconds.
  used double precision NOT NULL
) WITH (fillfactor = 50);

-- What transactions have broadcast and not committed yet.
CREATE UNLOGGED TABLE IF NOT EXISTS ${schema}.outbox (
  nth bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id text NOT NULL,
  event text NOT NULL,
  data text NOT NULL,
  rooms text[] NOT NULL,
  -- The first of those that were inserted together: one call of the trigger is enough for all.
  is_first boolean NOT NULL
);
CREATE INDEX IF NOT EXISTS outbox_xid ON ${schema}.outbox (xid);

CREATE SEQUENCE IF NOT EXISTS ${schema}.event_order;
-- When somebody was notified the last time, in milliseconds. A sequence, as its value shows at once.
CREATE SEQUENCE IF NOT EXISTS ${schema}.hinted;

CREATE TABLE IF NOT EXISTS ${schema}.event (
  -- The order over all rooms.
  seq bigint PRIMARY KEY,
  xid xid8 NOT NULL,
  -- When it took its places; it is seen when its transaction is, which is later.
  at double precision NOT NULL,
  id text NOT NULL,
  event text NOT NULL,
  data text NOT NULL,
  -- JSON: the names of its rooms, and [handle, offset] for each.
  rooms text NOT NULL,
  places text NOT NULL
);
CREATE INDEX IF NOT EXISTS event_xid ON ${schema}.event (xid);

-- The log of each room.
CREATE TABLE IF NOT EXISTS ${schema}.place (
  handle text COLLATE "C",
  "offset" bigint,
  seq bigint NOT NULL,
  xid xid8 NOT NULL,
  PRIMARY KEY (handle, "offset")
);

-- Rooms whose first events have been deleted, and since when nothing is missing.
CREATE TABLE IF NOT EXISTS ${schema}.trimmed (
  handle text COLLATE "C" PRIMARY KEY,
  since double precision NOT NULL
);

-- One row, since Postgres was started after a crash: tables that are not logged are empty then.
CREATE UNLOGGED TABLE IF NOT EXISTS ${schema}.running (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  id text NOT NULL DEFAULT gen_random_uuid()::text
);

-- Who follows the log.
CREATE TABLE IF NOT EXISTS ${schema}.node (
  id text PRIMARY KEY,
  name text NOT NULL,
  -- When it was last heard of, in milliseconds, and what it had told its server of.
  at double precision NOT NULL,
  seen pg_snapshot NOT NULL,
  -- During which run of Postgres.
  running text,
  barrier bigint NOT NULL,
  -- Rooms whose events were deleted before it had seen them.
  missed text[] NOT NULL DEFAULT '{}'
);
`
