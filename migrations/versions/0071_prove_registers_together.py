"""Prove holdings once for each statement, and the land of a register once for all of it; enter its certificates."""

from __future__ import annotations

from alembic import op

revision = "0071_prove_registers_together"
down_revision = "0070_book_dossiers"

# A constraint trigger is one for each row, and a hundred thousand of them each asked a dozen questions. So a statement
# writes down what it owes, in one row, and that row is proved when the transaction commits: as late as before, as
# surely (what is rolled back owes nothing), and by sets.
DUE = """
CREATE UNLOGGED TABLE registry.proof_due (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  holdings  bigint[],
  record_id bigint,
  CONSTRAINT pk_proof_due PRIMARY KEY (id),
  CONSTRAINT ck_proof_due_one CHECK (num_nonnulls(holdings, record_id) = 1)
);
CREATE INDEX ix_proof_due_record_id ON registry.proof_due (record_id) WHERE record_id IS NOT NULL;
COMMENT ON TABLE registry.proof_due IS
  'What this transaction has still to prove: holdings of a statement, or the land of a record; empty otherwise';
"""

HOLDINGS = """
CREATE FUNCTION registry.sum_of_shares(nums bigint[], dens bigint[]) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  num    numeric := 0;
  den    numeric := 1;
  common numeric;
BEGIN
  -- Exact at any size: numerator and denominator grow as numbers without limit.
  FOR i IN 1 .. cardinality(nums) LOOP
    num := num * dens[i] + nums[i] * den;
    den := den * dens[i];
    common := gcd(num, den);
    num := div(num, common);
    den := div(den, common);
  END LOOP;
  RETURN num || '/' || den;
END $$;
COMMENT ON FUNCTION registry.sum_of_shares(bigint[], bigint[]) IS 'The exact sum of fractions, in lowest terms';

DROP TRIGGER t20_holding ON registry.holding;
DROP TRIGGER t20_holding ON registry.holding_party;
DROP FUNCTION registry.check_holding();

CREATE FUNCTION registry.owe_holdings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'holding' THEN
    INSERT INTO registry.proof_due (holdings) SELECT array_agg(f.id) FROM fresh f HAVING count(*) > 0;
  ELSE
    INSERT INTO registry.proof_due (holdings)
    SELECT array_agg(DISTINCT f.holding_id) FROM fresh f HAVING count(*) > 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t20_owe AFTER INSERT ON registry.holding REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION registry.owe_holdings();
CREATE TRIGGER t20_owe AFTER INSERT ON registry.holding_party REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION registry.owe_holdings();

CREATE FUNCTION registry.check_holdings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  bad record;
BEGIN
  SELECT h.mode, h.held, h.shared, h.total INTO bad
    FROM (SELECT h.id, h.mode, count(p.party_id) AS held, count(p.num) AS shared,
                 CASE WHEN h.mode = 'shares' AND count(p.party_id) > 1 AND count(p.num) = count(p.party_id)
                   THEN registry.sum_of_shares(array_agg(p.num), array_agg(p.den)) END AS total
            FROM registry.holding h LEFT JOIN registry.holding_party p ON p.holding_id = h.id
           WHERE h.id = ANY (NEW.holdings) GROUP BY h.id) h
   WHERE NOT (h.mode = 'sole' AND h.held = 1 AND h.shared = 0 OR h.mode = 'joint' AND h.held > 1 AND h.shared = 0
              OR h.mode = 'shares' AND h.total IS NOT DISTINCT FROM '1/1') ORDER BY h.id LIMIT 1;
  IF bad.total IS NOT NULL THEN
    PERFORM cadastre.refuse('shares-not-one', 'The shares of a right do not sum to one',
                            jsonb_build_object('sum', bad.total));
  ELSIF bad.mode IS NOT NULL THEN
    PERFORM cadastre.refuse('holding-not-fit', 'The holders do not fit the way they hold',
                            jsonb_build_object('mode', bad.mode, 'holders', bad.held, 'shares', bad.shared));
  END IF;
  DELETE FROM registry.proof_due d WHERE d.id = NEW.id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_holding AFTER INSERT ON registry.proof_due DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.holdings IS NOT NULL) EXECUTE FUNCTION registry.check_holdings();
"""

# The proof by rows stays for everything else: it asks about one right in less time than a set needs to be gathered.
LAND = """
CREATE FUNCTION registry.prove_together(record bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO registry.proof_due (record_id) VALUES (record)
$$;
COMMENT ON FUNCTION registry.prove_together(bigint) IS
  'Prove the land of all rights that a record registers from now on together, when the transaction commits';

CREATE FUNCTION registry.proved_apart(record bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  RETURN NOT EXISTS (SELECT FROM registry.proof_due d WHERE d.record_id = record);
END $$;
COMMENT ON FUNCTION registry.proved_apart(bigint) IS
  'Whether what a record registers is proved row by row: unless prove_together was asked in this transaction';

DROP TRIGGER t20_land ON registry.ba_unit_parcel;
DROP TRIGGER t20_land ON registry.rrr_version;
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT OR UPDATE ON registry.ba_unit_parcel DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (registry.proved_apart(NEW.record_id)) EXECUTE FUNCTION registry.check_ba_unit();
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT ON registry.rrr_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (registry.proved_apart(NEW.record_id)) EXECUTE FUNCTION registry.check_ba_unit();

CREATE FUNCTION registry.check_land_of_record() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  bad record;
BEGIN
  -- What check_ba_unit and check_belonging ask of one, asked of all that the record says, with the same refusals.
  SELECT r.code, lower(v.valid) AS since, upper_inf(v.valid) AS stands, l.days INTO bad
    FROM (SELECT w.id, range_agg(p.valid) FILTER (WHERE p.id IS NOT NULL) AS days
            FROM (SELECT b.ba_unit_id AS id FROM registry.ba_unit_parcel b WHERE b.record_id = NEW.record_id
                   UNION SELECT r.ba_unit_id FROM registry.rrr_version v JOIN registry.rrr r ON r.id = v.rrr_id
                          WHERE v.record_id = NEW.record_id
                   UNION SELECT r.served_ba_unit_id FROM registry.rrr_version v JOIN registry.rrr r ON r.id = v.rrr_id
                          WHERE v.record_id = NEW.record_id AND r.served_ba_unit_id IS NOT NULL) w
            LEFT JOIN registry.ba_unit_parcel p ON p.ba_unit_id = w.id AND upper_inf(p.recorded) GROUP BY w.id) l
    JOIN LATERAL (SELECT x.id, x.code FROM registry.rrr x WHERE x.ba_unit_id = l.id
                   UNION ALL SELECT x.id, x.code FROM registry.rrr x WHERE x.served_ba_unit_id = l.id) r ON true
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded)
   WHERE NOT coalesce(l.days @> v.valid, false) ORDER BY v.id LIMIT 1;
  IF bad.stands AND NOT coalesce(upper_inf(bad.days), false) THEN
    PERFORM cadastre.refuse('right-without-land', 'A right that stands bears on land',
                            jsonb_build_object('right', bad.code));
  ELSIF bad.code IS NOT NULL THEN
    PERFORM cadastre.refuse('right-outside-its-days', 'A right stands only while land belongs to it',
      jsonb_build_object('right', bad.code, 'since', bad.since, 'landSince', lower(bad.days)));
  END IF;
  PERFORM FROM cadastre.parcel p
    WHERE p.unit_id IN (SELECT b.unit_id FROM registry.ba_unit_parcel b
                         WHERE b.record_id = NEW.record_id AND upper_inf(b.recorded) AND upper_inf(b.valid))
    ORDER BY p.unit_id FOR KEY SHARE;
  PERFORM registry.check_belonging(b) FROM registry.ba_unit_parcel b
    WHERE b.record_id = NEW.record_id AND upper_inf(b.recorded)
      AND (upper_inf(b.valid) AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = b.unit_id)
           OR b.unit_id IN (SELECT l.child_id FROM cadastre.lineage l
                             WHERE l.kind IN ('split', 'merge') AND upper_inf(l.recorded)));
  SELECT w.unit_id, jsonb_build_array(r.code, o.code) AS rights INTO bad
    FROM registry.ba_unit_parcel w
    JOIN registry.rrr r ON r.ba_unit_id = w.ba_unit_id AND r.kind IN ('use', 'management')
    JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded)
    JOIN registry.ba_unit_parcel p ON p.unit_id = w.unit_id AND upper_inf(p.recorded)
    JOIN registry.rrr o ON o.ba_unit_id = p.ba_unit_id AND o.kind IN ('use', 'management') AND o.id <> r.id
    JOIN registry.rrr_version x ON x.rrr_id = o.id AND upper_inf(x.recorded)
   WHERE (w.record_id = NEW.record_id OR v.record_id = NEW.record_id) AND upper_inf(w.recorded)
     AND NOT isempty(w.valid * v.valid * p.valid * x.valid)
   ORDER BY least(r.id, o.id), greatest(r.id, o.id), r.id LIMIT 1;
  IF FOUND THEN
    PERFORM cadastre.refuse('right-twice', 'One parcel is used under one right only',
                            jsonb_build_object('unit', bad.unit_id, 'rights', bad.rights));
  END IF;
  DELETE FROM registry.proof_due d WHERE d.id = NEW.id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_land_together AFTER INSERT ON registry.proof_due DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.record_id IS NOT NULL) EXECUTE FUNCTION registry.check_land_of_record();
"""

CERTIFICATES = """
ALTER TABLE registry.legacy_right ADD COLUMN serial_reason text;
COMMENT ON COLUMN registry.legacy_right.serial_reason IS 'Why its certificate was not entered';
CREATE UNLOGGED TABLE registry.legacy_serial (
  id bigint NOT NULL, rrr_id bigint NOT NULL, row_no integer NOT NULL, serial text NOT NULL, book_no text,
  issued_on date, form text, certificate_id bigint, reason text,
  CONSTRAINT pk_legacy_serial PRIMARY KEY (id)
);
COMMENT ON TABLE registry.legacy_serial IS 'Serial numbers of a register while it is taken in; empty otherwise';
GRANT SELECT, INSERT, UPDATE, DELETE ON registry.legacy_serial TO landsvc_import;
GRANT UPDATE (serial_reason) ON registry.legacy_right TO landsvc_editor;
GRANT INSERT ON registry.certificate TO landsvc_import;
GRANT SELECT ON registry.blank_entry TO landsvc_import;
"""

COUNT = """
CREATE OR REPLACE FUNCTION registry.count_legacy() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  ANALYZE registry.legacy_line, registry.legacy_person, registry.legacy_group, registry.legacy_place,
    registry.legacy_holder, registry.legacy_mortgage{kept}{more};
END $$;
"""
KEPT = """, registry.party, registry.party_version, registry.party_document, registry.holding,
    registry.holding_party, registry.ba_unit, registry.ba_unit_parcel, registry.rrr, registry.rrr_version"""
MORE = ", registry.legacy_serial, registry.legacy_right"

# The rest of the function stays as whoever wrote it last has it.
MOVES = """
DO $$
DECLARE
  said text := pg_get_functiondef('registry.check_certificate'::regproc);
BEGIN
  IF strpos(said, {was}) = 0 THEN
    RAISE EXCEPTION 'registry.check_certificate says not what this revision changes';
  END IF;
  EXECUTE replace(said, {was}, {is});
END $$;
"""
LAST_STATE = "'AND NOT upper_inf(v.recorded) AND upper_inf(v.valid)'"
# What was undone never was: its paper may be entered once more.
NOT_UNDONE = """'AND NOT upper_inf(v.recorded) AND upper_inf(v.valid)
     AND NOT EXISTS (SELECT FROM cadastre.record a WHERE a.id = v.closed_record_id AND a.annuls_id = v.record_id)'"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION registry.sum_of_shares(bigint[], bigint[]), registry.owe_holdings(),
  registry.check_holdings(), registry.prove_together(bigint), registry.proved_apart(bigint),
  registry.check_land_of_record() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.proved_apart(bigint) TO landsvc_editor, landsvc_import;
GRANT EXECUTE ON FUNCTION registry.prove_together(bigint) TO landsvc_import;
"""

BEFORE = """
REVOKE INSERT ON registry.certificate FROM landsvc_import;
REVOKE SELECT ON registry.blank_entry FROM landsvc_import;
DROP TABLE registry.legacy_serial;
ALTER TABLE registry.legacy_right DROP COLUMN serial_reason;
DROP TRIGGER t20_land ON registry.ba_unit_parcel;
DROP TRIGGER t20_land ON registry.rrr_version;
DROP TRIGGER t20_owe ON registry.holding;
DROP TRIGGER t20_owe ON registry.holding_party;
DROP TABLE registry.proof_due;
DROP FUNCTION registry.check_land_of_record(), registry.proved_apart(bigint), registry.prove_together(bigint),
  registry.check_holdings(), registry.owe_holdings(), registry.sum_of_shares(bigint[], bigint[]);
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT OR UPDATE ON registry.ba_unit_parcel DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_ba_unit();
CREATE CONSTRAINT TRIGGER t20_land AFTER INSERT ON registry.rrr_version DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_ba_unit();
CREATE FUNCTION registry.check_holding() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  wanted bigint := CASE WHEN TG_TABLE_NAME = 'holding' THEN (to_jsonb(NEW) ->> 'id')
                        ELSE (to_jsonb(NEW) ->> 'holding_id') END::bigint;
  how    text := (SELECT h.mode FROM registry.holding h WHERE h.id = wanted);
  num    numeric := 0;
  den    numeric := 1;
  common numeric;
  held   integer := 0;
  shared integer := 0;
  p      record;
BEGIN
  -- Exact at any size: numerator and denominator grow as numbers without limit.
  FOR p IN SELECT x.num, x.den FROM registry.holding_party x WHERE x.holding_id = wanted LOOP
    held := held + 1;
    IF p.num IS NOT NULL THEN
      shared := shared + 1;
      num := num * p.den + p.num * den;
      den := den * p.den;
      common := gcd(num, den);
      num := div(num, common);
      den := div(den, common);
    END IF;
  END LOOP;
  IF how = 'shares' AND shared = held AND held > 1 AND num <> den THEN
    PERFORM cadastre.refuse('shares-not-one', 'The shares of a right do not sum to one',
                            jsonb_build_object('sum', num || '/' || den));
  ELSIF NOT (how = 'sole' AND held = 1 AND shared = 0 OR how = 'joint' AND held > 1 AND shared = 0
             OR how = 'shares' AND held > 1 AND shared = held) THEN
    PERFORM cadastre.refuse('holding-not-fit', 'The holders do not fit the way they hold',
                            jsonb_build_object('mode', how, 'holders', held, 'shares', shared));
  END IF;
  RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION registry.check_holding() FROM PUBLIC;
CREATE CONSTRAINT TRIGGER t20_holding AFTER INSERT ON registry.holding DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_holding();
CREATE CONSTRAINT TRIGGER t20_holding AFTER INSERT ON registry.holding_party DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION registry.check_holding();
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (
        DUE,
        HOLDINGS,
        LAND,
        CERTIFICATES,
        COUNT.format(kept=KEPT, more=MORE),
        MOVES.format(was=LAST_STATE, **{"is": NOT_UNDONE}),
        GRANTS,
    ):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (MOVES.format(was=NOT_UNDONE, **{"is": LAST_STATE}), COUNT.format(kept=KEPT, more=""), BEFORE):
        connection.exec_driver_sql(part)
