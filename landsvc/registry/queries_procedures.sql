-- Statements of the calendar and of the procedures: what is loaded, and what the engine reads.

-- name: put_calendar_days
-- Add days (a JSON array) that the calendar lacks; what the province changed stays.
-- params: rows
INSERT INTO registry.calendar_day (day, kind, name_vi, name_en, source, certainty, counts)
SELECT r.day, r.kind, r.name_vi, r.name_en, r.source, r.certainty, r.counts
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(day date, kind text, name_vi text, name_en text, source text,
       certainty text, counts boolean)
ON CONFLICT DO NOTHING;

-- name: put_office_hours
-- Add office hours of branches that have none in their time.
-- params: rows
INSERT INTO registry.office_hours (branch_code, valid, weekdays, opens, closes, cutoff, source, certainty)
SELECT coalesce(r.branch_code, ''), CAST(r.valid AS daterange), CAST(string_to_array(r.weekdays, ' ') AS smallint[]),
       r.opens, r.closes, r.cutoff, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(branch_code text, valid text, weekdays text, opens time,
       closes time, cutoff time, source text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_difficult_communes
-- Add communes with extra days.
-- params: rows
INSERT INTO registry.difficult_commune (commune_code, valid, kind, source, certainty)
SELECT r.commune_code, CAST(r.valid AS daterange), r.kind, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(commune_code text, valid text, kind text, source text,
       certainty text)
ON CONFLICT DO NOTHING;

-- name: put_procedures
-- Add procedures whose code is free in their time.
-- params: rows
INSERT INTO registry.procedure (code, valid, name_vi, name_en, applicant_vi, applicant_en, asked_by, workflow, effects,
       taxes, blocked_by, order_class, tthc, cutoff, law, certainty, sort)
SELECT r.code, CAST(r.valid AS daterange), r.name_vi, r.name_en, r.applicant_vi, r.applicant_en,
       coalesce(r.asked_by, 'person'), r.workflow,
       string_to_array(coalesce(r.effects, ''), ' '), string_to_array(coalesce(r.taxes, ''), ' '),
       string_to_array(coalesce(r.blocked_by, ''), ' '), r.order_class, r.tthc, r.cutoff, r.law, r.certainty, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, name_vi text, name_en text,
       applicant_vi text, applicant_en text, asked_by text, workflow text, effects text, taxes text, blocked_by text,
       order_class text, tthc text, cutoff time, law text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_feedback_categories
-- Add what people write about.
-- params: rows
INSERT INTO registry.feedback_category (code, kind, name_vi, name_en, answer_days, sort, source, certainty)
SELECT r.code, r.kind, r.name_vi, r.name_en, r.answer_days, r.sort, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, kind text, name_vi text, name_en text,
       answer_days smallint, sort smallint, source text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_display_lengths
-- Add for how many days at least a plan is on public display.
-- params: rows
INSERT INTO registry.display_length (level, least_days, valid, source, certainty)
SELECT r.level, r.least_days, r.valid, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(level text, least_days smallint, valid daterange, source text,
       certainty text)
ON CONFLICT DO NOTHING;

-- name: put_online_services
-- Add what may be applied for from home.
-- params: rows
INSERT INTO registry.online_service (procedure, valid, level, source, certainty)
SELECT r.procedure, CAST(r.valid AS daterange), r.level, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, valid text, level smallint, source text,
       certainty text)
ON CONFLICT DO NOTHING;

-- name: put_deadlines
-- Add time limits that are lacking in their time.
-- params: rows
INSERT INTO registry.deadline (procedure, case_code, case_vi, case_en, authority, province_code, valid, days,
       extra_days, tthc, source, certainty)
SELECT r.procedure, coalesce(r.case_code, ''), coalesce(r.case_vi, ''), coalesce(r.case_en, ''), r.authority,
       coalesce(r.province_code, ''), CAST(r.valid AS daterange), r.days, r.extra_days, r.tthc, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, case_code text, case_vi text, case_en text,
       authority text, province_code text, valid text, days smallint, extra_days smallint, tthc text, source text,
       certainty text)
ON CONFLICT DO NOTHING;

-- name: put_document_types
-- Add kinds of papers.
-- params: rows
INSERT INTO registry.document_type (code, name_vi, name_en, kind, sort)
SELECT r.code, r.name_vi, r.name_en, r.kind, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, name_vi text, name_en text, kind text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_documents
-- Add papers that procedures ask for.
-- params: rows
INSERT INTO registry.procedure_document (procedure, document, needed, when_vi, when_en, sort)
SELECT r.procedure, r.document, r.needed, coalesce(r.when_vi, ''), coalesce(r.when_en, ''), r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, document text, needed text, when_vi text,
       when_en text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_workflow_steps
-- Add steps of workflows.
-- params: rows
INSERT INTO registry.workflow_step (workflow, state, sort, role, days, name_vi, name_en)
SELECT r.workflow, r.state, r.sort, r.role, r.days, r.name_vi, r.name_en
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(workflow text, state text, sort smallint, role text,
       days smallint, name_vi text, name_en text)
ON CONFLICT DO NOTHING;

-- name: put_case_effects
-- Add what completing a procedure does in cases of its own.
-- params: rows
INSERT INTO registry.case_effect (procedure, case_code, effects)
SELECT r.procedure, r.case_code, string_to_array(r.effects, ' ')
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, case_code text, effects text)
ON CONFLICT DO NOTHING;

-- name: put_estimate_kinds
-- Add by which rules the taxes of procedures are estimated.
-- params: rows
INSERT INTO registry.estimate_kind (procedure, kind, law, certainty)
SELECT r.procedure, r.kind, r.law, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, kind text, law text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_order_pairs
-- Add pairs of classes that are completed in order.
-- params: rows
INSERT INTO registry.order_pair (earlier, later)
SELECT r.earlier, r.later FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(earlier text, later text)
ON CONFLICT DO NOTHING;

-- name: put_certificate_rules
-- Add what procedures ask of certificates where nothing is said in their time.
-- params: rows
INSERT INTO registry.certificate_rule (procedure, valid, needed, renewed, source, certainty)
SELECT r.procedure, CAST(r.valid AS daterange), r.needed, r.renewed, r.source, r.certainty
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(procedure text, valid text, needed boolean, renewed boolean,
       source text, certainty text)
ON CONFLICT DO NOTHING;

-- name: put_supply_askers
-- Add kinds of askers whose code is free in their time.
-- params: rows
INSERT INTO registry.supply_asker (code, valid, name_vi, name_en, proof, bare, sees, fee_free, law, certainty, sort)
SELECT r.code, CAST(r.valid AS daterange), r.name_vi, r.name_en, r.proof, string_to_array(r.bare, ' '),
       string_to_array(r.sees, ' '), r.fee_free, r.law, r.certainty, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, name_vi text, name_en text, proof text,
       bare text, sees text, fee_free boolean, law text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: put_supply_fees
-- Add fees for data whose code is free in their time.
-- params: rows
INSERT INTO registry.supply_fee (code, valid, name_vi, name_en, per, amount_vnd, source, certainty, sort)
SELECT r.code, CAST(r.valid AS daterange), r.name_vi, r.name_en, r.per, r.amount_vnd, r.source, r.certainty, r.sort
  FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(code text, valid text, name_vi text, name_en text, per text,
       amount_vnd bigint, source text, certainty text, sort smallint)
ON CONFLICT DO NOTHING;

-- name: calendar_days
-- Every day that differs from the week and counts.
SELECT c.day, c.kind FROM registry.calendar_day c WHERE c.counts ORDER BY c.day;

-- name: calendar_listed
-- Every day that differs from the week, for readers.
SELECT c.day, c.kind, c.name_vi, c.name_en, c.source, c.certainty, c.counts FROM registry.calendar_day c ORDER BY c.day;

-- name: office_hours
-- The hours of a branch, those of all offices where it has none of its own; the last day is in them.
-- params: branch
SELECT lower(h.valid), upper(h.valid) - 1, h.weekdays, h.opens, h.closes, h.cutoff
  FROM registry.office_hours h WHERE h.branch_code IN (CAST(:branch AS text), '')
 ORDER BY h.branch_code DESC, lower(h.valid);

-- name: procedures
-- The procedures in force on a day, or one of them.
-- params: on_day, code
SELECT p.code, lower(p.valid), upper(p.valid) - 1, p.name_vi, p.name_en, p.applicant_vi, p.applicant_en, p.workflow,
       p.effects, p.taxes, p.blocked_by, p.order_class, p.tthc, p.cutoff, p.law, p.certainty,
       coalesce(r.needed, false), coalesce(r.renewed, false), r.source, r.certainty
  FROM registry.procedure p
  LEFT JOIN registry.certificate_rule r ON r.procedure = p.code AND r.valid @> CAST(:on_day AS date)
 WHERE p.valid @> CAST(:on_day AS date) AND (CAST(:code AS text) IS NULL OR p.code = CAST(:code AS text))
 ORDER BY p.sort;

-- name: case_effects
-- What completing a procedure does in cases of its own.
-- params: code
SELECT c.case_code, c.effects FROM registry.case_effect c WHERE c.procedure = CAST(:code AS text) ORDER BY c.case_code;

-- name: estimate_kind_of
-- By which rules the taxes of a procedure are estimated.
-- params: code
SELECT e.kind FROM registry.estimate_kind e WHERE e.procedure = CAST(:code AS text);

-- name: deadlines_of
-- The time limits of procedures that hold on a day: national ones, and those of provinces.
-- params: on_day, code
SELECT d.procedure, d.case_code, d.case_vi, d.case_en, d.province_code, lower(d.valid), upper(d.valid) - 1, d.days,
       d.extra_days, d.tthc, d.source, d.certainty
  FROM registry.deadline d
 WHERE d.valid @> CAST(:on_day AS date) AND (CAST(:code AS text) IS NULL OR d.procedure = CAST(:code AS text))
 ORDER BY d.procedure, d.id;

-- name: documents_of
-- The papers that procedures ask for.
-- params: code
SELECT d.procedure, d.document, t.name_vi, t.name_en, t.kind, d.needed, d.when_vi, d.when_en
  FROM registry.procedure_document d JOIN registry.document_type t ON t.code = d.document
 WHERE CAST(:code AS text) IS NULL OR d.procedure = CAST(:code AS text)
 ORDER BY d.procedure, d.sort;

-- name: document_types
-- Every kind of paper.
SELECT t.code, t.name_vi, t.name_en, t.kind FROM registry.document_type t ORDER BY t.sort;

-- name: workflow_steps
-- The steps of a workflow, in order.
-- params: workflow
SELECT s.state, s.role, s.days, s.name_vi, s.name_en FROM registry.workflow_step s
 WHERE s.workflow = CAST(:workflow AS text) ORDER BY s.sort;

-- name: commune_limits
-- Of a commune on a day: its province, and whether it has extra days.
-- params: commune, on_day
SELECT coalesce((SELECT CASE WHEN p.level = 'province' THEN p.code ELSE p.parent_code END
                   FROM cadastre.admin_unit u JOIN cadastre.admin_unit p ON p.code = u.parent_code
                    AND p.valid @> CAST(:on_day AS date) AND p.level <> 'commune'
                  WHERE u.level = 'commune' AND u.code = CAST(:commune AS text) AND u.valid @> CAST(:on_day AS date)
                  LIMIT 1), ''),
       EXISTS (SELECT FROM registry.difficult_commune d
                WHERE d.commune_code = CAST(:commune AS text) AND d.valid @> CAST(:on_day AS date));

-- name: procedures_told
-- What each procedure in force on a day asks for, as anybody may know it.
-- params: on_day
SELECT registry.procedures_told(CAST(:on_day AS date));
