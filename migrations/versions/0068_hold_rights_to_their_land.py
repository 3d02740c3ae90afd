"""Hold rights to the days of their land, notices to whoever holds land as it is now, the order to what came of it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from alembic import op

revision = "0068_hold_rights_to_their_land"
down_revision = "0067_tell_certificate_rules"

DAYS = """
CREATE FUNCTION registry.check_belonging(b registry.ba_unit_parcel) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  made date;
BEGIN
  -- A piece is land of its own from the day it was cut; before it, whatever stood bore on the whole.
  IF EXISTS (SELECT FROM cadastre.lineage l WHERE l.child_id = b.unit_id AND l.kind IN ('split', 'merge')
                AND upper_inf(l.recorded)) THEN
    made := (SELECT min(lower(v.valid)) FROM cadastre.parcel_version v
              WHERE v.unit_id = b.unit_id AND upper_inf(v.recorded));
    IF lower(b.valid) < made THEN
      PERFORM cadastre.refuse('right-outside-its-days', 'A right stands only while land belongs to it',
        jsonb_build_object('unit', b.unit_id, 'since', lower(b.valid), 'landSince', made));
    END IF;
  END IF;
  IF upper_inf(b.valid) THEN
    -- Whoever ends the parcel right now holds this row: wait, then see that it is gone; or it waits for us.
    PERFORM FROM cadastre.parcel p WHERE p.unit_id = b.unit_id FOR KEY SHARE;
    IF NOT FOUND AND NOT EXISTS (
        SELECT FROM registry.survey_wait w WHERE w.unit_id = b.unit_id AND registry.wait_is_open(w)) THEN
      PERFORM cadastre.refuse('right-on-ended-land', 'A right that stands bears on land of today',
                              jsonb_build_object('unit', b.unit_id));
    END IF;
  END IF;
END $$;
COMMENT ON FUNCTION registry.check_belonging(registry.ba_unit_parcel) IS
  'Refuse that land belongs to rights before it was made, or goes on belonging to them after it ended';

CREATE OR REPLACE FUNCTION registry.check_ba_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted bigint := CASE WHEN TG_TABLE_NAME = 'ba_unit_parcel' THEN (to_jsonb(NEW) ->> 'ba_unit_id')::bigint
    ELSE (SELECT r.ba_unit_id FROM registry.rrr r WHERE r.id = (to_jsonb(NEW) ->> 'rrr_id')::bigint) END;
  served bigint := CASE WHEN TG_TABLE_NAME = 'rrr_version'
    THEN (SELECT r.served_ba_unit_id FROM registry.rrr r WHERE r.id = (to_jsonb(NEW) ->> 'rrr_id')::bigint) END;
  bad    record;
BEGIN
  SELECT r.code, lower(v.valid) AS since, upper_inf(v.valid) AS stands, l.days INTO bad
    FROM (SELECT w.id, (SELECT range_agg(p.valid) FROM registry.ba_unit_parcel p
                         WHERE p.ba_unit_id = w.id AND upper_inf(p.recorded)) AS days
            FROM unnest(ARRAY[wanted, served]) w(id) WHERE w.id IS NOT NULL) l
    JOIN registry.rrr r ON l.id IN (r.ba_unit_id, r.served_ba_unit_id)
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded)
   WHERE NOT coalesce(l.days @> v.valid, false) ORDER BY v.id LIMIT 1;
  IF bad.stands AND NOT coalesce(upper_inf(bad.days), false) THEN
    PERFORM cadastre.refuse('right-without-land', 'A right that stands bears on land',
                            jsonb_build_object('right', bad.code));
  ELSIF bad.code IS NOT NULL THEN
    PERFORM cadastre.refuse('right-outside-its-days', 'A right stands only while land belongs to it',
      jsonb_build_object('right', bad.code, 'since', bad.since, 'landSince', lower(bad.days)));
  END IF;
  IF TG_TABLE_NAME = 'ba_unit_parcel' THEN
    PERFORM registry.check_belonging(b) FROM registry.ba_unit_parcel b
      WHERE b.id = NEW.id AND upper_inf(b.recorded);
  END IF;
  SELECT w.unit_id, jsonb_build_array(r.code, o.code) AS rights INTO bad
    FROM registry.ba_unit_parcel w
    JOIN registry.rrr r ON r.ba_unit_id = w.ba_unit_id AND r.kind IN ('use', 'management')
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded)
    JOIN registry.ba_unit_parcel p ON p.unit_id = w.unit_id AND upper_inf(p.recorded)
    JOIN registry.rrr o ON o.ba_unit_id = p.ba_unit_id AND o.kind IN ('use', 'management') AND o.id <> r.id
    JOIN registry.rrr_version x ON x.rrr_id = o.id AND upper_inf(x.recorded)
   WHERE w.ba_unit_id = wanted AND upper_inf(w.recorded)
     AND NOT isempty(w.valid * v.valid * p.valid * x.valid)
   ORDER BY least(r.id, o.id), greatest(r.id, o.id), r.id LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-twice', 'One parcel is used under one right only',
                            jsonb_build_object('unit', bad.unit_id, 'rights', bad.rights));
  END IF;
  RETURN NULL;
END $$;
"""

# A unit of rights is found again by its parcels: what begins on it before they belonged to it would stand on nothing.
REACH = """
CREATE FUNCTION registry.reach_back(whole bigint, units bigint[], why bigint, since date) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
  SELECT whole, p.unit_id, why, daterange(since, min(lower(p.valid))) FROM registry.ba_unit_parcel p
   WHERE p.ba_unit_id = whole AND p.unit_id = ANY (units) AND upper_inf(p.recorded)
   GROUP BY p.unit_id HAVING min(lower(p.valid)) > since
$$;
COMMENT ON FUNCTION registry.reach_back(bigint, bigint[], bigint, date) IS
  'Let parcels belong to a unit of rights from an earlier day on';
"""

CARRY = """
CREATE OR REPLACE FUNCTION registry.carry(links jsonb, gone bigint[], why bigint, since date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  held registry.ba_unit_parcel[] := ARRAY(
    SELECT p FROM registry.ba_unit_parcel p
     WHERE p.unit_id = ANY (gone) AND upper_inf(p.recorded) AND upper_inf(p.valid) ORDER BY p.id);
  kin  bigint[];
BEGIN{notices}
  IF cardinality(held) = 0 THEN
    RETURN 0;
  END IF;{alike}
  PERFORM registry.defer_checks();  -- the commit of a draft has asked for all proofs at once
  PERFORM registry.end_facts('registry.ba_unit_parcel', ARRAY(SELECT h.id FROM unnest(held) h), why, since);
  INSERT INTO registry.ba_unit_parcel (ba_unit_id, unit_id, record_id, valid)
  SELECT DISTINCT h.ba_unit_id, l.child, why, daterange(since, NULL)
    FROM unnest(held) h JOIN jsonb_to_recordset(links) l(parent bigint, child bigint) ON l.parent = h.unit_id;
  kin := ARRAY(SELECT DISTINCT l.child FROM jsonb_to_recordset(links) l(parent bigint, child bigint));
  PERFORM registry.unite(kin, why, since);
  -- Land that ended without a successor takes along what bore on it alone.
  PERFORM registry.end_facts('registry.rrr_version', ARRAY(
    SELECT v.id FROM registry.rrr r
      JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     WHERE EXISTS (SELECT FROM unnest(held) h WHERE h.ba_unit_id IN (r.ba_unit_id, r.served_ba_unit_id)
        AND NOT EXISTS (SELECT FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = h.ba_unit_id
                           AND upper_inf(p.recorded) AND upper_inf(p.valid)))), why, since);
  RETURN cardinality(held);
END $$;
"""
WITH_NOTICES = """
  PERFORM registry.carry_notices(links, why);"""
ALIKE = """
  -- What nobody registered does not come under a right by being merged: the right would reach land it was not given.
  PERFORM cadastre.refuse('merged-unregistered', 'Land without a registered right does not merge with registered land',
                          jsonb_build_object('unit', l.child))
    FROM jsonb_to_recordset(links) l(parent bigint, child bigint)
    LEFT JOIN LATERAL (SELECT true AS used FROM registry.standing(ARRAY[l.parent]) s
                        WHERE s.class = 'right' LIMIT 1) r ON true
   GROUP BY l.child HAVING count(*) > count(r.used) AND count(r.used) > 0;"""

FOLLOW = """
CREATE FUNCTION registry.carry_notices(links jsonb, why bigint) RETURNS void LANGUAGE sql AS $$
  -- What a court or the State decided divides held land too: a notice on it goes on with what came of it, one on a part
  -- with whatever has some of that part, until its issuer lifts it.
  WITH found AS (
    SELECT DISTINCT b.id, b.kind, b.scope, l.child, b.issuer_kind, b.issuer, b.doc_no, b.doc_on,
           ST_CollectionExtract(ST_Intersection(b.geom, p.geom), 3) AS part
      FROM jsonb_to_recordset(links) l(parent bigint, child bigint)
      JOIN registry.block b ON b.unit_id = l.parent
      JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
      JOIN cadastre.parcel p ON p.unit_id = l.child),
  made AS (
    INSERT INTO registry.block (kind, scope, unit_id, geom, issuer_kind, issuer, doc_no, doc_on, record_id)
    SELECT f.kind, f.scope, f.child, CASE f.scope WHEN 'part' THEN f.part END, f.issuer_kind, f.issuer, f.doc_no,
           f.doc_on, why
      FROM found f WHERE f.scope = 'parcel' OR ST_Area(f.part) > 0.01 ORDER BY f.id, f.child
    RETURNING id)
  INSERT INTO registry.block_span (block_id, record_id, valid)
  SELECT m.id, why, tstzrange(clock_timestamp(), NULL) FROM made m
$$;
COMMENT ON FUNCTION registry.carry_notices(jsonb, bigint) IS
  'Let notices in force on land go on with what came of it';
"""

NOTICES = """
CREATE FUNCTION registry.notices_on(units bigint[], parties bigint[])
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
COMMENT ON FUNCTION registry.notices_on(bigint[], bigint[]) IS
  'Notices in force on who holds land, on its certificates and on parties; whether a person decided that one is meant';

CREATE FUNCTION registry.dossier_units(what bigint) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  -- Its parcels as they were handed in, and everything that came of them since.
  WITH RECURSIVE land AS (
    SELECT p.unit_id FROM registry.dossier_parcel p WHERE p.dossier_id = what
     UNION
    SELECT l.child_id FROM land JOIN cadastre.lineage l ON l.parent_id = land.unit_id AND upper_inf(l.recorded))
  SELECT land.unit_id FROM land
$$;
COMMENT ON FUNCTION registry.dossier_units(bigint) IS 'The land of a dossier, as handed in and as it is now';

CREATE FUNCTION registry.units_before(units bigint[]) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  WITH RECURSIVE land AS (
    SELECT u AS unit_id FROM unnest(units) u
     UNION
    SELECT l.parent_id FROM land JOIN cadastre.lineage l ON l.child_id = land.unit_id AND upper_inf(l.recorded))
  SELECT land.unit_id FROM land
$$;
COMMENT ON FUNCTION registry.units_before(bigint[]) IS 'Land and what it came of';

CREATE OR REPLACE FUNCTION registry.dossier_holds(what bigint)
RETURNS TABLE (unit_id bigint, kind text, issuer text, doc_no text) LANGUAGE sql STABLE AS $$
  -- Of land as it is now; of its certificates; of who applies and who holds it now, also while nobody has decided
  -- whether a notice names them; and of applicants who are no party yet, by their name.
  WITH mine AS (
    SELECT d.id, p.blocked_by, ARRAY(SELECT registry.dossier_units(d.id)) AS units FROM registry.dossier d
      JOIN registry.procedure p ON p.code = d.procedure AND p.valid @> d.on_day
     WHERE d.id = what AND cardinality(p.blocked_by) > 0),
  named AS (
    SELECT n.block_id FROM mine m, registry.notices_on(m.units, ARRAY(
        SELECT a.party_id FROM registry.dossier_applicant a WHERE a.dossier_id = m.id AND a.party_id IS NOT NULL)) n
     UNION
    SELECT b.id FROM mine m
      JOIN registry.dossier_applicant a ON a.dossier_id = m.id AND a.party_id IS NULL AND a.capacity = 'applicant'
      JOIN registry.block b ON b.scope = 'person' AND b.person_folded = geo.vn_fold(a.name))
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no
    FROM mine m JOIN cadastre.parcel_hold h ON h.unit_id = ANY (m.units) AND h.scope IN ('parcel', 'part')
     AND h.held @> clock_timestamp() AND h.kind = ANY (m.blocked_by)
   UNION ALL
  SELECT NULL, b.kind, b.issuer, b.doc_no
    FROM mine m, registry.block b
    JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
   WHERE b.id IN (SELECT n.block_id FROM named n) AND b.kind = ANY (m.blocked_by)
$$;

CREATE OR REPLACE FUNCTION registry.earlier_dossiers(what bigint)
RETURNS TABLE (id bigint, code text, procedure text)
LANGUAGE sql STABLE AS $$
  SELECT e.id, e.code, e.procedure
    FROM registry.dossier_link l JOIN registry.dossier e ON e.id = l.waits_for_id
   WHERE l.dossier_id = what AND l.ended_at IS NULL AND e.state NOT IN ('RECORDED', 'READY', 'RETURNED')
  UNION
  SELECT e.id, e.code, e.procedure
    FROM registry.dossier d
    JOIN registry.procedure pd ON pd.code = d.procedure AND pd.valid @> d.on_day
    -- Also those handed in for land that this came of, or that came of it.
    JOIN registry.dossier_parcel o ON o.dossier_id <> d.id AND (
         o.unit_id IN (SELECT registry.dossier_units(d.id))
      OR o.unit_id IN (SELECT registry.units_before(ARRAY(
           SELECT m.unit_id FROM registry.dossier_parcel m WHERE m.dossier_id = d.id))))
    JOIN registry.dossier e ON e.id = o.dossier_id AND e.registered_at IS NOT NULL
     AND (e.registered_at, e.id) < (coalesce(d.registered_at, 'infinity'), d.id)
     AND e.state NOT IN ('RECORDED', 'READY', 'RETURNED', 'REFUSED', 'WITHDRAWN')
    JOIN registry.procedure pe ON pe.code = e.procedure AND pe.valid @> e.on_day
    JOIN registry.order_pair r ON r.earlier = pe.order_class AND r.later = pd.order_class
   -- What somebody linked goes before the minute of registration: a sale that waits for a release does not bar it.
   WHERE d.id = what AND NOT EXISTS (SELECT FROM registry.chain_before(e.id) b WHERE b.id = d.id)
   ORDER BY 1
$$;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.check_belonging(registry.ba_unit_parcel), registry.carry_notices(jsonb, bigint),
  registry.reach_back(bigint, bigint[], bigint, date), registry.notices_on(bigint[], bigint[]),
  registry.dossier_units(bigint), registry.units_before(bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.carry_notices(jsonb, bigint), registry.reach_back(bigint, bigint[], bigint, date),
  registry.notices_on(bigint[], bigint[]), registry.dossier_units(bigint), registry.units_before(bigint[])
  TO landsvc_editor;
"""

# What a court or the State decides is carried out on held land too; the guard of rights says so since 0045.
HELD = """
CREATE OR REPLACE FUNCTION cadastre.check_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  hold cadastre.parcel_hold;
BEGIN
  -- A hold being written right now holds this row: wait for it, then see it.
  PERFORM FROM cadastre.parcel_unit u WHERE u.id = NEW.unit_id FOR SHARE;
  SELECT h.* INTO hold FROM cadastre.parcel_hold h
   WHERE h.unit_id = NEW.unit_id AND h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp() LIMIT 1;
  IF hold.id IS NULL OR NEW.technical THEN
    RETURN NULL;
  END IF;{judged}
  -- Noding may replace a held parcel's version by a technical one; nothing else may.
  IF TG_OP = 'UPDATE' AND EXISTS (
       SELECT FROM cadastre.parcel_version w WHERE w.unit_id = NEW.unit_id AND w.technical
          AND lower(w.recorded) = upper(NEW.recorded) AND w.valid = NEW.valid) THEN
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' AND NOT EXISTS (
       SELECT FROM cadastre.parcel_version w WHERE w.unit_id = NEW.unit_id AND w.id < NEW.id) THEN
    RETURN NULL;
  END IF;
  PERFORM cadastre.refuse('parcel-held', 'The parcel is held', jsonb_build_object(
    'unit', NEW.unit_id, 'kind', hold.kind, 'issuer', hold.issuer, 'docNo', hold.doc_no));
  RETURN NULL;
END $$;
"""
JUDGED = """
  IF EXISTS (SELECT FROM cadastre.record c WHERE c.kind = 'judgment'
              AND c.id = CASE TG_OP WHEN 'UPDATE' THEN NEW.closed_record_id ELSE NEW.record_id END) THEN
    RETURN NULL;
  END IF;"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    carry = CARRY.replace("{alike}", ALIKE).replace("{notices}", WITH_NOTICES)
    held = HELD.replace("{judged}", JUDGED)
    for part in (DAYS, REACH, FOLLOW, carry, NOTICES, GRANTS, held):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (
        HELD.replace("{judged}", ""),
        CARRY.replace("{alike}", "").replace("{notices}", ""),
        _before("0055_take_in_registers").ONE_RIGHT.replace("{exempt}", ""),
        _before("0063_know_applicants").HOLDS,
        _earlier_as_before(),
    ):
        connection.exec_driver_sql(part)
    connection.exec_driver_sql(
        """
        DROP FUNCTION registry.notices_on(bigint[], bigint[]), registry.units_before(bigint[]),
          registry.dossier_units(bigint), registry.reach_back(bigint, bigint[], bigint, date),
          registry.check_belonging(registry.ba_unit_parcel), registry.carry_notices(jsonb, bigint);
        """
    )


def _earlier_as_before() -> str:
    """Return the statement that gives the order its body of revision 0054."""
    found = re.search(
        r"CREATE OR REPLACE FUNCTION registry\.earlier_dossiers\(.*?\$\$.*?\$\$;",
        _before("0054_chain_dossiers").UP,
        re.DOTALL,
    )
    if found is None:
        raise LookupError("earlier_dossiers")
    return found.group(0)


def _before(name: str) -> ModuleType:
    """Return a revision that said before what this one says anew."""
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
