"""Reconcile each day's money: lists of the tax office, comparisons, what is decided of differences, and locked days."""

from __future__ import annotations

from alembic import op

revision = "0097_reconcile_days"
down_revision = "0096_follow_reports"

LISTS = """
CREATE TABLE finance.reconciliation_reason (
  code      text NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  valid     daterange NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  sort      smallint NOT NULL,
  CONSTRAINT pk_reconciliation_reason PRIMARY KEY (code),
  CONSTRAINT ck_reconciliation_reason_code CHECK (code ~ '^[a-z][a-z-]{1,39}$'),
  CONSTRAINT ck_reconciliation_reason_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE finance.reconciliation_reason IS
  'Lý do xử lý chênh lệch: why a difference between two sides of a day is settled';

CREATE TABLE finance.reconciliation_list (
  id              bigint GENERATED ALWAYS AS IDENTITY,
  api_client_id   bigint NOT NULL,
  tax_office_code text NOT NULL,
  on_day          date NOT NULL,
  version         smallint NOT NULL,
  sha256          bytea NOT NULL,
  received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_reconciliation_list PRIMARY KEY (id),
  CONSTRAINT uq_reconciliation_list_tax_office_code_on_day_version UNIQUE (tax_office_code, on_day, version),
  CONSTRAINT fk_reconciliation_list_api_client_id FOREIGN KEY (api_client_id) REFERENCES identity.api_client,
  CONSTRAINT ck_reconciliation_list_version CHECK (version > 0),
  CONSTRAINT ck_reconciliation_list_sha256 CHECK (octet_length(sha256) = 32)
);
CREATE INDEX ix_reconciliation_list_api_client_id ON finance.reconciliation_list (api_client_id);
COMMENT ON TABLE finance.reconciliation_list IS
  'Bảng kê đối soát của cơ quan thuế: what the tax office counts of a day in Vietnam; the newest version counts, none'
  ' is changed';
COMMENT ON COLUMN finance.reconciliation_list.sha256 IS 'Digest of what it says';

CREATE TABLE finance.reconciliation_list_total (
  list_id    bigint NOT NULL,
  stream     text NOT NULL,
  line_count integer NOT NULL,
  sum_vnd    bigint NOT NULL,
  CONSTRAINT pk_reconciliation_list_total PRIMARY KEY (list_id, stream),
  CONSTRAINT fk_reconciliation_list_total_list_id FOREIGN KEY (list_id) REFERENCES finance.reconciliation_list,
  CONSTRAINT ck_reconciliation_list_total_stream CHECK (stream IN ('slips', 'notices', 'payments')),
  CONSTRAINT ck_reconciliation_list_total_count CHECK (line_count >= 0 AND sum_vnd >= 0)
);
COMMENT ON TABLE finance.reconciliation_list_total IS
  'Số lượng và tổng tiền theo luồng: count and sum of a stream as the tax office counts them';

CREATE TABLE finance.reconciliation_list_line (
  list_id    bigint NOT NULL,
  stream     text NOT NULL,
  line_no    integer NOT NULL,
  key        text NOT NULL,
  amount_vnd bigint NOT NULL,
  digest     text,
  CONSTRAINT pk_reconciliation_list_line PRIMARY KEY (list_id, stream, line_no),
  CONSTRAINT fk_reconciliation_list_line_list_id_stream FOREIGN KEY (list_id, stream)
    REFERENCES finance.reconciliation_list_total,
  CONSTRAINT ck_reconciliation_list_line_line_no CHECK (line_no > 0),
  CONSTRAINT ck_reconciliation_list_line_amount_vnd CHECK (amount_vnd >= 0)
);
COMMENT ON TABLE finance.reconciliation_list_line IS
  'Dòng của bảng kê đối soát: one slip, notice or payment as the tax office lists it';

CREATE FUNCTION finance.check_reconciliation_list() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('finance.reconciliation_list'::regclass::oid::integer,
                                hashtext(NEW.tax_office_code || NEW.on_day));
  IF NEW.version <> (SELECT coalesce(max(l.version), 0) + 1 FROM finance.reconciliation_list l
                      WHERE l.tax_office_code = NEW.tax_office_code AND l.on_day = NEW.on_day) THEN
    PERFORM cadastre.refuse('reconciliation-out-of-order', 'A list of a day follows the one before it',
                            jsonb_build_object('taxOffice', NEW.tax_office_code, 'day', NEW.on_day));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_reconciliation_list() IS 'Let versions of a list of a day follow one another';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.reconciliation_list
  FOR EACH ROW EXECUTE FUNCTION finance.check_reconciliation_list();

-- A list is whole when its transaction ends, and a line that comes later would be one too many.
CREATE FUNCTION finance.keep_list_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
      SELECT FROM finance.reconciliation_list_total s CROSS JOIN LATERAL (
        SELECT count(*) AS lines, coalesce(sum(l.amount_vnd), 0) AS total FROM finance.reconciliation_list_line l
         WHERE l.list_id = s.list_id AND l.stream = s.stream) c
       WHERE s.list_id = NEW.list_id AND s.stream = NEW.stream
         AND (c.lines <> s.line_count OR c.total <> s.sum_vnd)) THEN
    PERFORM cadastre.refuse('reconciliation-does-not-sum', 'Count and sum are those of the lines',
                            jsonb_build_object('stream', NEW.stream));
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.keep_list_whole() IS 'Hold a list of a day to its own counts and sums';
CREATE CONSTRAINT TRIGGER t20_whole AFTER INSERT ON finance.reconciliation_list_total DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION finance.keep_list_whole();

CREATE FUNCTION finance.keep_list_closed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT a.list_id, a.stream FROM added a) g
               JOIN finance.reconciliation_list_total s USING (list_id, stream)
              WHERE s.line_count < (SELECT count(*) FROM finance.reconciliation_list_line l
                                     WHERE l.list_id = s.list_id AND l.stream = s.stream)) THEN
    PERFORM cadastre.refuse('reconciliation-does-not-sum', 'A list of a day has no more lines than it says', '{}');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.keep_list_closed() IS 'Add no line to a list of a day that is whole';
CREATE TRIGGER t20_closed AFTER INSERT ON finance.reconciliation_list_line REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION finance.keep_list_closed();
"""

RUNS = """
CREATE TABLE finance.reconciliation_run (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  stream        text NOT NULL,
  party         text NOT NULL,
  on_day        date NOT NULL,
  version       integer NOT NULL,
  list_version  smallint,
  our_count     integer NOT NULL,
  our_sum_vnd   bigint NOT NULL,
  their_count   integer NOT NULL,
  their_sum_vnd bigint NOT NULL,
  matched_count integer NOT NULL,
  matched_sum_vnd bigint NOT NULL,
  missing_count integer NOT NULL,
  missing_sum_vnd bigint NOT NULL,
  extra_count   integer NOT NULL,
  extra_sum_vnd bigint NOT NULL,
  different_count integer NOT NULL,
  different_sum_vnd bigint NOT NULL,
  digest        text NOT NULL,
  account_id    bigint NOT NULL,
  at            timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_reconciliation_run PRIMARY KEY (id),
  CONSTRAINT uq_reconciliation_run_stream_party_on_day_version UNIQUE (stream, party, on_day, version),
  CONSTRAINT uq_reconciliation_run_id_stream UNIQUE (id, stream, party, on_day),
  CONSTRAINT ck_reconciliation_run_stream CHECK (stream IN ('slips', 'notices', 'payments', 'channel', 'channel-tax',
    'fees')),
  CONSTRAINT ck_reconciliation_run_version CHECK (version > 0),
  CONSTRAINT ck_reconciliation_run_counts CHECK (our_count = matched_count + different_count + extra_count
    AND their_count = matched_count + different_count + missing_count),
  CONSTRAINT ck_reconciliation_run_sums CHECK (
    our_sum_vnd - their_sum_vnd = extra_sum_vnd - missing_sum_vnd + different_sum_vnd)
);
CREATE INDEX ix_reconciliation_run_on_day ON finance.reconciliation_run (on_day);
COMMENT ON TABLE finance.reconciliation_run IS
  'Lần đối soát: how the two sides of a stream of a day compare; a new version where something changed';
COMMENT ON COLUMN finance.reconciliation_run.party IS 'Code of the tax office, or of the channel';
COMMENT ON COLUMN finance.reconciliation_run.list_version IS
  'Which version of their list was compared, if they send one';
COMMENT ON COLUMN finance.reconciliation_run.different_sum_vnd IS 'Ours less theirs, of lines that both have';
COMMENT ON COLUMN finance.reconciliation_run.account_id IS 'Who had it compared; 0 is the service itself';

CREATE TABLE finance.reconciliation_item (
  id        bigint GENERATED ALWAYS AS IDENTITY,
  run_id    bigint NOT NULL,
  fact      uuid NOT NULL,
  kind      text NOT NULL,
  key       text NOT NULL,
  for_day   date NOT NULL,
  our_vnd   bigint,
  their_vnd bigint,
  our_detail   text,
  their_detail text,
  our_at    timestamptz,
  their_at  timestamptz,
  CONSTRAINT pk_reconciliation_item PRIMARY KEY (id),
  CONSTRAINT uq_reconciliation_item_run_id_fact UNIQUE (run_id, fact),
  CONSTRAINT fk_reconciliation_item_run_id FOREIGN KEY (run_id) REFERENCES finance.reconciliation_run,
  CONSTRAINT ck_reconciliation_item_kind CHECK (CASE kind
    WHEN 'missing' THEN our_vnd IS NULL AND their_vnd IS NOT NULL
    WHEN 'extra' THEN our_vnd IS NOT NULL AND their_vnd IS NULL
    WHEN 'different' THEN our_vnd IS NOT NULL AND their_vnd IS NOT NULL ELSE false END)
);
CREATE INDEX ix_reconciliation_item_key ON finance.reconciliation_item (key);
COMMENT ON TABLE finance.reconciliation_item IS
  'Khoản chưa khớp: a line that a side lacks or has otherwise; missing is what they have and we have not';
COMMENT ON COLUMN finance.reconciliation_item.fact IS
  'The same in each run of the day that finds the same: decisions hold on to it';
COMMENT ON COLUMN finance.reconciliation_item.for_day IS
  'The day it belongs to; an earlier one where that was locked when it came';

CREATE TABLE finance.reconciliation_resolution (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  stream     text NOT NULL,
  party      text NOT NULL,
  on_day     date NOT NULL,
  fact       uuid NOT NULL,
  kind       text NOT NULL,
  reason     text,
  note       text NOT NULL,
  account_id bigint NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_reconciliation_resolution PRIMARY KEY (id),
  CONSTRAINT fk_reconciliation_resolution_reason FOREIGN KEY (reason) REFERENCES finance.reconciliation_reason,
  CONSTRAINT ck_reconciliation_resolution_kind CHECK (CASE kind WHEN 'resolved' THEN reason IS NOT NULL
    WHEN 'withdrawn' THEN reason IS NULL ELSE false END),
  CONSTRAINT ck_reconciliation_resolution_note CHECK (length(note) BETWEEN 1 AND 500)
);
CREATE INDEX ix_reconciliation_resolution_fact ON finance.reconciliation_resolution (fact, id);
COMMENT ON TABLE finance.reconciliation_resolution IS
  'Xử lý chênh lệch: why an item is settled, or that it is open again; only ever added to';

CREATE TABLE finance.reconciliation_lock (
  stream     text NOT NULL,
  party      text NOT NULL,
  on_day     date NOT NULL,
  run_id     bigint NOT NULL,
  account_id bigint NOT NULL,
  at         timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_reconciliation_lock PRIMARY KEY (stream, party, on_day),
  CONSTRAINT uq_reconciliation_lock_run_id UNIQUE (run_id),
  CONSTRAINT fk_reconciliation_lock_run_id_stream_party_on_day FOREIGN KEY (run_id, stream, party, on_day)
    REFERENCES finance.reconciliation_run (id, stream, party, on_day)
);
COMMENT ON TABLE finance.reconciliation_lock IS
  'Khóa sổ đối soát ngày: a day of a stream that is closed for good; what comes later counts on the day it comes';
"""

STANDING = """
CREATE VIEW finance.reconciliation_current AS
SELECT r.* FROM finance.reconciliation_run r
 WHERE NOT EXISTS (SELECT FROM finance.reconciliation_run n
                    WHERE n.stream = r.stream AND n.party = r.party AND n.on_day = r.on_day
                      AND n.version = r.version + 1);
COMMENT ON VIEW finance.reconciliation_current IS 'The newest comparison of each stream of each day';

-- What one side lists on one day and the other side on another clears itself, pair by pair.
CREATE VIEW finance.reconciliation_standing AS
SELECT i.id, i.run_id, r.stream, r.party, r.on_day, i.fact, i.kind, i.key, i.for_day, i.our_vnd, i.their_vnd,
       i.our_detail, i.their_detail, i.our_at, i.their_at,
       c.on_day AS cleared_on, d.reason, d.note, d.account_id, d.at AS resolved_at,
       CASE WHEN c.on_day IS NOT NULL THEN 'cleared' WHEN d.kind = 'resolved' THEN 'resolved' ELSE 'open' END AS state
  FROM finance.reconciliation_current r
  JOIN finance.reconciliation_item i ON i.run_id = r.id
  LEFT JOIN LATERAL (SELECT s.* FROM finance.reconciliation_resolution s WHERE s.fact = i.fact
                      ORDER BY s.id DESC LIMIT 1) d ON true
  LEFT JOIN LATERAL (
    SELECT o.on_day FROM (
      SELECT q.on_day, row_number() OVER (ORDER BY q.on_day, j.id) AS n
        FROM finance.reconciliation_item j JOIN finance.reconciliation_current q ON q.id = j.run_id
       WHERE j.key = i.key AND q.stream = r.stream AND q.party = r.party AND j.kind <> i.kind
         AND coalesce(j.our_vnd, j.their_vnd) = coalesce(i.our_vnd, i.their_vnd) AND j.kind <> 'different') o
     WHERE o.n = (
      SELECT count(*) FROM finance.reconciliation_item j JOIN finance.reconciliation_current q ON q.id = j.run_id
       WHERE j.key = i.key AND q.stream = r.stream AND q.party = r.party AND j.kind = i.kind
         AND coalesce(j.our_vnd, j.their_vnd) = coalesce(i.our_vnd, i.their_vnd)
         AND (q.on_day, j.id) <= (r.on_day, i.id))) c ON i.kind <> 'different';
COMMENT ON VIEW finance.reconciliation_standing IS
  'What is not matched in the newest comparisons, and how it stands: open, resolved, or cleared by another day';
"""

GUARDS = """
CREATE FUNCTION finance.hold_reconciliation(of_stream text, of_party text, of_day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('reconciliation ' || of_stream || ' ' || of_party || ' '
                                                 || to_char(of_day, 'YYYYMMDD'), 0));
  RETURN EXISTS (SELECT FROM finance.reconciliation_lock l
                  WHERE l.stream = of_stream AND l.party = of_party AND l.on_day = of_day);
END $$;
COMMENT ON FUNCTION finance.hold_reconciliation(text, text, date) IS
  'Whether a day is locked; who asks next waits until this one is done';

CREATE FUNCTION finance.check_reconciliation_run() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF finance.hold_reconciliation(NEW.stream, NEW.party, NEW.on_day) THEN
    PERFORM cadastre.refuse('reconciliation-locked', 'A locked day is compared no more',
                            jsonb_build_object('stream', NEW.stream, 'party', NEW.party, 'day', NEW.on_day));
  ELSIF NEW.version <> (SELECT coalesce(max(r.version), 0) + 1 FROM finance.reconciliation_run r
                         WHERE r.stream = NEW.stream AND r.party = NEW.party AND r.on_day = NEW.on_day) THEN
    PERFORM cadastre.refuse('reconciliation-out-of-order', 'A comparison follows the one before it', '{}');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_reconciliation_run() IS 'Compare no day that is locked';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.reconciliation_run
  FOR EACH ROW EXECUTE FUNCTION finance.check_reconciliation_run();

-- The items of a comparison are those it counts, all of them, in the transaction that makes it.
CREATE FUNCTION finance.keep_run_whole() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  of_run bigint;
BEGIN
  FOR of_run IN SELECT DISTINCT a.run_id FROM added a LOOP
    IF (SELECT (r.missing_count, r.missing_sum_vnd, r.extra_count, r.extra_sum_vnd, r.different_count,
                r.different_sum_vnd)
          FROM finance.reconciliation_run r WHERE r.id = of_run) IS DISTINCT FROM (
       SELECT (count(*) FILTER (WHERE i.kind = 'missing')::integer,
               coalesce(sum(i.their_vnd) FILTER (WHERE i.kind = 'missing'), 0)::bigint,
               count(*) FILTER (WHERE i.kind = 'extra')::integer,
               coalesce(sum(i.our_vnd) FILTER (WHERE i.kind = 'extra'), 0)::bigint,
               count(*) FILTER (WHERE i.kind = 'different')::integer,
               coalesce(sum(i.our_vnd - i.their_vnd) FILTER (WHERE i.kind = 'different'), 0)::bigint)
         FROM finance.reconciliation_item i WHERE i.run_id = of_run) THEN
      PERFORM cadastre.refuse('reconciliation-does-not-sum', 'A comparison counts its own items', '{}');
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.keep_run_whole() IS 'Hold a comparison to the items it counts';
CREATE TRIGGER t20_whole AFTER INSERT ON finance.reconciliation_item REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION finance.keep_run_whole();

CREATE FUNCTION finance.check_run_items() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NEW.missing_count + NEW.extra_count + NEW.different_count <>
     (SELECT count(*) FROM finance.reconciliation_item i WHERE i.run_id = NEW.id) THEN
    PERFORM cadastre.refuse('reconciliation-does-not-sum', 'A comparison counts its own items', '{}');
  END IF;
  RETURN NULL;
END $$;
COMMENT ON FUNCTION finance.check_run_items() IS 'Let no comparison go without the items it counts';
CREATE CONSTRAINT TRIGGER t20_whole AFTER INSERT ON finance.reconciliation_run DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION finance.check_run_items();

CREATE FUNCTION finance.check_reconciliation_resolution() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  is_locked boolean := finance.hold_reconciliation(NEW.stream, NEW.party, NEW.on_day);
  was text := (SELECT s.state FROM finance.reconciliation_standing s
                WHERE s.stream = NEW.stream AND s.party = NEW.party AND s.on_day = NEW.on_day AND s.fact = NEW.fact);
BEGIN
  IF NEW.account_id::text <> current_setting('landsvc.acting', true) OR NOT identity.acting_is('processor') THEN
    PERFORM cadastre.refuse('reconciliation-not-yours', 'An officer settles differences, as themselves', '{}');
  ELSIF is_locked AND NEW.kind = 'withdrawn' THEN
    PERFORM cadastre.refuse('reconciliation-locked', 'What was settled of a locked day stays',
                            jsonb_build_object('stream', NEW.stream, 'party', NEW.party, 'day', NEW.on_day));
  ELSIF was IS DISTINCT FROM (CASE NEW.kind WHEN 'resolved' THEN 'open' ELSE 'resolved' END) THEN
    PERFORM cadastre.refuse('reconciliation-stale', 'The item stands otherwise by now',
                            jsonb_build_object('state', coalesce(was, 'gone')));
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_reconciliation_resolution() IS
  'Settle what is open, open again what was settled by hand and is not locked';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.reconciliation_resolution
  FOR EACH ROW EXECUTE FUNCTION finance.check_reconciliation_resolution();

-- Nobody who writes lines is half way through: what a locked day lacks from here on comes later, and is counted then.
CREATE FUNCTION finance.hold_money() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  LOCK TABLE finance.slip, finance.notice, finance.tax_payment, finance.channel_payment, finance.channel_statement,
    finance.reconciliation_list IN SHARE MODE;
$$;
COMMENT ON FUNCTION finance.hold_money() IS 'Wait for those who write lines of money, and let others wait';

CREATE FUNCTION finance.check_reconciliation_lock() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  run record;
BEGIN
  PERFORM finance.hold_reconciliation(NEW.stream, NEW.party, NEW.on_day);
  PERFORM finance.hold_money();
  SELECT r.list_version INTO run FROM finance.reconciliation_current r WHERE r.id = NEW.run_id;
  IF NOT FOUND THEN
    PERFORM cadastre.refuse('reconciliation-stale', 'The day was compared anew since', '{}');
  ELSIF NEW.account_id::text <> current_setting('landsvc.acting', true) OR NOT identity.acting_is('auditor') THEN
    PERFORM cadastre.refuse('reconciliation-not-yours', 'An auditor locks a day, as themselves', '{}');
  ELSIF EXISTS (SELECT FROM finance.reconciliation_resolution s
                 WHERE s.stream = NEW.stream AND s.party = NEW.party AND s.on_day = NEW.on_day
                   AND s.account_id = NEW.account_id) THEN
    PERFORM cadastre.refuse('reconciliation-own-work', 'Who settled a difference of a day does not lock it', '{}');
  ELSIF NEW.on_day >= (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date THEN
    PERFORM cadastre.refuse('reconciliation-not-over', 'A day is locked when it is over', '{}');
  ELSIF run.list_version IS NULL AND NEW.stream IN ('slips', 'notices', 'payments', 'channel') THEN
    PERFORM cadastre.refuse('reconciliation-without-list', 'Their list of the day is not here', '{}');
  ELSIF EXISTS (SELECT FROM finance.reconciliation_standing s
                 WHERE s.stream = NEW.stream AND s.party = NEW.party AND s.on_day = NEW.on_day
                   AND s.state = 'open') THEN
    PERFORM cadastre.refuse('reconciliation-open', 'Something of the day is open', '{}');
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION finance.check_reconciliation_lock() IS
  'Lock a day that is over when nothing is open, by an auditor who settled nothing of it';
CREATE TRIGGER t10_check BEFORE INSERT ON finance.reconciliation_lock
  FOR EACH ROW EXECUTE FUNCTION finance.check_reconciliation_lock();
"""

INDEXES = """
CREATE INDEX ix_channel_payment_received_at ON finance.channel_payment (received_at);
CREATE INDEX ix_tax_payment_paid_at ON finance.tax_payment (paid_at);
CREATE INDEX ix_tax_payment_received_at ON finance.tax_payment (received_at);
CREATE INDEX ix_notice_issued_on ON finance.notice (issued_on);
CREATE INDEX ix_notice_received_at ON finance.notice (received_at);
CREATE INDEX ix_slip_issued_at ON finance.slip (issued_at);
"""

APPEND_ONLY = "".join(
    f"CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON finance.reconciliation_{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();\n"
    for table in ("list", "list_total", "list_line", "run", "item", "resolution", "lock")
)

GRANTS = """
REVOKE EXECUTE ON FUNCTION finance.check_reconciliation_list(), finance.keep_list_whole(), finance.keep_list_closed(),
  finance.hold_reconciliation(text, text, date), finance.check_reconciliation_run(), finance.keep_run_whole(),
  finance.check_run_items(), finance.check_reconciliation_resolution(), finance.hold_money(),
  finance.check_reconciliation_lock() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION finance.hold_reconciliation(text, text, date) TO landsvc_editor, landsvc_tax;
GRANT EXECUTE ON FUNCTION finance.hold_money() TO landsvc_editor;
GRANT SELECT ON finance.reconciliation_reason, finance.reconciliation_list, finance.reconciliation_list_total,
  finance.reconciliation_list_line, finance.reconciliation_run, finance.reconciliation_item,
  finance.reconciliation_resolution, finance.reconciliation_lock, finance.reconciliation_current,
  finance.reconciliation_standing TO landsvc_editor, landsvc_tax;
GRANT SELECT, INSERT ON finance.reconciliation_reason TO landsvc_import;
GRANT INSERT (api_client_id, tax_office_code, on_day, version, sha256) ON finance.reconciliation_list TO landsvc_tax;
GRANT INSERT ON finance.reconciliation_list_total, finance.reconciliation_list_line TO landsvc_tax;
GRANT INSERT (stream, party, on_day, version, list_version, our_count, our_sum_vnd, their_count, their_sum_vnd,
  matched_count, matched_sum_vnd, missing_count, missing_sum_vnd, extra_count, extra_sum_vnd, different_count,
  different_sum_vnd, digest, account_id) ON finance.reconciliation_run TO landsvc_editor, landsvc_tax;
GRANT INSERT (run_id, fact, kind, key, for_day, our_vnd, their_vnd, our_detail, their_detail, our_at, their_at)
  ON finance.reconciliation_item TO landsvc_editor, landsvc_tax;
GRANT INSERT (stream, party, on_day, fact, kind, reason, note, account_id) ON finance.reconciliation_resolution
  TO landsvc_editor;
GRANT INSERT (stream, party, on_day, run_id, account_id) ON finance.reconciliation_lock TO landsvc_editor;
"""


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (LISTS, RUNS, STANDING, GUARDS, INDEXES, APPEND_ONLY, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    """Take back."""
    op.execute(
        """
        DROP INDEX finance.ix_channel_payment_received_at, finance.ix_tax_payment_paid_at,
          finance.ix_tax_payment_received_at, finance.ix_notice_issued_on, finance.ix_notice_received_at,
          finance.ix_slip_issued_at;
        DROP VIEW finance.reconciliation_standing, finance.reconciliation_current;
        DROP TABLE finance.reconciliation_lock, finance.reconciliation_resolution, finance.reconciliation_item,
          finance.reconciliation_run, finance.reconciliation_list_line, finance.reconciliation_list_total,
          finance.reconciliation_list, finance.reconciliation_reason;
        DROP FUNCTION finance.check_reconciliation_list(), finance.keep_list_whole(), finance.keep_list_closed(),
          finance.hold_reconciliation(text, text, date), finance.check_reconciliation_run(),
          finance.keep_run_whole(), finance.check_run_items(), finance.check_reconciliation_resolution(),
          finance.hold_money(), finance.check_reconciliation_lock();
        """
    )
