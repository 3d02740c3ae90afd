"""Let what holders own on the land count when a certificate is verified: it stands on the sheet."""

from __future__ import annotations

from alembic import op

revision = "0075_verify_assets"
down_revision = "0074_number_certificates"

# Where nothing stands on the land the digest is what it was.
ASSETS = """
CREATE FUNCTION registry.certificate_assets(held bigint, single bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(jsonb_object_agg('assets', t.told) FILTER (WHERE t.told IS NOT NULL), '{}')
    FROM (
      SELECT jsonb_agg(jsonb_build_array(a.code, w.purpose, w.form, w.term_until, registry.signature(w.id))
                       ORDER BY a.id) AS told
        FROM registry.rrr r
        JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
        JOIN registry.rrr a ON a.kind = 'asset' AND a.id <> r.id AND a.ba_unit_id IN (
          SELECT q.ba_unit_id FROM registry.ba_unit_parcel q
           WHERE q.unit_id = ANY (registry.certificate_units(r.ba_unit_id, single)) AND upper_inf(q.recorded)
             AND upper_inf(q.valid))
        JOIN registry.rrr_version w ON w.rrr_id = a.id AND upper_inf(w.recorded) AND upper_inf(w.valid)
       WHERE r.id = held
         AND ARRAY(SELECT h.party_id FROM registry.holding_party h WHERE h.holding_id = w.holding_id ORDER BY 1)
           = ARRAY(SELECT h.party_id FROM registry.holding_party h WHERE h.holding_id = v.holding_id ORDER BY 1)) t
$$;
COMMENT ON FUNCTION registry.certificate_assets(bigint, bigint) IS
  'What who holds a right owns on its land, as their certificate tells it; nothing where nothing stands there';
REVOKE EXECUTE ON FUNCTION registry.certificate_assets(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.certificate_assets(bigint, bigint) TO landsvc_editor, landsvc_import;
"""

# The rest of the function stays as whoever wrote it last has it.
BASIS = """
DO $patch$
DECLARE
  said text := pg_get_functiondef('registry.certificate_basis'::regproc);
  was  text := $a$    )::text, 'UTF8')), 'hex')$a$;
  now  text := $a$    ) || registry.certificate_assets(r.id, single))::text, 'UTF8')), 'hex')$a$;
BEGIN
  IF strpos(said, FROM_HERE) = 0 THEN
    RAISE EXCEPTION 'registry.certificate_basis says not what this revision changes';
  END IF;
  said := replace(said, FROM_HERE, TO_HERE);
  EXECUTE replace(said, BEFORE_OPEN, AFTER_OPEN);
END $patch$;
"""
OPEN, OPENED = "$b$convert_to(jsonb_build_object($b$", "$b$convert_to((jsonb_build_object($b$"
BASIS_NOW = BASIS.replace("FROM_HERE", "was").replace("TO_HERE", "now").replace("BEFORE_OPEN", OPEN)
BASIS_BEFORE = BASIS.replace("FROM_HERE", "now").replace("TO_HERE", "was").replace("BEFORE_OPEN", OPENED)

# Papers on land with assets are as true as they were a moment ago: their digest is taken anew.
TAKE = """
CREATE TEMPORARY TABLE still_true ON COMMIT DROP AS
WITH near AS MATERIALIZED (
  SELECT v.id, v.rrr_id, v.unit_id, v.basis FROM registry.certificate_version v
   WHERE v.state IN ('active', 'annotated') AND upper_inf(v.recorded) AND upper_inf(v.valid) AND v.rrr_id IN (
     SELECT r.id FROM registry.rrr a
       JOIN registry.ba_unit_parcel q ON q.ba_unit_id = a.ba_unit_id
       JOIN registry.ba_unit_parcel p ON p.unit_id = q.unit_id
       JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id
      WHERE a.kind = 'asset'))
SELECT n.id FROM near n
 WHERE registry.certificate_assets(n.rrr_id, n.unit_id) <> '{}'
   AND n.basis = registry.certificate_basis(n.rrr_id, n.unit_id);
"""
ANEW = """
ALTER TABLE registry.certificate_version DISABLE TRIGGER USER;
UPDATE registry.certificate_version v SET basis = registry.certificate_basis(v.rrr_id, v.unit_id)
 WHERE v.id IN (SELECT t.id FROM still_true t);
ALTER TABLE registry.certificate_version ENABLE TRIGGER USER;
DROP TABLE still_true;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (ASSETS, TAKE, BASIS_NOW.replace("AFTER_OPEN", OPENED), ANEW):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TAKE, BASIS_BEFORE.replace("AFTER_OPEN", OPEN), ANEW):
        connection.exec_driver_sql(part)
    connection.exec_driver_sql("DROP FUNCTION registry.certificate_assets(bigint, bigint)")
