"""Take in registers of older systems: what was read of each right, what waits for a person, and the rows on the way."""

from __future__ import annotations

from alembic import op

revision = "0055_take_in_registers"
down_revision = "0054_chain_dossiers"

KEPT = """
CREATE TABLE registry.legacy_right (
  id                bigint GENERATED ALWAYS AS IDENTITY,
  source            text NOT NULL,
  key               text NOT NULL,
  digest            bytea NOT NULL,
  state             text NOT NULL,
  reason            text,
  row_no            integer NOT NULL,
  serial            text,
  book_no           text,
  issued_on         date,
  rrr_id            bigint REFERENCES registry.rrr,
  facts             jsonb,
  record_id         bigint NOT NULL REFERENCES cadastre.record,
  decided_record_id bigint REFERENCES cadastre.record,
  CONSTRAINT pk_legacy_right PRIMARY KEY (id),
  CONSTRAINT uq_legacy_right_source_key UNIQUE (source, key),
  CONSTRAINT ck_legacy_right_state CHECK (CASE state
    WHEN 'taken' THEN rrr_id IS NOT NULL
    WHEN 'waiting' THEN rrr_id IS NULL AND reason IS NOT NULL AND facts IS NOT NULL
    WHEN 'aside' THEN rrr_id IS NULL AND facts IS NOT NULL AND decided_record_id IS NOT NULL
    ELSE false END)
);
CREATE INDEX ix_legacy_right_waiting ON registry.legacy_right (reason, id) WHERE state = 'waiting';
CREATE INDEX ix_legacy_right_rrr_id ON registry.legacy_right (rrr_id);
CREATE INDEX ix_legacy_right_serial ON registry.legacy_right (serial) WHERE serial IS NOT NULL;
COMMENT ON TABLE registry.legacy_right IS
  'Quyền đọc từ sổ, phần mềm cũ: taken in, waiting for a person to match it, or put aside';
COMMENT ON COLUMN registry.legacy_right.facts IS
  'What was read, while it is not taken in; numbers of persons are not in it';
"""

ON_THE_WAY = """
CREATE UNLOGGED TABLE registry.legacy_line (
  row_no integer NOT NULL, key text NOT NULL, digest bytea NOT NULL, fault text,
  code text, commune text, sheet text, number text, old_sheet text, old_number text, area_m2 numeric,
  serial text, book_no text, issued_on date, since date, origin text, form text, term_until date, purpose text,
  person bytea, num bigint, den bigint,
  mortgagee bytea, mortgaged_at timestamptz, amount_vnd bigint, mortgage_no text,
  CONSTRAINT pk_legacy_line PRIMARY KEY (row_no)
);
CREATE INDEX ix_legacy_line_key ON registry.legacy_line (key);
COMMENT ON TABLE registry.legacy_line IS 'Rows of a register while it is taken in; empty otherwise';
CREATE UNLOGGED TABLE registry.legacy_person (
  person bytea NOT NULL, kind text NOT NULL, name text NOT NULL, born_on date, born_year integer, sex text,
  address text,
  doc_kind text, sealed bytea, indexes bytea[], party_id bigint, code text, used boolean NOT NULL DEFAULT false,
  fresh boolean NOT NULL DEFAULT false, same_name boolean NOT NULL DEFAULT true,
  CONSTRAINT pk_legacy_person PRIMARY KEY (person)
);
CREATE INDEX ix_legacy_person_party_id ON registry.legacy_person (party_id);
COMMENT ON TABLE registry.legacy_person IS
  'Persons of a register while it is taken in, their numbers sealed; empty otherwise';
CREATE UNLOGGED TABLE registry.legacy_group (
  key text NOT NULL, row_no integer NOT NULL, digest bytea NOT NULL, reason text, before text NOT NULL DEFAULT 'new',
  serial text, book_no text, issued_on date, since date, origin text, form text, term_until date, purpose text,
  mode text, holding_id bigint, ba_unit_id bigint, rrr_id bigint,
  CONSTRAINT pk_legacy_group PRIMARY KEY (key)
);
COMMENT ON TABLE registry.legacy_group IS 'Rights of a register while it is taken in; empty otherwise';
CREATE UNLOGGED TABLE registry.legacy_place (
  id bigint GENERATED ALWAYS AS IDENTITY, key text NOT NULL, code text, commune text, sheet text, number text,
  old_sheet text, old_number text, area_m2 numeric, unit_id bigint, hits integer NOT NULL DEFAULT 0, how text,
  standing boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_legacy_place PRIMARY KEY (id)
);
CREATE INDEX ix_legacy_place_key ON registry.legacy_place (key);
CREATE INDEX ix_legacy_place_unit_id ON registry.legacy_place (unit_id);
COMMENT ON TABLE registry.legacy_place IS 'Parcels a register names while it is taken in; empty otherwise';
CREATE UNLOGGED TABLE registry.legacy_holder (
  key text NOT NULL, person bytea NOT NULL, seq integer NOT NULL, num bigint, den bigint
);
CREATE INDEX ix_legacy_holder_key ON registry.legacy_holder (key);
COMMENT ON TABLE registry.legacy_holder IS 'Who holds what in a register while it is taken in; empty otherwise';
CREATE UNLOGGED TABLE registry.legacy_mortgage (
  key text NOT NULL, person bytea NOT NULL, mortgaged_at timestamptz, amount_vnd bigint, mortgage_no text,
  holding_id bigint, rrr_id bigint
);
CREATE INDEX ix_legacy_mortgage_key ON registry.legacy_mortgage (key);
COMMENT ON TABLE registry.legacy_mortgage IS 'Mortgages of a register while it is taken in; empty otherwise';
"""

FUNCTIONS = """
CREATE FUNCTION registry.shares_are_one(nums bigint[], dens bigint[]) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  num    numeric := 0;
  den    numeric := 1;
  common numeric;
BEGIN
  FOR i IN 1 .. cardinality(nums) LOOP
    num := num * dens[i] + nums[i] * den;
    den := den * dens[i];
    common := gcd(num, den);
    num := div(num, common);
    den := div(den, common);
  END LOOP;
  RETURN num = den;
END $$;
COMMENT ON FUNCTION registry.shares_are_one(bigint[], bigint[]) IS 'Whether exact fractions sum to one';

CREATE FUNCTION registry.count_legacy() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  ANALYZE registry.legacy_line, registry.legacy_person, registry.legacy_group, registry.legacy_place,
    registry.legacy_holder, registry.legacy_mortgage;
END $$;
COMMENT ON FUNCTION registry.count_legacy() IS 'Tell the planner how much of a register is on its way';
"""

# A register brings no second right of use on a parcel: what would be one waits for a person. So nothing is exempt.
ONE_RIGHT = """
CREATE OR REPLACE FUNCTION registry.check_ba_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted bigint := CASE WHEN TG_TABLE_NAME = 'ba_unit_parcel' THEN (to_jsonb(NEW) ->> 'ba_unit_id')::bigint
    ELSE (SELECT r.ba_unit_id FROM registry.rrr r WHERE r.id = (to_jsonb(NEW) ->> 'rrr_id')::bigint) END;
  bad    record;
BEGIN
  SELECT r.code INTO bad FROM registry.rrr r
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE wanted IN (r.ba_unit_id, r.served_ba_unit_id) AND NOT EXISTS (
     SELECT FROM registry.ba_unit_parcel p
      WHERE p.ba_unit_id = wanted AND upper_inf(p.recorded) AND upper_inf(p.valid)) LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-without-land', 'A right that stands bears on land',
                            jsonb_build_object('right', bad.code));
  END IF;
  SELECT p.unit_id, jsonb_agg(r.code ORDER BY r.id) AS rights INTO bad
    FROM registry.ba_unit_parcel w
    JOIN registry.ba_unit_parcel p ON p.unit_id = w.unit_id AND upper_inf(p.recorded) AND upper_inf(p.valid)
    JOIN registry.rrr r ON r.ba_unit_id = p.ba_unit_id AND r.kind IN ('use', 'management')
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE w.ba_unit_id = wanted AND upper_inf(w.recorded) AND upper_inf(w.valid)
   GROUP BY p.unit_id HAVING count(*) > 1{exempt} LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-twice', 'One parcel is used under one right only',
                            jsonb_build_object('unit', bad.unit_id, 'rights', bad.rights));
  END IF;
  RETURN NULL;
END $$;
"""
EXEMPT = """ AND NOT bool_or(EXISTS (
     SELECT FROM cadastre.record k WHERE k.id = v.record_id AND k.kind = 'import'))"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.shares_are_one(bigint[], bigint[]), registry.count_legacy() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.shares_are_one(bigint[], bigint[]), registry.count_legacy(),
  registry.guard_holding_party() TO landsvc_import;
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.legacy_line, registry.legacy_person, registry.legacy_group,
  registry.legacy_place, registry.legacy_holder, registry.legacy_mortgage TO landsvc_import;
GRANT SELECT, INSERT, UPDATE ON registry.legacy_right TO landsvc_import;
GRANT SELECT, UPDATE (state, reason, rrr_id, facts, decided_record_id) ON registry.legacy_right TO landsvc_editor;
GRANT INSERT ON registry.party, registry.ba_unit, registry.rrr, registry.holding, registry.holding_party
  TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (KEPT, ON_THE_WAY, FUNCTIONS, ONE_RIGHT.replace("{exempt}", ""), GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(ONE_RIGHT.replace("{exempt}", EXEMPT))
    connection.exec_driver_sql(
        """
        REVOKE INSERT ON registry.party, registry.ba_unit, registry.rrr, registry.holding, registry.holding_party
          FROM landsvc_import;
        REVOKE EXECUTE ON FUNCTION registry.guard_holding_party() FROM landsvc_import;
        DROP TABLE registry.legacy_mortgage, registry.legacy_holder, registry.legacy_place, registry.legacy_group,
          registry.legacy_person, registry.legacy_line, registry.legacy_right;
        DROP FUNCTION registry.shares_are_one(bigint[], bigint[]), registry.count_legacy();
        """
    )
