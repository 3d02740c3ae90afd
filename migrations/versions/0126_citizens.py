"""Let people have accounts of their own: proven by a telephone number, an e-mail address or the national identity."""

from __future__ import annotations

from alembic import op

revision = "0126_citizens"
down_revision = "0125_apply_online"

TABLES = """
ALTER TABLE identity.session ADD COLUMN level smallint NOT NULL DEFAULT 2;
ALTER TABLE identity.session ADD CONSTRAINT ck_session_level CHECK (level IN (2, 3));
COMMENT ON COLUMN identity.session.level IS
  'How the person said who they are: 2 by an account of ours, 3 by the national identity';

CREATE TABLE identity.citizen (
  account_id    bigint NOT NULL,
  sealed        bytea NOT NULL,
  channel       text,
  contact_index bytea,
  made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_citizen PRIMARY KEY (account_id),
  CONSTRAINT fk_citizen_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT uq_citizen_contact_index UNIQUE (contact_index),
  CONSTRAINT ck_citizen_contact CHECK (channel IN ('email', 'sms') AND octet_length(contact_index) = 32
    OR channel IS NULL AND contact_index IS NULL)
);
COMMENT ON TABLE identity.citizen IS 'Tài khoản công dân: the name and contact of a citizen who has an account, sealed';
COMMENT ON COLUMN identity.citizen.sealed IS 'Name and contact as one piece, sealed';

CREATE TABLE identity.contact_proof (
  id            uuid NOT NULL,
  account_id    bigint,
  channel       text NOT NULL,
  sealed        bytea NOT NULL,
  contact_index bytea NOT NULL,
  sender_index  bytea NOT NULL,
  code_index    bytea NOT NULL,
  tries         smallint NOT NULL DEFAULT 0,
  made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  used_at       timestamptz,
  CONSTRAINT pk_contact_proof PRIMARY KEY (id),
  CONSTRAINT fk_contact_proof_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT ck_contact_proof_channel CHECK (channel IN ('email', 'sms')),
  CONSTRAINT ck_contact_proof_indexes CHECK (octet_length(contact_index) = 32 AND octet_length(sender_index) = 32
    AND octet_length(code_index) = 32),
  CONSTRAINT ck_contact_proof_tries CHECK (tries BETWEEN 0 AND 5)
);
CREATE INDEX ix_contact_proof_contact_index ON identity.contact_proof (contact_index, made_at);
CREATE INDEX ix_contact_proof_sender_index ON identity.contact_proof (sender_index, made_at);
CREATE INDEX ix_contact_proof_made_at ON identity.contact_proof (made_at);
COMMENT ON TABLE identity.contact_proof IS
  'Xác minh liên hệ: a code sent to a telephone or address, to open an account or renew its password; for a day';
COMMENT ON COLUMN identity.contact_proof.account_id IS 'Whose password is renewed; null opens a new account';

-- Whoever proves the contact gets into the account, so an officer's never has one.
CREATE FUNCTION identity.guard_citizen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM identity.account_role r JOIN identity.role k ON k.code = r.role_code
              WHERE r.account_id = NEW.account_id AND k.office) THEN
    RAISE EXCEPTION 'An account of the office is nobody''s own' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT ON identity.citizen
  FOR EACH ROW EXECUTE FUNCTION identity.guard_citizen();

REVOKE EXECUTE ON FUNCTION identity.guard_citizen() FROM PUBLIC;
GRANT SELECT, INSERT ON identity.citizen, identity.contact_proof TO landsvc_identity;
GRANT UPDATE (sealed, channel, contact_index) ON identity.citizen TO landsvc_identity;
GRANT DELETE ON identity.citizen TO landsvc_identity;
GRANT UPDATE (tries, used_at), DELETE ON identity.contact_proof TO landsvc_identity;
"""

OWN = """
CREATE TABLE registry.account_party (
  account_id bigint NOT NULL,
  since      timestamptz NOT NULL DEFAULT clock_timestamp(),
  party_id   bigint NOT NULL,
  proof      text NOT NULL,
  by_account bigint,
  ended_at   timestamptz,
  CONSTRAINT pk_account_party PRIMARY KEY (account_id, since),
  CONSTRAINT fk_account_party_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT fk_account_party_party_id FOREIGN KEY (party_id) REFERENCES registry.party,
  CONSTRAINT fk_account_party_by_account FOREIGN KEY (by_account) REFERENCES identity.account,
  CONSTRAINT ck_account_party_proof CHECK (CASE proof WHEN 'national-id' THEN by_account IS NULL
    WHEN 'counter' THEN by_account IS NOT NULL AND by_account <> account_id ELSE false END)
);
CREATE UNIQUE INDEX ux_account_party_open ON registry.account_party (account_id) WHERE ended_at IS NULL;
CREATE INDEX ix_account_party_party_id ON registry.account_party (party_id);
COMMENT ON TABLE registry.account_party IS
  'Người của tài khoản: which party of the register an account is, and what proved it; one at a time';

ALTER TABLE registry.application ADD COLUMN account_id bigint,
  ADD COLUMN level smallint NOT NULL DEFAULT 1,
  ADD CONSTRAINT fk_application_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  ADD CONSTRAINT ck_application_level CHECK (level BETWEEN 1 AND 3 AND (level = 1) = (account_id IS NULL));
CREATE INDEX ix_application_account_id ON registry.application (account_id) WHERE account_id IS NOT NULL;
COMMENT ON COLUMN registry.application.level IS
  'How the applicant said who they are when it was begun, as online_service.level';

CREATE FUNCTION registry.guard_application_level() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.account_id IS NOT NULL AND (NEW.account_id, NEW.level) IS DISTINCT FROM (OLD.account_id, OLD.level) THEN
    RAISE EXCEPTION 'An application stays whose it is' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.dossier_id IS NOT NULL AND EXISTS (
    SELECT FROM registry.services_online((now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date) s
     WHERE s.procedure = NEW.procedure AND s.level > NEW.level) THEN
    PERFORM cadastre.refuse('sign-in-too-weak', 'This service asks for more than this application was begun with',
                            jsonb_build_object('procedure', NEW.procedure));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER t20_level BEFORE UPDATE ON registry.application
  FOR EACH ROW EXECUTE FUNCTION registry.guard_application_level();

CREATE FUNCTION registry.own_application(asked text, given text, account bigint, reached smallint) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE registry.application a SET account_id = $3, level = $4
   WHERE a.code = $1 AND a.secret = $2 AND a.account_id IS NULL AND a.dossier_id IS NULL
  RETURNING true
$$;
COMMENT ON FUNCTION registry.own_application(text, text, bigint, smallint) IS
  'Let a draft just begun be of an account, which said who it is at a level; null when it is somebody''s';

CREATE FUNCTION registry.application_owner(asked text, given text) RETURNS TABLE (account_id bigint, level smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.account_id, a.level FROM registry.application a WHERE a.code = $1 AND a.secret = $2
$$;
COMMENT ON FUNCTION registry.application_owner(text, text) IS
  'Whose application this is, and how they said who they are';

CREATE FUNCTION registry.recognize_account(account bigint, digests bytea[]) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  found bigint[] := ARRAY(
    SELECT DISTINCT d.party_id FROM registry.party_document d JOIN registry.party p ON p.id = d.party_id
     WHERE d.number_index = ANY ($2) AND upper_inf(d.recorded) AND p.kind = 'individual');
  was bigint;
BEGIN
  PERFORM FROM identity.account a WHERE a.id = $1 FOR UPDATE;
  SELECT l.party_id INTO was FROM registry.account_party l WHERE l.account_id = $1 AND l.ended_at IS NULL;
  IF cardinality(found) <> 1 THEN
    -- Nobody, or two entries for one number: an officer looks into that, no machine chooses.
    UPDATE registry.account_party l SET ended_at = clock_timestamp() WHERE l.account_id = $1 AND l.ended_at IS NULL;
    RETURN NULL;
  END IF;
  IF was IS DISTINCT FROM found[1] THEN
    UPDATE registry.account_party l SET ended_at = clock_timestamp() WHERE l.account_id = $1 AND l.ended_at IS NULL;
    INSERT INTO registry.account_party (account_id, party_id, proof) VALUES ($1, found[1], 'national-id');
  END IF;
  RETURN (SELECT p.code FROM registry.party p WHERE p.id = found[1]);
END $$;
COMMENT ON FUNCTION registry.recognize_account(bigint, bytea[]) IS
  'Know an account as the one person who has a number the national identity told; their code, null for none';

CREATE FUNCTION registry.forget_account(account bigint) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE registry.account_party l SET ended_at = clock_timestamp() WHERE l.account_id = $1 AND l.ended_at IS NULL
$$;
COMMENT ON FUNCTION registry.forget_account(bigint) IS 'Know an account as nobody of the register any more';

CREATE FUNCTION registry.account_is(account bigint) RETURNS TABLE (party text, name text, proof text, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.code, v.name, l.proof, l.since FROM registry.account_party l
    JOIN registry.party p ON p.id = l.party_id
    JOIN registry.party_version v ON v.party_id = p.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
   WHERE l.account_id = $1 AND l.ended_at IS NULL
$$;
COMMENT ON FUNCTION registry.account_is(bigint) IS 'Who of the register an account is';

CREATE FUNCTION registry.account_parties(account bigint) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT l.party_id FROM registry.account_party l WHERE l.account_id = $1 AND l.ended_at IS NULL
   UNION
  SELECT m.party_id FROM registry.account_party l JOIN registry.party_member m ON m.member_id = l.party_id
   WHERE l.account_id = $1 AND l.ended_at IS NULL AND upper_inf(m.recorded) AND upper_inf(m.valid)
$$;
COMMENT ON FUNCTION registry.account_parties(bigint) IS
  'Who of the register an account is, and the couples, households and groups that person belongs to';

CREATE FUNCTION registry.account_land(account bigint) RETURNS TABLE (unit_id bigint, ref text, rights_vi text[],
  rights_en text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.unit_id, coalesce((SELECT c.ref FROM cadastre.parcel_card c WHERE c.unit_id = b.unit_id),
                             (SELECT min(c.code) FROM cadastre.parcel_code c WHERE c.unit_id = b.unit_id)),
         array_agg(DISTINCT k.name_vi), array_agg(DISTINCT k.name_en)
    FROM registry.account_parties($1) u
    JOIN registry.holding_party h ON h.party_id = u
    JOIN registry.rrr_version v ON v.holding_id = h.holding_id AND upper_inf(v.recorded) AND upper_inf(v.valid)
    JOIN registry.rrr r ON r.id = v.rrr_id
    JOIN registry.rrr_kind k ON k.code = r.kind AND k.class = 'right'
    JOIN registry.ba_unit_parcel b ON b.ba_unit_id = r.ba_unit_id AND upper_inf(b.recorded) AND upper_inf(b.valid)
   GROUP BY b.unit_id ORDER BY 2 LIMIT 200
$$;
COMMENT ON FUNCTION registry.account_land(bigint) IS
  'Land on which the person of an account holds a right now, alone or with others; at most 200 parcels';

CREATE FUNCTION registry.account_holds(account bigint, unit bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT l.party_id FROM registry.account_party l
   WHERE l.account_id = $1 AND l.ended_at IS NULL AND registry.holds_unit(l.party_id, $2)
$$;
COMMENT ON FUNCTION registry.account_holds(bigint, bigint) IS
  'The person of an account, if they hold a right on this land now; null otherwise';

CREATE FUNCTION registry.account_cases(account bigint) RETURNS TABLE (code text, secret text, procedure text,
  dossier boolean, state_vi text, state_en text, at timestamptz, ended boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.code, a.secret, a.procedure, false, NULL, NULL, a.changed_at, false
    FROM registry.application a WHERE a.account_id = $1 AND a.dossier_id IS NULL
   UNION ALL
  SELECT d.code, k.secret, d.procedure, true, s.name_vi, s.name_en, d.made_at, d.ended_at IS NOT NULL
    FROM registry.dossier d JOIN registry.dossier_secret k ON k.dossier_id = d.id
    JOIN registry.dossier_state s ON s.code = d.state
   WHERE d.id IN (SELECT a.dossier_id FROM registry.application a WHERE a.account_id = $1
                   UNION
                  SELECT p.dossier_id FROM registry.dossier_applicant p
                   WHERE p.party_id IN (SELECT registry.account_parties($1)))
   ORDER BY 7 DESC LIMIT 200
$$;
COMMENT ON FUNCTION registry.account_cases(bigint) IS
  'Drafts of an account, and dossiers it lodged or its person applies in, the newest first; with what opens them';

REVOKE EXECUTE ON FUNCTION registry.guard_application_level(), registry.own_application(text, text, bigint, smallint),
  registry.application_owner(text, text), registry.recognize_account(bigint, bytea[]),
  registry.forget_account(bigint), registry.account_is(bigint), registry.account_parties(bigint),
  registry.account_land(bigint), registry.account_holds(bigint, bigint), registry.account_cases(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.own_application(text, text, bigint, smallint),
  registry.application_owner(text, text), registry.recognize_account(bigint, bytea[]),
  registry.forget_account(bigint), registry.account_is(bigint), registry.account_land(bigint),
  registry.account_holds(bigint, bigint), registry.account_cases(bigint) TO landsvc_tracker;
GRANT USAGE ON SCHEMA identity TO landsvc_tracker;
GRANT INSERT (action, account_id, api_client_id, address, object, details) ON identity.audit TO landsvc_tracker;
GRANT SELECT, INSERT ON registry.account_party TO landsvc_editor;
GRANT UPDATE (ended_at) ON registry.account_party TO landsvc_editor;
"""

DOWN = """
REVOKE INSERT (action, account_id, api_client_id, address, object, details) ON identity.audit FROM landsvc_tracker;
REVOKE USAGE ON SCHEMA identity FROM landsvc_tracker;
DROP FUNCTION registry.own_application(text, text, bigint, smallint), registry.application_owner(text, text),
  registry.recognize_account(bigint, bytea[]), registry.forget_account(bigint), registry.account_is(bigint),
  registry.account_land(bigint), registry.account_holds(bigint, bigint), registry.account_cases(bigint),
  registry.account_parties(bigint);
DROP TRIGGER t20_level ON registry.application;
DROP FUNCTION registry.guard_application_level();
ALTER TABLE registry.application DROP COLUMN account_id, DROP COLUMN level;
DROP TABLE registry.account_party;
DROP TABLE identity.contact_proof, identity.citizen;
DROP FUNCTION identity.guard_citizen();
ALTER TABLE identity.session DROP COLUMN level;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(TABLES + OWN)


def downgrade() -> None:
    """Take back; citizens' accounts stay without a way in but a password."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
