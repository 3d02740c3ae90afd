"""Let the guard of a bulk change join its rows by hash: with LIMIT it was a loop in a loop."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0019_speed_bulk_changes"
down_revision = "0018_count_pairs"

GUARD = """
CREATE OR REPLACE FUNCTION cadastre.guard_bulk_closing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  announced bigint := cadastre.announced_record();
  at        timestamptz := cadastre.recorded_now();
  bad       bigint;
BEGIN
  -- No LIMIT: for a single row the planner would look through all rows for each of them.
  SELECT min(a.unit_id) INTO bad FROM after a JOIN before b ON b.id = a.id
   WHERE NOT upper_inf(b.recorded) OR a.closed_record_id IS DISTINCT FROM announced
      OR a.recorded <> tstzrange(lower(b.recorded), at);
  IF bad IS NOT NULL THEN
    PERFORM cadastre.refuse('bulk-other-record', 'A bulk change closes versions now and under its own record',
                            jsonb_build_object('announced', announced, 'unit', bad));
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(GUARD)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    (path,) = Path(__file__).parent.glob("*_annul_records.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(r"CREATE FUNCTION cadastre\.guard_bulk_closing\(.*?\$\$.*?\$\$;", before.BULK, re.DOTALL)
    if found is None:
        raise LookupError("guard_bulk_closing")
    connection.exec_driver_sql(found.group(0).replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
    connection.execution_options(no_parameters=False)
