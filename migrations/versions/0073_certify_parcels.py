"""Let a certificate be of one parcel of its right: after a split each piece has its own, as the law says."""

from __future__ import annotations

from alembic import op

revision = "0073_certify_parcels"
down_revision = "0072_commit_with_less"

# The right stays one: who holds it, what bears on it and what waits for it are as they were.
# Source: Luật Đất đai 31/2024/QH15 Điều 135.
PAPERS = """
ALTER TABLE registry.certificate_version ADD COLUMN IF NOT EXISTS unit_id bigint REFERENCES cadastre.parcel_unit;
COMMENT ON COLUMN registry.certificate_version.unit_id IS
  'Of which parcel of the right it is, with what came of this; none: one paper for all of its land';
ALTER TABLE registry.certificate_version DROP CONSTRAINT ex_certificate_version_live;
ALTER TABLE registry.certificate_version ADD CONSTRAINT ex_certificate_version_live EXCLUDE USING gist
  (rrr_id WITH =, coalesce(party_id, 0) WITH =, coalesce(unit_id, 0) WITH =, valid WITH &&, recorded WITH &&)
  WHERE (state IN ('active', 'annotated'));

CREATE FUNCTION registry.certificate_units(whole bigint, single bigint, on_day date DEFAULT 'infinity',
                                           known_at timestamptz DEFAULT 'infinity')
RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY(
    SELECT q.unit_id FROM registry.ba_unit_parcel q
     WHERE q.ba_unit_id = whole AND q.valid @> on_day AND q.recorded @> known_at
       AND (single IS NULL OR q.unit_id = single OR EXISTS (
         WITH RECURSIVE up(id) AS (
           SELECT q.unit_id UNION SELECT l.parent_id FROM cadastre.lineage l JOIN up ON l.child_id = up.id)
         SELECT FROM up WHERE up.id = single))
     ORDER BY q.unit_id)
$$;
COMMENT ON FUNCTION registry.certificate_units(bigint, bigint, date, timestamptz) IS
  'The parcels a certificate is of: all of a unit of rights, or one of them with what came of it; now without times';

DROP FUNCTION registry.certificate_basis(bigint);
CREATE FUNCTION registry.certificate_basis(held bigint, single bigint DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE AS $$
  -- What a certificate tells: the right, who holds it and how, its terms, its land. A technical version (a corner of a
  -- neighbour on the edge) changes nothing of it, so the shape is that of the last version that was none.
  SELECT encode(sha256(convert_to(jsonb_build_object(
    'right', r.code, 'held', registry.signature(v.id), 'terms', jsonb_build_array(
      v.origin_code, v.form, v.term_until, v.purpose),
    'people', (SELECT jsonb_agg(jsonb_build_array(p.name, p.born_on, p.born_year, p.address) ORDER BY p.party_id)
                 FROM registry.holding_party h JOIN registry.party_version p ON p.party_id = h.party_id
                  AND upper_inf(p.recorded) AND upper_inf(p.valid) WHERE h.holding_id = v.holding_id),
    'land', (SELECT jsonb_agg(jsonb_build_array(l.unit_id, c.sheet, c.number, c.legal_area_m2, c.uses, c.address,
                      (SELECT md5(ST_AsBinary(w.geom)) FROM cadastre.parcel_version w
                        WHERE w.unit_id = l.unit_id AND NOT w.technical ORDER BY w.id DESC LIMIT 1))
                      ORDER BY l.unit_id)
               FROM registry.ba_unit_parcel l LEFT JOIN cadastre.parcel c ON c.unit_id = l.unit_id
              WHERE l.ba_unit_id = r.ba_unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid)
                AND (single IS NULL OR l.unit_id = ANY (registry.certificate_units(r.ba_unit_id, single))))
    )::text, 'UTF8')), 'hex')
    FROM registry.rrr r
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE r.id = held
$$;
COMMENT ON FUNCTION registry.certificate_basis(bigint, bigint) IS
  'Digest of what the register says now of a right and its land, or one parcel of it; null where the right has ended';

CREATE OR REPLACE FUNCTION registry.take_basis() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.repeats_id IS NULL AND upper_inf(NEW.valid) THEN
    NEW.basis := CASE WHEN NEW.state IN ('active', 'annotated')
                      THEN registry.certificate_basis(NEW.rrr_id, NEW.unit_id) END;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.verify_certificate(asked text)
RETURNS TABLE (id bigint, serial_end text, form_vi text, form_en text, issued_on date, authority text, state text,
               since date, unchanged boolean, parcels text[], entries bigint, contents text[], files text[],
               printed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.id, right(c.serial, 4), f.name_vi, f.name_en, c.issued_on, c.authority, v.state, lower(v.valid),
         v.basis IS NOT NULL AND v.basis IS NOT DISTINCT FROM registry.certificate_basis(v.rrr_id, v.unit_id),
         ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.rrr r
                CROSS JOIN LATERAL unnest(registry.certificate_units(r.ba_unit_id, v.unit_id)) q
                 JOIN cadastre.unit_name n ON n.unit_id = q WHERE r.id = v.rrr_id ORDER BY q),
         (SELECT count(*) FROM registry.certificate_entry e
           WHERE e.certificate_id = c.id AND upper_inf(e.recorded) AND upper_inf(e.valid)),
         ARRAY(SELECT p.content_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         ARRAY(SELECT p.file_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         (SELECT max(p.at) FROM registry.certificate_print p WHERE p.certificate_id = c.id)
    FROM registry.certificate c
    JOIN registry.certificate_form f ON f.code = c.form
    LEFT JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE c.verify_id = asked
$$;
"""

# The rest of the function stays as whoever wrote it last has it.
CHECK = """
DO $patch$
DECLARE
  said text := pg_get_functiondef('registry.check_certificate'::regproc);
  was  text[] := ARRAY[$a$WHERE r.id = NEW.rrr_id AND (NEW.party_id IS NULL OR EXISTS ($a$,
                       $b$AND (v.party_id IS NULL OR NEW.party_id IS NULL)) THEN$b$,
                       $c$or one for each holder'$c$];
  now  text[] := ARRAY[$a$WHERE r.id = NEW.rrr_id
         AND (NEW.unit_id IS NULL OR registry.certificate_units(r.ba_unit_id, NEW.unit_id) <> '{}')
         AND (NEW.party_id IS NULL OR EXISTS ($a$,
                       $b$AND (v.party_id IS NULL OR NEW.party_id IS NULL OR v.party_id = NEW.party_id)
         AND (v.unit_id IS NULL OR NEW.unit_id IS NULL OR v.unit_id = NEW.unit_id)) THEN$b$,
                       $c$or one for each holder or each of its parcels'$c$];
BEGIN
  FOR i IN 1 .. cardinality(was) LOOP
    IF strpos(said, FROM_HERE[i]) = 0 THEN
      RAISE EXCEPTION 'registry.check_certificate says not what this revision changes';
    END IF;
    said := replace(said, FROM_HERE[i], TO_HERE[i]);
  END LOOP;
  EXECUTE said;
END $patch$;
"""
CHECK_NOW = CHECK.replace("FROM_HERE", "was").replace("TO_HERE", "now")
CHECK_BEFORE = CHECK.replace("FROM_HERE", "now").replace("TO_HERE", "was")

NOTICES = """
CREATE OR REPLACE FUNCTION registry.notices_on(units bigint[], parties bigint[])
RETURNS TABLE (block_id bigint, decided boolean) LANGUAGE sql STABLE AS $$
  -- Notices in force on who holds some land or is named beside them, alone or through a couple, household or group,
  -- also while nobody has decided whether a notice names them; and on the certificates of the land.
  WITH people AS (
    SELECT p AS party_id FROM unnest(parties) p
     UNION
    SELECT h.party_id FROM registry.standing(units) s
      JOIN registry.rrr_version v ON v.id = s.version_id JOIN registry.holding_party h ON h.holding_id = v.holding_id
     WHERE s.class = 'right'),
  all_people AS (
    SELECT p.party_id FROM people p
     UNION
    SELECT m.member_id FROM people p
      JOIN registry.party_member m ON m.party_id = p.party_id AND upper_inf(m.recorded) AND upper_inf(m.valid))
  SELECT x.block_id, bool_or(coalesce(x.same, false))
    FROM registry.person_blocks(ARRAY(SELECT p.party_id FROM all_people p)) x GROUP BY x.block_id
   UNION
  SELECT b.id, true FROM registry.standing(units) r
    JOIN registry.certificate_version v ON v.rrr_id = r.rrr_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     AND v.state IN ('active', 'annotated')
     AND (v.unit_id IS NULL OR r.unit_id = ANY (registry.certificate_units(r.ba_unit_id, v.unit_id)))
    JOIN registry.certificate c ON c.id = v.certificate_id
    JOIN registry.block b ON b.scope = 'certificate' AND b.serial IN (c.serial, replace(c.serial, ' ', ''))
    JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
$$;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.certificate_units(bigint, bigint, date, timestamptz),
  registry.certificate_basis(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.certificate_units(bigint, bigint, date, timestamptz),
  registry.certificate_basis(bigint, bigint) TO landsvc_editor, landsvc_import;
"""

# What stands in the column stays with it: papers of single parcels cannot be told without.
BEFORE = """
DROP FUNCTION registry.certificate_basis(bigint, bigint);
CREATE FUNCTION registry.certificate_basis(held bigint) RETURNS text LANGUAGE sql STABLE AS $$
  -- What a certificate tells: the right, who holds it and how, its terms, its land. A technical version (a corner of a
  -- neighbour on the edge) changes nothing of it, so the shape is that of the last version that was none.
  SELECT encode(sha256(convert_to(jsonb_build_object(
    'right', r.code, 'held', registry.signature(v.id), 'terms', jsonb_build_array(
      v.origin_code, v.form, v.term_until, v.purpose),
    'people', (SELECT jsonb_agg(jsonb_build_array(p.name, p.born_on, p.born_year, p.address) ORDER BY p.party_id)
                 FROM registry.holding_party h JOIN registry.party_version p ON p.party_id = h.party_id
                  AND upper_inf(p.recorded) AND upper_inf(p.valid) WHERE h.holding_id = v.holding_id),
    'land', (SELECT jsonb_agg(jsonb_build_array(l.unit_id, c.sheet, c.number, c.legal_area_m2, c.uses, c.address,
                      (SELECT md5(ST_AsBinary(w.geom)) FROM cadastre.parcel_version w
                        WHERE w.unit_id = l.unit_id AND NOT w.technical ORDER BY w.id DESC LIMIT 1))
                      ORDER BY l.unit_id)
               FROM registry.ba_unit_parcel l LEFT JOIN cadastre.parcel c ON c.unit_id = l.unit_id
              WHERE l.ba_unit_id = r.ba_unit_id AND upper_inf(l.recorded) AND upper_inf(l.valid))
    )::text, 'UTF8')), 'hex')
    FROM registry.rrr r
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE r.id = held
$$;
COMMENT ON FUNCTION registry.certificate_basis(bigint) IS
  'Digest of what the register says now of a right and its land; null where the right has ended';
REVOKE EXECUTE ON FUNCTION registry.certificate_basis(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.certificate_basis(bigint) TO landsvc_editor, landsvc_import;

CREATE OR REPLACE FUNCTION registry.take_basis() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.repeats_id IS NULL AND upper_inf(NEW.valid) THEN
    NEW.basis := CASE WHEN NEW.state IN ('active', 'annotated') THEN registry.certificate_basis(NEW.rrr_id) END;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION registry.verify_certificate(asked text)
RETURNS TABLE (id bigint, serial_end text, form_vi text, form_en text, issued_on date, authority text, state text,
               since date, unchanged boolean, parcels text[], entries bigint, contents text[], files text[],
               printed_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.id, right(c.serial, 4), f.name_vi, f.name_en, c.issued_on, c.authority, v.state, lower(v.valid),
         v.basis IS NOT NULL AND v.basis IS NOT DISTINCT FROM registry.certificate_basis(v.rrr_id),
         ARRAY(SELECT coalesce(n.ref, n.code, 'unit-' || n.unit_id) FROM registry.rrr r
                 JOIN registry.ba_unit_parcel q ON q.ba_unit_id = r.ba_unit_id AND upper_inf(q.recorded)
                  AND upper_inf(q.valid)
                 JOIN cadastre.unit_name n ON n.unit_id = q.unit_id WHERE r.id = v.rrr_id ORDER BY q.unit_id),
         (SELECT count(*) FROM registry.certificate_entry e
           WHERE e.certificate_id = c.id AND upper_inf(e.recorded) AND upper_inf(e.valid)),
         ARRAY(SELECT p.content_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         ARRAY(SELECT p.file_sha256 FROM registry.certificate_print p WHERE p.certificate_id = c.id ORDER BY p.id),
         (SELECT max(p.at) FROM registry.certificate_print p WHERE p.certificate_id = c.id)
    FROM registry.certificate c
    JOIN registry.certificate_form f ON f.code = c.form
    LEFT JOIN registry.certificate_version v ON v.certificate_id = c.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE c.verify_id = asked
$$;

DROP FUNCTION registry.certificate_units(bigint, bigint, date, timestamptz);
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM registry.certificate_version v WHERE v.unit_id IS NOT NULL) THEN
    ALTER TABLE registry.certificate_version DROP CONSTRAINT ex_certificate_version_live;
    ALTER TABLE registry.certificate_version DROP COLUMN unit_id;
    ALTER TABLE registry.certificate_version ADD CONSTRAINT ex_certificate_version_live EXCLUDE USING gist
      (rrr_id WITH =, coalesce(party_id, 0) WITH =, valid WITH &&, recorded WITH &&)
      WHERE (state IN ('active', 'annotated'));
  END IF;
END $$;
"""

NOTICES_BEFORE = """
CREATE OR REPLACE FUNCTION registry.notices_on(units bigint[], parties bigint[])
RETURNS TABLE (block_id bigint, decided boolean) LANGUAGE sql STABLE AS $$
  -- Notices in force on who holds some land or is named beside them, alone or through a couple, household or group,
  -- also while nobody has decided whether a notice names them; and on the certificates of the land.
  WITH people AS (
    SELECT p AS party_id FROM unnest(parties) p
     UNION
    SELECT h.party_id FROM registry.standing(units) s
      JOIN registry.rrr_version v ON v.id = s.version_id JOIN registry.holding_party h ON h.holding_id = v.holding_id
     WHERE s.class = 'right'),
  all_people AS (
    SELECT p.party_id FROM people p
     UNION
    SELECT m.member_id FROM people p
      JOIN registry.party_member m ON m.party_id = p.party_id AND upper_inf(m.recorded) AND upper_inf(m.valid))
  SELECT x.block_id, bool_or(coalesce(x.same, false))
    FROM registry.person_blocks(ARRAY(SELECT p.party_id FROM all_people p)) x GROUP BY x.block_id
   UNION
  SELECT b.id, true FROM registry.standing(units) r
    JOIN registry.certificate_version v ON v.rrr_id = r.rrr_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     AND v.state IN ('active', 'annotated')
    JOIN registry.certificate c ON c.id = v.certificate_id
    JOIN registry.block b ON b.scope = 'certificate' AND b.serial IN (c.serial, replace(c.serial, ' ', ''))
    JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
$$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (PAPERS, CHECK_NOW, NOTICES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (NOTICES_BEFORE, CHECK_BEFORE, BEFORE):
        connection.exec_driver_sql(part)
