"""Let previews number what they make by themselves: a number of a series is given once something is registered."""

from __future__ import annotations

from alembic import op

revision = "0066_number_previews"
down_revision = "0065_settle_disputes"

NUMBER = """
CREATE FUNCTION registry.next_code(prefix text, series regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  at integer;
BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.preview_run p WHERE p.xact = pg_current_xact_id_if_assigned()) THEN
    RETURN prefix || lpad(nextval(series)::text, 8, '0');
  END IF;
  -- 18 digits from 9 on, of this transaction: two previews at once never wait for each other's numbers.
  at := coalesce(nullif(current_setting('landsvc.preview_no', true), ''), '0')::integer + 1;
  PERFORM set_config('landsvc.preview_no', at::text, true);
  RETURN prefix || '9' || lpad(right(pg_current_xact_id()::text, 11), 11, '0') || lpad(at::text, 6, '0');
END $$;
COMMENT ON FUNCTION registry.next_code(text, regclass) IS
  'The next code of a series, such as QSD-00000001; in a preview one that takes no number out of it';
REVOKE EXECUTE ON FUNCTION registry.next_code(text, regclass) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.next_code(text, regclass) TO landsvc_editor, landsvc_import;

ALTER TABLE registry.rrr ALTER COLUMN code SET DEFAULT registry.next_code('QSD-', 'registry.rrr_no');
ALTER TABLE registry.ba_unit ALTER COLUMN code SET DEFAULT registry.next_code('DV-', 'registry.ba_unit_no');
ALTER TABLE registry.block ALTER COLUMN code SET DEFAULT registry.next_code('NC-', 'registry.block_no');
"""

BEFORE = """
ALTER TABLE registry.rrr ALTER COLUMN code SET DEFAULT 'QSD-' || lpad(nextval('registry.rrr_no')::text, 8, '0');
ALTER TABLE registry.ba_unit ALTER COLUMN code SET DEFAULT 'DV-' || lpad(nextval('registry.ba_unit_no')::text, 8, '0');
ALTER TABLE registry.block ALTER COLUMN code SET DEFAULT 'NC-' || lpad(nextval('registry.block_no')::text, 8, '0');
DROP FUNCTION registry.next_code(text, regclass);
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(NUMBER)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BEFORE)
