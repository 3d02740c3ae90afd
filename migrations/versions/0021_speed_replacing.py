"""Make few new parcels current one by one: planned as a set, their uses were gathered once for each of them."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0021_speed_replacing"
down_revision = "0020_publish_rasters"

FEW = """
  -- Few new units (a new survey has mostly old ones) go the way of units that were measured again: a tenth of a
  -- millisecond each. As a set they would be joined in loops with all that stands under the record.
  IF (SELECT count(*) FROM cadastre.parcel_unit u WHERE u.record_id = why) <= 5000 THEN
    INSERT INTO cadastre.parcel
    SELECT r.* FROM (SELECT u.id FROM cadastre.parcel_unit u WHERE u.record_id = why ORDER BY u.id) t,
           LATERAL cadastre.parcel_row(t.id) r;
    GET DIAGNOSTICS made = ROW_COUNT;
    PERFORM cadastre.gather_statistics(made);
    PERFORM cadastre.tell_of_record(why);
    RETURN made;
  END IF;
"""
TELL = """
CREATE FUNCTION cadastre.tell_of_record(why bigint) RETURNS void LANGUAGE sql AS $$
  INSERT INTO geo.tile_touch (layer, area)
  SELECT 'parcels', ST_SetSRID(ST_Extent(p.geom3857)::geometry, 3857) FROM cadastre.parcel p
    JOIN cadastre.parcel_version v ON v.id = p.version_id AND v.record_id = why
   GROUP BY p.commune_code HAVING ST_Extent(p.geom3857) IS NOT NULL;
  INSERT INTO core.outbox (topic, key) VALUES ('fabric.loaded', why::text)
$$;
COMMENT ON FUNCTION cadastre.tell_of_record(bigint) IS 'Let tiles and rooms above know what a bulk import made current';
REVOKE EXECUTE ON FUNCTION cadastre.tell_of_record(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.tell_of_record(bigint) TO landsvc_import;
"""
GUARD = """
CREATE OR REPLACE FUNCTION cadastre.guard_bulk_projection() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  bad       bigint;
BEGIN
  -- What is current must be what a version says, and that version one which the proof looks at. No LIMIT: for a
  -- single row the planner would look through the versions for each of them.
  SELECT min(f.unit_id) INTO bad FROM fresh f
    LEFT JOIN cadastre.parcel_version v ON v.id = f.version_id AND v.unit_id = f.unit_id
      AND v.record_id = announced AND v.commune_code = f.commune_code
      AND v.geom::bytea IS NOT DISTINCT FROM f.geom::bytea
   WHERE v.id IS NULL;
  IF bad IS NOT NULL THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk import makes current what it wrote, and nothing else',
                            jsonb_build_object('announced', announced, 'unit', bad));
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(TELL)
    connection.exec_driver_sql(GUARD)
    body = _before("project_record", "0009_speed_import", "PROJECT")
    at = body.index("  -- A part at a time")
    connection.exec_driver_sql(body[:at] + FEW.lstrip("\n") + body[at:])


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_before("project_record", "0009_speed_import", "PROJECT"))
    connection.exec_driver_sql(_before("guard_bulk_projection", "0006_tighten_bulk", "GUARD"))
    connection.exec_driver_sql("DROP FUNCTION cadastre.tell_of_record(bigint)")
    connection.execution_options(no_parameters=False)


def _before(name: str, source: str, part: str) -> str:
    """Return the statement that gives a function its body of an earlier revision."""
    path = Path(__file__).with_name(f"{source}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    wanted = rf"CREATE (?:OR REPLACE )?(FUNCTION cadastre\.{name}\(.*?\$\$.*?\$\$;)"
    found = re.search(wanted, getattr(before, part), re.DOTALL)
    if found is None:
        raise LookupError(name)
    return f"CREATE OR REPLACE {found.group(1)}"
