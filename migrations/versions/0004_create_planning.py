"""Create the room `planning`: plans and zones in two times, their coverage, and the overlay kept per parcel."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0004_create_planning"
down_revision = "0003_guard_cadastre"

PLANS = """
CREATE SCHEMA planning;

CREATE TABLE planning.theme (
  id           smallint GENERATED ALWAYS AS IDENTITY,
  code         text NOT NULL,
  name_vi      text NOT NULL,
  name_en      text NOT NULL,
  kind         text NOT NULL,
  layer        text NOT NULL,
  sort         integer NOT NULL,
  legal_source text,
  facts        text NOT NULL,
  CONSTRAINT pk_theme PRIMARY KEY (id),
  CONSTRAINT uq_theme_code UNIQUE (code),
  CONSTRAINT ck_theme_kind CHECK (kind IN ('polygon', 'line', 'point')),
  CONSTRAINT ck_theme_layer CHECK (layer IN ('zones', 'restrictions'))
);
COMMENT ON TABLE planning.theme IS 'Chuyên đề quy hoạch và hạn chế: what an extract always speaks about';

CREATE TABLE planning.plan (
  id   bigint GENERATED ALWAYS AS IDENTITY,
  code text NOT NULL,
  CONSTRAINT pk_plan PRIMARY KEY (id),
  CONSTRAINT uq_plan_code UNIQUE (code),
  CONSTRAINT ck_plan_code_shape CHECK (code = btrim(code) AND code <> '')
);
COMMENT ON TABLE planning.plan IS 'Danh tính của một quy hoạch, kế hoạch sử dụng đất';

CREATE TABLE planning.plan_version (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  plan_id      bigint NOT NULL REFERENCES planning.plan,
  level        text NOT NULL,
  name         text NOT NULL,
  name_en      text,
  period       int4range,
  decision     text,
  decided_on   date,
  authority    text,
  status       text NOT NULL,
  source_scale integer,
  accuracy_m   double precision,
  valid        daterange NOT NULL,
  recorded     tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  facts        text NOT NULL,
  CONSTRAINT pk_plan_version PRIMARY KEY (id),
  CONSTRAINT ex_plan_version_two_times EXCLUDE USING gist (plan_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_plan_version_times CHECK (NOT isempty(valid) AND NOT isempty(recorded)
    AND lower(recorded) IS NOT NULL AND lower(valid) IS NOT NULL),
  CONSTRAINT ck_plan_version_level CHECK (level IN ('national', 'province', 'district', 'commune', 'urban')),
  CONSTRAINT ck_plan_version_status CHECK (
    status IN ('draft', 'consultation', 'approved', 'adjusted', 'cancelled')),
  CONSTRAINT ck_plan_version_scale CHECK (source_scale > 0),
  CONSTRAINT ck_plan_version_accuracy CHECK (accuracy_m >= 0)
);
COMMENT ON TABLE planning.plan_version IS 'Phiên bản quy hoạch: one belief about a plan in valid and recorded time';

CREATE TABLE planning.zone (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  plan_id      bigint NOT NULL REFERENCES planning.plan,
  theme_id     smallint NOT NULL REFERENCES planning.theme (id),
  code         text NOT NULL,
  name         text,
  name_en      text,
  use_code     text REFERENCES cadastre.land_use_type,
  status       text,
  legal_source text,
  project      jsonb,
  corridor_m   double precision,
  source_scale integer,
  accuracy_m   double precision,
  valid        daterange NOT NULL,
  recorded     tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  dimension    smallint NOT NULL,
  facts        text NOT NULL,
  drawn        geometry(Geometry, {srid}),
  geom         geometry(Geometry, {srid}) NOT NULL,
  geom4326     geometry(Geometry, 4326) NOT NULL,
  geom3857     geometry(Geometry, 3857) NOT NULL,
  CONSTRAINT pk_zone PRIMARY KEY (id),
  CONSTRAINT ck_zone_times CHECK (NOT isempty(valid) AND NOT isempty(recorded)
    AND lower(recorded) IS NOT NULL AND lower(valid) IS NOT NULL),
  CONSTRAINT ck_zone_status CHECK (status IN ('draft', 'consultation', 'approved', 'adjusted', 'cancelled')),
  CONSTRAINT ck_zone_corridor CHECK (corridor_m > 0),
  CONSTRAINT ck_zone_accuracy CHECK (accuracy_m >= 0),
  CONSTRAINT ck_zone_geom_sound CHECK (ST_IsValid(geom) AND NOT ST_IsEmpty(geom) AND ST_NDims(geom) = 2),
  -- One dimension: shares of areas, metres and counts cannot be added up.
  CONSTRAINT ck_zone_geom_kind CHECK (GeometryType(geom) <> 'GEOMETRYCOLLECTION')
);
CREATE INDEX ix_zone_plan_id ON planning.zone (plan_id);
CREATE INDEX ix_zone_geom4326 ON planning.zone USING gist (geom4326);
CREATE INDEX ix_zone_geom3857 ON planning.zone USING gist (geom3857) WHERE upper_inf(recorded);
COMMENT ON TABLE planning.zone IS
  'Khu vực quy hoạch, hành lang, chỉ giới, mốc: surface, line or point; corridor_m metres on each side of drawn';

CREATE TABLE planning.zone_part (
  zone_id bigint NOT NULL REFERENCES planning.zone,
  core    boolean NOT NULL,
  geom    geometry(Geometry, {srid}) NOT NULL
);
CREATE INDEX ix_zone_part_geom ON planning.zone_part USING gist (geom);
CREATE INDEX ix_zone_part_zone_id ON planning.zone_part (zone_id);
COMMENT ON TABLE planning.zone_part IS
  'A zone in pieces of at most 64 vertices; core pieces lie further from its edge than its accuracy';

CREATE TABLE planning.plan_coverage (
  id       bigint GENERATED ALWAYS AS IDENTITY,
  plan_id  bigint NOT NULL REFERENCES planning.plan,
  theme_id smallint NOT NULL REFERENCES planning.theme (id),
  recorded tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  geom     geometry(Geometry, {srid}) NOT NULL,
  CONSTRAINT pk_plan_coverage PRIMARY KEY (id),
  CONSTRAINT ex_plan_coverage_once EXCLUDE USING gist (plan_id WITH =, theme_id WITH =, recorded WITH &&),
  CONSTRAINT ck_plan_coverage_geom_sound CHECK (ST_IsValid(geom) AND ST_Dimension(geom) = 2)
);
COMMENT ON TABLE planning.plan_coverage IS
  'Phạm vi lập quy hoạch: where a plan speaks about a theme, so that "not affected" differs from "no data"';

CREATE TABLE planning.plan_coverage_part (
  coverage_id bigint NOT NULL REFERENCES planning.plan_coverage,
  geom        geometry(Geometry, {srid}) NOT NULL
);
CREATE INDEX ix_plan_coverage_part_geom ON planning.plan_coverage_part USING gist (geom);
CREATE INDEX ix_plan_coverage_part_coverage_id ON planning.plan_coverage_part (coverage_id);

-- Derived: no foreign keys, as every row is written from both sides in one statement, two million at a time.
CREATE TABLE planning.parcel_zone (
  unit_id    bigint NOT NULL,
  zone_id    bigint NOT NULL,
  version_id bigint NOT NULL,
  m2         double precision NOT NULL,
  before_m2  double precision,
  certain_m2 double precision,
  length_m   double precision,
  n          integer,
  in_force   boolean NOT NULL,
  CONSTRAINT pk_parcel_zone PRIMARY KEY (unit_id, zone_id)
);
CREATE INDEX ix_parcel_zone_zone_id ON planning.parcel_zone (zone_id);
COMMENT ON TABLE planning.parcel_zone IS
  'Thửa đất giao với khu vực quy hoạch: the overlay as it stands today; before_m2 is the theme''s running total';

CREATE TABLE planning.parcel_zoned (
  unit_id    bigint NOT NULL,
  version_id bigint NOT NULL,
  holds      daterange NOT NULL,
  covered    smallint[] NOT NULL,
  partials   jsonb,
  unions     jsonb,
  CONSTRAINT pk_parcel_zoned PRIMARY KEY (unit_id)
);
COMMENT ON TABLE planning.parcel_zoned IS
  'Until when and for which version parcel_zone holds; themes covered wholly, in part (m²), with overlap (m²)';
"""

RULES = """
CREATE FUNCTION planning.guard_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded := tstzrange(cadastre.recorded_now(), NULL);
    RETURN NEW;
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM cadastre.refuse('append-only', format('%s keeps what was written', TG_TABLE_NAME));
  END IF;
  NEW.recorded := tstzrange(lower(OLD.recorded), cadastre.recorded_now());
  IF NOT upper_inf(OLD.recorded) OR NEW IS DISTINCT FROM OLD
     AND (to_jsonb(NEW) - 'recorded') IS DISTINCT FROM (to_jsonb(OLD) - 'recorded') THEN
    PERFORM cadastre.refuse('append-only', format('A row of %s is closed, and never changed', TG_TABLE_NAME));
  END IF;
  RETURN NEW;
END $$;

-- Every answer repeats what a theme, a plan and a zone say of themselves: it is written down once, as JSON
-- members. What a zone takes from the code lists is what they said on the day it was recorded.
CREATE FUNCTION planning.describe_theme() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.facts := '"code":' || to_json(NEW.code) || ',"name":' || to_json(NEW.name_vi)
            || ',"nameEn":' || to_json(NEW.name_en);
  RETURN NEW;
END $$;

CREATE FUNCTION planning.describe_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT json_build_object('code', p.code, 'name', NEW.name, 'nameEn', NEW.name_en, 'level', NEW.level,
           'decision', NEW.decision, 'decidedOn', NEW.decided_on, 'authority', NEW.authority, 'status', NEW.status,
           'periodFrom', lower(NEW.period), 'periodTo', upper(NEW.period) - 1)::text
    INTO NEW.facts FROM planning.plan p WHERE p.id = NEW.plan_id;
  RETURN NEW;
END $$;

CREATE FUNCTION planning.describe_zone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  u cadastre.land_use_type;
BEGIN
  SELECT * INTO u FROM cadastre.land_use_type t WHERE t.code = NEW.use_code;
  NEW.name := coalesce(NEW.name, u.name_vi, NEW.code);
  NEW.name_en := coalesce(NEW.name_en, u.name_en);
  NEW.legal_source := coalesce(NEW.legal_source,
                               (SELECT t.legal_source FROM planning.theme t WHERE t.id = NEW.theme_id));
  NEW.facts := '"code":' || to_json(NEW.code) || ',"name":' || to_json(NEW.name)
    || ',"nameEn":' || coalesce(to_json(NEW.name_en)::text, 'null')
    || ',"useCode":' || coalesce(to_json(NEW.use_code)::text, 'null')
    || ',"color":' || coalesce(to_json(u.color)::text, 'null')
    || ',"legalSource":' || coalesce(to_json(NEW.legal_source)::text, 'null')
    || ',"project":' || coalesce(NEW.project::text, 'null')
    || ',"validFrom":"' || lower(NEW.valid) || '","validTo":' || coalesce('"' || upper(NEW.valid) || '"', 'null')
    || ',"sourceScale":' || coalesce(NEW.source_scale::text, 'null')
    || ',"accuracyM":' || coalesce(NEW.accuracy_m::text, 'null');
  RETURN NEW;
END $$;

CREATE FUNCTION planning.shape_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.corridor_m IS NOT NULL THEN
    NEW.drawn := NEW.geom;
    NEW.geom := ST_Buffer(NEW.geom, NEW.corridor_m, 'quad_segs=16');
  END IF;
  NEW.dimension := ST_Dimension(NEW.geom);
  NEW.geom4326 := ST_Transform(NEW.geom, 4326);
  NEW.geom3857 := ST_Transform(NEW.geom, 3857);
  RETURN NEW;
END $$;

CREATE FUNCTION planning.divide_zone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO planning.zone_part SELECT NEW.id, false, ST_Subdivide(NEW.geom, 64);
    -- With no stated accuracy nothing is known to be certain; with none to speak of everything is.
    IF NEW.dimension = 2 AND NEW.accuracy_m > 0 THEN
      INSERT INTO planning.zone_part
      SELECT NEW.id, true, ST_Subdivide(core, 64) FROM ST_Buffer(NEW.geom, -NEW.accuracy_m) AS core
       WHERE NOT ST_IsEmpty(core);
    END IF;
  END IF;
  INSERT INTO geo.tile_touch (layer, area)
  SELECT t.layer, ST_Envelope(NEW.geom3857) FROM planning.theme t WHERE t.id = NEW.theme_id;
  RETURN NULL;
END $$;

CREATE FUNCTION planning.divide_coverage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO planning.plan_coverage_part SELECT NEW.id, ST_Subdivide(NEW.geom, 64);
  RETURN NULL;
END $$;

DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['plan_version', 'zone', 'plan_coverage'] LOOP
    EXECUTE format('CREATE TRIGGER t10_recorded BEFORE INSERT OR UPDATE OR DELETE ON planning.%I
                    FOR EACH ROW EXECUTE FUNCTION planning.guard_recorded()', t);
    EXECUTE format('CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON planning.%I
                    EXECUTE FUNCTION cadastre.guard_truncate()', t);
  END LOOP;
END $$;
CREATE TRIGGER t20_describe BEFORE INSERT OR UPDATE ON planning.theme
  FOR EACH ROW EXECUTE FUNCTION planning.describe_theme();
CREATE TRIGGER t20_describe BEFORE INSERT ON planning.plan_version
  FOR EACH ROW EXECUTE FUNCTION planning.describe_plan();
CREATE TRIGGER t15_describe BEFORE INSERT ON planning.zone
  FOR EACH ROW EXECUTE FUNCTION planning.describe_zone();
CREATE TRIGGER t20_shape BEFORE INSERT ON planning.zone
  FOR EACH ROW EXECUTE FUNCTION planning.shape_zone();
CREATE TRIGGER t30_divide AFTER INSERT OR UPDATE ON planning.zone
  FOR EACH ROW EXECUTE FUNCTION planning.divide_zone();
CREATE TRIGGER t30_divide AFTER INSERT ON planning.plan_coverage
  FOR EACH ROW EXECUTE FUNCTION planning.divide_coverage();
"""

OVERLAY = """
CREATE FUNCTION planning.standing(zone_status text, plan_status text, zone_valid daterange, plan_valid daterange,
                                  on_date date) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN zone_status = 'cancelled' OR plan_status = 'cancelled' OR upper(zone_valid) <= on_date THEN NULL
    WHEN coalesce(zone_status, 'approved') IN ('approved', 'adjusted') AND plan_status IN ('approved', 'adjusted')
         AND zone_valid @> on_date AND plan_valid @> on_date THEN 'inForce'
    ELSE 'pending' END
$$;
COMMENT ON FUNCTION planning.standing(text, text, daterange, daterange, date) IS
  'Hiệu lực của một khu vực: inForce, pending (not yet approved, or valid later), or nothing';

CREATE FUNCTION planning.next_change(on_date date, a daterange, b daterange) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  -- Without FROM, so that the planner puts it in place instead of calling it.
  SELECT least(CASE WHEN lower(a) > on_date THEN lower(a) END, CASE WHEN upper(a) > on_date THEN upper(a) END,
               CASE WHEN lower(b) > on_date THEN lower(b) END, CASE WHEN upper(b) > on_date THEN upper(b) END)
$$;
COMMENT ON FUNCTION planning.next_change(date, daterange, daterange) IS
  'The first day after this one on which a zone or its plan begins or ends';

CREATE FUNCTION planning.plan_at(plan bigint, valid_at date, known_at timestamptz)
RETURNS SETOF planning.plan_version LANGUAGE sql STABLE AS $$
  -- What holds on the date, else the next that will; a plan that ran out has none.
  SELECT * FROM planning.plan_version v
   WHERE v.plan_id = plan AND v.recorded @> known_at AND (upper_inf(v.valid) OR upper(v.valid) > valid_at)
   ORDER BY lower(v.valid) LIMIT 1
$$;

CREATE FUNCTION planning.overlay(g geometry, valid_at date, known_at timestamptz,
  OUT holds daterange, OUT covered smallint[], OUT partials jsonb, OUT unions jsonb,
  OUT zones planning.parcel_zone[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
  whole    double precision := ST_Area(g);
  changes1 date;
  changes2 date;
BEGIN
  WITH cut AS (
    SELECT q.zone_id, q.core, z.dimension, z.accuracy_m, z.theme_id, v.id AS version_id,
           planning.standing(z.status, v.status, z.valid, v.valid, valid_at) AS standing,
           planning.next_change(valid_at, z.valid, v.valid) AS changes,
           CASE WHEN ST_Covers(q.geom, g) THEN g ELSE ST_Intersection(q.geom, g) END AS piece
      FROM planning.zone_part q
      JOIN planning.zone z ON z.id = q.zone_id
       AND z.recorded @> known_at AND (upper_inf(z.valid) OR upper(z.valid) > valid_at)
      JOIN planning.plan_at(z.plan_id, valid_at, known_at) v ON true
     WHERE ST_Intersects(q.geom, g)),
  met AS (
    SELECT c.zone_id, c.version_id, c.theme_id, c.dimension, c.standing = 'inForce' AS in_force, c.accuracy_m,
           coalesce(sum(ST_Area(c.piece)) FILTER (WHERE NOT c.core), 0) AS m2,
           coalesce(sum(ST_Area(c.piece)) FILTER (WHERE c.core), 0) AS core_m2,
           sum(ST_Length(c.piece)) FILTER (WHERE c.dimension = 1) AS length_m,
           sum(ST_NPoints(c.piece)) FILTER (WHERE c.dimension = 0) AS n,
           ST_Collect(ST_CollectionExtract(c.piece, 3)) FILTER (WHERE NOT c.core AND c.dimension = 2) AS pieces
      FROM cut c WHERE c.standing IS NOT NULL
     GROUP BY c.zone_id, c.version_id, c.theme_id, c.dimension, c.standing, c.accuracy_m),
  kept AS (
    -- Below a square millimetre or a millimetre it is arithmetic, not land.
    SELECT * FROM met WHERE m2 > 1e-6 OR length_m > 1e-3 OR n > 0),
  doubled AS (
    SELECT k.theme_id, sum(k.m2) AS added,
           CASE WHEN max(k.m2) >= whole * (1 - 1e-9) THEN whole
                ELSE ST_Area(ST_UnaryUnion(ST_Collect(k.pieces))) END AS joined
      FROM kept k WHERE k.dimension = 2 AND k.in_force GROUP BY k.theme_id HAVING count(*) > 1),
  counted AS (
    SELECT k.*, CASE WHEN k.dimension = 2 AND k.in_force AND d.theme_id IS NULL
                     THEN coalesce(sum(k.m2) OVER before, 0) END AS before_m2
      FROM kept k LEFT JOIN doubled d ON d.theme_id = k.theme_id AND d.added - d.joined > 1e-6
    WINDOW before AS (PARTITION BY k.theme_id, k.in_force, k.dimension ORDER BY k.m2 DESC, k.zone_id
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
  SELECT array_agg(ROW(0, k.zone_id, k.version_id, k.m2, k.before_m2,
                       CASE WHEN k.dimension = 2 AND k.accuracy_m > 0 THEN least(k.core_m2, k.m2)
                            WHEN k.dimension = 2 AND k.accuracy_m = 0 THEN k.m2 END,
                       k.length_m, k.n, k.in_force)::planning.parcel_zone),
         (SELECT jsonb_object_agg(d.theme_id, d.joined) FROM doubled d WHERE d.added - d.joined > 1e-6),
         (SELECT min(c.changes) FROM cut c)
    INTO zones, unions, changes1 FROM counted k;

  WITH near AS (
    SELECT c.theme_id, q.geom, planning.next_change(valid_at, v.valid, v.valid) AS changes,
           ST_Covers(q.geom, g) AS wholly,
           v.status IN ('approved', 'adjusted') AND v.valid @> valid_at AS in_force
      FROM planning.plan_coverage_part q
      JOIN planning.plan_coverage c ON c.id = q.coverage_id AND c.recorded @> known_at
      JOIN planning.plan_at(c.plan_id, valid_at, known_at) v ON true
     WHERE ST_Intersects(q.geom, g)),
  spoken AS (
    SELECT n.theme_id, CASE WHEN bool_or(n.wholly) THEN whole
                            ELSE ST_Area(ST_Union(ST_CollectionExtract(ST_Intersection(n.geom, g), 3))) END AS m2
      FROM near n WHERE n.in_force GROUP BY n.theme_id)
  SELECT coalesce((SELECT array_agg(s.theme_id ORDER BY s.theme_id) FROM spoken s WHERE s.m2 >= whole * 0.9995), '{}'),
         (SELECT jsonb_object_agg(s.theme_id, s.m2) FROM spoken s WHERE s.m2 > 1e-6 AND s.m2 < whole * 0.9995),
         (SELECT min(n.changes) FROM near n)
    INTO covered, partials, changes2;
  holds := daterange(valid_at, least(changes1, changes2));
END $$;
COMMENT ON FUNCTION planning.overlay(geometry, date, timestamptz) IS
  'What plans say about a surface on a date, as known at an instant; holds tells until when nothing changes';

CREATE FUNCTION planning.card_then(unit bigint, place geometry, on_date date, at timestamptz)
RETURNS TABLE (unit_id bigint, version_id bigint, facts text, geom geometry, geom4326 geometry,
               m2 double precision, legal_area_m2 numeric) LANGUAGE plpgsql STABLE AS $$
DECLARE
  wanted bigint := unit;
BEGIN
  -- A function, so that the answer about the present does not carry the weight of a plan for the past.
  IF wanted IS NULL THEN
    SELECT min(s.unit) INTO wanted FROM (
      SELECT w.unit_id AS unit FROM cadastre.parcel_version w
        JOIN cadastre.parcel_unit e ON e.id = w.unit_id AND e.kind = 'parcel'
       WHERE NOT (upper_inf(w.recorded) AND upper_inf(w.valid))
         AND w.valid @> on_date AND w.recorded @> at AND ST_Intersects(w.geom, place)
      UNION ALL
      SELECT w.unit_id FROM cadastre.parcel n JOIN cadastre.parcel_version w ON w.id = n.version_id
       WHERE n.kind = 'parcel' AND w.valid @> on_date AND w.recorded @> at AND ST_Intersects(n.geom, place)) s;
  END IF;
  RETURN QUERY
  SELECT c.unit_id, c.version_id, c.facts, c.geom, ST_Transform(c.geom, 4326), ST_Area(c.geom), v.legal_area_m2
    FROM cadastre.cards_at(on_date, at) c JOIN cadastre.parcel_version v ON v.id = c.version_id
   WHERE c.unit_id = wanted;
END $$;
COMMENT ON FUNCTION planning.card_then(bigint, geometry, date, timestamptz) IS
  'The parcel a unit or a place was on a date, as known at an instant';

CREATE FUNCTION planning.refresh_few(units bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  made bigint;
BEGIN
  WITH found AS MATERIALIZED (
    SELECT p.unit_id, p.version_id, o.* FROM cadastre.parcel p,
           LATERAL planning.overlay(p.geom, cadastre.today(), 'infinity') o
     WHERE p.unit_id = ANY (units) AND p.geom IS NOT NULL AND p.kind = 'parcel'),
  zoned AS (
    INSERT INTO planning.parcel_zone
    SELECT f.unit_id, z.zone_id, z.version_id, z.m2, z.before_m2, z.certain_m2, z.length_m, z.n, z.in_force
      FROM found f, unnest(f.zones) z)
  INSERT INTO planning.parcel_zoned
  SELECT f.unit_id, f.version_id, f.holds, f.covered, f.partials, f.unions FROM found f;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END $$;

CREATE FUNCTION planning.refresh_many(units bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  made  bigint;
  place geometry;
  today date := cadastre.today();
BEGIN
  -- The other way round than overlay: one piece of a zone meets many parcels, so its preparation is paid once.
  DROP TABLE IF EXISTS pg_temp.zoning_unit, pg_temp.zoning_met;
  CREATE TEMP TABLE zoning_unit ON COMMIT DROP AS
  SELECT p.unit_id, p.version_id, p.geom, ST_Area(p.geom) AS whole FROM cadastre.parcel p
   WHERE p.unit_id = ANY (units) AND p.geom IS NOT NULL AND p.kind = 'parcel';
  CREATE INDEX ON zoning_unit USING gist (geom);
  ANALYZE zoning_unit;
  SELECT ST_SetSRID(ST_Extent(u.geom)::geometry, geo.srid()) INTO place FROM zoning_unit u;

  CREATE TEMP TABLE zoning_met ON COMMIT DROP AS
  WITH part AS MATERIALIZED (
    SELECT q.zone_id, q.core, q.geom, z.dimension, z.accuracy_m, z.theme_id, v.id AS version_id,
           planning.standing(z.status, v.status, z.valid, v.valid, today) AS standing,
           planning.next_change(today, z.valid, v.valid) AS changes
      FROM planning.zone_part q
      JOIN planning.zone z ON z.id = q.zone_id
       AND upper_inf(z.recorded) AND (upper_inf(z.valid) OR upper(z.valid) > today)
      JOIN planning.plan_at(z.plan_id, today, 'infinity') v ON true
     WHERE q.geom && place),
  cut AS (
    SELECT u.unit_id, u.whole, q.zone_id, q.core, q.dimension, q.accuracy_m, q.theme_id, q.version_id, q.standing,
           q.changes, CASE WHEN NOT ST_Covers(q.geom, u.geom) THEN ST_Intersection(q.geom, u.geom) END AS piece
      FROM part q JOIN zoning_unit u ON ST_Intersects(q.geom, u.geom))
  SELECT c.unit_id, c.zone_id, c.version_id, c.theme_id, c.dimension, c.standing, c.accuracy_m, min(c.whole) AS whole,
         min(c.changes) AS changes,
         coalesce(sum(coalesce(ST_Area(c.piece), c.whole)) FILTER (WHERE NOT c.core), 0) AS m2,
         coalesce(sum(coalesce(ST_Area(c.piece), c.whole)) FILTER (WHERE c.core), 0) AS core_m2,
         sum(ST_Length(c.piece)) FILTER (WHERE c.dimension = 1) AS length_m,
         sum(ST_NPoints(c.piece)) FILTER (WHERE c.dimension = 0) AS n,
         ST_Collect(ST_CollectionExtract(c.piece, 3)) FILTER (WHERE NOT c.core AND c.dimension = 2) AS pieces
    FROM cut c
   GROUP BY c.unit_id, c.zone_id, c.version_id, c.theme_id, c.dimension, c.standing, c.accuracy_m;

  WITH kept AS MATERIALIZED (
    SELECT m.*, m.standing = 'inForce' AS in_force FROM zoning_met m
     WHERE m.standing IS NOT NULL AND (m.m2 > 1e-6 OR m.length_m > 1e-3 OR m.n > 0)),
  doubled AS MATERIALIZED (
    SELECT d.* FROM (
      SELECT k.unit_id, k.theme_id, sum(k.m2) AS added,
             CASE WHEN max(k.m2) >= min(k.whole) * (1 - 1e-9) THEN min(k.whole)
                  ELSE ST_Area(ST_UnaryUnion(ST_Collect(k.pieces))) END AS joined
        FROM kept k WHERE k.dimension = 2 AND k.in_force GROUP BY k.unit_id, k.theme_id HAVING count(*) > 1) d
     WHERE d.added - d.joined > 1e-6),
  unions AS (
    SELECT d.unit_id, jsonb_object_agg(d.theme_id, d.joined) AS unions FROM doubled d GROUP BY d.unit_id),
  near AS MATERIALIZED (
    SELECT u.unit_id, u.whole, c.theme_id, c.changes, c.in_force,
           CASE WHEN NOT ST_Covers(c.geom, u.geom) THEN ST_CollectionExtract(ST_Intersection(c.geom, u.geom), 3)
             END AS piece
      FROM (SELECT q.geom, c.theme_id, planning.next_change(today, v.valid, v.valid) AS changes,
                   v.status IN ('approved', 'adjusted') AND v.valid @> today AS in_force
              FROM planning.plan_coverage_part q
              JOIN planning.plan_coverage c ON c.id = q.coverage_id AND upper_inf(c.recorded)
              JOIN planning.plan_at(c.plan_id, today, 'infinity') v ON true
             WHERE q.geom && place OFFSET 0) c
      JOIN zoning_unit u ON ST_Intersects(c.geom, u.geom)),
  spoken AS (
    SELECT n.unit_id, n.theme_id, min(n.whole) AS whole,
           CASE WHEN bool_or(n.piece IS NULL) THEN min(n.whole) ELSE ST_Area(ST_Union(n.piece)) END AS m2
      FROM near n WHERE n.in_force GROUP BY n.unit_id, n.theme_id),
  covering AS (
    SELECT s.unit_id, array_agg(s.theme_id ORDER BY s.theme_id) FILTER (WHERE s.m2 >= s.whole * 0.9995) AS covered,
           jsonb_object_agg(s.theme_id, s.m2) FILTER (WHERE s.m2 > 1e-6 AND s.m2 < s.whole * 0.9995) AS partials
      FROM spoken s GROUP BY s.unit_id),
  ends AS (
    SELECT e.unit_id, min(e.changes) AS changes FROM (
      SELECT n.unit_id, n.changes FROM near n UNION ALL SELECT m.unit_id, m.changes FROM zoning_met m) e
     GROUP BY e.unit_id),
  zoned AS (
    INSERT INTO planning.parcel_zone
    SELECT k.unit_id, k.zone_id, k.version_id, k.m2,
           CASE WHEN k.dimension = 2 AND k.in_force AND d.theme_id IS NULL THEN coalesce(sum(k.m2) OVER before, 0) END,
           CASE WHEN k.dimension = 2 AND k.accuracy_m > 0 THEN least(k.core_m2, k.m2)
                WHEN k.dimension = 2 AND k.accuracy_m = 0 THEN k.m2 END,
           k.length_m, k.n, k.in_force
      FROM kept k LEFT JOIN doubled d ON d.unit_id = k.unit_id AND d.theme_id = k.theme_id
    WINDOW before AS (PARTITION BY k.unit_id, k.theme_id, k.in_force, k.dimension ORDER BY k.m2 DESC, k.zone_id
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
  INSERT INTO planning.parcel_zoned
  SELECT u.unit_id, u.version_id, daterange(today, e.changes), coalesce(c.covered, '{}'), c.partials, n.unions
    FROM zoning_unit u
    LEFT JOIN ends e ON e.unit_id = u.unit_id
    LEFT JOIN covering c ON c.unit_id = u.unit_id
    LEFT JOIN unions n ON n.unit_id = u.unit_id;
  GET DIAGNOSTICS made = ROW_COUNT;
  DROP TABLE zoning_unit, zoning_met;
  RETURN made;
END $$;

CREATE FUNCTION planning.refresh_parcels(units bigint[]) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  -- One writer of the overlay at a time, and each reads what the one before committed.
  PERFORM pg_advisory_xact_lock(hashtext('planning.parcel_zone'));
  DELETE FROM planning.parcel_zone WHERE unit_id = ANY (units);
  DELETE FROM planning.parcel_zoned WHERE unit_id = ANY (units);
  IF cardinality(units) < 100 THEN
    RETURN planning.refresh_few(units);
  END IF;
  RETURN planning.refresh_many(units);
END $$;
COMMENT ON FUNCTION planning.refresh_parcels(bigint[]) IS 'Compute the kept overlay of these parcels anew';
"""

OUTBOX = """
CREATE TABLE core.outbox_cursor (
  consumer text NOT NULL,
  xact     xid8 NOT NULL DEFAULT '0',
  id       bigint NOT NULL DEFAULT 0,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_outbox_cursor PRIMARY KEY (consumer)
);
COMMENT ON TABLE core.outbox_cursor IS 'How far each consumer has read the outbox, in the order of commits';
-- Numbers are given before a commit: only (xact, id) below the oldest running transaction is a settled order.
CREATE INDEX ix_outbox_xact_id ON core.outbox (xact, id);
GRANT SELECT, DELETE ON core.outbox TO landsvc_import;
GRANT SELECT, INSERT, UPDATE ON core.outbox_cursor TO landsvc_import;
"""

GRANTS = """
GRANT USAGE ON SCHEMA planning TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON ALL TABLES IN SCHEMA planning TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT ON planning.plan, planning.plan_version, planning.zone, planning.zone_part, planning.plan_coverage,
  planning.plan_coverage_part TO landsvc_import;
GRANT INSERT, UPDATE ON planning.theme TO landsvc_import;
GRANT UPDATE (recorded) ON planning.plan_version, planning.zone, planning.plan_coverage TO landsvc_import;
GRANT INSERT, DELETE ON planning.parcel_zone, planning.parcel_zoned TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA planning TO landsvc_import;
REVOKE EXECUTE ON FUNCTION planning.refresh_parcels(bigint[]), planning.refresh_few(bigint[]),
  planning.refresh_many(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION planning.refresh_parcels(bigint[]), planning.refresh_few(bigint[]),
  planning.refresh_many(bigint[]) TO landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (PLANS, RULES, OVERLAY, OUTBOX, GRANTS):
        connection.exec_driver_sql(part.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    op.execute("DROP SCHEMA planning CASCADE; DROP TABLE core.outbox_cursor; DROP INDEX core.ix_outbox_xact_id")
