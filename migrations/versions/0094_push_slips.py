"""Push slips to machines that asked for it: where to, what is under way, each attempt, and what was given up."""

from __future__ import annotations

from alembic import op

revision = "0094_push_slips"
down_revision = "0093_tell_changes"

TABLES = """
CREATE TABLE finance.hook (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  api_client_id bigint NOT NULL,
  address       text NOT NULL,
  after_slip    bigint NOT NULL,
  made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at      timestamptz,
  CONSTRAINT pk_hook PRIMARY KEY (id),
  CONSTRAINT fk_hook_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_hook_address CHECK (address ~ '^https?://' AND length(address) <= 500)
);
CREATE UNIQUE INDEX uq_hook_api_client_id ON finance.hook (api_client_id) WHERE ended_at IS NULL;
COMMENT ON TABLE finance.hook IS
  'Điểm nhận thông báo: where a machine wants slips pushed to, one address at a time; ended, never changed';
COMMENT ON COLUMN finance.hook.after_slip IS 'The last slip before it: those after it are pushed';

CREATE TABLE finance.hook_key (
  id      bigint GENERATED ALWAYS AS IDENTITY,
  hook_id bigint NOT NULL,
  sealed  bytea NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  ends_at timestamptz,
  CONSTRAINT pk_hook_key PRIMARY KEY (id),
  CONSTRAINT fk_hook_key_hook_id FOREIGN KEY (hook_id) REFERENCES finance.hook
);
CREATE INDEX ix_hook_key_hook_id ON finance.hook_key (hook_id);
CREATE UNIQUE INDEX uq_hook_key_newest ON finance.hook_key (hook_id) WHERE ends_at IS NULL;
COMMENT ON TABLE finance.hook_key IS
  'Khóa ký thông báo: what pushes are signed with (HMAC-SHA256), sealed; two at once while they change over';

CREATE TABLE finance.hook_delivery (
  id      uuid NOT NULL DEFAULT gen_random_uuid(),
  hook_id bigint NOT NULL,
  slip_id bigint NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_hook_delivery PRIMARY KEY (id),
  CONSTRAINT uq_hook_delivery_hook_id_slip_id UNIQUE (hook_id, slip_id),
  CONSTRAINT fk_hook_delivery_hook_id FOREIGN KEY (hook_id) REFERENCES finance.hook,
  CONSTRAINT fk_hook_delivery_slip_id FOREIGN KEY (slip_id) REFERENCES finance.slip
);
CREATE INDEX ix_hook_delivery_slip_id ON finance.hook_delivery (slip_id);
COMMENT ON TABLE finance.hook_delivery IS
  'Lượt gửi phiếu: one slip for one address, under one id however often it is sent; only ever added to';

CREATE TABLE finance.hook_queue (
  delivery_id uuid NOT NULL,
  attempts    integer NOT NULL DEFAULT 0,
  tries       integer NOT NULL DEFAULT 0,
  since       timestamptz NOT NULL DEFAULT clock_timestamp(),
  due_at      timestamptz DEFAULT clock_timestamp(),
  CONSTRAINT pk_hook_queue PRIMARY KEY (delivery_id),
  CONSTRAINT fk_hook_queue_delivery_id FOREIGN KEY (delivery_id) REFERENCES finance.hook_delivery,
  CONSTRAINT ck_hook_queue_counts CHECK (tries >= 0 AND attempts >= tries)
);
CREATE INDEX ix_hook_queue_due_at ON finance.hook_queue (due_at);
COMMENT ON TABLE finance.hook_queue IS
  'Hàng đợi gửi: deliveries that nobody acknowledged yet; without a due time they were given up (dead letters)';
COMMENT ON COLUMN finance.hook_queue.attempts IS 'How often it was sent in all';
COMMENT ON COLUMN finance.hook_queue.tries IS 'How often since it was last begun (since): decides the pause';

CREATE TABLE finance.hook_attempt (
  delivery_id uuid NOT NULL,
  number      integer NOT NULL,
  outcome     text NOT NULL,
  status      smallint,
  reason      text,
  told        bytea,
  millis      integer NOT NULL,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_hook_attempt PRIMARY KEY (delivery_id, number),
  CONSTRAINT fk_hook_attempt_delivery_id FOREIGN KEY (delivery_id) REFERENCES finance.hook_delivery,
  CONSTRAINT ck_hook_attempt_outcome CHECK (CASE outcome WHEN 'taken' THEN status BETWEEN 200 AND 299
    WHEN 'refused' THEN status IS NOT NULL WHEN 'failed' THEN reason IS NOT NULL ELSE false END),
  CONSTRAINT ck_hook_attempt_number CHECK (number > 0 AND millis >= 0)
);
COMMENT ON TABLE finance.hook_attempt IS
  'Lần gửi: what came of sending a slip once; only ever added to. An attempt cut off by a crash has no row';
COMMENT ON COLUMN finance.hook_attempt.told IS 'The beginning of what was answered, sealed: it may name people';

CREATE VIEW finance.hook_line AS
SELECT h.id, h.api_client_id, c.client_id, c.name AS client_name, h.address, h.after_slip, h.made_at, h.ended_at,
       h.ended_at IS NULL AND c.revoked_at IS NULL AND 'tax:read' = ANY (c.scopes) AS is_open
  FROM finance.hook h JOIN identity.api_client c ON c.id = h.api_client_id;
COMMENT ON VIEW finance.hook_line IS 'Addresses with the machine they are of; open while it may read slips';
"""

RULES = """
CREATE FUNCTION finance.begin_hook() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.after_slip := coalesce(NEW.after_slip, (SELECT max(s.id) FROM finance.slip s), 0);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.begin_hook() IS 'Push from the next slip on, where nothing else is said';
CREATE TRIGGER t10_begin BEFORE INSERT ON finance.hook FOR EACH ROW EXECUTE FUNCTION finance.begin_hook();

CREATE FUNCTION finance.check_hook() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.api_client_id, NEW.address, NEW.after_slip, NEW.made_at)
       IS DISTINCT FROM (OLD.id, OLD.api_client_id, OLD.address, OLD.after_slip, OLD.made_at)
     OR OLD.ended_at IS NOT NULL THEN
    PERFORM cadastre.refuse('hook-kept', 'An address is ended once, never changed', jsonb_build_object('hook', OLD.id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_hook() IS 'Let an address end, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON finance.hook FOR EACH ROW EXECUTE FUNCTION finance.check_hook();

CREATE FUNCTION finance.check_hook_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.hook_id, NEW.made_at) IS DISTINCT FROM (OLD.id, OLD.hook_id, OLD.made_at)
     OR OLD.ends_at IS NOT NULL AND (NEW.ends_at IS NULL OR NEW.ends_at > OLD.ends_at) THEN
    PERFORM cadastre.refuse('hook-kept', 'A key is ended, never changed', jsonb_build_object('hook', OLD.hook_id));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_hook_key() IS 'Let a key of pushes end, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON finance.hook_key FOR EACH ROW EXECUTE FUNCTION finance.check_hook_key();

-- What was not acknowledged stays in the queue, or among what was given up, while its address holds.
CREATE FUNCTION finance.check_hook_settled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM finance.hook_attempt a WHERE a.delivery_id = OLD.delivery_id AND a.outcome = 'taken')
     AND EXISTS (SELECT FROM finance.hook_delivery d JOIN finance.hook h ON h.id = d.hook_id
                  WHERE d.id = OLD.delivery_id AND h.ended_at IS NULL) THEN
    PERFORM cadastre.refuse('delivery-not-taken', 'Nobody acknowledged this slip yet',
                            jsonb_build_object('delivery', OLD.delivery_id));
  END IF;
  RETURN OLD;
END $$;
COMMENT ON FUNCTION finance.check_hook_settled() IS 'Keep in the queue what nobody acknowledged';
CREATE TRIGGER t10_check BEFORE DELETE ON finance.hook_queue
  FOR EACH ROW EXECUTE FUNCTION finance.check_hook_settled();

CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON finance.hook
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON finance.hook_key
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.hook_delivery
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.hook_attempt
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.begin_hook(), finance.check_hook(), finance.check_hook_key(),
  finance.check_hook_settled() FROM PUBLIC;
GRANT USAGE ON SCHEMA finance TO landsvc_identity;
GRANT SELECT ON finance.hook, finance.hook_key, finance.hook_line, finance.hook_delivery, finance.hook_queue,
  finance.hook_attempt TO landsvc_tax, landsvc_identity;
-- Where slips go to is settled where it is settled who somebody is.
GRANT INSERT (api_client_id, address, after_slip), UPDATE (ended_at) ON finance.hook TO landsvc_identity;
GRANT INSERT (hook_id, sealed), UPDATE (ends_at) ON finance.hook_key TO landsvc_identity;
GRANT DELETE ON finance.hook_queue TO landsvc_identity;
GRANT INSERT (hook_id, slip_id) ON finance.hook_delivery TO landsvc_tax;
GRANT INSERT (delivery_id), UPDATE (attempts, tries, since, due_at), DELETE ON finance.hook_queue TO landsvc_tax;
GRANT INSERT (delivery_id, number, outcome, status, reason, told, millis) ON finance.hook_attempt TO landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    for part in (TABLES, RULES, GRANTS):
        op.execute(part)


def downgrade() -> None:
    """Take back; what was pushed is forgotten here, the tax office reads it from the list of slips."""
    op.execute(
        """
        DROP VIEW finance.hook_line;
        DROP TABLE finance.hook_attempt, finance.hook_queue, finance.hook_delivery, finance.hook_key, finance.hook;
        DROP FUNCTION finance.begin_hook(), finance.check_hook(), finance.check_hook_key(),
          finance.check_hook_settled();
        """
    )
