"""Call transactions by the codes of the national dictionary; let an annulment undo what was no transaction.

CL was ours for corrections, and is taken there for the renewal of certificates (cấp đổi, cấp lại).
"""

from __future__ import annotations

from alembic import op

revision = "0034_name_transactions"
down_revision = "0033_balance_what_ended"

KINDS = """
INSERT INTO registry.transaction_kind (code, name_vi, name_en) VALUES
  ('TD', 'Thay đổi thông tin thửa đất', 'Change of parcel data'),
  ('SN', 'Đính chính', 'Correction'),
  ('SA', 'Sạt lở', 'Land lost by erosion'),
  ('TH', 'Thu hồi đất', 'State recovery');
ALTER TABLE registry.transaction DROP CONSTRAINT ck_transaction_undoes;
ALTER TABLE registry.transaction DISABLE TRIGGER t05_append_only;
"""

# A draft that undid a record was registered as a correction, and did not name what it undid.
FORWARD = """
UPDATE registry.transaction t SET kind = 'HUY', undoes_id = (
         SELECT u.id FROM registry.transaction u WHERE u.record_id = r.annuls_id)
  FROM cadastre.record r WHERE r.id = t.record_id AND t.kind = 'CL' AND r.kind = 'annulment';
UPDATE registry.transaction t SET kind = coalesce((
         SELECT CASE min(e.reason) WHEN 'stateRecovery' THEN 'TH' WHEN 'erosion' THEN 'SA'
                                   WHEN 'registeredByMistake' THEN 'SN' END
           FROM cadastre.unit_end e JOIN cadastre.record r ON r.id = e.record_id
          WHERE e.record_id = t.record_id AND r.kind = 'retire' HAVING count(DISTINCT e.reason) = 1), 'TD')
 WHERE t.kind = 'CL';
"""
BACKWARD = """
UPDATE registry.transaction SET kind = 'CL'
 WHERE kind IN ('TD', 'SN', 'SA', 'TH') OR (kind = 'HUY' AND undoes_id IS NULL);
DELETE FROM registry.transaction_kind WHERE code IN ('TD', 'SN', 'SA', 'TH');
"""
# The row CL stays for programs of the release before, which write it; it goes with the next.
AGAIN = """
ALTER TABLE registry.transaction ENABLE TRIGGER t05_append_only;
ALTER TABLE registry.transaction ADD CONSTRAINT ck_transaction_undoes CHECK ({rule});
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (KINDS, FORWARD, AGAIN.replace("{rule}", "undoes_id IS NULL OR kind = 'HUY'")):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        "ALTER TABLE registry.transaction DROP CONSTRAINT ck_transaction_undoes;"
        "ALTER TABLE registry.transaction DISABLE TRIGGER t05_append_only;"
    )
    connection.exec_driver_sql(BACKWARD)
    connection.exec_driver_sql(AGAIN.replace("{rule}", "(undoes_id IS NOT NULL) = (kind = 'HUY')"))
    connection.execution_options(no_parameters=False)
