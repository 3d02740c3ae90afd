"""Keep tables of land prices by decision, where each parcel stands in them, and who confirmed that."""

from __future__ import annotations

from alembic import op

revision = "0082_price_land"
down_revision = "0081_know_figures"

TABLES = """
CREATE TABLE finance.price_table (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  code             text NOT NULL,
  title_vi         text NOT NULL,
  title_en         text NOT NULL,
  decision_no      text NOT NULL,
  decided_on       date NOT NULL,
  authority        text NOT NULL,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  certainty        text NOT NULL,
  tolerance_m      double precision NOT NULL,
  min_frontage_m   double precision NOT NULL,
  clear_frontage_m double precision NOT NULL,
  reach_m          double precision NOT NULL,
  unpriced         text[] NOT NULL,
  CONSTRAINT pk_price_table PRIMARY KEY (id),
  CONSTRAINT ck_price_table_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ck_price_table_valid CHECK (NOT isempty(valid) AND NOT lower_inf(valid)),
  CONSTRAINT ck_price_table_measures CHECK (tolerance_m BETWEEN 0 AND 20 AND min_frontage_m BETWEEN 0.1 AND 100
    AND clear_frontage_m BETWEEN min_frontage_m AND 200 AND reach_m BETWEEN 1 AND 5000),
  CONSTRAINT ex_price_table_valid EXCLUDE USING gist (valid WITH &&) WHERE (upper_inf(recorded))
);
CREATE UNIQUE INDEX uq_price_table_code ON finance.price_table (code) WHERE upper_inf(recorded);
COMMENT ON TABLE finance.price_table IS
  'Bảng giá đất: the prices of one decision and how places are judged; two believed ones never hold at once';

CREATE TABLE finance.price_segment (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  table_id   bigint NOT NULL,
  code       text NOT NULL,
  kind       text NOT NULL,
  street     text NOT NULL,
  begins     text,
  ends       text,
  width_m    double precision NOT NULL,
  leads_to   bigint,
  dearness   bigint NOT NULL DEFAULT 0,
  geom       geometry(LineString, {srid}) NOT NULL,
  front      geometry(Polygon, {srid}) NOT NULL,
  CONSTRAINT pk_price_segment PRIMARY KEY (id),
  CONSTRAINT uq_price_segment_table_id_code UNIQUE (table_id, code),
  CONSTRAINT fk_price_segment_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT fk_price_segment_leads_to FOREIGN KEY (leads_to) REFERENCES finance.price_segment,
  CONSTRAINT ck_price_segment_kind CHECK ((kind = 'street' AND leads_to IS NULL)
    OR (kind = 'alley' AND leads_to IS NOT NULL)),
  CONSTRAINT ck_price_segment_width CHECK (width_m BETWEEN 0 AND 300)
);
COMMENT ON TABLE finance.price_segment IS
  'Đoạn đường, hẻm: a stretch of a street by its middle line, or an alley from its mouth; width_m is edge to edge';
CREATE INDEX ix_price_segment_table_id_geom ON finance.price_segment USING gist (table_id, geom);
CREATE INDEX ix_price_segment_leads_to ON finance.price_segment (leads_to) WHERE leads_to IS NOT NULL;

CREATE TABLE finance.price_rule (
  table_id       bigint NOT NULL,
  land_group     text NOT NULL,
  seq            smallint NOT NULL,
  "position"     smallint NOT NULL,
  found_by       text NOT NULL,
  min_width_m    double precision NOT NULL,
  max_width_m    double precision,
  min_distance_m double precision NOT NULL,
  max_distance_m double precision,
  pct            numeric(7, 3) NOT NULL,
  CONSTRAINT pk_price_rule PRIMARY KEY (table_id, land_group, seq),
  CONSTRAINT fk_price_rule_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT ck_price_rule_group CHECK (land_group IN ('farm', 'other')),
  CONSTRAINT ck_price_rule_found_by CHECK (found_by IN ('frontage', 'alley', 'distance', 'rest')),
  CONSTRAINT ck_price_rule_limits CHECK ("position" BETWEEN 1 AND 20 AND pct > 0 AND pct <= 1000
    AND min_width_m >= 0 AND min_distance_m >= 0
    AND coalesce(max_width_m > min_width_m, true) AND coalesce(max_distance_m > min_distance_m, true))
);
COMMENT ON TABLE finance.price_rule IS
  'Quy định xác định vị trí: which position land has; asked in order, the first that fits decides';

CREATE TABLE finance.price_band (
  table_id   bigint NOT NULL,
  land_group text NOT NULL,
  "position" smallint NOT NULL,
  band       smallint NOT NULL,
  from_m     double precision NOT NULL,
  to_m       double precision,
  pct        numeric(7, 3) NOT NULL,
  CONSTRAINT pk_price_band PRIMARY KEY (table_id, land_group, "position", band),
  CONSTRAINT fk_price_band_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT ck_price_band_limits CHECK (band >= 1 AND from_m >= 0 AND coalesce(to_m > from_m, true)
    AND pct > 0 AND pct <= 1000)
);
COMMENT ON TABLE finance.price_band IS
  'Phạm vi chiều sâu: bands of distance from the edge of the street; the last one has no end';

CREATE TABLE finance.price_strip (
  segment_id bigint NOT NULL,
  land_group text NOT NULL,
  "position" smallint NOT NULL,
  band       smallint NOT NULL,
  geom       geometry(Polygon, {srid}) NOT NULL,
  CONSTRAINT pk_price_strip PRIMARY KEY (segment_id, land_group, "position", band),
  CONSTRAINT fk_price_strip_segment_id FOREIGN KEY (segment_id) REFERENCES finance.price_segment
);
COMMENT ON TABLE finance.price_strip IS
  'Derived: all land up to the far end of a band beside a street; nested, so a band is a strip less the one before';

CREATE TABLE finance.price_zone (
  id       bigint GENERATED ALWAYS AS IDENTITY,
  table_id bigint NOT NULL,
  code     text NOT NULL,
  title    text NOT NULL,
  communes text[] NOT NULL,
  CONSTRAINT pk_price_zone PRIMARY KEY (id),
  CONSTRAINT uq_price_zone_table_id_code UNIQUE (table_id, code),
  CONSTRAINT fk_price_zone_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table
);
COMMENT ON TABLE finance.price_zone IS 'Khu vực giá đất: communes whose land has one price for each position';

CREATE TABLE finance.land_price (
  id             bigint GENERATED ALWAYS AS IDENTITY,
  table_id       bigint NOT NULL,
  segment_id     bigint,
  zone_id        bigint,
  land_code      text NOT NULL,
  "position"     smallint NOT NULL,
  band           smallint NOT NULL,
  unit_price_vnd bigint NOT NULL,
  CONSTRAINT pk_land_price PRIMARY KEY (id),
  CONSTRAINT uq_land_price_place UNIQUE NULLS NOT DISTINCT
    (table_id, segment_id, zone_id, land_code, "position", band),
  CONSTRAINT fk_land_price_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT fk_land_price_segment_id FOREIGN KEY (segment_id) REFERENCES finance.price_segment,
  CONSTRAINT fk_land_price_zone_id FOREIGN KEY (zone_id) REFERENCES finance.price_zone,
  CONSTRAINT fk_land_price_land_code FOREIGN KEY (land_code) REFERENCES cadastre.land_use_type,
  CONSTRAINT ck_land_price_place CHECK (num_nonnulls(segment_id, zone_id) = 1),
  CONSTRAINT ck_land_price_value CHECK (unit_price_vnd BETWEEN 1 AND 1000000000000 AND "position" BETWEEN 1 AND 20
    AND band BETWEEN 1 AND 20)
);
COMMENT ON TABLE finance.land_price IS
  'Giá đất: đồng a square metre, of a use, beside a street or in a zone, at a position and band';
CREATE INDEX ix_land_price_segment_id ON finance.land_price (segment_id) WHERE segment_id IS NOT NULL;
CREATE INDEX ix_land_price_zone_id ON finance.land_price (zone_id) WHERE zone_id IS NOT NULL;

CREATE TABLE finance.price_factor (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  table_id    bigint NOT NULL,
  kind        text NOT NULL,
  segment_id  bigint,
  zone_id     bigint,
  land_code   text,
  factor      numeric(9, 4) NOT NULL,
  valid       daterange NOT NULL,
  legal_basis text NOT NULL,
  CONSTRAINT pk_price_factor PRIMARY KEY (id),
  CONSTRAINT fk_price_factor_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT fk_price_factor_segment_id FOREIGN KEY (segment_id) REFERENCES finance.price_segment,
  CONSTRAINT fk_price_factor_zone_id FOREIGN KEY (zone_id) REFERENCES finance.price_zone,
  CONSTRAINT fk_price_factor_land_code FOREIGN KEY (land_code) REFERENCES cadastre.land_use_type,
  CONSTRAINT ck_price_factor_kind CHECK (kind IN ('market', 'planning', 'other', 'corner')),
  CONSTRAINT ck_price_factor_value CHECK (factor > 0 AND NOT isempty(valid) AND num_nonnulls(segment_id, zone_id) < 2),
  CONSTRAINT ex_price_factor_place EXCLUDE USING gist (table_id WITH =, kind WITH =,
    coalesce(segment_id, 0) WITH =, coalesce(zone_id, 0) WITH =, coalesce(land_code, '') WITH =, valid WITH &&)
);
COMMENT ON TABLE finance.price_factor IS
  'Hệ số điều chỉnh: K is the product of one factor of each kind that fits; a corner factor holds for corners only';
CREATE INDEX ix_price_factor_table_id ON finance.price_factor (table_id);
CREATE INDEX ix_price_factor_segment_id ON finance.price_factor (segment_id) WHERE segment_id IS NOT NULL;
CREATE INDEX ix_price_factor_zone_id ON finance.price_factor (zone_id) WHERE zone_id IS NOT NULL;
"""

PLACES = """
CREATE TABLE finance.price_proposal (
  table_id      bigint NOT NULL,
  unit_id       bigint NOT NULL,
  land_group    text NOT NULL,
  version_id    bigint NOT NULL,
  commune_code  text NOT NULL,
  segment_id    bigint,
  alley_id      bigint,
  "position"    smallint,
  frontage_m    double precision,
  distance_m    double precision,
  alley_width_m double precision,
  alley_along_m double precision,
  corner        boolean NOT NULL,
  doubts        text[] NOT NULL,
  parts         jsonb NOT NULL,
  CONSTRAINT pk_price_proposal PRIMARY KEY (table_id, commune_code, unit_id, land_group),
  CONSTRAINT fk_price_proposal_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table
);
COMMENT ON TABLE finance.price_proposal IS
  'Đề xuất vị trí: where a parcel stands as computed from the map, with the evidence; derived, may be emptied';

CREATE TABLE finance.price_decision (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  table_id      bigint NOT NULL,
  unit_id       bigint NOT NULL,
  land_group    text NOT NULL,
  version_id    bigint NOT NULL,
  commune_code  text NOT NULL,
  segment_id    bigint,
  alley_id      bigint,
  "position"    smallint NOT NULL,
  frontage_m    double precision,
  distance_m    double precision,
  alley_width_m double precision,
  alley_along_m double precision,
  corner        boolean NOT NULL,
  doubts        text[] NOT NULL,
  parts         jsonb NOT NULL,
  shapes        geometry(GeometryCollection, {srid}),
  as_proposed   boolean NOT NULL,
  proposed      smallint,
  reason        text NOT NULL,
  account_id    bigint NOT NULL,
  account_name  text NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_price_decision PRIMARY KEY (id),
  CONSTRAINT fk_price_decision_table_id FOREIGN KEY (table_id) REFERENCES finance.price_table,
  CONSTRAINT fk_price_decision_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT ck_price_decision_group CHECK (land_group IN ('farm', 'other')),
  CONSTRAINT ck_price_decision_reason CHECK (as_proposed OR length(reason) >= 3)
);
COMMENT ON TABLE finance.price_decision IS
  'Xác nhận vị trí: where an officer says a parcel stands, with the evidence of that day; only ever added to';
CREATE INDEX ix_price_decision_table_id_unit_id ON finance.price_decision (table_id, unit_id, land_group, id);
CREATE INDEX ix_price_decision_unit_id ON finance.price_decision (unit_id);
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.price_decision
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
ALTER TABLE finance.price_decision ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON finance.price_decision FOR SELECT USING (true);
CREATE POLICY decide_in_the_area ON finance.price_decision FOR INSERT TO landsvc_editor
  WITH CHECK (cadastre.require_area(commune_code));
"""

FUNCTIONS = """
CREATE FUNCTION finance.land_codes(asked text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  WITH RECURSIVE up(code, away) AS (
    SELECT t.code, 0 FROM cadastre.land_use_type t WHERE t.code = asked
     UNION ALL
    SELECT p.code, u.away + 1 FROM up u JOIN cadastre.land_use_type t ON t.code = u.code
      JOIN cadastre.land_use_type p ON p.code = t.parent_code WHERE u.away < 10)
  SELECT array_agg(code ORDER BY away) FROM up
$$;
COMMENT ON FUNCTION finance.land_codes(text) IS
  'A land use and what it is a part of, the narrowest first; null for none';

CREATE FUNCTION finance.land_group(asked text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN 'NNP' = ANY (c) THEN 'farm' WHEN c IS NOT NULL THEN 'other' END FROM finance.land_codes(asked) c
$$;
COMMENT ON FUNCTION finance.land_group(text) IS
  'Whether a use is farmland (NNP) or other land, which have positions of their own';

CREATE FUNCTION finance.price_parts(asked bigint, grp text, segment bigint, pos smallint, land geometry) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(
    (SELECT jsonb_agg(jsonb_build_object('band', c.band, 'areaM2', c.area) ORDER BY c.band)
              FILTER (WHERE c.area >= 0.01)
       FROM (SELECT d.band, d.area - lag(d.area, 1, 0.0) OVER (ORDER BY d.band) AS area
               FROM (SELECT b.band, round((CASE WHEN b.to_m IS NULL OR ST_CoveredBy(land, t.geom) THEN ST_Area(land)
                              ELSE ST_Area(ST_Intersection(land, t.geom)) END)::numeric, 4) AS area
                       FROM finance.price_band b
                       LEFT JOIN finance.price_strip t ON t.segment_id = segment AND t.land_group = b.land_group
                        AND t."position" = b."position" AND t.band = b.band
                      WHERE b.table_id = asked AND b.land_group = grp AND b."position" = pos
                        AND segment IS NOT NULL) d) c),
    jsonb_build_array(jsonb_build_object('band', coalesce((SELECT max(b.band) FROM finance.price_band b
      WHERE b.table_id = asked AND b.land_group = grp AND b."position" = pos), 1),
      'areaM2', round(ST_Area(land)::numeric, 4))))
$$;
COMMENT ON FUNCTION finance.price_parts(bigint, text, bigint, smallint, geometry) IS
  'What land has in each band of a position beside a street: what its strip adds. Without a street: the last band';

CREATE FUNCTION finance.price_shapes(asked bigint, grp text, segment bigint, pos smallint, land geometry)
RETURNS geometry LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN count(*) > 1 THEN ST_ForceCollection(ST_Collect(e.g ORDER BY e.band)) END
    FROM (SELECT d.band, ST_CollectionExtract(
                   CASE WHEN d.inner_g IS NULL THEN d.g ELSE ST_Difference(d.g, d.inner_g) END, 3) AS g
            FROM (SELECT b.band, CASE WHEN b.to_m IS NULL THEN land ELSE ST_Intersection(land, t.geom) END AS g,
                         lag(t.geom) OVER (ORDER BY b.band) AS inner_g
                    FROM finance.price_band b
                    LEFT JOIN finance.price_strip t ON t.segment_id = segment AND t.land_group = b.land_group
                     AND t."position" = b."position" AND t.band = b.band
                   WHERE b.table_id = asked AND b.land_group = grp AND b."position" = pos AND segment IS NOT NULL) d) e
   WHERE ST_Area(e.g) >= 0.01
$$;
COMMENT ON FUNCTION finance.price_shapes(bigint, text, bigint, smallint, geometry) IS
  'The parts of price_parts as shapes, in the order of bands; null where the land lies in one band';
"""

GRANTS = """
GRANT EXECUTE ON FUNCTION finance.land_codes(text), finance.land_group(text),
  finance.price_parts(bigint, text, bigint, smallint, geometry),
  finance.price_shapes(bigint, text, bigint, smallint, geometry)
  TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON finance.price_table, finance.price_segment, finance.price_rule, finance.price_band,
  finance.price_strip, finance.price_zone, finance.land_price, finance.price_factor
  TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON finance.price_proposal TO landsvc_editor, landsvc_import;
GRANT SELECT (id, table_id, unit_id, land_group, version_id, commune_code, segment_id, alley_id, "position",
  frontage_m, distance_m, alley_width_m, alley_along_m, corner, doubts, parts, shapes, as_proposed, at)
  ON finance.price_decision TO landsvc_public;
GRANT SELECT, INSERT ON finance.price_decision TO landsvc_editor;
GRANT SELECT ON finance.price_decision TO landsvc_import;
GRANT INSERT, DELETE ON finance.price_proposal TO landsvc_editor, landsvc_import;
GRANT INSERT ON finance.price_table, finance.price_segment, finance.price_rule, finance.price_band,
  finance.price_strip, finance.price_zone, finance.land_price, finance.price_factor TO landsvc_import;
GRANT UPDATE (valid, recorded) ON finance.price_table TO landsvc_import;
GRANT UPDATE (dearness) ON finance.price_segment TO landsvc_import;
"""
FORGET = """
DROP FUNCTION finance.price_shapes(bigint, text, bigint, smallint, geometry);
DROP FUNCTION finance.price_parts(bigint, text, bigint, smallint, geometry);
DROP FUNCTION finance.land_group(text);
DROP FUNCTION finance.land_codes(text);
"""
NAMES = (
    "price_decision, finance.price_proposal, finance.price_factor, finance.land_price, finance.price_zone,"
    " finance.price_strip, finance.price_band, finance.price_rule, finance.price_segment, finance.price_table"
)


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    srid = connection.exec_driver_sql("SELECT geo.srid()").scalar_one()
    for part in (TABLES, PLACES, FUNCTIONS):
        connection.exec_driver_sql(part.replace("{srid}", str(srid)))
    connection.exec_driver_sql(GRANTS)


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(FORGET)
    connection.exec_driver_sql(f"DROP TABLE finance.{NAMES}")
