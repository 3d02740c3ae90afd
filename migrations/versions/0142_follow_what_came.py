"""Follow what came of a parcel: its pieces and whatever it was merged into, as far as the follower holds them."""

from __future__ import annotations

from alembic import op

revision = "0142_follow_what_came"
down_revision = "0141_hold_displays"

TABLES = """
CREATE FUNCTION registry.land_name(unit bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(
    (SELECT concat_ws('-', p.commune_code, p.sheet, p.number) FROM cadastre.parcel p
      WHERE p.unit_id = $1 AND p.number IS NOT NULL),
    (SELECT n.ref FROM cadastre.unit_name n WHERE n.unit_id = $1), 'U' || $1)
$$;
COMMENT ON FUNCTION registry.land_name(bigint) IS 'What people call a parcel, or called one that is no more';

CREATE TABLE registry.alert_unit (
  id       bigint GENERATED ALWAYS AS IDENTITY,
  alert_id uuid NOT NULL,
  unit_id  bigint NOT NULL,
  known_as text NOT NULL,
  since    timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at timestamptz,
  ended_by text,
  CONSTRAINT pk_alert_unit PRIMARY KEY (id),
  CONSTRAINT fk_alert_unit_alert_id FOREIGN KEY (alert_id) REFERENCES registry.alert,
  CONSTRAINT fk_alert_unit_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT ck_alert_unit_ended CHECK ((ended_at IS NULL) = (ended_by IS NULL)
    AND ended_by IN ('stopped', 'expired', 'left', 'succeeded', 'gone'))
);
CREATE UNIQUE INDEX uq_alert_unit_open ON registry.alert_unit (alert_id, unit_id) WHERE ended_at IS NULL;
CREATE INDEX ix_alert_unit_unit_id ON registry.alert_unit (unit_id);
CREATE INDEX ix_alert_unit_alert_id ON registry.alert_unit (alert_id);
COMMENT ON TABLE registry.alert_unit IS
  'Thửa đất được theo dõi: parcels of an alert; rows end and begin as land is split or sold';
COMMENT ON COLUMN registry.alert_unit.known_as IS 'The number the follower knows: that of the parcel it came of';
INSERT INTO registry.alert_unit (alert_id, unit_id, known_as, since, ended_at, ended_by)
SELECT a.id, a.unit_id, registry.land_name(a.unit_id), a.asked_at, a.ended_at, a.ended_by
  FROM registry.alert a WHERE a.about = 'parcel' ORDER BY a.asked_at, a.id;
DROP INDEX registry.ix_alert_unit_id;

CREATE FUNCTION registry.check_alert_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL
     OR (NEW.id, NEW.alert_id, NEW.unit_id, NEW.known_as, NEW.since)
        IS DISTINCT FROM (OLD.id, OLD.alert_id, OLD.unit_id, OLD.known_as, OLD.since) THEN
    PERFORM cadastre.refuse('alert-kept', 'A parcel is followed until that ends, never otherwise',
                            jsonb_build_object('row', OLD.id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.check_alert_unit() IS 'Let following a parcel end, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON registry.alert_unit
  FOR EACH ROW EXECUTE FUNCTION registry.check_alert_unit();
CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON registry.alert_unit
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();

ALTER TABLE registry.alert_news ADD COLUMN unit_id bigint, ADD COLUMN was text,
  ADD CONSTRAINT fk_alert_news_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit;
COMMENT ON COLUMN registry.alert_news.was IS 'The number the follower knows, where the parcel has another now';
CREATE INDEX ix_alert_news_unit_id ON registry.alert_news (unit_id) WHERE unit_id IS NOT NULL;
ALTER TABLE registry.alert_news DROP CONSTRAINT uq_alert_news_alert_id_event_id_kind;
ALTER TABLE registry.alert_news ADD CONSTRAINT uq_alert_news_alert_id_event_id_kind_unit_id
  UNIQUE NULLS NOT DISTINCT (alert_id, event_id, kind, unit_id);
ALTER TABLE registry.alert_news DROP CONSTRAINT ck_alert_news_kind;
ALTER TABLE registry.alert_news ADD CONSTRAINT ck_alert_news_kind CHECK (kind IN ('parcel.changed', 'right.changed',
  'plan.displayed', 'plan.adopted', 'plan.adjusted', 'plan.cancelled', 'plan.changed', 'plan.in_force', 'plan.lapsed',
  'display.begun', 'display.ending', 'parcel.followed', 'parcel.restored', 'parcel.left'));
"""

LAND = """
CREATE FUNCTION registry.land_after(unit bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  -- By lineage, and where a person led rights after a new survey.
  SELECT l.child_id FROM cadastre.lineage l WHERE l.parent_id = $1 AND upper_inf(l.recorded)
   UNION
  SELECT p.unit_id FROM registry.survey_wait w
    JOIN registry.ba_unit_parcel p
      ON p.record_id = w.decided_record_id AND upper_inf(p.recorded) AND upper_inf(p.valid)
   WHERE w.unit_id = $1
$$;
COMMENT ON FUNCTION registry.land_after(bigint) IS 'Which parcels came of one, in one step';

CREATE FUNCTION registry.land_before(unit bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT l.parent_id FROM cadastre.lineage l WHERE l.child_id = $1 AND upper_inf(l.recorded)
   UNION
  SELECT w.unit_id FROM registry.ba_unit_parcel p JOIN registry.survey_wait w ON w.decided_record_id = p.record_id
   WHERE p.unit_id = $1 AND upper_inf(p.recorded) AND upper_inf(p.valid)
$$;
COMMENT ON FUNCTION registry.land_before(bigint) IS 'Which parcels one came of, in one step';

CREATE FUNCTION registry.land_from(roots bigint[], without bigint[]) RETURNS TABLE (root bigint, unit bigint)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE down AS (
    SELECT r AS root, r AS unit FROM unnest($1) r WHERE r <> ALL ($2)
     UNION
    SELECT d.root, o.unit FROM down d CROSS JOIN LATERAL registry.land_after(d.unit) o(unit) WHERE o.unit <> ALL ($2))
  SELECT d.root, d.unit FROM down d
$$;
COMMENT ON FUNCTION registry.land_from(bigint[], bigint[]) IS
  'Parcels and all that came of them, but for some and what came of those alone';

CREATE FUNCTION registry.place_alert(wanted uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- As in ask_alert: land with very many corners, or too large, is followed roughly or not by its place.
  INSERT INTO registry.alert_area AS r (alert_id, geom)
  SELECT $1, g.geom FROM (
    SELECT CASE WHEN ST_NPoints(u.geom) > 2000 THEN ST_ConvexHull(u.geom) ELSE u.geom END AS geom
      FROM (SELECT ST_Union(p.geom) AS geom FROM registry.alert_unit f JOIN cadastre.parcel p ON p.unit_id = f.unit_id
             WHERE f.alert_id = $1 AND f.ended_at IS NULL) u) g
   WHERE g.geom IS NOT NULL AND ST_NPoints(g.geom) <= 2000 AND ST_Area(g.geom) BETWEEN 1 AND 100000000
  ON CONFLICT (alert_id) DO UPDATE SET geom = excluded.geom WHERE NOT ST_Equals(r.geom, excluded.geom)
$$;
COMMENT ON FUNCTION registry.place_alert(uuid) IS 'Follow plans where the followed parcels lie now';

CREATE FUNCTION registry.hear_for(wanted uuid, what text, events bigint[], units bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  a       registry.alert := (SELECT w FROM registry.alert w WHERE w.id = wanted);
  opened  bigint[] := ARRAY(SELECT f.unit_id FROM registry.alert_unit f
                             WHERE f.alert_id = wanted AND f.ended_at IS NULL);
  stopped bigint[] := ARRAY(SELECT f.unit_id FROM registry.alert_unit f
                             WHERE f.alert_id = wanted AND f.ended_by = 'stopped');
  known   bigint[] := ARRAY(SELECT DISTINCT f.unit_id FROM registry.alert_unit f WHERE f.alert_id = wanted);
  held    bigint[] := ARRAY(
    SELECT d.unit FROM (SELECT DISTINCT l.unit FROM registry.land_from(known, stopped) l) d
     WHERE registry.holds_unit(a.party_id, d.unit) ORDER BY d.unit);
  fresh   bigint[] := ARRAY(SELECT u FROM unnest(held) u WHERE u <> ALL (opened));
  lost    bigint[] := ARRAY(SELECT u FROM unnest(opened) u WHERE u <> ALL (held));
  noted   integer;
BEGIN
  UPDATE registry.alert_unit f SET ended_at = clock_timestamp(), ended_by = CASE
      WHEN EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = f.unit_id) THEN 'left'
      WHEN EXISTS (SELECT FROM registry.land_from(ARRAY[f.unit_id], stopped) l WHERE l.unit = ANY (held))
        THEN 'succeeded'
      WHEN NOT EXISTS (SELECT FROM registry.land_after(f.unit_id)) THEN 'gone'
      ELSE 'left' END
   WHERE f.alert_id = wanted AND f.ended_at IS NULL AND f.unit_id = ANY (lost);
  INSERT INTO registry.alert_unit (alert_id, unit_id, known_as)
  SELECT wanted, u, coalesce(
      (SELECT f.known_as FROM registry.alert_unit f WHERE f.alert_id = wanted AND f.unit_id = u ORDER BY f.id LIMIT 1),
      registry.old_names(u, ARRAY(SELECT l FROM unnest(lost) l), stopped),
      registry.old_names(u, known, stopped), registry.land_name(u))
    FROM unnest(fresh) u ORDER BY u;
  IF fresh <> '{}' OR lost <> '{}' THEN
    PERFORM registry.place_alert(wanted);
  END IF;
  IF a.confirmed_at IS NULL THEN
    -- Nothing is told yet; who lost the parcel before they confirmed is not asked any more.
    UPDATE registry.alert w SET ended_at = clock_timestamp(), ended_by = 'left', address = NULL, address_index = NULL
     WHERE w.id = wanted AND held = '{}';
    RETURN 0;
  END IF;
  WITH told AS (
    -- What happened to what is followed; not what made it be followed, which is told in one line.
    SELECT e.id, what AS kind, e.unit FROM unnest(events, units) e(id, unit)
     WHERE e.unit = ANY (opened) AND e.unit = ANY (held) AND NOT EXISTS (
       SELECT FROM registry.alert_news n JOIN core.outbox x ON x.id = n.event_id JOIN core.outbox y ON y.id = e.id
        WHERE n.alert_id = wanted AND n.unit_id = e.unit AND n.kind IN ('parcel.followed', 'parcel.restored')
          AND x.xact = y.xact)
    UNION ALL
    SELECT registry.event_about(u, events, units),
           CASE WHEN u = ANY (known) THEN 'parcel.restored' ELSE 'parcel.followed' END, u FROM unnest(fresh) u
    UNION ALL
    -- Who holds it no more hears that a right changed, whatever else happened then or afterwards.
    SELECT registry.event_about(f.unit_id, events, units), k, f.unit_id
      FROM registry.alert_unit f CROSS JOIN unnest(ARRAY['right.changed', 'parcel.left']) k
     WHERE f.alert_id = wanted AND f.unit_id = ANY (lost) AND f.ended_by = 'left'
       AND NOT EXISTS (SELECT FROM registry.alert_unit o
                        WHERE o.alert_id = wanted AND o.unit_id = f.unit_id AND o.id > f.id)
    UNION ALL
    SELECT registry.event_about(f.unit_id, events, units), 'parcel.changed', f.unit_id FROM registry.alert_unit f
     WHERE f.alert_id = wanted AND f.unit_id = ANY (lost) AND f.ended_by = 'gone' AND fresh = '{}')
  INSERT INTO registry.alert_news (alert_id, event_id, kind, subject, unit_id, was)
  SELECT wanted, t.id, t.kind, s.name, t.unit,
         nullif(CASE WHEN t.kind = 'parcel.restored'
                  THEN (SELECT string_agg(g.name, ', ') FROM (SELECT registry.land_name(l) AS name
                          FROM unnest(lost) l ORDER BY l LIMIT 5) g)
                  ELSE (SELECT f.known_as FROM registry.alert_unit f WHERE f.alert_id = wanted AND f.unit_id = t.unit
                         ORDER BY f.id DESC LIMIT 1) END, s.name)
    FROM told t CROSS JOIN LATERAL (SELECT registry.land_name(t.unit) AS name) s
   ORDER BY t.id, t.kind DESC, t.unit
  ON CONFLICT (alert_id, event_id, kind, unit_id) DO NOTHING;
  GET DIAGNOSTICS noted = ROW_COUNT;
  RETURN noted;
END $$;
COMMENT ON FUNCTION registry.hear_for(uuid, text, bigint[], bigint[]) IS
  'Follow what came of the parcels of one alert as far as they are held, and note what happened to them';

CREATE FUNCTION registry.old_names(unit bigint, roots bigint[], without bigint[]) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT string_agg(registry.land_name(r.root), ', ') FROM (
    SELECT DISTINCT l.root FROM registry.land_from($2, $3) l
     WHERE l.unit = $1 AND l.root <> $1 ORDER BY l.root LIMIT 5) r
$$;
COMMENT ON FUNCTION registry.old_names(bigint, bigint[], bigint[]) IS 'What the parcels are called that one came of';

CREATE FUNCTION registry.event_about(unit bigint, events bigint[], units bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(min(e.id) FILTER (WHERE e.unit = $1), min(e.id)) FROM unnest($2, $3) e(id, unit)
$$;
COMMENT ON FUNCTION registry.event_about(bigint, bigint[], bigint[]) IS 'The first event about a parcel, or at all';

CREATE FUNCTION registry.hear_of_land(what text, events bigint[], units bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted uuid;
  noted  integer := 0;
BEGIN
  FOR wanted IN
    WITH RECURSIVE up(unit) AS (
      SELECT u FROM unnest(units) u
       UNION
      SELECT o.unit FROM up CROSS JOIN LATERAL registry.land_before(up.unit) o(unit))
    SELECT DISTINCT f.alert_id FROM up JOIN registry.alert_unit f ON f.unit_id = up.unit
      JOIN registry.alert a ON a.id = f.alert_id AND a.ended_at IS NULL ORDER BY f.alert_id
  LOOP
    -- Whoever ended it meanwhile hears nothing.
    PERFORM FROM registry.alert a WHERE a.id = wanted AND a.ended_at IS NULL FOR UPDATE;
    IF FOUND THEN
      noted := noted + registry.hear_for(wanted, what, events, units);
    END IF;
  END LOOP;
  RETURN noted;
END $$;
COMMENT ON FUNCTION registry.hear_of_land(text, bigint[], bigint[]) IS
  'Note what happened to parcels for whoever follows them, or something they came of';
"""

ENDS = """
CREATE OR REPLACE FUNCTION registry.end_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM registry.alert_area a WHERE a.alert_id = NEW.id;
  UPDATE registry.alert_unit f SET ended_at = NEW.ended_at, ended_by = NEW.ended_by
   WHERE f.alert_id = NEW.id AND f.ended_at IS NULL;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION registry.stop_alert(wanted uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE registry.alert a SET ended_at = clock_timestamp(), ended_by = 'stopped', address = NULL, address_index = NULL
   WHERE a.id = wanted AND a.ended_at IS NULL;
  -- What ended otherwise may have its last message still waiting: nobody wants it now.
  PERFORM core.drop_messages(wanted);
  RETURN EXISTS (SELECT FROM registry.alert a WHERE a.id = wanted);
END $$;

CREATE FUNCTION registry.stop_alert_unit(wanted uuid, unit bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM registry.alert a WHERE a.id = wanted FOR UPDATE;
  UPDATE registry.alert_unit f SET ended_at = clock_timestamp(), ended_by = 'stopped'
   WHERE f.alert_id = wanted AND f.unit_id = unit AND f.ended_at IS NULL;
  IF FOUND THEN
    IF EXISTS (SELECT FROM registry.alert_unit f WHERE f.alert_id = wanted AND f.ended_at IS NULL) THEN
      PERFORM registry.place_alert(wanted);
    ELSE
      PERFORM registry.stop_alert(wanted);
    END IF;
  END IF;
  RETURN EXISTS (SELECT FROM registry.alert_unit f WHERE f.alert_id = wanted AND f.unit_id = unit);
END $$;
COMMENT ON FUNCTION registry.stop_alert_unit(uuid, bigint) IS
  'Follow one parcel of an alert no more, nor what comes of it; the last one ends the alert';

CREATE FUNCTION registry.alert_units(wanted uuid) RETURNS TABLE (unit_id bigint, name text, known_as text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT f.unit_id, registry.land_name(f.unit_id), f.known_as FROM registry.alert_unit f
   WHERE f.alert_id = $1 AND f.ended_at IS NULL ORDER BY f.unit_id
$$;
COMMENT ON FUNCTION registry.alert_units(uuid) IS 'Which parcels an alert follows now, for whoever has its link';

CREATE OR REPLACE FUNCTION registry.ask_alert(new_id uuid, what text, unit bigint, party bigint, by_channel text,
  tongue text, sealed bytea, digest bytea, sender bytea, code bytea, around_m double precision, drawn text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place geometry;
BEGIN
  INSERT INTO registry.alert (id, about, unit_id, party_id, channel, language, address, address_index, sender_index,
                              code_index)
  VALUES (new_id, what, unit, party, by_channel, tongue, sealed, digest, sender, code);
  IF what = 'parcel' THEN
    INSERT INTO registry.alert_unit (alert_id, unit_id, known_as) VALUES (new_id, unit, registry.land_name(unit));
  END IF;
  IF drawn IS NOT NULL THEN
    place := ST_CollectionExtract(
      ST_MakeValid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(drawn), 4326), geo.srid())), 3);
  ELSE
    SELECT ST_Buffer(p.geom, around_m) INTO place FROM cadastre.parcel p WHERE p.unit_id = unit AND p.geom IS NOT NULL;
  END IF;
  IF place IS NOT NULL THEN
    INSERT INTO registry.alert_area (alert_id, geom) VALUES (new_id, place);
  ELSIF what = 'area' THEN
    PERFORM cadastre.refuse('alert-nowhere', 'There is no place to follow', jsonb_build_object('unit', unit));
  END IF;
END $$;

CREATE OR REPLACE FUNCTION registry.confirm_alert(wanted uuid, codes bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  a registry.alert;
BEGIN
  SELECT w.* INTO a FROM registry.alert w WHERE w.id = wanted FOR UPDATE;
  IF NOT FOUND OR a.ended_at IS NOT NULL OR a.asked_at < clock_timestamp() - interval '2 days' THEN
    RETURN false;
  ELSIF codes IS NOT NULL AND (a.tries >= 5 OR (a.code_index = ANY (codes)) IS NOT TRUE) THEN
    -- After it was confirmed too: the code opens what was told.
    UPDATE registry.alert w SET tries = least(w.tries + 1, 5) WHERE w.id = wanted;
    RETURN false;
  ELSIF a.confirmed_at IS NULL THEN
    UPDATE registry.alert w SET confirmed_at = clock_timestamp() WHERE w.id = wanted;
  END IF;
  RETURN true;
END $$;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.check_alert_unit(), registry.land_name(bigint), registry.land_after(bigint),
  registry.land_before(bigint), registry.land_from(bigint[], bigint[]), registry.place_alert(uuid),
  registry.hear_for(uuid, text, bigint[], bigint[]), registry.old_names(bigint, bigint[], bigint[]),
  registry.event_about(bigint, bigint[], bigint[]), registry.hear_of_land(text, bigint[], bigint[]),
  registry.stop_alert_unit(uuid, bigint), registry.alert_units(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.hear_of_land(text, bigint[], bigint[]), registry.alert_units(uuid) TO landsvc_import;
GRANT EXECUTE ON FUNCTION registry.stop_alert_unit(uuid, bigint), registry.alert_units(uuid) TO landsvc_tracker;
GRANT SELECT ON registry.alert_unit TO landsvc_import;
"""

DOWN = """
DROP FUNCTION registry.alert_units(uuid), registry.stop_alert_unit(uuid, bigint),
  registry.hear_of_land(text, bigint[], bigint[]), registry.hear_for(uuid, text, bigint[], bigint[]),
  registry.event_about(bigint, bigint[], bigint[]), registry.old_names(bigint, bigint[], bigint[]),
  registry.place_alert(uuid), registry.land_from(bigint[], bigint[]), registry.land_before(bigint),
  registry.land_after(bigint);
CREATE OR REPLACE FUNCTION registry.end_alert() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM registry.alert_area a WHERE a.alert_id = NEW.id;
  RETURN NULL;
END $$;
DROP TABLE registry.alert_unit;
DROP FUNCTION registry.check_alert_unit(), registry.land_name(bigint);
CREATE INDEX ix_alert_unit_id ON registry.alert (unit_id) WHERE ended_at IS NULL;
ALTER TABLE registry.alert_news DISABLE TRIGGER t05_kept;
DELETE FROM registry.alert_news n WHERE n.kind IN ('parcel.followed', 'parcel.restored', 'parcel.left')
   OR EXISTS (SELECT FROM registry.alert_news o WHERE o.alert_id = n.alert_id AND o.event_id = n.event_id
                 AND o.kind = n.kind AND o.id < n.id);
ALTER TABLE registry.alert_news ENABLE TRIGGER t05_kept;
ALTER TABLE registry.alert_news DROP CONSTRAINT ck_alert_news_kind;
ALTER TABLE registry.alert_news ADD CONSTRAINT ck_alert_news_kind CHECK (kind IN ('parcel.changed', 'right.changed',
  'plan.displayed', 'plan.adopted', 'plan.adjusted', 'plan.cancelled', 'plan.changed', 'plan.in_force', 'plan.lapsed',
  'display.begun', 'display.ending'));
ALTER TABLE registry.alert_news DROP CONSTRAINT uq_alert_news_alert_id_event_id_kind_unit_id, DROP COLUMN unit_id,
  DROP COLUMN was;
ALTER TABLE registry.alert_news ADD CONSTRAINT uq_alert_news_alert_id_event_id_kind UNIQUE (alert_id, event_id, kind);
CREATE OR REPLACE FUNCTION registry.ask_alert(new_id uuid, what text, unit bigint, party bigint, by_channel text,
  tongue text, sealed bytea, digest bytea, sender bytea, code bytea, around_m double precision, drawn text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place geometry;
BEGIN
  INSERT INTO registry.alert (id, about, unit_id, party_id, channel, language, address, address_index, sender_index,
                              code_index)
  VALUES (new_id, what, unit, party, by_channel, tongue, sealed, digest, sender, code);
  IF drawn IS NOT NULL THEN
    place := ST_CollectionExtract(
      ST_MakeValid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(drawn), 4326), geo.srid())), 3);
  ELSE
    SELECT ST_Buffer(p.geom, around_m) INTO place FROM cadastre.parcel p WHERE p.unit_id = unit AND p.geom IS NOT NULL;
  END IF;
  IF place IS NOT NULL THEN
    INSERT INTO registry.alert_area (alert_id, geom) VALUES (new_id, place);
  ELSIF what = 'area' THEN
    PERFORM cadastre.refuse('alert-nowhere', 'There is no place to follow', jsonb_build_object('unit', unit));
  END IF;
END $$;
CREATE OR REPLACE FUNCTION registry.confirm_alert(wanted uuid, codes bytea[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  a registry.alert;
BEGIN
  SELECT w.* INTO a FROM registry.alert w WHERE w.id = wanted FOR UPDATE;
  IF NOT FOUND OR a.ended_at IS NOT NULL OR a.asked_at < clock_timestamp() - interval '2 days' THEN
    RETURN false;
  ELSIF a.confirmed_at IS NOT NULL THEN
    RETURN codes IS NULL OR a.code_index = ANY (codes);
  ELSIF codes IS NOT NULL AND (a.tries >= 5 OR a.code_index <> ALL (codes)) THEN
    UPDATE registry.alert w SET tries = least(w.tries + 1, 5) WHERE w.id = wanted;
    RETURN false;
  END IF;
  UPDATE registry.alert w SET confirmed_at = clock_timestamp() WHERE w.id = wanted;
  RETURN true;
END $$;
CREATE OR REPLACE FUNCTION registry.stop_alert(wanted uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE registry.alert a SET ended_at = clock_timestamp(), ended_by = 'stopped', address = NULL, address_index = NULL
   WHERE a.id = wanted AND a.ended_at IS NULL;
  IF FOUND THEN
    PERFORM core.drop_messages(wanted);
  END IF;
  RETURN EXISTS (SELECT FROM registry.alert a WHERE a.id = wanted);
END $$;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, LAND, ENDS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back; what came of a parcel is followed no more."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
