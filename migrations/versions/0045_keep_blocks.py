"""Keep disputes, seizures and block notices, of land, certificates and persons; nothing held changes hands."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0045_keep_blocks"
down_revision = "0044_keep_rights"

TABLES = """
CREATE SEQUENCE registry.block_no;
CREATE TABLE registry.block (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  code             text NOT NULL DEFAULT 'NC-' || lpad(nextval('registry.block_no')::text, 8, '0'),
  kind             text NOT NULL,
  scope            text NOT NULL,
  unit_id          bigint REFERENCES cadastre.parcel_unit,
  geom             geometry(Geometry, {srid}),
  serial           text,
  person_name      text,
  person_folded    text,
  person_born_year integer,
  number_sealed    bytea,
  number_index     bytea,
  issuer_kind      text NOT NULL,
  issuer           text NOT NULL,
  doc_no           text NOT NULL,
  doc_on           date,
  hold_id          bigint REFERENCES cadastre.parcel_hold,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_block PRIMARY KEY (id),
  CONSTRAINT uq_block_code UNIQUE (code),
  CONSTRAINT ck_block_kind CHECK (kind IN ('dispute', 'seizure', 'block', 'recovery')),
  CONSTRAINT ck_block_issuer CHECK (issuer_kind IN ('court', 'enforcement', 'police', 'notary', 'authority', 'other')
    AND issuer <> '' AND doc_no <> ''),
  CONSTRAINT ck_block_scope CHECK (CASE scope
    WHEN 'parcel' THEN unit_id IS NOT NULL AND num_nonnulls(geom, serial, person_name, number_sealed) = 0
    WHEN 'part' THEN unit_id IS NOT NULL AND geom IS NOT NULL AND num_nonnulls(serial, person_name, number_sealed) = 0
    WHEN 'certificate' THEN serial ~ '^[A-ZĐ]{1,2} ?[0-9]{6}([0-9]{2})?$'
      AND num_nonnulls(unit_id, geom, person_name, number_sealed) = 0
    WHEN 'person' THEN person_name IS NOT NULL AND num_nonnulls(unit_id, geom, serial) = 0
    ELSE false END),
  CONSTRAINT ck_block_number CHECK ((number_sealed IS NULL) = (number_index IS NULL))
);
CREATE INDEX ix_block_unit_id ON registry.block (unit_id) WHERE unit_id IS NOT NULL;
CREATE INDEX ix_block_serial ON registry.block (serial) WHERE serial IS NOT NULL;
CREATE INDEX ix_block_person_folded ON registry.block (person_folded) WHERE scope = 'person';
CREATE INDEX ix_block_number_index ON registry.block (number_index) WHERE number_index IS NOT NULL;
COMMENT ON TABLE registry.block IS
  'Văn bản ngăn chặn, kê biên, tranh chấp: what a notice says, of a parcel, a part, a certificate or a person';
COMMENT ON COLUMN registry.block.hold_id IS 'The hold of the cadastre it stands for, where it names land';

CREATE TABLE registry.block_span (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  block_id         bigint NOT NULL REFERENCES registry.block,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            tstzrange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_block_span PRIMARY KEY (id),
  CONSTRAINT ex_block_span_two_times EXCLUDE USING gist (block_id WITH =, valid WITH &&, recorded WITH &&)
);
COMMENT ON TABLE registry.block_span IS 'Thời gian ngăn chặn: from when to when a notice holds, as we know it';

CREATE TABLE registry.block_match (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  block_id         bigint NOT NULL REFERENCES registry.block,
  party_id         bigint NOT NULL REFERENCES registry.party,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  same             boolean NOT NULL,
  CONSTRAINT pk_block_match PRIMARY KEY (id),
  CONSTRAINT ex_block_match_once EXCLUDE USING gist
    (block_id WITH =, party_id WITH =, valid WITH &&, recorded WITH &&)
);
CREATE INDEX ix_block_match_party_id ON registry.block_match (party_id);
COMMENT ON TABLE registry.block_match IS
  'Đối chiếu người bị ngăn chặn: that a person decided a party is whom a notice names, or is not';

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['block_span', 'block_match'] LOOP
    EXECUTE format('CREATE INDEX %I ON registry.%I (record_id)', 'ix_' || name || '_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (closed_record_id) WHERE closed_record_id IS NOT NULL',
                   'ix_' || name || '_closed_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (repeats_id) WHERE repeats_id IS NOT NULL',
                   'ix_' || name || '_repeats_id', name);
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (NOT isempty(valid) AND NOT isempty(recorded)
      AND lower(valid) IS NOT NULL AND lower(recorded) IS NOT NULL)', name, 'ck_' || name || '_times');
    EXECUTE format('CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON registry.%I
      FOR EACH ROW EXECUTE FUNCTION registry.guard_fact()', name);
    EXECUTE format('CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON registry.%I
      EXECUTE FUNCTION cadastre.guard_truncate()', name);
  END LOOP;
END $$;
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.block
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

HOLDS = """
CREATE FUNCTION registry.make_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.person_folded := geo.vn_fold(NEW.person_name);
  NEW.hold_id := NULL;
  IF NEW.unit_id IS NOT NULL THEN
    INSERT INTO cadastre.parcel_hold (kind, scope, unit_id, geom, issuer, doc_no, record_id)
    VALUES (NEW.kind, NEW.scope, NEW.unit_id, NEW.geom, NEW.issuer, NEW.doc_no, NEW.record_id)
    RETURNING id INTO NEW.hold_id;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_hold BEFORE INSERT ON registry.block FOR EACH ROW EXECUTE FUNCTION registry.make_hold();

CREATE FUNCTION registry.keep_hold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE cadastre.parcel_hold h SET held = coalesce(
      (SELECT s.valid FROM registry.block_span s WHERE s.block_id = NEW.block_id AND upper_inf(s.recorded)),
      tstzrange(lower(h.held), greatest(clock_timestamp(), lower(h.held) + interval '1 microsecond')))
    FROM registry.block b WHERE b.id = NEW.block_id AND h.id = b.hold_id;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION registry.keep_hold() IS 'The hold of the cadastre lasts as long as the notice is believed to';
CREATE TRIGGER t20_hold AFTER INSERT OR UPDATE ON registry.block_span
  FOR EACH ROW EXECUTE FUNCTION registry.keep_hold();

CREATE FUNCTION registry.claim_party() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Wait for whoever is registering for this party, so that a hold and a change never pass each other unseen.
  PERFORM FROM registry.party p WHERE p.id = NEW.party_id FOR UPDATE;
  RETURN NEW;
END $$;
CREATE TRIGGER t15_claim BEFORE INSERT ON registry.block_match
  FOR EACH ROW EXECUTE FUNCTION registry.claim_party();

CREATE FUNCTION registry.person_blocks(parties bigint[])
RETURNS TABLE (party_id bigint, block_id bigint, same boolean, by_number boolean)
LANGUAGE sql STABLE AS $$
  -- Notices in force that name a party, as somebody decided, or that may name it and wait for somebody to decide.
  WITH named AS (
    SELECT p AS party_id, b.id AS block_id, true AS by_number
      FROM unnest(parties) p
      JOIN registry.party_document d ON d.party_id = p AND upper_inf(d.recorded)
      JOIN registry.block b ON b.number_index = d.number_index
     UNION ALL
    SELECT p, b.id, false
      FROM unnest(parties) p
      JOIN registry.party_version v ON v.party_id = p AND upper_inf(v.recorded)
      JOIN registry.block b ON b.scope = 'person' AND b.person_folded = v.folded
       AND (b.person_born_year IS NULL OR v.born_year IS NULL OR b.person_born_year = v.born_year)
     UNION ALL
    SELECT m.party_id, m.block_id, false FROM registry.block_match m
     WHERE m.party_id = ANY (parties) AND upper_inf(m.recorded) AND m.same)
  SELECT n.party_id, n.block_id, m.same, bool_or(n.by_number)
    FROM named n
    JOIN registry.block_span s ON s.block_id = n.block_id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
    LEFT JOIN registry.block_match m ON m.block_id = n.block_id AND m.party_id = n.party_id AND upper_inf(m.recorded)
   WHERE m.same IS DISTINCT FROM false
   GROUP BY n.party_id, n.block_id, m.same
$$;
COMMENT ON FUNCTION registry.person_blocks(bigint[]) IS
  'Notices in force on parties: same is true where a person confirmed it, null where nobody has decided';

CREATE FUNCTION registry.check_held() RETURNS trigger
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
CREATE CONSTRAINT TRIGGER t30_held AFTER INSERT ON registry.rrr_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_held();

CREATE OR REPLACE FUNCTION registry.defer_checks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET CONSTRAINTS registry.t20_holding, registry.t20_land, registry.t20_used, registry.t30_held DEFERRED;
END $$;
"""

GRANTS = """
ALTER TABLE registry.block ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.block FOR SELECT USING (true);
CREATE POLICY add_in_the_area ON registry.block FOR INSERT TO landsvc_editor
  WITH CHECK (unit_id IS NULL OR cadastre.require_unit_area(unit_id));
ALTER TABLE registry.block_span ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON registry.block_span FOR SELECT USING (true);
CREATE FUNCTION registry.require_block_area(block bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  unit bigint := (SELECT b.unit_id FROM registry.block b WHERE b.id = block);
BEGIN
  RETURN unit IS NULL OR cadastre.require_unit_area(unit);
END $$;
CREATE POLICY add_in_the_area ON registry.block_span FOR INSERT TO landsvc_editor
  WITH CHECK (registry.require_block_area(block_id));
CREATE POLICY change_in_the_area ON registry.block_span FOR UPDATE TO landsvc_editor USING (true)
  WITH CHECK (registry.require_block_area(block_id));

REVOKE EXECUTE ON FUNCTION registry.make_hold(), registry.keep_hold(), registry.claim_party(), registry.check_held(),
  registry.person_blocks(bigint[]), registry.require_block_area(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.person_blocks(bigint[]), registry.require_block_area(bigint) TO landsvc_editor;
GRANT SELECT, INSERT ON registry.block TO landsvc_editor;
GRANT SELECT, INSERT, UPDATE (recorded, closed_record_id) ON registry.block_span, registry.block_match
  TO landsvc_editor, landsvc_import;
GRANT DELETE ON registry.block_span, registry.block_match TO landsvc_editor;
GRANT SELECT ON registry.block TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, HOLDS, GRANTS):
        connection.exec_driver_sql(part.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        CREATE OR REPLACE FUNCTION registry.defer_checks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET CONSTRAINTS registry.t20_holding, registry.t20_land, registry.t20_used DEFERRED;
END $$;
        DROP TRIGGER t30_held ON registry.rrr_version;
        DROP TABLE registry.block_match, registry.block_span, registry.block;
        DROP SEQUENCE registry.block_no;
        DROP FUNCTION registry.check_held(), registry.person_blocks(bigint[]), registry.claim_party(),
          registry.keep_hold(), registry.make_hold(), registry.require_block_area(bigint);
        """
    )
