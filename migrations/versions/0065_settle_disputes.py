"""Let procedures do other things in a case of their own, and let what settles a dispute lift it first."""

from __future__ import annotations

from alembic import op

revision = "0065_settle_disputes"
down_revision = "0064_refuse_after_taxes"

CASES = """
CREATE TABLE registry.case_effect (
  procedure text NOT NULL,
  case_code text NOT NULL,
  effects   text[] NOT NULL,
  CONSTRAINT pk_case_effect PRIMARY KEY (procedure, case_code)
);
COMMENT ON TABLE registry.case_effect IS
  'Tác động theo trường hợp: effects of a procedure in a case that has its own';
GRANT SELECT ON registry.case_effect TO landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE, DELETE ON registry.case_effect TO landsvc_import;
"""

# Rows that a province has changed stay as they are.
SETTLING = """
UPDATE registry.procedure p SET effects = '{hold.settle,parcel.draft,right.transfer,certificate.update}'
 WHERE p.code = 'GT' AND p.effects = '{parcel.draft,right.transfer,certificate.update}';
UPDATE registry.procedure p SET effects = '{hold.settle,right.transfer,certificate.update}'
 WHERE p.code = 'GK' AND p.effects = '{right.transfer,certificate.update}';
"""

HELD = """
CREATE OR REPLACE FUNCTION registry.check_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  what    record;
  units   bigint[];
  parties bigint[];
  bad     record;
BEGIN
  SELECT r.code, r.kind, k.class, r.ba_unit_id INTO what
    FROM registry.rrr r JOIN registry.rrr_kind k ON k.code = r.kind WHERE r.id = NEW.rrr_id;
  -- A burden may always be lifted, and an authority may limit what is held. What a court decides is carried out.
  IF NOT (what.class = 'right' OR what.kind IN ('mortgage', 'easement') AND upper_inf(NEW.valid))
     OR EXISTS (SELECT FROM cadastre.record c WHERE c.id = NEW.record_id AND c.kind IN ('judgment', 'import'))
     OR NOT EXISTS (SELECT FROM registry.rrr_version v WHERE v.id = NEW.id) THEN
    RETURN NULL;
  END IF;
  units := ARRAY(SELECT p.unit_id FROM registry.ba_unit_parcel p
                  WHERE p.ba_unit_id = what.ba_unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid));
  PERFORM FROM cadastre.parcel_unit u WHERE u.id = ANY (units) ORDER BY u.id FOR SHARE;
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no INTO bad FROM cadastre.parcel_hold h
   WHERE h.unit_id = ANY (units) AND h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp()
     -- What settled a dispute is undone: the dispute it lifted stands again, and does not bar what stood beside it.
     AND NOT EXISTS (
       SELECT FROM registry.block b
         JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.record_id = NEW.record_id
         JOIN cadastre.record c ON c.id = s.record_id AND c.annuls_id IS NOT NULL
        WHERE b.hold_id = h.id) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('held-land', 'The land of a right is held', jsonb_build_object(
      'right', what.code, 'kind', bad.kind, 'issuer', bad.issuer, 'docNo', bad.doc_no));
  END IF;
  parties := ARRAY(SELECT h.party_id FROM registry.holding_party h WHERE h.holding_id = NEW.holding_id
    UNION SELECT m.member_id FROM registry.holding_party h
            JOIN registry.party_member m ON m.party_id = h.party_id AND upper_inf(m.recorded) AND upper_inf(m.valid)
           WHERE h.holding_id = NEW.holding_id);
  PERFORM FROM registry.party p WHERE p.id = ANY (parties) ORDER BY p.id FOR SHARE;
  SELECT p.code AS party, b.code AS block, b.issuer, b.doc_no, x.same INTO bad
    FROM registry.person_blocks(parties) x JOIN registry.party p ON p.id = x.party_id
    JOIN registry.block b ON b.id = x.block_id ORDER BY x.same NULLS LAST, b.id LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse(CASE WHEN bad.same THEN 'held-person' ELSE 'held-person-undecided' END,
      'A notice names who holds, or may name them', jsonb_build_object(
        'right', what.code, 'party', bad.party, 'block', bad.block, 'issuer', bad.issuer, 'docNo', bad.doc_no));
  END IF;
  RETURN NULL;
END $$;
"""

HELD_BEFORE = """
CREATE OR REPLACE FUNCTION registry.check_held() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  what    record;
  units   bigint[];
  parties bigint[];
  bad     record;
BEGIN
  SELECT r.code, r.kind, k.class, r.ba_unit_id INTO what
    FROM registry.rrr r JOIN registry.rrr_kind k ON k.code = r.kind WHERE r.id = NEW.rrr_id;
  -- A burden may always be lifted, and an authority may limit what is held. What a court decides is carried out.
  IF NOT (what.class = 'right' OR what.kind IN ('mortgage', 'easement') AND upper_inf(NEW.valid))
     OR EXISTS (SELECT FROM cadastre.record c WHERE c.id = NEW.record_id AND c.kind IN ('judgment', 'import'))
     OR NOT EXISTS (SELECT FROM registry.rrr_version v WHERE v.id = NEW.id) THEN
    RETURN NULL;
  END IF;
  units := ARRAY(SELECT p.unit_id FROM registry.ba_unit_parcel p
                  WHERE p.ba_unit_id = what.ba_unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid));
  PERFORM FROM cadastre.parcel_unit u WHERE u.id = ANY (units) ORDER BY u.id FOR SHARE;
  SELECT h.unit_id, h.kind, h.issuer, h.doc_no INTO bad FROM cadastre.parcel_hold h
   WHERE h.unit_id = ANY (units) AND h.scope IN ('parcel', 'part') AND h.held @> clock_timestamp() LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('held-land', 'The land of a right is held', jsonb_build_object(
      'right', what.code, 'kind', bad.kind, 'issuer', bad.issuer, 'docNo', bad.doc_no));
  END IF;
  parties := ARRAY(SELECT h.party_id FROM registry.holding_party h WHERE h.holding_id = NEW.holding_id
    UNION SELECT m.member_id FROM registry.holding_party h
            JOIN registry.party_member m ON m.party_id = h.party_id AND upper_inf(m.recorded) AND upper_inf(m.valid)
           WHERE h.holding_id = NEW.holding_id);
  PERFORM FROM registry.party p WHERE p.id = ANY (parties) ORDER BY p.id FOR SHARE;
  SELECT p.code AS party, b.code AS block, b.issuer, b.doc_no, x.same INTO bad
    FROM registry.person_blocks(parties) x JOIN registry.party p ON p.id = x.party_id
    JOIN registry.block b ON b.id = x.block_id ORDER BY x.same NULLS LAST, b.id LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse(CASE WHEN bad.same THEN 'held-person' ELSE 'held-person-undecided' END,
      'A notice names who holds, or may name them', jsonb_build_object(
        'right', what.code, 'party', bad.party, 'block', bad.block, 'issuer', bad.issuer, 'docNo', bad.doc_no));
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (CASES, SETTLING, HELD):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(HELD_BEFORE)
    connection.exec_driver_sql(
        """
        UPDATE registry.procedure p SET effects = array_remove(p.effects, 'hold.settle') WHERE p.code IN ('GT', 'GK');
        DROP TABLE registry.case_effect;
        """
    )
