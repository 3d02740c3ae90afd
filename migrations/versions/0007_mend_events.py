"""Write dates in one style, set events aside that fail, and forget transaction numbers of another cluster."""

from __future__ import annotations

from alembic import op

revision = "0007_mend_events"
down_revision = "0006_tighten_bulk"

# What a function keeps as text must not depend on who calls it.
DATES = """
ALTER FUNCTION cadastre.recorded_now() SET datestyle = 'ISO, YMD';
ALTER FUNCTION planning.describe_zone() SET datestyle = 'ISO, YMD';
"""

FAILURES = """
CREATE TABLE core.outbox_failure (
  event_id bigint NOT NULL REFERENCES core.outbox,
  consumer text NOT NULL REFERENCES core.outbox_cursor,
  attempts integer NOT NULL,
  due_at   timestamptz,
  error    text NOT NULL,
  since    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_outbox_failure PRIMARY KEY (event_id, consumer),
  CONSTRAINT ck_outbox_failure_attempts CHECK (attempts >= 0)
);
COMMENT ON TABLE core.outbox_failure IS
  'Events a consumer could not take, and the later ones of the same stream that wait behind them';
COMMENT ON COLUMN core.outbox_failure.attempts IS '0: never tried, it waits behind an earlier event of its stream';
COMMENT ON COLUMN core.outbox_failure.due_at IS 'When it is tried again; null: given up, an operator decides';
GRANT SELECT, INSERT, UPDATE, DELETE ON core.outbox_failure TO landsvc_import;
"""

# The server's transaction numbers mean nothing in another cluster: a dump restored there would let an import pass
# unproved, skip events, or serve tiles of the past.
NUMBERS = """
CREATE FUNCTION geo.forget_transactions() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  TRUNCATE geo.tile, geo.tile_touch, geo.tile_horizon;
$$;
COMMENT ON FUNCTION geo.forget_transactions() IS 'Drop every kept tile, and the touches that made tiles stale';

CREATE FUNCTION cadastre.forget_transactions() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE cadastre.fabric_lock SET xact = NULL;
  DELETE FROM cadastre.bulk_load;
$$;
COMMENT ON FUNCTION cadastre.forget_transactions() IS 'Nobody holds a key of the fabric, no bulk load is announced';

CREATE FUNCTION core.forget_transactions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  last bigint := (SELECT coalesce(max(o.id), 0) FROM core.outbox o);
BEGIN
  -- The order of the events is (xact, id). It is written into the ids alone, below every transaction to come.
  CREATE TEMP TABLE outbox_renumbered ON COMMIT DROP AS
    SELECT o.id, o.topic, o.key, o.payload, o.made_at, o.xact,
           last + row_number() OVER (ORDER BY o.xact, o.id) AS new_id
      FROM core.outbox o;
  INSERT INTO core.outbox (id, topic, key, payload, made_at, xact) OVERRIDING SYSTEM VALUE
    SELECT n.new_id, n.topic, n.key, n.payload, n.made_at, '1' FROM outbox_renumbered n;
  UPDATE core.outbox_failure f SET event_id = n.new_id FROM outbox_renumbered n WHERE n.id = f.event_id;
  UPDATE core.outbox_cursor c SET xact = '1',
         id = last + (SELECT count(*) FROM outbox_renumbered n WHERE (n.xact, n.id) <= (c.xact, c.id));
  DELETE FROM core.outbox o USING outbox_renumbered n WHERE o.id = n.id;
  PERFORM setval(pg_get_serial_sequence('core.outbox', 'id'), greatest(1, (SELECT max(o.id) FROM core.outbox o)));
  DROP TABLE outbox_renumbered;
END $$;
COMMENT ON FUNCTION core.forget_transactions() IS 'Give the outbox its order in numbers that hold in any cluster';

CREATE FUNCTION core.settle_here() RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  here  text := (SELECT s.system_identifier FROM pg_control_system() s);
  known text;
  room  text;
BEGIN
  SELECT value INTO known FROM core.setting WHERE name = 'cluster';
  IF known = here THEN
    RETURN false;
  END IF;
  -- One at a time: who comes second finds it done.
  LOCK TABLE core.setting IN SHARE ROW EXCLUSIVE MODE;
  SELECT value INTO known FROM core.setting WHERE name = 'cluster';
  IF known = here THEN
    RETURN false;
  END IF;
  FOR room IN
    SELECT p.pronamespace::regnamespace FROM pg_proc p WHERE p.proname = 'forget_transactions' ORDER BY 1
  LOOP
    EXECUTE format('SELECT %s.forget_transactions()', room);
  END LOOP;
  INSERT INTO core.setting (name, value) VALUES ('cluster', here)
  ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value;
  RETURN true;
END $$;
COMMENT ON FUNCTION core.settle_here() IS
  'After a restore into another cluster, let each room forget what counted in transactions of the old one';
REVOKE EXECUTE ON FUNCTION geo.forget_transactions(), cadastre.forget_transactions(), core.forget_transactions(),
  core.settle_here() FROM PUBLIC;
-- A register in use may have come here in a dump already: it is settled once, at the next start.
INSERT INTO core.setting (name, value) SELECT 'cluster', s.system_identifier FROM pg_control_system() s
 WHERE NOT EXISTS (SELECT FROM core.outbox UNION ALL SELECT FROM geo.tile_touch UNION ALL SELECT FROM geo.tile
                   UNION ALL SELECT FROM cadastre.bulk_load);
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (DATES, FAILURES, NUMBERS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        """
        DROP FUNCTION core.settle_here(), core.forget_transactions(), cadastre.forget_transactions(),
          geo.forget_transactions();
        DELETE FROM core.setting WHERE name = 'cluster';
        DROP TABLE core.outbox_failure;
        ALTER FUNCTION planning.describe_zone() RESET datestyle;
        ALTER FUNCTION cadastre.recorded_now() RESET datestyle;
        """
    )
