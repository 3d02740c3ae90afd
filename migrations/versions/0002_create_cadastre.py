"""Create the room `cadastre`: units, code lists, sheets, parcels in two times, numbers, lineage, holds."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0002_create_cadastre"
down_revision = "0001_lay_foundation"

UNITS = """
CREATE SCHEMA cadastre;

CREATE TABLE cadastre.commune (
  code text NOT NULL,
  CONSTRAINT pk_commune PRIMARY KEY (code),
  CONSTRAINT ck_commune_code_shape CHECK (code ~ '^[0-9]{5}$')
);
COMMENT ON TABLE cadastre.commune IS 'Mã xã từng được dùng: a code alone is not a place, see admin_unit';

CREATE TABLE cadastre.admin_unit (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  level       text NOT NULL,
  code        text NOT NULL,
  parent_code text,
  name        text NOT NULL,
  short_name  text NOT NULL,
  kind        text NOT NULL,
  valid       daterange NOT NULL,
  source      text,
  point       geometry(Point, {srid}),
  geom        geometry(MultiPolygon, {srid}),
  geom3857    geometry(MultiPolygon, 3857),
  folded      text NOT NULL,
  CONSTRAINT pk_admin_unit PRIMARY KEY (id),
  CONSTRAINT ck_admin_unit_level CHECK (level IN ('province', 'district', 'commune')),
  CONSTRAINT ck_admin_unit_valid CHECK (NOT isempty(valid)),
  CONSTRAINT ck_admin_unit_geom_sound CHECK (ST_IsValid(geom)),
  CONSTRAINT ex_admin_unit_code_valid EXCLUDE USING gist (code WITH =, level WITH =, valid WITH &&)
);
CREATE INDEX ix_admin_unit_code ON cadastre.admin_unit (code);
CREATE INDEX ix_admin_unit_geom ON cadastre.admin_unit USING gist (geom);
CREATE INDEX ix_admin_unit_geom3857 ON cadastre.admin_unit USING gist (geom3857);
CREATE INDEX ix_admin_unit_folded ON cadastre.admin_unit USING gin (folded gin_trgm_ops);
COMMENT ON TABLE cadastre.admin_unit IS 'Đơn vị hành chính; the key is (code, valid_from): codes are reused';

CREATE TABLE cadastre.admin_succession (
  old_unit_id bigint NOT NULL REFERENCES cadastre.admin_unit,
  new_unit_id bigint NOT NULL REFERENCES cadastre.admin_unit,
  relation    text NOT NULL,
  is_default  boolean NOT NULL DEFAULT true,
  CONSTRAINT pk_admin_succession PRIMARY KEY (old_unit_id, new_unit_id),
  CONSTRAINT ck_admin_succession_relation CHECK (relation IN ('whole', 'part'))
);
CREATE INDEX ix_admin_succession_new_unit_id ON cadastre.admin_succession (new_unit_id);
COMMENT ON TABLE cadastre.admin_succession IS 'Đơn vị cũ nhập vào đơn vị mới (2025)';

CREATE TABLE cadastre.land_use_type (
  code        text NOT NULL,
  parent_code text REFERENCES cadastre.land_use_type,
  name_vi     text NOT NULL,
  name_en     text NOT NULL,
  color       text NOT NULL,
  sort        integer NOT NULL,
  source      text,
  CONSTRAINT pk_land_use_type PRIMARY KEY (code),
  CONSTRAINT ck_land_use_type_color CHECK (color ~ '^#[0-9a-f]{6}$')
);
COMMENT ON TABLE cadastre.land_use_type IS 'Loại đất (Nghị định 102/2024 Điều 4-6, Thông tư 08/2024)';

CREATE TABLE cadastre.land_use_legacy (
  code      text NOT NULL,
  maps_to   text REFERENCES cadastre.land_use_type,
  note      text,
  CONSTRAINT pk_land_use_legacy PRIMARY KEY (code)
);
COMMENT ON TABLE cadastre.land_use_legacy IS 'Mã loại đất cũ và mã hiện hành';

CREATE TABLE cadastre.land_origin (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  CONSTRAINT pk_land_origin PRIMARY KEY (code)
);
COMMENT ON TABLE cadastre.land_origin IS 'Nguồn gốc sử dụng đất';
"""

PARCELS = """
CREATE SEQUENCE cadastre.record_no;
CREATE TABLE cadastre.record (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  code      text NOT NULL DEFAULT 'REC-' || to_char(now() AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY') || '-'
                          || lpad(nextval('cadastre.record_no')::text, 6, '0'),
  kind      text NOT NULL,
  title     text NOT NULL,
  doc_no    text,
  doc_on    date,
  authority text,
  reason    text,
  details   jsonb NOT NULL DEFAULT '{}',
  made_by   text NOT NULL DEFAULT session_user,
  made_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_record PRIMARY KEY (id),
  CONSTRAINT uq_record_code UNIQUE (code),
  CONSTRAINT ck_record_grounded CHECK (coalesce(doc_no, reason) IS NOT NULL)
);
COMMENT ON TABLE cadastre.record IS 'Văn bản làm căn cứ, or a reasoned correction: nothing changes without one';

CREATE TABLE cadastre.map_series (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  code          text NOT NULL,
  admin_unit_id bigint NOT NULL REFERENCES cadastre.admin_unit,
  kind          text NOT NULL,
  year          smallint,
  scale         integer,
  srid          integer NOT NULL,
  CONSTRAINT pk_map_series PRIMARY KEY (id),
  CONSTRAINT uq_map_series_code UNIQUE (code),
  CONSTRAINT ck_map_series_kind CHECK (kind IN ('299', 'cadastral', 'extract'))
);
CREATE INDEX ix_map_series_admin_unit_id ON cadastre.map_series (admin_unit_id);
COMMENT ON TABLE cadastre.map_series IS 'Bộ bản đồ của một xã tại một thời kỳ';

CREATE TABLE cadastre.map_sheet (
  series_id bigint NOT NULL REFERENCES cadastre.map_series,
  sheet     text NOT NULL,
  scale     integer,
  frame     geometry(Polygon, {srid}),
  CONSTRAINT pk_map_sheet PRIMARY KEY (series_id, sheet)
);
COMMENT ON TABLE cadastre.map_sheet IS 'Tờ bản đồ';

CREATE TABLE cadastre.mapped_extent (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  commune_code text NOT NULL REFERENCES cadastre.commune,
  record_id    bigint NOT NULL REFERENCES cadastre.record,
  geom         geometry(MultiPolygon, {srid}) NOT NULL,
  CONSTRAINT pk_mapped_extent PRIMARY KEY (id)
);
CREATE INDEX ix_mapped_extent_commune_code ON cadastre.mapped_extent (commune_code);
COMMENT ON TABLE cadastre.mapped_extent IS 'Phạm vi đã đo vẽ: uncovered land inside it is a gap';

CREATE TABLE cadastre.survey (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  record_id   bigint NOT NULL REFERENCES cadastre.record,
  srid        integer NOT NULL,
  method      text NOT NULL,
  surveyed_on date,
  accuracy_m  double precision,
  geom        geometry,
  CONSTRAINT pk_survey PRIMARY KEY (id),
  CONSTRAINT ck_survey_own_zone CHECK (geom IS NULL OR ST_SRID(geom) = srid)
);
COMMENT ON TABLE cadastre.survey IS 'Số liệu đo, in the zone it was recorded in';

CREATE TABLE cadastre.parcel_unit (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  kind      text NOT NULL,
  record_id bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_parcel_unit PRIMARY KEY (id),
  CONSTRAINT ck_parcel_unit_kind CHECK (kind IN ('parcel', 'object'))
);
COMMENT ON TABLE cadastre.parcel_unit IS 'Danh tính thửa đất, or of a road, canal or river; never deleted';

CREATE TABLE cadastre.parcel_code (
  code          text NOT NULL,
  unit_id       bigint NOT NULL REFERENCES cadastre.parcel_unit,
  x             double precision NOT NULL,
  y             double precision NOT NULL,
  srid          integer NOT NULL,
  lon           double precision NOT NULL,
  lat           double precision NOT NULL,
  datum_shift   text NOT NULL,
  algorithm     text NOT NULL,
  tolerance_m   double precision NOT NULL,
  step          integer NOT NULL DEFAULT 0,
  made_on       date NOT NULL DEFAULT current_date,
  CONSTRAINT pk_parcel_code PRIMARY KEY (code),
  CONSTRAINT uq_parcel_code_unit_id UNIQUE (unit_id),
  CONSTRAINT ck_parcel_code_shape CHECK (code ~ '^[0-9b-hjkmnp-z]{12}$')
);
COMMENT ON TABLE cadastre.parcel_code IS
  'Mã định danh thửa đất (TT 19/2026 Điều 11): stored with how it was made, never recomputed, never reused';

CREATE TABLE cadastre.parcel_version (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  unit_id          bigint NOT NULL REFERENCES cadastre.parcel_unit,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  survey_id        bigint REFERENCES cadastre.survey,
  technical        boolean NOT NULL DEFAULT false,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  commune_code     text NOT NULL REFERENCES cadastre.commune,
  geom             geometry(Geometry, {srid}),
  legal_area_m2    numeric(12, 1),
  computed_area_m2 double precision,
  computed_srid    integer,
  address          text,
  CONSTRAINT pk_parcel_version PRIMARY KEY (id),
  CONSTRAINT ex_parcel_version_two_times
    EXCLUDE USING gist (unit_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_parcel_version_times CHECK (NOT isempty(valid) AND NOT isempty(recorded)
    AND lower(recorded) IS NOT NULL AND lower(valid) IS NOT NULL),
  -- Changes valid in the future wait as approved drafts, so today's projection needs no clock.
  CONSTRAINT ck_parcel_version_not_future CHECK (
    lower(valid) <= (lower(recorded) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    AND (upper_inf(valid) OR upper(valid) <= (lower(recorded) AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)),
  CONSTRAINT ck_parcel_version_area CHECK (legal_area_m2 > 0),
  CONSTRAINT ck_parcel_version_geom_kind CHECK (
    GeometryType(geom) IN ('POLYGON', 'MULTIPOLYGON') AND ST_NDims(geom) = 2),
  CONSTRAINT ck_parcel_version_geom_sound CHECK (ST_IsValid(geom)),
  CONSTRAINT ck_parcel_version_geom_on_grid CHECK (geo.is_on_grid(geom)),
  CONSTRAINT ck_parcel_version_geom_size CHECK (ST_Area(geom) >= 0.1)
);
-- Reads of the past look among what is no longer current; what is current stands in the projection.
CREATE INDEX ix_parcel_version_past_geom ON cadastre.parcel_version USING gist (geom)
  WHERE NOT (upper_inf(recorded) AND upper_inf(valid));
CREATE INDEX ix_parcel_version_record_id ON cadastre.parcel_version (record_id);
COMMENT ON TABLE cadastre.parcel_version IS 'Phiên bản thửa đất: one belief in valid and recorded time';

CREATE TABLE cadastre.parcel_use (
  version_id  bigint NOT NULL REFERENCES cadastre.parcel_version ON DELETE CASCADE,
  seq         smallint NOT NULL,
  use_code    text NOT NULL REFERENCES cadastre.land_use_type,
  area_m2     numeric(12, 1) NOT NULL,
  origin_code text REFERENCES cadastre.land_origin,
  shared      boolean NOT NULL DEFAULT false,
  term_until  date,
  geom        geometry(Geometry, {srid}),
  CONSTRAINT pk_parcel_use PRIMARY KEY (version_id, seq),
  CONSTRAINT ck_parcel_use_area CHECK (area_m2 > 0),
  CONSTRAINT ck_parcel_use_geom_sound CHECK (ST_IsValid(geom) AND geo.is_on_grid(geom))
);
COMMENT ON TABLE cadastre.parcel_use IS 'Mục đích sử dụng của thửa đất; no term_until means lâu dài';

CREATE TABLE cadastre.parcel_number (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  unit_id    bigint NOT NULL REFERENCES cadastre.parcel_unit,
  series_id  bigint NOT NULL REFERENCES cadastre.map_series,
  sheet      text NOT NULL,
  number     text NOT NULL,
  on_map     boolean NOT NULL DEFAULT true,
  as_printed boolean NOT NULL DEFAULT false,
  used       daterange NOT NULL DEFAULT daterange(current_date, NULL),
  record_id  bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_parcel_number PRIMARY KEY (id),
  CONSTRAINT uq_parcel_number_series_id_sheet_number UNIQUE (series_id, sheet, number),
  CONSTRAINT ck_parcel_number_shape CHECK (sheet <> '' AND number <> ''
    AND sheet = btrim(sheet) AND number = btrim(number))
);
CREATE INDEX ix_parcel_number_unit_id ON cadastre.parcel_number (unit_id);
CREATE INDEX ix_parcel_number_number_sheet ON cadastre.parcel_number (number, sheet);
COMMENT ON TABLE cadastre.parcel_number IS 'Số tờ, số thửa: on the map or as printed on the certificate';

CREATE TABLE cadastre.lineage (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  parent_id bigint NOT NULL REFERENCES cadastre.parcel_unit,
  child_id  bigint NOT NULL REFERENCES cadastre.parcel_unit,
  kind      text NOT NULL,
  record_id bigint NOT NULL REFERENCES cadastre.record,
  recorded  tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_lineage PRIMARY KEY (id),
  CONSTRAINT ex_lineage_once EXCLUDE USING gist (parent_id WITH =, child_id WITH =, recorded WITH &&),
  CONSTRAINT ck_lineage_kind CHECK (kind IN ('split', 'merge', 'adjustment', 'resurvey')),
  -- A child is always made after its parents, so lineage cannot run in a circle.
  CONSTRAINT ck_lineage_acyclic CHECK (parent_id < child_id)
);
CREATE INDEX ix_lineage_child_id ON cadastre.lineage (child_id);
CREATE INDEX ix_lineage_record_id ON cadastre.lineage (record_id);
COMMENT ON TABLE cadastre.lineage IS 'Nguồn gốc biến động thửa: which unit came from which';

CREATE TABLE cadastre.unit_end (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  unit_id   bigint NOT NULL REFERENCES cadastre.parcel_unit,
  reason    text NOT NULL,
  record_id bigint NOT NULL REFERENCES cadastre.record,
  recorded  tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_unit_end PRIMARY KEY (id),
  CONSTRAINT ex_unit_end_once EXCLUDE USING gist (unit_id WITH =, recorded WITH &&)
);
COMMENT ON TABLE cadastre.unit_end IS 'Thửa chấm dứt without a successor (thu hồi, sạt lở, nhập sai)';

CREATE TABLE cadastre.known_overlap (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  unit_a    bigint NOT NULL REFERENCES cadastre.parcel_unit,
  unit_b    bigint NOT NULL REFERENCES cadastre.parcel_unit,
  geom      geometry(Geometry, {srid}) NOT NULL,
  record_id bigint NOT NULL REFERENCES cadastre.record,
  recorded  tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_known_overlap PRIMARY KEY (id),
  CONSTRAINT ex_known_overlap_once EXCLUDE USING gist (unit_a WITH =, unit_b WITH =, recorded WITH &&),
  CONSTRAINT ck_known_overlap_order CHECK (unit_a < unit_b)
);
CREATE INDEX ix_known_overlap_unit_b ON cadastre.known_overlap (unit_b);
CREATE INDEX ix_known_overlap_geom ON cadastre.known_overlap USING gist (geom);
COMMENT ON TABLE cadastre.known_overlap IS 'Chồng lấn tồn tại: a legacy defect admitted by a record; it only shrinks';

CREATE TABLE cadastre.parcel_hold (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  kind      text NOT NULL,
  scope     text NOT NULL,
  unit_id   bigint REFERENCES cadastre.parcel_unit,
  subject   text,
  geom      geometry(Geometry, {srid}),
  issuer    text NOT NULL,
  doc_no    text NOT NULL,
  held      tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  record_id bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_parcel_hold PRIMARY KEY (id),
  CONSTRAINT ck_parcel_hold_kind CHECK (kind IN ('dispute', 'seizure', 'block', 'recovery')),
  CONSTRAINT ck_parcel_hold_scope CHECK (CASE scope
    WHEN 'parcel' THEN unit_id IS NOT NULL
    WHEN 'part' THEN unit_id IS NOT NULL AND geom IS NOT NULL
    WHEN 'certificate' THEN subject IS NOT NULL
    WHEN 'person' THEN subject IS NOT NULL
    ELSE false END)
);
CREATE INDEX ix_parcel_hold_unit_id ON cadastre.parcel_hold (unit_id);
COMMENT ON TABLE cadastre.parcel_hold IS 'Ngăn chặn, kê biên, tranh chấp';

CREATE TABLE cadastre.quarantine (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  record_id  bigint NOT NULL REFERENCES cadastre.record,
  source_row integer NOT NULL,
  rules      text[] NOT NULL,
  attributes jsonb NOT NULL,
  geom       geometry,
  CONSTRAINT pk_quarantine PRIMARY KEY (id)
);
CREATE INDEX ix_quarantine_record_id ON cadastre.quarantine (record_id);
COMMENT ON TABLE cadastre.quarantine IS 'Dữ liệu chờ xử lý: what an import set aside, as it came';

CREATE TABLE cadastre.fabric_lock (
  commune_code text NOT NULL,
  xact         xid8,
  CONSTRAINT pk_fabric_lock PRIMARY KEY (commune_code)
);
COMMENT ON TABLE cadastre.fabric_lock IS 'Who writes the fabric of a commune; * stands for land in no known commune';
INSERT INTO cadastre.fabric_lock VALUES ('*');

CREATE TABLE cadastre.bulk_load (
  xact      xid8 NOT NULL DEFAULT pg_current_xact_id(),
  record_id bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_bulk_load PRIMARY KEY (xact)
);
COMMENT ON TABLE cadastre.bulk_load IS 'A bulk import: its invariants are proved once, when its transaction commits';

CREATE TABLE cadastre.parcel (
  unit_id          bigint NOT NULL REFERENCES cadastre.parcel_unit,
  version_id       bigint NOT NULL REFERENCES cadastre.parcel_version,
  kind             text NOT NULL,
  code             text,
  commune_code     text NOT NULL,
  series_id        bigint,
  issuing_code     text,
  sheet            text,
  number           text,
  use_label        text,
  legal_area_m2    numeric(12, 1),
  computed_area_m2 double precision,
  computed_srid    integer,
  address          text,
  valid_from       date NOT NULL,
  version_no       integer NOT NULL,
  uses             jsonb NOT NULL DEFAULT '[]',
  numbers          jsonb NOT NULL DEFAULT '[]',
  geom             geometry(Geometry, {srid}),
  geom4326         geometry(Geometry, 4326),
  geom3857         geometry(Geometry, 3857),
  CONSTRAINT pk_parcel PRIMARY KEY (unit_id)
);
CREATE INDEX ix_parcel_geom ON cadastre.parcel USING gist (geom);
CREATE INDEX ix_parcel_geom4326 ON cadastre.parcel USING gist (geom4326) WHERE kind = 'parcel';
CREATE INDEX ix_parcel_geom3857 ON cadastre.parcel USING gist (geom3857);
CREATE INDEX ix_parcel_issuing_code_sheet_number ON cadastre.parcel (issuing_code, sheet, number);
CREATE INDEX ix_parcel_commune_code ON cadastre.parcel (commune_code);
CREATE UNIQUE INDEX ix_parcel_code ON cadastre.parcel (code);
COMMENT ON TABLE cadastre.parcel IS
  'Thửa đất hiện hành: what is believed now and valid today, kept by trigger; no geometry = unmapped';
"""

GRANTS = """
GRANT USAGE ON SCHEMA cadastre TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON ALL TABLES IN SCHEMA cadastre TO landsvc_editor, landsvc_import;
GRANT SELECT ON cadastre.commune, cadastre.admin_unit, cadastre.admin_succession, cadastre.land_use_type,
  cadastre.land_use_legacy, cadastre.land_origin, cadastre.map_series, cadastre.map_sheet,
  cadastre.mapped_extent, cadastre.parcel_unit, cadastre.parcel_code, cadastre.parcel_version,
  cadastre.parcel_use, cadastre.parcel_number, cadastre.lineage, cadastre.unit_end, cadastre.known_overlap,
  cadastre.parcel TO landsvc_public;
GRANT SELECT (id, code, kind, title, doc_no, doc_on, authority, made_at) ON cadastre.record TO landsvc_public;
GRANT INSERT ON cadastre.record, cadastre.map_series, cadastre.map_sheet, cadastre.mapped_extent,
  cadastre.survey, cadastre.parcel_unit, cadastre.parcel_code, cadastre.parcel_version, cadastre.parcel_use,
  cadastre.parcel_number, cadastre.lineage, cadastre.unit_end, cadastre.parcel_hold TO landsvc_editor, landsvc_import;
GRANT UPDATE (recorded, closed_record_id) ON cadastre.parcel_version TO landsvc_editor;
GRANT UPDATE (used, on_map, as_printed) ON cadastre.parcel_number TO landsvc_editor;
-- Only what this very transaction wrote may go again; the guard sees to it.
GRANT DELETE ON cadastre.parcel_version TO landsvc_editor;
GRANT UPDATE (recorded) ON cadastre.lineage, cadastre.unit_end TO landsvc_editor;
GRANT UPDATE (held) ON cadastre.parcel_hold TO landsvc_editor;
GRANT INSERT ON cadastre.quarantine, cadastre.known_overlap, cadastre.commune, cadastre.bulk_load,
  cadastre.parcel TO landsvc_import;
GRANT INSERT, UPDATE ON cadastre.admin_unit, cadastre.admin_succession, cadastre.land_use_type,
  cadastre.land_use_legacy, cadastre.land_origin TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (UNITS, PARCELS, GRANTS):
        connection.exec_driver_sql(part.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    op.execute("DROP SCHEMA cadastre CASCADE")
