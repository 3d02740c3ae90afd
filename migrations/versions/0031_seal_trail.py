"""Chain the audit trail: what was added waits to be sealed, and each seal holds the one before it."""

from __future__ import annotations

from alembic import op

revision = "0031_seal_trail"
down_revision = "0030_list_defects"

TABLES = """
CREATE TABLE identity.audit_pending (
  audit_id bigint NOT NULL,
  digest   bytea NOT NULL,
  CONSTRAINT pk_audit_pending PRIMARY KEY (audit_id)
);
COMMENT ON TABLE identity.audit_pending IS 'Nhật ký chờ niêm phong: entries of the trail that are not sealed yet';
COMMENT ON COLUMN identity.audit_pending.digest IS 'identity.audit_digest of the entry as it was added';

CREATE TABLE identity.audit_seal (
  place    bigint NOT NULL,
  audit_id bigint NOT NULL,
  digest   bytea NOT NULL,
  chain    bytea NOT NULL,
  CONSTRAINT pk_audit_seal PRIMARY KEY (place),
  CONSTRAINT uq_audit_seal_audit_id UNIQUE (audit_id),
  CONSTRAINT ck_audit_seal_place CHECK (place > 0),
  CONSTRAINT ck_audit_seal_hashes CHECK (octet_length(digest) = 32 AND octet_length(chain) = 32)
);
COMMENT ON TABLE identity.audit_seal IS 'Chuỗi niêm phong nhật ký: the hash chain over the trail; only ever added to';
COMMENT ON COLUMN identity.audit_seal.audit_id IS 'No foreign key: a seal outlives an entry that somebody took away';
COMMENT ON COLUMN identity.audit_seal.chain IS
  'SHA-256 of the chain before (32 zero bytes at place 1), the place (8 bytes, big-endian) and the digest';
CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.audit_seal
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

# The text must not hang on what a session is set to (time zone, date style), so the instant is a number.
DIGEST = """
CREATE FUNCTION identity.audit_digest(entry identity.audit) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT sha256(convert_to(jsonb_build_array(entry.id, extract(epoch FROM entry.at)::text, entry.action,
    entry.account_id, entry.api_client_id, entry.address, entry.object, entry.details)::text, 'UTF8'))
$$;
COMMENT ON FUNCTION identity.audit_digest(identity.audit) IS
  'SHA-256 of an entry written as a JSON array of id, instant (seconds since 1970, as text), and the other columns';

CREATE FUNCTION identity.chain_of(before bytea, place bigint, digest bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog AS $$
  SELECT sha256(coalesce(before, decode(repeat('00', 32), 'hex')) || int8send(place) || digest)
$$;
COMMENT ON FUNCTION identity.chain_of(bytea, bigint, bytea) IS
  'The chain at a place, from the chain before it (null at the first place) and the digest of the entry';
"""

SEALING = """
CREATE FUNCTION identity.announce_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO identity.audit_pending (audit_id, digest) VALUES (NEW.id, identity.audit_digest(NEW));
  RETURN NULL;
END $$;
CREATE TRIGGER t20_announce AFTER INSERT ON identity.audit
  FOR EACH ROW EXECUTE FUNCTION identity.announce_audit();

CREATE FUNCTION identity.seal_audit(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  waiting record;
  head identity.audit_seal;
  sealed integer := 0;
BEGIN
  -- One sealer at a time: two would give one place twice. Who comes second leaves the work to the first.
  IF NOT pg_try_advisory_xact_lock(hashtext('identity.audit_seal')) THEN
    RETURN 0;
  END IF;
  SELECT * INTO head FROM identity.audit_seal s ORDER BY s.place DESC LIMIT 1;
  head.place := coalesce(head.place, 0);
  FOR waiting IN SELECT p.audit_id, p.digest FROM identity.audit_pending p ORDER BY p.audit_id LIMIT most LOOP
    head.place := head.place + 1;
    head.chain := identity.chain_of(head.chain, head.place, waiting.digest);
    INSERT INTO identity.audit_seal (place, audit_id, digest, chain)
    VALUES (head.place, waiting.audit_id, waiting.digest, head.chain);
    DELETE FROM identity.audit_pending WHERE audit_id = waiting.audit_id;
    sealed := sealed + 1;
  END LOOP;
  RETURN sealed;
END $$;
COMMENT ON FUNCTION identity.seal_audit(integer) IS
  'Seal the next committed entries of the trail, in the order of their numbers; return how many';
"""

# The trigger is made first: it holds off writers, so that no entry falls between it and what stands already.
BACKLOG = """
INSERT INTO identity.audit_pending (audit_id, digest) SELECT a.id, identity.audit_digest(a) FROM identity.audit a;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION identity.announce_audit(), identity.seal_audit(integer),
  identity.audit_digest(identity.audit), identity.chain_of(bytea, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.seal_audit(integer), identity.audit_digest(identity.audit),
  identity.chain_of(bytea, bigint, bytea) TO landsvc_identity;
-- Seals are made by the function alone: nobody but the owner adds one by hand.
GRANT SELECT ON identity.audit_pending, identity.audit_seal TO landsvc_identity;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (TABLES, DIGEST, SEALING, BACKLOG, GRANTS):
        connection.exec_driver_sql(part)
    connection.execution_options(no_parameters=False)


def downgrade() -> None:
    op.execute(
        """
        DROP TRIGGER t20_announce ON identity.audit;
        DROP FUNCTION identity.announce_audit(), identity.seal_audit(integer), identity.audit_digest(identity.audit),
          identity.chain_of(bytea, bigint, bytea);
        DROP TABLE identity.audit_seal, identity.audit_pending;
        """
    )
