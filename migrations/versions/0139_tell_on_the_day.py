"""Tell whoever follows a place on the day itself: a plan comes into force, its display begins, its display ends."""

from __future__ import annotations

from alembic import op

revision = "0139_tell_on_the_day"
down_revision = "0138_hear_on_time"

UP = """
CREATE TABLE registry.alert_day (
  id      bigint GENERATED ALWAYS AS IDENTITY,
  kind    text NOT NULL,
  plan_id bigint NOT NULL,
  on_day  date NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT pk_alert_day PRIMARY KEY (id),
  CONSTRAINT uq_alert_day_kind_plan_id_on_day UNIQUE (kind, plan_id, on_day),
  CONSTRAINT fk_alert_day_plan_id FOREIGN KEY (plan_id) REFERENCES planning.plan,
  CONSTRAINT ck_alert_day_kind CHECK (kind IN ('plan.in_force', 'plan.lapsed', 'display.begun', 'display.ending'))
);
COMMENT ON TABLE registry.alert_day IS
  'Ngày đã báo của quy hoạch: days of plans that were told, each once, however often one looks';
CREATE TRIGGER t05_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.alert_day
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
-- What came before this release was told when it was recorded, or never: it is no news now.
INSERT INTO registry.alert_day (kind, plan_id, on_day)
SELECT DISTINCT CASE v.status WHEN 'cancelled' THEN 'plan.lapsed' ELSE 'plan.in_force' END, v.plan_id, lower(v.valid)
  FROM planning.plan_version v
 WHERE upper_inf(v.recorded) AND v.status IN ('approved', 'adjusted', 'cancelled')
   AND lower(v.valid) < cadastre.today();

ALTER TABLE registry.alert_news ADD COLUMN on_day date;
COMMENT ON COLUMN registry.alert_news.on_day IS
  'The day the news speak of; such news have the number of alert_day, negative';
ALTER TABLE registry.alert_news DROP CONSTRAINT ck_alert_news_kind;
ALTER TABLE registry.alert_news ADD CONSTRAINT ck_alert_news_kind CHECK (kind IN ('parcel.changed', 'right.changed',
  'plan.displayed', 'plan.adopted', 'plan.adjusted', 'plan.cancelled', 'plan.changed', 'plan.in_force', 'plan.lapsed',
  'display.begun', 'display.ending'));
ALTER TABLE registry.alert_news ADD CONSTRAINT ck_alert_news_on_day CHECK (
  (on_day IS NOT NULL) = (kind IN ('plan.in_force', 'plan.lapsed', 'display.begun', 'display.ending'))
  AND (on_day IS NOT NULL) = (event_id < 0));

GRANT SELECT (id, plan_id, first_day, last_day) ON registry.plan_display TO landsvc_import;
GRANT EXECUTE ON FUNCTION registry.is_in_consultation(bigint) TO landsvc_import;
GRANT SELECT, INSERT (kind, plan_id, on_day) ON registry.alert_day TO landsvc_import;
GRANT INSERT (on_day) ON registry.alert_news TO landsvc_import;
"""

DOWN = """
ALTER TABLE registry.alert_news DISABLE TRIGGER t05_kept;
DELETE FROM registry.alert_news WHERE on_day IS NOT NULL;
ALTER TABLE registry.alert_news ENABLE TRIGGER t05_kept;
ALTER TABLE registry.alert_news DROP CONSTRAINT ck_alert_news_on_day, DROP CONSTRAINT ck_alert_news_kind;
ALTER TABLE registry.alert_news ADD CONSTRAINT ck_alert_news_kind CHECK (kind IN ('parcel.changed', 'right.changed',
  'plan.displayed', 'plan.adopted', 'plan.adjusted', 'plan.cancelled', 'plan.changed'));
ALTER TABLE registry.alert_news DROP COLUMN on_day;
DROP TABLE registry.alert_day;
REVOKE EXECUTE ON FUNCTION registry.is_in_consultation(bigint) FROM landsvc_import;
REVOKE SELECT (id, plan_id, first_day, last_day) ON registry.plan_display FROM landsvc_import;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back; news of days are forgotten."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
