"""Tell anybody what procedures ask for: papers, time limits, fees. Nothing of it is about people."""

from __future__ import annotations

from alembic import op

revision = "0120_show_procedures"
down_revision = "0119_foresee_taking"

UP = """
-- With its owner's rights: strangers read no table of the registry.
CREATE FUNCTION registry.procedures_told(on_day date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'code', p.code, 'nameVi', p.name_vi, 'nameEn', p.name_en, 'applicantVi', p.applicant_vi,
           'applicantEn', p.applicant_en, 'law', p.law, 'certainty', p.certainty, 'tthc', p.tthc, 'taxes', p.taxes,
           'documents', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('nameVi', t.name_vi, 'nameEn', t.name_en, 'needed', d.needed,
                      'whenVi', d.when_vi, 'whenEn', d.when_en) ORDER BY d.sort), '[]')
               FROM registry.procedure_document d JOIN registry.document_type t ON t.code = d.document
              WHERE d.procedure = p.code),
           'deadlines', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('caseVi', l.case_vi, 'caseEn', l.case_en, 'days', l.days,
                      'extraDays', l.extra_days, 'province', l.province_code, 'source', l.source,
                      'certainty', l.certainty) ORDER BY l.case_code <> '', l.id), '[]')
               FROM registry.deadline l WHERE l.procedure = p.code AND l.valid @> $1),
           'fees', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('nameVi', f.name_vi, 'nameEn', f.name_en,
                      'amountVnd', f.amount_vnd, 'waivedPercent', coalesce(w.percent, 0), 'waiverVi', w.name_vi,
                      'waiverEn', w.name_en, 'source', f.source, 'certainty', f.certainty) ORDER BY f.sort), '[]')
               FROM finance.fee_rate f
               LEFT JOIN finance.fee_waiver_rule w ON w.fee = f.code AND w.valid @> $1
              WHERE f.valid @> $1 AND f.procedure = CASE WHEN EXISTS (
                      SELECT FROM finance.fee_rate o WHERE o.procedure = p.code AND o.valid @> $1)
                    THEN p.code ELSE '*' END)) ORDER BY p.sort), '[]')
    FROM registry.procedure p WHERE p.valid @> $1
$$;
COMMENT ON FUNCTION registry.procedures_told(date) IS
  'What each procedure in force on a day asks for, as anybody may know it: papers, time limits, fees, law';
REVOKE EXECUTE ON FUNCTION registry.procedures_told(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.procedures_told(date) TO landsvc_tracker;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP FUNCTION registry.procedures_told(date)")
