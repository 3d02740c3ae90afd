"""Keep what banks and portals tell of money they took: their keys, messages, payments and lists of a day."""

from __future__ import annotations

from alembic import op

revision = "0090_hear_channels"
down_revision = "0089_node_before_judging"

CHANNELS = """
DO $$ BEGIN
  IF to_regrole('landsvc_channel') IS NULL THEN
    RAISE EXCEPTION 'The role landsvc_channel is missing: run landsvc/core/provision.sql again';
  END IF;
END $$;

CREATE TABLE finance.channel (
  code      text NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  kind      text NOT NULL,
  is_active boolean NOT NULL DEFAULT true,
  CONSTRAINT pk_channel PRIMARY KEY (code),
  CONSTRAINT ck_channel_code CHECK (code ~ '^[A-Z][A-Z0-9]{1,19}$'),
  CONSTRAINT ck_channel_kind CHECK (kind IN ('portal', 'bank', 'counter', 'treasury'))
);
COMMENT ON TABLE finance.channel IS 'Kênh thanh toán: a bank, portal, counter or treasury that takes money';

CREATE TABLE finance.channel_key (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  channel    text NOT NULL,
  kid        text NOT NULL,
  algorithm  text NOT NULL,
  public_key text,
  sealed     bytea,
  valid      tstzrange NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_channel_key PRIMARY KEY (id),
  CONSTRAINT uq_channel_key_channel_kid UNIQUE (channel, kid),
  CONSTRAINT fk_channel_key_channel FOREIGN KEY (channel) REFERENCES finance.channel,
  CONSTRAINT ck_channel_key_kid CHECK (kid ~ '^[A-Za-z0-9._-]{1,64}$'),
  CONSTRAINT ck_channel_key_algorithm CHECK (algorithm IN ('hmac-sha256', 'ed25519', 'rsa-v1_5-sha256')),
  CONSTRAINT ck_channel_key_one CHECK (CASE WHEN algorithm = 'hmac-sha256'
    THEN sealed IS NOT NULL AND public_key IS NULL ELSE public_key IS NOT NULL AND sealed IS NULL END),
  CONSTRAINT ck_channel_key_valid CHECK (NOT lower_inf(valid) AND lower_inc(valid) AND NOT upper_inc(valid))
);
COMMENT ON TABLE finance.channel_key IS
  'Khóa xác thực của kênh: what a channel signs with, several at once while they change over; a key is ended, never'
  ' changed';
COMMENT ON COLUMN finance.channel_key.sealed IS 'The shared secret of hmac-sha256, sealed';
COMMENT ON COLUMN finance.channel_key.public_key IS 'PEM (SubjectPublicKeyInfo)';

CREATE TABLE finance.channel_message (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  channel     text NOT NULL,
  nonce       text NOT NULL,
  key_id      bigint NOT NULL,
  signed_at   timestamptz NOT NULL,
  path        text NOT NULL,
  sha256      bytea NOT NULL,
  signature   bytea NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_channel_message PRIMARY KEY (id),
  CONSTRAINT uq_channel_message_channel_nonce UNIQUE (channel, nonce),
  CONSTRAINT fk_channel_message_channel FOREIGN KEY (channel) REFERENCES finance.channel,
  CONSTRAINT fk_channel_message_key_id FOREIGN KEY (key_id) REFERENCES finance.channel_key,
  CONSTRAINT ck_channel_message_nonce CHECK (nonce ~ '^[A-Za-z0-9._-]{16,64}$'),
  CONSTRAINT ck_channel_message_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_channel_message_signature CHECK (octet_length(signature) BETWEEN 32 AND 1024)
);
COMMENT ON TABLE finance.channel_message IS
  'Thông điệp đã ký: each signed message that was taken, so that none counts twice and what was signed can be shown';
"""

PAYMENTS = """
CREATE TABLE finance.channel_payment (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  seq           bigint NOT NULL,
  channel       text NOT NULL,
  reference_no  text NOT NULL,
  line_no       smallint NOT NULL DEFAULT 1,
  purpose       text NOT NULL,
  obligation_id text,
  dossier_code  text,
  order_code    text,
  account_no    text NOT NULL,
  amount_vnd    bigint NOT NULL,
  paid_at       timestamptz NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  message_id    bigint,
  CONSTRAINT pk_channel_payment PRIMARY KEY (id),
  CONSTRAINT uq_channel_payment_seq UNIQUE (seq),
  CONSTRAINT uq_channel_payment_channel_reference_no_line_no UNIQUE (channel, reference_no, line_no),
  CONSTRAINT fk_channel_payment_channel FOREIGN KEY (channel) REFERENCES finance.channel,
  CONSTRAINT fk_channel_payment_message_id FOREIGN KEY (message_id) REFERENCES finance.channel_message,
  CONSTRAINT ck_channel_payment_line_no CHECK (line_no > 0),
  CONSTRAINT ck_channel_payment_purpose CHECK (CASE purpose WHEN 'tax' THEN order_code IS NULL
    WHEN 'fee' THEN obligation_id IS NULL ELSE false END),
  CONSTRAINT ck_channel_payment_amount_vnd CHECK (amount_vnd > 0)
);
CREATE INDEX ix_channel_payment_obligation_id ON finance.channel_payment (obligation_id)
  WHERE obligation_id IS NOT NULL;
CREATE INDEX ix_channel_payment_order_code ON finance.channel_payment (order_code) WHERE order_code IS NOT NULL;
CREATE INDEX ix_channel_payment_dossier_code ON finance.channel_payment (dossier_code)
  WHERE dossier_code IS NOT NULL;
CREATE INDEX ix_channel_payment_channel ON finance.channel_payment (channel, paid_at);
CREATE INDEX ix_channel_payment_message_id ON finance.channel_payment (message_id);
COMMENT ON TABLE finance.channel_payment IS
  'Khoản tiền kênh báo đã thu: money a bank or portal says it took; only ever added to. That an obligation is'
  ' fulfilled is the tax office''s to say';
COMMENT ON COLUMN finance.channel_payment.seq IS
  'In the order of commits without a gap, so that whoever reads on misses none';
COMMENT ON COLUMN finance.channel_payment.reference_no IS
  'Số tham chiếu: unique in its channel, unchanged along the chain';
COMMENT ON COLUMN finance.channel_payment.obligation_id IS 'Mã định danh khoản phải nộp, as the channel names it';
COMMENT ON COLUMN finance.channel_payment.order_code IS 'Mã lệnh thu phí of the office, as the channel names it';
COMMENT ON COLUMN finance.channel_payment.account_no IS 'The account it was paid into';

-- One after the other until each is kept: numbers come in the order of commits, and none is left out.
CREATE FUNCTION finance.number_channel_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.channel_payment'::regclass::oid::bigint);
  NEW.seq := (SELECT coalesce(max(p.seq), 0) + 1 FROM finance.channel_payment p);
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.number_channel_payment() IS 'Number payments of channels in the order of commits';
CREATE TRIGGER t10_number BEFORE INSERT ON finance.channel_payment
  FOR EACH ROW EXECUTE FUNCTION finance.number_channel_payment();

CREATE FUNCTION finance.announce_channel_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO core.outbox (topic, key, payload)
  VALUES ('channel.paid', NEW.id::text, jsonb_build_object('id', NEW.id, 'purpose', NEW.purpose));
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.announce_channel_payment() IS 'Tell each payment of a channel to whoever subscribed';
CREATE TRIGGER t50_announce AFTER INSERT ON finance.channel_payment
  FOR EACH ROW EXECUTE FUNCTION finance.announce_channel_payment();
"""

STATEMENTS = """
CREATE TABLE finance.channel_statement (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  channel     text NOT NULL,
  on_day      date NOT NULL,
  version     smallint NOT NULL,
  line_count  integer NOT NULL,
  sum_vnd     bigint NOT NULL,
  sha256      bytea NOT NULL,
  message_id  bigint,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_channel_statement PRIMARY KEY (id),
  CONSTRAINT uq_channel_statement_channel_on_day_version UNIQUE (channel, on_day, version),
  CONSTRAINT fk_channel_statement_channel FOREIGN KEY (channel) REFERENCES finance.channel,
  CONSTRAINT fk_channel_statement_message_id FOREIGN KEY (message_id) REFERENCES finance.channel_message,
  CONSTRAINT ck_channel_statement_version CHECK (version > 0),
  CONSTRAINT ck_channel_statement_count CHECK (line_count >= 0 AND sum_vnd >= 0 AND (line_count = 0) = (sum_vnd = 0)),
  CONSTRAINT ck_channel_statement_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX ix_channel_statement_message_id ON finance.channel_statement (message_id);
COMMENT ON TABLE finance.channel_statement IS
  'Bảng kê trong ngày của kênh: the channel''s own list of a day in Vietnam; the newest version counts, none is'
  ' changed';
COMMENT ON COLUMN finance.channel_statement.sha256 IS 'Digest of what it says, whatever it was written in';

CREATE TABLE finance.channel_statement_line (
  statement_id  bigint NOT NULL,
  reference_no  text NOT NULL,
  line_no       smallint NOT NULL DEFAULT 1,
  purpose       text NOT NULL,
  order_code    text,
  obligation_id text,
  amount_vnd    bigint NOT NULL,
  paid_at       timestamptz NOT NULL,
  CONSTRAINT pk_channel_statement_line PRIMARY KEY (statement_id, reference_no, line_no),
  CONSTRAINT fk_channel_statement_line_statement_id FOREIGN KEY (statement_id) REFERENCES finance.channel_statement,
  CONSTRAINT ck_channel_statement_line_line_no CHECK (line_no > 0),
  CONSTRAINT ck_channel_statement_line_purpose CHECK (CASE purpose WHEN 'tax' THEN order_code IS NULL
    WHEN 'fee' THEN obligation_id IS NULL ELSE false END),
  CONSTRAINT ck_channel_statement_line_amount_vnd CHECK (amount_vnd > 0)
);
COMMENT ON TABLE finance.channel_statement_line IS 'Dòng của bảng kê: one payment as the channel lists it';

CREATE FUNCTION finance.check_channel_statement() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.channel_statement'::regclass::oid::integer,
                                hashtext(NEW.channel || NEW.on_day));
  IF NEW.version <> (SELECT coalesce(max(s.version), 0) + 1 FROM finance.channel_statement s
                      WHERE s.channel = NEW.channel AND s.on_day = NEW.on_day) THEN
    PERFORM cadastre.refuse('statement-out-of-order', 'A list of a day follows the one before it',
                            jsonb_build_object('channel', NEW.channel, 'day', NEW.on_day));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_channel_statement() IS 'Let versions of a list of a day follow one another';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.channel_statement
  FOR EACH ROW EXECUTE FUNCTION finance.check_channel_statement();

-- A list that has all its lines takes no other: one more would be too many.
CREATE FUNCTION finance.keep_statement_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  found record;
BEGIN
  SELECT count(*) AS lines, coalesce(sum(l.amount_vnd), 0) AS total INTO found
    FROM finance.channel_statement_line l WHERE l.statement_id = NEW.id;
  IF found.lines <> NEW.line_count OR found.total <> NEW.sum_vnd THEN
    PERFORM cadastre.refuse('statement-does-not-sum', 'Count and sum are those of the lines',
      jsonb_build_object('count', NEW.line_count, 'sumVnd', NEW.sum_vnd, 'lines', found.lines,
                         'linesVnd', found.total));
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.keep_statement_whole() IS 'Hold a list of a day to its own count and sum';
CREATE CONSTRAINT TRIGGER t20_whole AFTER INSERT ON finance.channel_statement DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION finance.keep_statement_whole();

CREATE FUNCTION finance.keep_statement_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT a.statement_id FROM added a) t
               JOIN finance.channel_statement s ON s.id = t.statement_id
              WHERE s.line_count < (SELECT count(*) FROM finance.channel_statement_line l
                                     WHERE l.statement_id = s.id)) THEN
    PERFORM cadastre.refuse('statement-does-not-sum', 'A list of a day has no more lines than it says', '{}');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.keep_statement_closed() IS 'Add no line to a list of a day that is whole';
CREATE TRIGGER t20_closed AFTER INSERT ON finance.channel_statement_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION finance.keep_statement_closed();
"""

KEYS = """
-- A key ends earlier than it was to, or is sealed anew by the owner; nothing else of it changes.
CREATE FUNCTION finance.check_channel_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.channel, NEW.kid, NEW.algorithm, NEW.made_at, lower(NEW.valid))
       IS DISTINCT FROM (OLD.id, OLD.channel, OLD.kid, OLD.algorithm, OLD.made_at, lower(OLD.valid))
     OR NEW.public_key IS DISTINCT FROM OLD.public_key
     OR NOT (upper_inf(OLD.valid) OR NOT upper_inf(NEW.valid) AND upper(NEW.valid) <= upper(OLD.valid)) THEN
    PERFORM cadastre.refuse('channel-key-kept', 'A key is ended, never changed',
                            jsonb_build_object('kid', OLD.kid));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_channel_key() IS 'Let a key of a channel end, and nothing else';
CREATE TRIGGER t10_check BEFORE UPDATE ON finance.channel_key
  FOR EACH ROW EXECUTE FUNCTION finance.check_channel_key();
CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON finance.channel_key
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();\n"
    for table in ("channel_message", "channel_payment", "channel_statement", "channel_statement_line")
)

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.number_channel_payment(), finance.announce_channel_payment(),
  finance.check_channel_statement(), finance.keep_statement_whole(), finance.keep_statement_closed(),
  finance.check_channel_key() FROM PUBLIC;
GRANT USAGE ON SCHEMA core, identity, finance TO landsvc_channel;
GRANT USAGE ON SCHEMA finance TO landsvc_identity;
GRANT INSERT ON identity.audit TO landsvc_channel;
GRANT SELECT ON finance.channel, finance.channel_payment, finance.channel_statement, finance.channel_statement_line
  TO landsvc_channel, landsvc_editor, landsvc_tax, landsvc_import;
GRANT INSERT ON finance.channel TO landsvc_import;
GRANT SELECT ON finance.channel TO landsvc_identity;
GRANT SELECT ON finance.channel_key TO landsvc_channel, landsvc_identity;
-- Who may sign is settled where it is settled who somebody is.
GRANT INSERT (channel, kid, algorithm, public_key, sealed, valid), UPDATE (valid) ON finance.channel_key
  TO landsvc_identity;
GRANT SELECT, INSERT (channel, nonce, key_id, signed_at, path, sha256, signature) ON finance.channel_message
  TO landsvc_channel;
GRANT INSERT (channel, reference_no, line_no, purpose, obligation_id, dossier_code, order_code, account_no,
  amount_vnd, paid_at, message_id) ON finance.channel_payment TO landsvc_channel;
GRANT INSERT (channel, on_day, version, line_count, sum_vnd, sha256, message_id) ON finance.channel_statement
  TO landsvc_channel;
GRANT INSERT ON finance.channel_statement_line TO landsvc_channel;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (CHANNELS, PAYMENTS, STATEMENTS, KEYS, APPEND_ONLY, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        REVOKE USAGE ON SCHEMA core, identity, finance FROM landsvc_channel;
        REVOKE USAGE ON SCHEMA finance FROM landsvc_identity;
        REVOKE INSERT ON identity.audit FROM landsvc_channel;
        DROP TABLE finance.channel_statement_line, finance.channel_statement, finance.channel_payment,
          finance.channel_message, finance.channel_key, finance.channel;
        DROP FUNCTION finance.number_channel_payment(), finance.announce_channel_payment(),
          finance.check_channel_statement(), finance.keep_statement_whole(), finance.keep_statement_closed(),
          finance.check_channel_key();
        """
    )
