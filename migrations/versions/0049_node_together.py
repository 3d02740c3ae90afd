"""Write corners into all neighbours at once, and plan what every edit asks once, not at each call.

Functions in the language SQL that a statement cannot take in are parsed and planned each time they are called; the
same queries inside PL/pgSQL are planned once in a session. Versions were turned into JSON, geometry and all, to see
whether anything but two columns changed: their bytes are compared instead, which is stricter and cheaper.
"""

from __future__ import annotations

from alembic import op

revision = "0049_node_together"
down_revision = "0048_project_by_statement"

DEFINER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

NODING = f"""
CREATE FUNCTION cadastre.node_neighbours(units bigint[], points geometry[], why bigint)
RETURNS TABLE (unit_id bigint, gained_m2 double precision)
{DEFINER} AS $$
#variable_conflict use_column
DECLARE
  at     timestamptz := cadastre.recorded_now();
  own    bigint;
  owners bigint[];
  ids    bigint[];
  lands  geometry[];
  nodes  geometry[];
  gains  double precision[];
BEGIN
  IF EXISTS (SELECT FROM unnest(points) p(geom) WHERE NOT geo.is_on_grid(p.geom)) THEN
    PERFORM cadastre.refuse('node-off-grid', 'A node must lie on the 1 mm grid');
  END IF;
  SELECT array_agg(d.unit_id ORDER BY d.unit_id), array_agg(d.id ORDER BY d.unit_id),
         array_agg(d.land ORDER BY d.unit_id), array_agg(d.points ORDER BY d.unit_id),
         array_agg(ST_Area(d.land) - ST_Area(d.geom) ORDER BY d.unit_id),
         min(d.unit_id) FILTER (WHERE lower(d.recorded) = at)
    INTO owners, ids, lands, nodes, gains, own
    FROM (SELECT v.id, v.unit_id, v.recorded, v.geom, a.points, cadastre.node_geometry(v.geom, a.points) AS land
            FROM unnest(units, points) a(unit_id, points)
            JOIN cadastre.parcel_version v ON v.unit_id = a.unit_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
           WHERE v.geom IS NOT NULL OFFSET 0) d
   WHERE ST_NPoints(d.land) <> ST_NPoints(d.geom);
  IF own IS NOT NULL THEN
    PERFORM cadastre.refuse('node-own-version', 'What this transaction writes must already be noded',
                            jsonb_build_object('unit', own));
  ELSIF ids IS NULL THEN
    RETURN;
  END IF;
  -- One statement, and the versions last: the projection is written once, when the uses stand.
  WITH closed AS (
    UPDATE cadastre.parcel_version v SET recorded = v.recorded, closed_record_id = why
      FROM unnest(ids, lands, nodes) d(id, land, points) WHERE v.id = d.id RETURNING v.*, d.land, d.points),
  made AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) AS made_id, c.*
      FROM (SELECT * FROM closed ORDER BY unit_id) c),
  used AS (
    INSERT INTO cadastre.parcel_use (version_id, seq, use_code, area_m2, origin_code, shared, term_until, geom)
    SELECT m.made_id, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until,
           cadastre.node_geometry(u.geom, m.points)
      FROM made m JOIN cadastre.parcel_use u ON u.version_id = m.id
    RETURNING version_id)
  INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, technical, valid, commune_code, geom,
    legal_area_m2, computed_area_m2, computed_srid, address, repeats_id) OVERRIDING SYSTEM VALUE
  SELECT m.made_id, m.unit_id, why, m.survey_id, true, m.valid, m.commune_code, m.land, m.legal_area_m2,
         m.computed_area_m2, m.computed_srid, m.address, coalesce(m.repeats_id, m.id)
    FROM made m WHERE (SELECT count(*) FROM used) >= 0 ORDER BY m.made_id;
  RETURN QUERY SELECT * FROM unnest(owners, gains);
END $$;
COMMENT ON FUNCTION cadastre.node_neighbours(bigint[], geometry[], bigint) IS
  'Put corners into edges of units beside a change, as technical versions under its record; '
  'gives those that had them not, with what each gained in m²';
REVOKE EXECUTE ON FUNCTION cadastre.node_neighbours(bigint[], geometry[], bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.node_neighbours(bigint[], geometry[], bigint) TO landsvc_editor, landsvc_import;

CREATE OR REPLACE FUNCTION cadastre.node_neighbour(unit bigint, points geometry, why bigint) RETURNS double precision
{DEFINER} AS $$
BEGIN
  RETURN coalesce((SELECT n.gained_m2 FROM cadastre.node_neighbours(ARRAY[unit], ARRAY[points], why) n), 0);
END $$;

CREATE OR REPLACE FUNCTION cadastre.bend_ring(ring geometry, bend geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
  -- A bend is a line: corner, new corner, corner. A ring without this edge, or with the new corner, stays as it is.
  RETURN (
  WITH corner AS (
    SELECT (d).path[1] AS i, (d).geom AS p, lead((d).geom) OVER (ORDER BY (d).path[1]) AS q
      FROM (SELECT ST_DumpPoints(ring) AS d) x),
  new AS (SELECT ST_StartPoint(bend) AS a, ST_PointN(bend, 2) AS m, ST_EndPoint(bend) AS b)
  SELECT coalesce((
    SELECT ST_AddPoint(ring, n.m, c.i) FROM corner c, new n
     WHERE ((c.p = n.a AND c.q = n.b) OR (c.p = n.b AND c.q = n.a))
       AND ST_DWithin(n.m, ST_MakeLine(n.a, n.b), 0.00072) AND NOT EXISTS (SELECT FROM corner k WHERE k.p = n.m)
     ORDER BY c.i LIMIT 1), ring));
END $$;

CREATE OR REPLACE FUNCTION cadastre.bend_geometry(g geometry, bend geometry) RETURNS geometry
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
BEGIN
  RETURN (
  WITH part AS (SELECT (d).path[1] AS n, (d).geom AS poly FROM (SELECT ST_Dump(g) AS d) x),
  ring AS (SELECT n, (d).path[1] AS r, cadastre.bend_ring(ST_ExteriorRing((d).geom), bend) AS line
             FROM part, LATERAL ST_DumpRings(poly) d),
  made AS (SELECT n, ST_MakePolygon((array_agg(line) FILTER (WHERE r = 0))[1],
                    coalesce(array_agg(line ORDER BY r) FILTER (WHERE r > 0), ARRAY[]::geometry[])) AS poly
             FROM ring GROUP BY n)
  SELECT CASE WHEN GeometryType(g) = 'POLYGON' THEN (SELECT poly FROM made)
              ELSE ST_Multi(ST_Collect(poly ORDER BY n)) END FROM made);
END $$;
"""

ASKING = f"""
CREATE OR REPLACE FUNCTION identity.acting_branches() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN (
    SELECT string_agg(b.name_vi, ', ' ORDER BY b.id)
      FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
     WHERE m.account_id::text = current_setting('landsvc.acting', true));
END $$;

CREATE OR REPLACE FUNCTION cadastre.lock_fabric(place geometry, communes text[] DEFAULT '{{}}') RETURNS text[]
{DEFINER} AS $$
DECLARE
  wanted text[] := communes;
  near   text[];
  key    text;
  seen   pg_snapshot;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM cadastre.refuse('fabric-isolation', 'The fabric is written under READ COMMITTED only');
  END IF;
  seen := pg_current_snapshot();
  near := cadastre.keys_of(place);
  LOOP
    wanted := ARRAY(SELECT DISTINCT c FROM unnest(wanted || near) c WHERE c IS NOT NULL ORDER BY c);
    BEGIN
      -- Ascending order, so that two writers never wait for each other in a circle.
      FOREACH key IN ARRAY wanted LOOP
        INSERT INTO cadastre.fabric_lock VALUES (key) ON CONFLICT DO NOTHING;
        UPDATE cadastre.fabric_lock SET xact = pg_current_xact_id() WHERE commune_code = key;
      END LOOP;
      -- A neighbour of one more commune may have come while we waited: look again, unless nobody at all committed.
      IF pg_current_snapshot()::text = seen::text THEN
        RETURN nullif(wanted, ARRAY[]::text[]);
      END IF;
      seen := pg_current_snapshot();
      near := cadastre.keys_of(place);
      IF near <@ wanted THEN
        RETURN nullif(wanted, ARRAY[]::text[]);
      END IF;
      -- Its key may come before those we hold, and whoever holds it may wait for ours. So the second pass takes
      -- nothing on top: leaving this block undoes its row locks, and all keys are taken anew, in order.
      RAISE EXCEPTION USING ERRCODE = 'LF001', MESSAGE = 'more keys';
    EXCEPTION WHEN SQLSTATE 'LF001' THEN
      NULL;
    END;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION cadastre.unit_commune(unit bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((SELECT p.commune_code FROM cadastre.parcel p WHERE p.unit_id = unit), (
    SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = unit
     ORDER BY upper_inf(v.recorded) DESC, v.id DESC LIMIT 1));
END $$;

CREATE OR REPLACE FUNCTION cadastre.keys_of(place geometry) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  -- In two steps: a thousand parts are foreseen of a dump, and tables are made ready for as many.
  parts geometry[] := ARRAY(SELECT part.geom FROM ST_Dump(place) part);
BEGIN
  -- Volatile, so that each call sees what was committed since the one before.
  RETURN ARRAY(SELECT DISTINCT near FROM unnest(parts) part(geom), cadastre.communes_near(part.geom) near);
END $$;

CREATE OR REPLACE FUNCTION cadastre.end_overlaps(unit bigint, g geometry) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  -- An admitted overlap that is gone may not come back: the sum of overlaps only shrinks.
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), cadastre.recorded_now())
   WHERE (k.unit_a = unit OR k.unit_b = unit) AND upper_inf(k.recorded) AND lower(k.recorded) < cadastre.recorded_now()
     AND NOT EXISTS (
       SELECT FROM cadastre.parcel o
        WHERE o.unit_id = CASE WHEN k.unit_a = unit THEN k.unit_b ELSE k.unit_a END
          AND g IS NOT NULL AND o.geom && g AND ST_Relate(o.geom, g, '2********'));
END $$;

CREATE OR REPLACE FUNCTION cadastre.check_uses() RETURNS trigger
{DEFINER} AS $$
DECLARE
  asked bigint;
  v     record;
BEGIN
  IF TG_TABLE_NAME = 'parcel_use' THEN asked := NEW.version_id; ELSE asked := NEW.id; END IF;
  SELECT w.unit_id, w.legal_area_m2, s.total, s.inside INTO v FROM cadastre.parcel_version w
   CROSS JOIN LATERAL (
     SELECT sum(p.area_m2) AS total, bool_and(p.geom IS NULL OR ST_CoveredBy(p.geom, w.geom)) AS inside
       FROM cadastre.parcel_use p WHERE p.version_id = w.id) s
   WHERE w.id = asked;
  IF v.total IS NOT NULL AND v.total IS DISTINCT FROM v.legal_area_m2 THEN
    PERFORM cadastre.refuse('uses-sum', 'The areas of the uses do not sum to the registered area',
      jsonb_build_object('unit', v.unit_id, 'usesM2', v.total, 'legalAreaM2', v.legal_area_m2));
  ELSIF NOT v.inside THEN
    PERFORM cadastre.refuse('use-outside', 'A use lies outside its parcel', jsonb_build_object('unit', v.unit_id));
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION cadastre.guard_version() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  same cadastre.parcel_version;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.technical AND current_user IN ('landsvc_editor', 'landsvc_import', 'landsvc_public') THEN
      PERFORM cadastre.refuse('technical-version', 'Only noding writes a technical version');
    END IF;
    NEW.recorded := tstzrange(cadastre.recorded_now(), NULL);
    NEW.closed_record_id := NULL;
    RETURN NEW;
  ELSIF TG_OP = 'DELETE' THEN
    IF lower(OLD.recorded) <> cadastre.recorded_now() THEN
      PERFORM cadastre.refuse('append-only', 'A recorded version is never deleted');
    END IF;
    RETURN OLD;
  END IF;
  same := NEW;
  same.recorded := OLD.recorded;
  same.closed_record_id := OLD.closed_record_id;
  NEW.recorded := tstzrange(lower(OLD.recorded), cadastre.recorded_now());
  IF NOT upper_inf(OLD.recorded) OR NEW.closed_record_id IS NULL OR same *<> OLD THEN
    PERFORM cadastre.refuse('append-only', 'A version is closed by a record, and never changed otherwise');
  END IF;
  RETURN NEW;
END $$;
"""

BEFORE = f"""
CREATE OR REPLACE FUNCTION identity.acting_branches() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT string_agg(b.name_vi, ', ' ORDER BY b.id)
    FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
   WHERE m.account_id::text = current_setting('landsvc.acting', true)
$$;
CREATE OR REPLACE FUNCTION cadastre.lock_fabric(place geometry, communes text[] DEFAULT '{{}}') RETURNS text[]
{DEFINER} AS $$
DECLARE
  wanted text[] := communes;
  near   text[];
  key    text;
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    PERFORM cadastre.refuse('fabric-isolation', 'The fabric is written under READ COMMITTED only');
  END IF;
  near := cadastre.keys_of(place);
  LOOP
    wanted := ARRAY(SELECT DISTINCT c FROM unnest(wanted || near) c WHERE c IS NOT NULL ORDER BY c);
    BEGIN
      -- Ascending order, so that two writers never wait for each other in a circle.
      FOREACH key IN ARRAY wanted LOOP
        INSERT INTO cadastre.fabric_lock VALUES (key) ON CONFLICT DO NOTHING;
        UPDATE cadastre.fabric_lock SET xact = pg_current_xact_id() WHERE commune_code = key;
      END LOOP;
      -- A neighbour of one more commune may have come while we waited: look again.
      near := cadastre.keys_of(place);
      IF near <@ wanted THEN
        RETURN nullif(wanted, '{{}}');
      END IF;
      -- Its key may come before those we hold, and whoever holds it may wait for ours. So the second pass takes
      -- nothing on top: leaving this block undoes its row locks, and all keys are taken anew, in order.
      RAISE EXCEPTION USING ERRCODE = 'LF001', MESSAGE = 'more keys';
    EXCEPTION WHEN SQLSTATE 'LF001' THEN
      NULL;
    END;
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION cadastre.check_uses() RETURNS trigger
{DEFINER} AS $$
DECLARE
  v      cadastre.parcel_version;
  total  numeric;
  inside boolean;
BEGIN
  SELECT w.* INTO v FROM cadastre.parcel_version w WHERE w.id = (CASE WHEN TG_TABLE_NAME = 'parcel_use'
    THEN (to_jsonb(NEW) ->> 'version_id') ELSE (to_jsonb(NEW) ->> 'id') END)::bigint;
  IF v.id IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT sum(p.area_m2), bool_and(p.geom IS NULL OR ST_CoveredBy(p.geom, v.geom)) INTO total, inside
    FROM cadastre.parcel_use p WHERE p.version_id = v.id;
  IF total IS NOT NULL AND total IS DISTINCT FROM v.legal_area_m2 THEN
    PERFORM cadastre.refuse('uses-sum', 'The areas of the uses do not sum to the registered area',
      jsonb_build_object('unit', v.unit_id, 'usesM2', total, 'legalAreaM2', v.legal_area_m2));
  ELSIF NOT inside THEN
    PERFORM cadastre.refuse('use-outside', 'A use lies outside its parcel', jsonb_build_object('unit', v.unit_id));
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION cadastre.guard_version() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.technical AND current_user IN ('landsvc_editor', 'landsvc_import', 'landsvc_public') THEN
      PERFORM cadastre.refuse('technical-version', 'Only noding writes a technical version');
    END IF;
    NEW.recorded := tstzrange(cadastre.recorded_now(), NULL);
    NEW.closed_record_id := NULL;
    RETURN NEW;
  ELSIF TG_OP = 'DELETE' THEN
    IF lower(OLD.recorded) <> cadastre.recorded_now() THEN
      PERFORM cadastre.refuse('append-only', 'A recorded version is never deleted');
    END IF;
    RETURN OLD;
  END IF;
  NEW.recorded := tstzrange(lower(OLD.recorded), cadastre.recorded_now());
  IF NOT upper_inf(OLD.recorded) OR NEW.closed_record_id IS NULL
     OR (to_jsonb(NEW) - '{{recorded,closed_record_id}}'::text[])
        IS DISTINCT FROM (to_jsonb(OLD) - '{{recorded,closed_record_id}}'::text[]) THEN
    PERFORM cadastre.refuse('append-only', 'A version is closed by a record, and never changed otherwise');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION cadastre.end_overlaps(unit bigint, g geometry) RETURNS void
LANGUAGE sql AS $$
  -- An admitted overlap that is gone may not come back: the sum of overlaps only shrinks.
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), cadastre.recorded_now())
   WHERE unit IN (k.unit_a, k.unit_b) AND upper_inf(k.recorded) AND lower(k.recorded) < cadastre.recorded_now()
     AND NOT EXISTS (
       SELECT FROM cadastre.parcel o
        WHERE o.unit_id = CASE WHEN k.unit_a = unit THEN k.unit_b ELSE k.unit_a END
          AND g IS NOT NULL AND o.geom && g AND ST_Relate(o.geom, g, '2********'))
$$;
CREATE OR REPLACE FUNCTION cadastre.unit_commune(unit bigint) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT p.commune_code FROM cadastre.parcel p WHERE p.unit_id = unit), (
    SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = unit
     ORDER BY upper_inf(v.recorded) DESC, v.id DESC LIMIT 1))
$$;
CREATE OR REPLACE FUNCTION cadastre.keys_of(place geometry) RETURNS text[]
LANGUAGE sql AS $$
  -- Volatile, so that each call sees what was committed since the one before.
  SELECT coalesce(array_agg(DISTINCT near), '{{}}') FROM ST_Dump(place) part, cadastre.communes_near(part.geom) near
$$;
CREATE OR REPLACE FUNCTION cadastre.bend_ring(ring geometry, bend geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  -- A bend is a line: corner, new corner, corner. A ring without this edge, or with the new corner, stays as it is.
  WITH corner AS (
    SELECT (d).path[1] AS i, (d).geom AS p, lead((d).geom) OVER (ORDER BY (d).path[1]) AS q
      FROM (SELECT ST_DumpPoints(ring) AS d) x),
  new AS (SELECT ST_StartPoint(bend) AS a, ST_PointN(bend, 2) AS m, ST_EndPoint(bend) AS b)
  SELECT coalesce((
    SELECT ST_AddPoint(ring, n.m, c.i) FROM corner c, new n
     WHERE ((c.p = n.a AND c.q = n.b) OR (c.p = n.b AND c.q = n.a))
       AND ST_DWithin(n.m, ST_MakeLine(n.a, n.b), 0.00072) AND NOT EXISTS (SELECT FROM corner k WHERE k.p = n.m)
     ORDER BY c.i LIMIT 1), ring)
$$;
CREATE OR REPLACE FUNCTION cadastre.bend_geometry(g geometry, bend geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  WITH part AS (SELECT (d).path[1] AS n, (d).geom AS poly FROM (SELECT ST_Dump(g) AS d) x),
  ring AS (SELECT n, (d).path[1] AS r, cadastre.bend_ring(ST_ExteriorRing((d).geom), bend) AS line
             FROM part, LATERAL ST_DumpRings(poly) d),
  made AS (SELECT n, ST_MakePolygon((array_agg(line) FILTER (WHERE r = 0))[1],
                    coalesce(array_agg(line ORDER BY r) FILTER (WHERE r > 0), '{{}}')) AS poly FROM ring GROUP BY n)
  SELECT CASE WHEN GeometryType(g) = 'POLYGON' THEN (SELECT poly FROM made)
              ELSE ST_Multi(ST_Collect(poly ORDER BY n)) END FROM made
$$;
CREATE OR REPLACE FUNCTION cadastre.node_neighbour(unit bigint, points geometry, why bigint) RETURNS double precision
{DEFINER} AS $$
DECLARE
  v     cadastre.parcel_version;
  noded geometry;
  fresh bigint;
BEGIN
  SELECT w.* INTO v FROM cadastre.parcel_version w
   WHERE w.unit_id = unit AND upper_inf(w.recorded) AND upper_inf(w.valid);
  IF v.geom IS NULL THEN
    RETURN 0;
  ELSIF NOT geo.is_on_grid(points) THEN
    PERFORM cadastre.refuse('node-off-grid', 'A node must lie on the 1 mm grid');
  END IF;
  noded := cadastre.node_geometry(v.geom, points);
  IF ST_NPoints(noded) = ST_NPoints(v.geom) THEN
    RETURN 0;
  END IF;
  IF lower(v.recorded) = cadastre.recorded_now() THEN
    PERFORM cadastre.refuse('node-own-version', 'What this transaction writes must already be noded',
                            jsonb_build_object('unit', unit));
  END IF;
  UPDATE cadastre.parcel_version SET recorded = recorded, closed_record_id = why WHERE id = v.id;
  INSERT INTO cadastre.parcel_version (unit_id, record_id, survey_id, technical, valid, commune_code, geom,
    legal_area_m2, computed_area_m2, computed_srid, address, repeats_id)
  VALUES (unit, why, v.survey_id, true, v.valid, v.commune_code, noded, v.legal_area_m2, v.computed_area_m2,
          v.computed_srid, v.address, coalesce(v.repeats_id, v.id)) RETURNING id INTO fresh;
  INSERT INTO cadastre.parcel_use SELECT fresh, seq, use_code, area_m2, origin_code, shared, term_until, cadastre.node_geometry(geom, points)
    FROM cadastre.parcel_use WHERE version_id = v.id;
  RETURN ST_Area(noded) - ST_Area(v.geom);
END $$;
DROP FUNCTION cadastre.node_neighbours(bigint[], geometry[], bigint);
"""  # noqa: E501 - one line as it was


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(NODING)
    connection.exec_driver_sql(ASKING)


def downgrade() -> None:
    """Take back."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BEFORE)
