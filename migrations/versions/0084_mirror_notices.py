"""Mirror the tax office's notices, what became of them, and which payment is for which of their lines."""

from __future__ import annotations

from alembic import op

revision = "0084_mirror_notices"
down_revision = "0083_carry_by_index"

NOTICES = """
CREATE FUNCTION finance.sum_of(amounts bigint[]) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(sum(a), 0) FROM unnest(amounts) AS a $$;
COMMENT ON FUNCTION finance.sum_of(bigint[]) IS 'What amounts come to, đồng';

CREATE TABLE finance.notice (
  id              bigint GENERATED ALWAYS AS IDENTITY,
  api_client_id   bigint NOT NULL,
  tax_office_code text NOT NULL,
  notice_no       text NOT NULL,
  issued_on       date NOT NULL,
  dossier_code    text,
  slip_no         text,
  of_total        smallint,
  supersedes_id   bigint,
  payer_sealed    bytea,
  payer_index     bytea,
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_notice PRIMARY KEY (id),
  CONSTRAINT uq_notice_tax_office_code_notice_no UNIQUE (tax_office_code, notice_no),
  CONSTRAINT uq_notice_supersedes_id UNIQUE (supersedes_id),
  CONSTRAINT fk_notice_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT fk_notice_supersedes_id FOREIGN KEY (supersedes_id) REFERENCES finance.notice,
  CONSTRAINT ck_notice_supersedes_id CHECK (supersedes_id < id),
  CONSTRAINT ck_notice_of_total CHECK (of_total > 0),
  CONSTRAINT ck_notice_payer CHECK ((payer_sealed IS NULL) = (payer_index IS NULL))
);
CREATE INDEX ix_notice_dossier_code ON finance.notice (dossier_code, id);
CREATE INDEX ix_notice_payer_index ON finance.notice (payer_index, id) WHERE payer_index IS NOT NULL;
COMMENT ON TABLE finance.notice IS
  'Thông báo nộp tiền: a notice as the tax office states it; only ever added to, a replacement names what it replaces';
COMMENT ON COLUMN finance.notice.of_total IS 'How many notices the slip leads to, where the tax office says it';

CREATE TABLE finance.notice_line (
  notice_id     bigint NOT NULL,
  line_no       integer NOT NULL,
  obligation_id text,
  sub_item      text NOT NULL,
  amount_vnd    bigint NOT NULL,
  exemption     text,
  due_on        date[] NOT NULL,
  due_vnd       bigint[] NOT NULL,
  CONSTRAINT pk_notice_line PRIMARY KEY (notice_id, line_no),
  CONSTRAINT fk_notice_line_notice_id FOREIGN KEY (notice_id) REFERENCES finance.notice,
  CONSTRAINT ck_notice_line_line_no CHECK (line_no > 0),
  CONSTRAINT ck_notice_line_sub_item CHECK (sub_item ~ '^[0-9]{4}$'),
  CONSTRAINT ck_notice_line_amount CHECK (amount_vnd >= 0 AND (amount_vnd > 0 OR exemption IS NOT NULL)),
  CONSTRAINT ck_notice_line_due CHECK (cardinality(due_on) = cardinality(due_vnd)
    AND finance.sum_of(due_vnd) = amount_vnd)
);
CREATE INDEX ix_notice_line_obligation_id ON finance.notice_line (obligation_id) WHERE obligation_id IS NOT NULL;
COMMENT ON TABLE finance.notice_line IS 'Khoản phải nộp: one obligation of a notice, with the days its parts are due';

CREATE TABLE finance.notice_act (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  notice_id     bigint NOT NULL,
  api_client_id bigint NOT NULL,
  kind          text NOT NULL,
  reference_no  text NOT NULL,
  acted_on      date NOT NULL,
  until_on      date,
  reason        text,
  received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_notice_act PRIMARY KEY (id),
  CONSTRAINT uq_notice_act_notice_id_kind UNIQUE (notice_id, kind),
  CONSTRAINT fk_notice_act_notice_id FOREIGN KEY (notice_id) REFERENCES finance.notice,
  CONSTRAINT fk_notice_act_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_notice_act_kind CHECK (kind IN ('cancelled', 'confirmed', 'deferred')),
  CONSTRAINT ck_notice_act_until_on CHECK ((kind = 'deferred') = (until_on IS NOT NULL))
);
COMMENT ON TABLE finance.notice_act IS
  'Hủy, xác nhận hoàn thành, ghi nợ: what the tax office says became of a notice; only ever added to';

CREATE TABLE finance.payment_match (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  payment_id bigint NOT NULL,
  notice_id  bigint NOT NULL,
  line_no    integer NOT NULL,
  amount_vnd bigint NOT NULL,
  how        text NOT NULL,
  moved_id   bigint,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_payment_match PRIMARY KEY (id),
  CONSTRAINT fk_payment_match_payment_id FOREIGN KEY (payment_id) REFERENCES finance.tax_payment,
  CONSTRAINT fk_payment_match_notice_id_line_no FOREIGN KEY (notice_id, line_no) REFERENCES finance.notice_line,
  CONSTRAINT fk_payment_match_moved_id FOREIGN KEY (moved_id) REFERENCES finance.payment_match,
  CONSTRAINT uq_payment_match_moved_id UNIQUE (moved_id),
  CONSTRAINT ck_payment_match_amount CHECK (amount_vnd <> 0),
  CONSTRAINT ck_payment_match_how CHECK (how IN ('obligation', 'notice', 'moved') AND
    (how = 'moved' OR amount_vnd > 0))
);
CREATE INDEX ix_payment_match_payment_id ON finance.payment_match (payment_id, id);
CREATE INDEX ix_payment_match_notice_id ON finance.payment_match (notice_id, line_no);
COMMENT ON TABLE finance.payment_match IS
  'Đối ứng khoản nộp: which line a payment is for; moved money is taken off the one line and put on the other';
COMMENT ON COLUMN finance.payment_match.moved_id IS 'The entry that took it off the line before';

CREATE INDEX ix_tax_payment_obligation_id ON finance.tax_payment (obligation_id) WHERE obligation_id IS NOT NULL;
CREATE INDEX ix_tax_payment_notice_no ON finance.tax_payment (notice_no, tax_office_code) WHERE notice_no IS NOT NULL;

CREATE FUNCTION finance.keep_matches_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  matched numeric;
  lowest  numeric;
BEGIN
  SELECT sum(m.amount_vnd) INTO matched FROM finance.payment_match m WHERE m.payment_id = NEW.payment_id;
  SELECT min(s.total) INTO lowest FROM (
    SELECT sum(m.amount_vnd) AS total FROM finance.payment_match m WHERE m.payment_id = NEW.payment_id
     GROUP BY m.notice_id, m.line_no) s;
  IF matched > (SELECT p.amount_vnd FROM finance.tax_payment p WHERE p.id = NEW.payment_id) OR lowest < 0
     OR matched < 0 THEN
    PERFORM cadastre.refuse('payment-matched-twice', 'A payment counts once, for lines it was put on', '{}');
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_whole AFTER INSERT ON finance.payment_match DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION finance.keep_matches_whole();
"""

STATES = """
CREATE VIEW finance.notice_standing AS
SELECT n.id AS notice_id, l.line_no, l.amount_vnd, coalesce(p.paid, 0)::bigint AS paid_vnd,
       s.id AS superseded_by,
       EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'cancelled') AS cancelled,
       EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'confirmed') AS confirmed,
       (SELECT a.until_on FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'deferred') AS deferred_until,
       CASE WHEN s.id IS NOT NULL THEN 'REPLACED'
            WHEN EXISTS (SELECT FROM finance.notice_act a WHERE a.notice_id = n.id AND a.kind = 'cancelled')
              THEN 'CANCELLED'
            WHEN coalesce(p.paid, 0) > l.amount_vnd THEN 'OVERPAID'
            WHEN coalesce(p.paid, 0) = l.amount_vnd THEN 'PAID'
            WHEN p.paid > 0 THEN 'PARTIAL' ELSE 'ISSUED' END AS state
  FROM finance.notice n
  JOIN finance.notice_line l ON l.notice_id = n.id
  LEFT JOIN finance.notice s ON s.supersedes_id = n.id
  LEFT JOIN LATERAL (SELECT sum(m.amount_vnd) AS paid FROM finance.payment_match m
                      WHERE m.notice_id = l.notice_id AND m.line_no = l.line_no) p ON true;
COMMENT ON VIEW finance.notice_standing IS 'How each line of each notice stands: sums of entries, nothing kept';
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER t01_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();\n"
    for table in ("notice", "notice_line", "notice_act", "payment_match")
)

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.keep_matches_whole() FROM PUBLIC;
GRANT SELECT ON finance.notice, finance.notice_line, finance.notice_act, finance.payment_match,
  finance.notice_standing TO landsvc_tax, landsvc_editor;
GRANT INSERT (api_client_id, tax_office_code, notice_no, issued_on, dossier_code, slip_no, of_total, supersedes_id,
  payer_sealed, payer_index) ON finance.notice TO landsvc_tax;
GRANT INSERT ON finance.notice_line TO landsvc_tax;
GRANT INSERT (notice_id, api_client_id, kind, reference_no, acted_on, until_on, reason) ON finance.notice_act
  TO landsvc_tax;
GRANT INSERT (payment_id, notice_id, line_no, amount_vnd, how, moved_id) ON finance.payment_match TO landsvc_tax;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (NOTICES, STATES, APPEND_ONLY, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP VIEW finance.notice_standing;
        DROP TABLE finance.payment_match, finance.notice_act, finance.notice_line, finance.notice;
        DROP INDEX finance.ix_tax_payment_obligation_id, finance.ix_tax_payment_notice_no;
        DROP FUNCTION finance.keep_matches_whole();
        DROP FUNCTION finance.sum_of(bigint[]);
        """
    )
