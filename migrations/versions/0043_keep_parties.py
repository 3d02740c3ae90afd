"""Keep parties in two times, what proves who they are sealed, and the facts of the registry under one guard."""

from __future__ import annotations

from alembic import op

revision = "0043_keep_parties"
down_revision = "0042_date_rules"

# The pattern of cadastre.parcel_version for every table of facts here: written once, closed by a record, never changed.
FACTS = """
CREATE FUNCTION registry.guard_fact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded := tstzrange(cadastre.recorded_now(), NULL);
    NEW.closed_record_id := NULL;
    RETURN NEW;
  ELSIF TG_OP = 'DELETE' THEN
    -- What this very transaction said was never believed by anybody.
    IF lower(OLD.recorded) <> cadastre.recorded_now() THEN
      PERFORM cadastre.refuse('append-only', 'A recorded fact is never deleted');
    END IF;
    RETURN OLD;
  END IF;
  NEW.recorded := tstzrange(lower(OLD.recorded), cadastre.recorded_now());
  IF NOT upper_inf(OLD.recorded) OR NEW.closed_record_id IS NULL
     OR (to_jsonb(NEW) - '{recorded,closed_record_id}'::text[])
        IS DISTINCT FROM (to_jsonb(OLD) - '{recorded,closed_record_id}'::text[]) THEN
    PERFORM cadastre.refuse('append-only', 'A fact is closed by a record, and never changed otherwise');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.guard_fact() IS
  'A table with this trigger holds facts in two times: end_facts and annul know it by the trigger';

CREATE FUNCTION registry.say_again(fact regclass, was jsonb, why bigint, held text, repeats bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
  fresh bigint := nextval(pg_get_serial_sequence(fact::text, 'id'));
BEGIN
  EXECUTE format(
    'INSERT INTO %1$s OVERRIDING SYSTEM VALUE SELECT r.* FROM jsonb_populate_record(NULL::%1$s, $1) r', fact)
    USING was || jsonb_build_object('id', fresh, 'record_id', why, 'closed_record_id', NULL, 'valid', held,
                                    'repeats_id', repeats);
  RETURN fresh;
END $$;
COMMENT ON FUNCTION registry.say_again(regclass, jsonb, bigint, text, bigint) IS
  'Say a fact once more under a record, for other days; repeats names the fact it restores';

CREATE FUNCTION registry.end_facts(fact regclass, ids bigint[], why bigint, until date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  was   jsonb;
  since date;
  done  integer := 0;
BEGIN
  FOR was IN EXECUTE format('SELECT to_jsonb(f) FROM %s f WHERE f.id = ANY ($1) AND upper_inf(f.recorded)
                              ORDER BY f.id FOR UPDATE', fact) USING ids
  LOOP
    since := lower((was ->> 'valid')::daterange);
    IF lower((was ->> 'recorded')::tstzrange) = cadastre.recorded_now() THEN
      EXECUTE format('DELETE FROM %s WHERE id = $1', fact) USING (was ->> 'id')::bigint;
    ELSE
      EXECUTE format('UPDATE %s SET closed_record_id = $2, recorded = recorded WHERE id = $1', fact)
        USING (was ->> 'id')::bigint, why;
    END IF;
    IF since < until THEN
      PERFORM registry.say_again(fact, was, why, daterange(since, until)::text, NULL);
    END IF;
    done := done + 1;
  END LOOP;
  RETURN done;
END $$;
COMMENT ON FUNCTION registry.end_facts(regclass, bigint[], bigint, date) IS
  'Stop believing that facts hold from a day on; before it they hold as they did';

CREATE FUNCTION registry.fact_tables() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT t.tgrelid::regclass FROM pg_trigger t WHERE t.tgfoid = 'registry.guard_fact'::regproc ORDER BY t.tgrelid
$$;

CREATE FUNCTION registry.defer_checks() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  NULL;  -- nothing is checked at the end of a transaction yet
END $$;
COMMENT ON FUNCTION registry.defer_checks() IS
  'Check facts at the end of the transaction, also when somebody in it asked for all proofs at once';

CREATE FUNCTION registry.refuse_superseded(what bigint, records bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM cadastre.refuse('registry-superseded', 'A later record stands on what this one registered',
    jsonb_build_object('code', (SELECT r.code FROM cadastre.record r WHERE r.id = what),
      'records', (SELECT jsonb_agg(r.code ORDER BY r.id DESC) FROM cadastre.record r WHERE r.id = ANY (records))));
END $$;

CREATE FUNCTION registry.annul(what bigint, why bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  fact  regclass;
  later bigint[];
  was   jsonb;
BEGIN
  PERFORM registry.defer_checks();
  FOR fact IN SELECT registry.fact_tables() LOOP
    -- What the record said may have been closed since, and that undone: then what was said again stands for it.
    EXECUTE format('SELECT array_agg(DISTINCT x.closer) FROM (
        SELECT (array_agg(v.closed_record_id ORDER BY upper(v.recorded) DESC))[1] AS closer
          FROM %1$s m JOIN %1$s v ON v.id = m.id OR v.repeats_id = m.id
         WHERE m.record_id = $1 AND m.repeats_id IS NULL
         GROUP BY m.id HAVING NOT bool_or(upper_inf(v.recorded))) x', fact) INTO later USING what;
    IF later IS NOT NULL THEN
      PERFORM registry.refuse_superseded(what, later);
    END IF;
    EXECUTE format('UPDATE %1$s v SET closed_record_id = $2, recorded = v.recorded FROM %1$s m
        WHERE (v.id = m.id OR v.repeats_id = m.id) AND m.record_id = $1 AND m.repeats_id IS NULL
          AND upper_inf(v.recorded)', fact) USING what, why;
    FOR was IN EXECUTE format(
      'SELECT to_jsonb(f) FROM %s f WHERE f.closed_record_id = $1 ORDER BY f.id', fact) USING what
    LOOP
      PERFORM registry.say_again(fact, was, why, was ->> 'valid',
                                 coalesce(was ->> 'repeats_id', was ->> 'id')::bigint);
    END LOOP;
  END LOOP;
EXCEPTION WHEN exclusion_violation THEN
  PERFORM registry.refuse_superseded(what, NULL);
END $$;
COMMENT ON FUNCTION registry.annul(bigint, bigint) IS
  'Undo what a record registered, under its annulment: believed now is what was believed before it';

CREATE FUNCTION registry.annul_with_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM registry.annul(NEW.annuls_id, NEW.id);
  RETURN NULL;
END $$;
-- The cadastre undoes records and knows nothing of rights: whoever undoes one, by whichever door, passes here, with
-- their own rights and inside their own area.
CREATE TRIGGER t50_registry AFTER INSERT ON cadastre.record FOR EACH ROW WHEN (NEW.annuls_id IS NOT NULL)
  EXECUTE FUNCTION registry.annul_with_record();
"""

PARTIES = """
CREATE SEQUENCE registry.party_no;
CREATE TABLE registry.party (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  code      text NOT NULL DEFAULT 'NSD-' || lpad(nextval('registry.party_no')::text, 8, '0'),
  kind      text NOT NULL,
  record_id bigint NOT NULL REFERENCES cadastre.record,
  CONSTRAINT pk_party PRIMARY KEY (id),
  CONSTRAINT uq_party_code UNIQUE (code),
  CONSTRAINT ck_party_kind CHECK (
    kind IN ('individual', 'couple', 'household', 'organisation', 'community', 'group', 'state'))
);
COMMENT ON TABLE registry.party IS 'Người sử dụng đất, chủ sở hữu tài sản (LA_Party): the identity, never deleted';

CREATE TABLE registry.party_version (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  party_id         bigint NOT NULL REFERENCES registry.party,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  name             text NOT NULL,
  folded           text NOT NULL DEFAULT '',
  born_on          date,
  born_year        integer,
  sex              text,
  nationality      text,
  address          text,
  CONSTRAINT pk_party_version PRIMARY KEY (id),
  CONSTRAINT ex_party_version_two_times EXCLUDE USING gist (party_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_party_version_name CHECK (name <> '' AND name = btrim(name)),
  CONSTRAINT ck_party_version_born CHECK (born_on IS NULL OR extract(year FROM born_on) = born_year),
  CONSTRAINT ck_party_version_sex CHECK (sex IN ('male', 'female')),
  CONSTRAINT ck_party_version_nationality CHECK (nationality ~ '^[A-Z]{2}$')
);
CREATE INDEX ix_party_version_folded ON registry.party_version (folded);
COMMENT ON TABLE registry.party_version IS 'Thông tin chủ: one belief about a party in valid and recorded time';
COMMENT ON COLUMN registry.party_version.folded IS 'The name without diacritics: set by a trigger';

CREATE TABLE registry.party_document (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  party_id         bigint NOT NULL REFERENCES registry.party,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  kind             text NOT NULL,
  number_sealed    bytea NOT NULL,
  number_index     bytea NOT NULL,
  issued_on        date,
  issued_by        text,
  CONSTRAINT pk_party_document PRIMARY KEY (id),
  -- A number names one person; that it is sealed keeps nobody from seeing that two are the same.
  CONSTRAINT ex_party_document_number EXCLUDE USING gist
    (kind WITH =, number_index WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_party_document_kind CHECK (
    kind IN ('cccd', 'cmnd', 'passport', 'military', 'birth', 'business', 'tax', 'decision')),
  CONSTRAINT ck_party_document_index CHECK (octet_length(number_index) = 32)
);
CREATE INDEX ix_party_document_party_id ON registry.party_document (party_id);
CREATE INDEX ix_party_document_number_index ON registry.party_document (number_index);
COMMENT ON TABLE registry.party_document IS 'Giấy tờ nhân thân, giấy tờ pháp nhân: their numbers are sealed';
COMMENT ON COLUMN registry.party_document.number_index IS 'Keyed digest of the number, to search by its exact value';

CREATE TABLE registry.party_member (
  id               bigint GENERATED ALWAYS AS IDENTITY,
  party_id         bigint NOT NULL REFERENCES registry.party,
  member_id        bigint NOT NULL REFERENCES registry.party,
  record_id        bigint NOT NULL REFERENCES cadastre.record,
  closed_record_id bigint REFERENCES cadastre.record,
  repeats_id       bigint,
  valid            daterange NOT NULL,
  recorded         tstzrange NOT NULL DEFAULT tstzrange(clock_timestamp(), NULL),
  CONSTRAINT pk_party_member PRIMARY KEY (id),
  CONSTRAINT ex_party_member_once EXCLUDE USING gist
    (party_id WITH =, member_id WITH =, valid WITH &&, recorded WITH &&),
  CONSTRAINT ck_party_member_other CHECK (party_id <> member_id)
);
CREATE INDEX ix_party_member_member_id ON registry.party_member (member_id);
COMMENT ON TABLE registry.party_member IS
  'Thành viên của vợ chồng, hộ gia đình, nhóm người (LA_PartyMember): they hold jointly, without fractions';
"""

GUARDS = """
CREATE FUNCTION registry.fold_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.folded := geo.vn_fold(NEW.name);
  RETURN NEW;
END $$;
CREATE TRIGGER t05_fold BEFORE INSERT ON registry.party_version FOR EACH ROW EXECUTE FUNCTION registry.fold_name();

CREATE FUNCTION registry.check_member() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  whole text := (SELECT p.kind FROM registry.party p WHERE p.id = NEW.party_id);
  one   text := (SELECT p.kind FROM registry.party p WHERE p.id = NEW.member_id);
BEGIN
  IF NOT (whole IN ('couple', 'household') AND one = 'individual'
          OR whole = 'group' AND one IN ('individual', 'organisation')
          OR whole = 'community' AND one = 'individual') THEN
    PERFORM cadastre.refuse('party-member-kind', 'Such a party has no member of that kind',
                            jsonb_build_object('kind', whole, 'member', one));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER t20_kind AFTER INSERT ON registry.party_member
  FOR EACH ROW EXECUTE FUNCTION registry.check_member();

CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.party
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['party_version', 'party_document', 'party_member'] LOOP
    EXECUTE format('CREATE INDEX %I ON registry.%I (record_id)', 'ix_' || name || '_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (closed_record_id) WHERE closed_record_id IS NOT NULL',
                   'ix_' || name || '_closed_record_id', name);
    EXECUTE format('CREATE INDEX %I ON registry.%I (repeats_id) WHERE repeats_id IS NOT NULL',
                   'ix_' || name || '_repeats_id', name);
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (NOT isempty(valid) AND NOT isempty(recorded)
      AND lower(valid) IS NOT NULL AND lower(recorded) IS NOT NULL)', name, 'ck_' || name || '_times');
    -- What shall hold in the future waits in a dossier, so what holds today needs no clock.
    EXECUTE format('ALTER TABLE registry.%I ADD CONSTRAINT %I CHECK (
      lower(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date
      AND (upper_inf(valid) OR upper(valid) <= (lower(recorded) AT TIME ZONE ''Asia/Ho_Chi_Minh'')::date))',
      name, 'ck_' || name || '_not_future');
    EXECUTE format('CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE OR DELETE ON registry.%I
      FOR EACH ROW EXECUTE FUNCTION registry.guard_fact()', name);
    EXECUTE format('CREATE TRIGGER t05_no_truncate BEFORE TRUNCATE ON registry.%I
      EXECUTE FUNCTION cadastre.guard_truncate()', name);
  END LOOP;
END $$;

-- Who read what is known of a person: the entry says in details.about whom else it was about.
CREATE INDEX ix_audit_about ON identity.audit USING gin ((details -> 'about')) WHERE details ? 'about';
"""

GRANTS = """
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA registry FROM PUBLIC;
GRANT USAGE ON SCHEMA registry TO landsvc_import;
GRANT EXECUTE ON FUNCTION registry.guard_fact(), registry.fold_name(), registry.fact_tables(),
  registry.say_again(regclass, jsonb, bigint, text, bigint), registry.annul(bigint, bigint),
  registry.annul_with_record(), registry.refuse_superseded(bigint, bigint[]),
  registry.defer_checks() TO landsvc_editor, landsvc_import;
GRANT EXECUTE ON FUNCTION registry.end_facts(regclass, bigint[], bigint, date) TO landsvc_editor;
GRANT SELECT, INSERT ON registry.party, registry.party_version, registry.party_document, registry.party_member
  TO landsvc_editor;
GRANT UPDATE (recorded, closed_record_id), DELETE ON registry.party_version, registry.party_document,
  registry.party_member TO landsvc_editor;
-- Bulk undoing says again what was said, and brings nobody new.
GRANT SELECT, INSERT, UPDATE (recorded, closed_record_id) ON registry.party_version, registry.party_document,
  registry.party_member TO landsvc_import;
GRANT SELECT ON registry.party TO landsvc_import;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA registry TO landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (FACTS, PARTIES, GUARDS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        REVOKE ALL ON ALL TABLES IN SCHEMA registry FROM landsvc_import;
        REVOKE ALL ON ALL SEQUENCES IN SCHEMA registry FROM landsvc_import;
        REVOKE USAGE ON SCHEMA registry FROM landsvc_import;
        DROP INDEX identity.ix_audit_about;
        DROP TRIGGER t50_registry ON cadastre.record;
        DROP TABLE registry.party_member, registry.party_document, registry.party_version, registry.party;
        DROP SEQUENCE registry.party_no;
        DROP FUNCTION registry.annul_with_record(), registry.annul(bigint, bigint), registry.check_member(),
          registry.refuse_superseded(bigint, bigint[]), registry.fact_tables(), registry.fold_name(),
          registry.defer_checks(),
          registry.end_facts(regclass, bigint[], bigint, date),
          registry.say_again(regclass, jsonb, bigint, text, bigint), registry.guard_fact();
        """
    )
