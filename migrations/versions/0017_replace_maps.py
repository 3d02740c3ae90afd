"""Replace the map of a commune by a new survey: links between old and new parcels, and the door for it."""

from __future__ import annotations

from alembic import op

revision = "0017_replace_maps"
down_revision = "0016_create_finance"

TABLES = """
CREATE TABLE cadastre.resurvey_threshold (
  name  text NOT NULL,
  value double precision NOT NULL,
  note  text NOT NULL,
  CONSTRAINT pk_resurvey_threshold PRIMARY KEY (name),
  CONSTRAINT ck_resurvey_threshold_value CHECK (value >= 0)
);
COMMENT ON TABLE cadastre.resurvey_threshold IS
  'Ngưỡng đối soát bản đồ mới với bản đồ cũ: when a link of two maps counts';
INSERT INTO cadastre.resurvey_threshold VALUES
  ('sure_share', 0.8, 'Share of a parcel that must lie in another to be that parcel, a part of it, or to go into it'),
  ('noise_share', 0.2, 'Below this share of both an overlap is a boundary drawn anew, and no link'),
  ('uncovered_share', 0.05, 'A survey that leaves more than this share of the old map uncovered is refused'),
  ('uncovered_width_m', 1.0, 'Uncovered land narrower than this is a boundary drawn anew');

CREATE TABLE cadastre.resurvey_link (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  record_id   bigint NOT NULL REFERENCES cadastre.record,
  old_unit_id bigint NOT NULL REFERENCES cadastre.parcel_unit,
  new_unit_id bigint NOT NULL REFERENCES cadastre.parcel_unit,
  kind        text NOT NULL,
  share_old   double precision NOT NULL,
  share_new   double precision NOT NULL,
  state       text NOT NULL,
  CONSTRAINT pk_resurvey_link PRIMARY KEY (id),
  CONSTRAINT ck_resurvey_link_kind CHECK (kind IN ('1-1', '1-n', 'n-1', 'n-m', 'part')),
  CONSTRAINT ck_resurvey_link_state CHECK (state IN ('sure', 'unsure', 'confirmed', 'rejected')),
  CONSTRAINT ck_resurvey_link_shares CHECK (
    share_old > 0 AND share_old < 1.001 AND share_new > 0 AND share_new < 1.001),
  CONSTRAINT uq_resurvey_link_record_id_old_unit_id_new_unit_id UNIQUE (record_id, old_unit_id, new_unit_id)
);
CREATE INDEX ix_resurvey_link_old_unit_id ON cadastre.resurvey_link (old_unit_id);
CREATE INDEX ix_resurvey_link_new_unit_id ON cadastre.resurvey_link (new_unit_id);
COMMENT ON TABLE cadastre.resurvey_link IS
  'Đối soát thửa cũ, thửa mới: what a new survey made of each old parcel; an unsure link waits for a person';
COMMENT ON COLUMN cadastre.resurvey_link.share_old IS 'Share of the old parcel that lies in the new one';
COMMENT ON COLUMN cadastre.resurvey_link.share_new IS 'Share of the new parcel that lies in the old one';

GRANT SELECT ON cadastre.resurvey_threshold, cadastre.resurvey_link TO landsvc_public, landsvc_editor, landsvc_import;
GRANT UPDATE (state) ON cadastre.resurvey_link TO landsvc_editor;
GRANT INSERT ON cadastre.resurvey_link TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA cadastre TO landsvc_import;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE ON cadastre.resurvey_link
  FOR EACH ROW EXECUTE FUNCTION cadastre.guard_append_only('{state}');
CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON cadastre.resurvey_link EXECUTE FUNCTION cadastre.guard_truncate();
"""

REPLACE = """
CREATE FUNCTION cadastre.retire_map(why bigint, units bigint[], kept bigint[], day date) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz := cadastre.recorded_now();
BEGIN
  -- What an old map said holds until the day of the new survey, and is believed to have held until then.
  CREATE TEMP TABLE map_retired ON COMMIT DROP AS
  SELECT v.id, v.unit_id, lower(v.valid) < day AS earlier, v.unit_id = ANY (kept) AS stays,
         CASE WHEN lower(v.valid) < day THEN
           nextval(pg_get_serial_sequence('cadastre.parcel_version', 'id')) END AS past
    FROM unnest(units) u(id)
    JOIN cadastre.parcel_version v ON v.unit_id = u.id AND upper_inf(v.recorded) AND upper_inf(v.valid);
  ANALYZE pg_temp.map_retired;
  INSERT INTO geo.tile_touch (layer, area)
  SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857)
    FROM cadastre.parcel p JOIN pg_temp.map_retired m ON m.id = p.version_id HAVING ST_Extent(p.geom3857) IS NOT NULL;
  UPDATE cadastre.parcel_version v SET recorded = tstzrange(lower(v.recorded), at), closed_record_id = why
    FROM pg_temp.map_retired m WHERE v.id = m.id;
  DELETE FROM cadastre.parcel p USING pg_temp.map_retired m WHERE p.unit_id = m.unit_id;
  INSERT INTO cadastre.parcel_version (id, unit_id, record_id, survey_id, valid, recorded, commune_code, geom,
    legal_area_m2, computed_area_m2, computed_srid, address)
  OVERRIDING SYSTEM VALUE
  SELECT m.past, v.unit_id, why, v.survey_id, daterange(lower(v.valid), day), tstzrange(at, NULL), v.commune_code,
         v.geom, v.legal_area_m2, v.computed_area_m2, v.computed_srid, v.address
    FROM pg_temp.map_retired m JOIN cadastre.parcel_version v ON v.id = m.id WHERE m.earlier;
  INSERT INTO cadastre.parcel_use
  SELECT m.past, u.seq, u.use_code, u.area_m2, u.origin_code, u.shared, u.term_until, u.geom
    FROM pg_temp.map_retired m JOIN cadastre.parcel_use u ON u.version_id = m.id WHERE m.earlier;
  -- A certificate goes on printing its number after the map has another one.
  UPDATE cadastre.parcel_number k SET changed_record_id = why, on_map = k.on_map AND NOT (m.stays AND k.as_printed),
         used = CASE WHEN m.stays AND k.as_printed THEN k.used
                     ELSE daterange(lower(k.used), greatest(lower(k.used), day)) END
    FROM pg_temp.map_retired m WHERE k.unit_id = m.unit_id AND upper_inf(k.used);
  UPDATE cadastre.known_overlap k SET recorded = tstzrange(lower(k.recorded), at)
   WHERE upper_inf(k.recorded) AND (k.unit_a = ANY (units) OR k.unit_b = ANY (units));
  DROP TABLE pg_temp.map_retired;
END $$;
COMMENT ON FUNCTION cadastre.retire_map(bigint, bigint[], bigint[], date) IS
  'Let the versions, numbers and admitted overlaps of an old map end on a day; run by a bulk import';

CREATE FUNCTION cadastre.project_kept(why bigint, kept bigint[]) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO cadastre.parcel SELECT r.* FROM unnest(kept) k(id), LATERAL cadastre.parcel_row(k.id) r
$$;
COMMENT ON FUNCTION cadastre.project_kept(bigint, bigint[]) IS 'Make units that were measured again current';

REVOKE EXECUTE ON FUNCTION cadastre.retire_map(bigint, bigint[], bigint[], date),
  cadastre.project_kept(bigint, bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.retire_map(bigint, bigint[], bigint[], date),
  cadastre.project_kept(bigint, bigint[]) TO landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, REPLACE):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        """
        DROP FUNCTION cadastre.retire_map(bigint, bigint[], bigint[], date), cadastre.project_kept(bigint, bigint[]);
        DROP TABLE cadastre.resurvey_link, cadastre.resurvey_threshold;
        """
    )
