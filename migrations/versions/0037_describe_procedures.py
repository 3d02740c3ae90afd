"""Keep the legal calendar and the procedures of registration as data: papers, steps, time limits, effects."""

from __future__ import annotations

from alembic import op

revision = "0037_describe_procedures"
down_revision = "0036_name_surveyors"

CALENDAR = """
CREATE TABLE registry.calendar_day (
  day       date NOT NULL,
  kind      text NOT NULL,
  name_vi   text NOT NULL,
  name_en   text NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  counts    boolean NOT NULL,
  CONSTRAINT pk_calendar_day PRIMARY KEY (day),
  CONSTRAINT ck_calendar_day_kind CHECK (kind IN ('holiday', 'working')),
  CONSTRAINT ck_calendar_day_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE registry.calendar_day IS 'Ngày nghỉ lễ, ngày làm bù: days that differ from the week';
COMMENT ON COLUMN registry.calendar_day.counts IS 'Whether the clock takes it; one without a text at hand does not';

CREATE TABLE registry.office_hours (
  id          bigint GENERATED ALWAYS AS IDENTITY,
  branch_code text NOT NULL DEFAULT '',
  valid       daterange NOT NULL,
  weekdays    smallint[] NOT NULL,
  opens       time NOT NULL,
  closes      time NOT NULL,
  cutoff      time NOT NULL,
  source      text NOT NULL,
  certainty   text NOT NULL,
  CONSTRAINT pk_office_hours PRIMARY KEY (id),
  CONSTRAINT ck_office_hours_day CHECK (opens < cutoff AND cutoff <= closes AND weekdays <@ '{1,2,3,4,5,6,7}'
    AND cardinality(weekdays) > 0),
  CONSTRAINT ck_office_hours_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_office_hours_branch_code_valid EXCLUDE USING gist (branch_code WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.office_hours IS
  'Giờ làm việc, giờ chốt nhận hồ sơ: of a branch, or (empty code) of all others';
COMMENT ON COLUMN registry.office_hours.cutoff IS 'What comes in later came in on the next working day';

CREATE TABLE registry.difficult_commune (
  commune_code text NOT NULL,
  valid        daterange NOT NULL,
  kind         text NOT NULL,
  source       text NOT NULL,
  certainty    text NOT NULL,
  CONSTRAINT pk_difficult_commune PRIMARY KEY (commune_code, valid),
  CONSTRAINT ck_difficult_commune_kind CHECK (kind IN ('mountain', 'island', 'remote', 'difficult')),
  CONSTRAINT ck_difficult_commune_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_difficult_commune_commune_code_valid EXCLUDE USING gist (commune_code WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.difficult_commune IS 'Xã miền núi, hải đảo, vùng khó khăn: procedures there have extra days';
"""

PROCEDURES = """
CREATE TABLE registry.procedure (
  code         text NOT NULL,
  valid        daterange NOT NULL,
  name_vi      text NOT NULL,
  name_en      text NOT NULL,
  applicant_vi text NOT NULL,
  applicant_en text NOT NULL,
  workflow     text NOT NULL,
  effects      text[] NOT NULL,
  taxes        text[] NOT NULL,
  blocked_by   text[] NOT NULL,
  order_class  text NOT NULL,
  tthc         text,
  cutoff       time,
  law          text NOT NULL,
  certainty    text NOT NULL,
  sort         smallint NOT NULL,
  CONSTRAINT pk_procedure PRIMARY KEY (code, valid),
  CONSTRAINT ck_procedure_code CHECK (code ~ '^[A-Z]{2,4}$'),
  CONSTRAINT ck_procedure_taxes CHECK (taxes <@ '{T,B,S,L}'),
  CONSTRAINT ck_procedure_blocked_by CHECK (blocked_by <@ '{dispute,seizure,block,recovery}'),
  CONSTRAINT ck_procedure_order_class CHECK (order_class IN ('dispose', 'encumber', 'release', 'parcel', 'right',
    'none')),
  CONSTRAINT ck_procedure_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_procedure_code_valid EXCLUDE USING gist (code WITH =, valid WITH &&)
);
COMMENT ON TABLE registry.procedure IS
  'Thủ tục đăng ký (mã loại biến động): one engine reads them, no module knows one';
COMMENT ON COLUMN registry.procedure.effects IS 'What completion does, in order; names of the engine''s effects';
COMMENT ON COLUMN registry.procedure.taxes IS 'T transfer income tax, B registration fee, S land-use fee, L rent';
COMMENT ON COLUMN registry.procedure.blocked_by IS 'Kinds of holds that stop it';
COMMENT ON COLUMN registry.procedure.cutoff IS
  'The hour after which it came in on the next day, where not the office''s';

CREATE TABLE registry.deadline (
  id            bigint GENERATED ALWAYS AS IDENTITY,
  procedure     text NOT NULL,
  case_code     text NOT NULL DEFAULT '',
  case_vi       text NOT NULL DEFAULT '',
  case_en       text NOT NULL DEFAULT '',
  authority     text NOT NULL,
  province_code text NOT NULL DEFAULT '',
  valid         daterange NOT NULL,
  days          smallint NOT NULL,
  extra_days    smallint NOT NULL,
  tthc          text,
  source        text NOT NULL,
  certainty     text NOT NULL,
  CONSTRAINT pk_deadline PRIMARY KEY (id),
  CONSTRAINT ck_deadline_days CHECK (days BETWEEN 0 AND 250 AND extra_days BETWEEN 0 AND 100),
  CONSTRAINT ck_deadline_authority CHECK (authority IN ('national', 'province')
    AND (authority = 'province') = (province_code <> '')),
  CONSTRAINT ck_deadline_case CHECK ((case_code = '') = (case_vi = '') AND (case_code = '') = (case_en = '')),
  CONSTRAINT ck_deadline_certainty CHECK (certainty IN ('S', 'K', '?')),
  CONSTRAINT ex_deadline_once EXCLUDE USING gist (procedure WITH =, case_code WITH =, province_code WITH =,
    valid WITH &&)
);
COMMENT ON TABLE registry.deadline IS
  'Thời hạn giải quyết: working days of a procedure and case; a row of the province prevails over the national one';
COMMENT ON COLUMN registry.deadline.extra_days IS 'Added in difficult communes';

CREATE TABLE registry.document_type (
  code    text NOT NULL,
  name_vi text NOT NULL,
  name_en text NOT NULL,
  kind    text NOT NULL,
  sort    smallint NOT NULL,
  CONSTRAINT pk_document_type PRIMARY KEY (code),
  CONSTRAINT ck_document_type_kind CHECK (kind IN ('form', 'certificate', 'deed', 'decision', 'drawing', 'evidence'))
);
COMMENT ON TABLE registry.document_type IS 'Loại giấy tờ';

CREATE TABLE registry.procedure_document (
  procedure text NOT NULL,
  document  text NOT NULL,
  needed    text NOT NULL,
  when_vi   text NOT NULL DEFAULT '',
  when_en   text NOT NULL DEFAULT '',
  sort      smallint NOT NULL,
  CONSTRAINT pk_procedure_document PRIMARY KEY (procedure, document),
  CONSTRAINT fk_procedure_document_document FOREIGN KEY (document) REFERENCES registry.document_type,
  CONSTRAINT ck_procedure_document_needed CHECK (CASE needed WHEN 'always' THEN when_vi = '' AND when_en = ''
    WHEN 'if' THEN when_vi <> '' AND when_en <> '' ELSE false END)
);
COMMENT ON TABLE registry.procedure_document IS
  'Thành phần hồ sơ: the papers a procedure asks for, always or in a case';

CREATE TABLE registry.workflow_step (
  workflow text NOT NULL,
  state    text NOT NULL,
  sort     smallint NOT NULL,
  role     text NOT NULL,
  days     smallint,
  name_vi  text NOT NULL,
  name_en  text NOT NULL,
  CONSTRAINT pk_workflow_step PRIMARY KEY (workflow, state),
  CONSTRAINT fk_workflow_step_role FOREIGN KEY (role) REFERENCES identity.role
);
COMMENT ON TABLE registry.workflow_step IS 'Bước xử lý: whose turn it is in a state, and for how many working days';
COMMENT ON COLUMN registry.workflow_step.days IS 'Null: others have it, the office''s clock stands';

CREATE TABLE registry.order_pair (
  earlier text NOT NULL,
  later   text NOT NULL,
  CONSTRAINT pk_order_pair PRIMARY KEY (earlier, later)
);
COMMENT ON TABLE registry.order_pair IS
  'Thứ tự đăng ký: a dossier of class `later` on the same parcel is completed after a pending one of class `earlier`';
"""

GRANTS = """
GRANT SELECT ON registry.calendar_day, registry.office_hours, registry.difficult_commune, registry.procedure,
  registry.deadline, registry.document_type, registry.procedure_document, registry.workflow_step, registry.order_pair
  TO landsvc_editor, landsvc_import;
GRANT USAGE ON SCHEMA registry TO landsvc_import;
GRANT INSERT, UPDATE, DELETE ON registry.calendar_day, registry.office_hours, registry.difficult_commune,
  registry.procedure, registry.deadline, registry.document_type, registry.procedure_document, registry.workflow_step,
  registry.order_pair TO landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (CALENDAR, PROCEDURES, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        "DROP TABLE registry.order_pair, registry.workflow_step, registry.procedure_document, registry.document_type,"
        " registry.deadline, registry.procedure, registry.difficult_commune, registry.office_hours,"
        " registry.calendar_day"
    )
    op.execute("REVOKE USAGE ON SCHEMA registry FROM landsvc_import")
