"""Say of each reason for a return what the clock does, dated; stop it until a slip is resent; date published keys."""

from __future__ import annotations

from alembic import op

revision = "0113_tell_the_clock"
down_revision = "0112_estimate_by_procedure"

THERE = """
-- What lies here already runs on, as it did: a province says otherwise from a day on.
ALTER TABLE finance.return_reason ADD COLUMN clock text NOT NULL DEFAULT 'runs';
ALTER TABLE finance.return_reason ALTER COLUMN clock DROP DEFAULT;
ALTER TABLE finance.return_reason ADD CONSTRAINT ck_return_reason_clock CHECK (clock IN ('runs', 'paused'));
COMMENT ON COLUMN finance.return_reason.clock IS
  'runs: the office lacked it, its time runs on; paused: the applicant brings it, time stands until the slip is resent';
ALTER TABLE finance.return_reason DROP CONSTRAINT pk_return_reason;
ALTER TABLE finance.return_reason ADD CONSTRAINT pk_return_reason PRIMARY KEY (code, valid);
ALTER TABLE finance.return_reason ADD CONSTRAINT ex_return_reason_once
  EXCLUDE USING gist (code WITH =, valid WITH &&);

ALTER TABLE registry.dossier_pause DROP CONSTRAINT ck_dossier_pause_kind;
ALTER TABLE registry.dossier_pause ADD CONSTRAINT ck_dossier_pause_kind
  CHECK (kind IN ('tax', 'payment', 'posting', 'supplement', 'consent', 'court', 'slip'));
ALTER TABLE registry.dossier_event ADD CONSTRAINT ck_dossier_event_slip_pause
  CHECK (pauses IS DISTINCT FROM 'slip' OR action = 'slip_returned' AND account_id = 0);
UPDATE registry.dossier_transition SET resumes = 'slip' WHERE action = 'send_slip';

CREATE INDEX ix_slip_key_id_issued_at ON finance.slip (key_id, issued_at);
CREATE VIEW finance.published_key AS
  SELECT k.kid, k.key, k.since,
         (SELECT max(s.issued_at) FROM finance.slip s WHERE s.key_id = k.kid) AS last_signed_at
    FROM finance.signing_key k;
COMMENT ON VIEW finance.published_key IS
  'Khóa công khai và thời gian đã ký: each key that signed a slip, from its first to its last so far';
GRANT SELECT ON finance.published_key TO landsvc_public, landsvc_tax, landsvc_editor;
"""

BACK = """
DROP VIEW finance.published_key;
DROP INDEX finance.ix_slip_key_id_issued_at;
UPDATE registry.dossier_transition SET resumes = '' WHERE action = 'send_slip';
ALTER TABLE registry.dossier_event DROP CONSTRAINT ck_dossier_event_slip_pause;
UPDATE registry.dossier_pause SET kind = 'supplement' WHERE kind = 'slip';
ALTER TABLE registry.dossier_pause DROP CONSTRAINT ck_dossier_pause_kind;
ALTER TABLE registry.dossier_pause ADD CONSTRAINT ck_dossier_pause_kind
  CHECK (kind IN ('tax', 'payment', 'posting', 'supplement', 'consent', 'court'));
ALTER TABLE finance.return_reason DROP CONSTRAINT ex_return_reason_once;
DELETE FROM finance.return_reason r USING finance.return_reason l
 WHERE l.code = r.code AND lower(l.valid) > lower(r.valid);
ALTER TABLE finance.return_reason DROP CONSTRAINT pk_return_reason;
ALTER TABLE finance.return_reason ADD CONSTRAINT pk_return_reason PRIMARY KEY (code);
ALTER TABLE finance.return_reason DROP COLUMN clock;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(THERE)


def downgrade() -> None:
    """Take back; a pause that lasts stays one, under the name of a supplement."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BACK)
