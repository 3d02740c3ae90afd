"""Say who may ask for a procedure, and tell anybody what data cost, case by case and province by province."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from alembic import op

revision = "0121_ask_for_services"
down_revision = "0120_show_procedures"

UP = """
ALTER TABLE registry.procedure ADD COLUMN asked_by text NOT NULL DEFAULT 'person';
ALTER TABLE registry.procedure ADD CONSTRAINT ck_procedure_asked_by CHECK (asked_by IN ('person', 'authority'));
COMMENT ON COLUMN registry.procedure.asked_by IS
  'Who may ask for it: person (users of land, their banks), or only authority (courts, enforcement, the State)';
UPDATE registry.procedure SET asked_by = 'authority'
 WHERE code IN ('TH', 'DH', 'NC', 'XNC', 'KB', 'XKB', 'TGS');

CREATE OR REPLACE FUNCTION registry.procedures_told(on_day date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
           'code', p.code, 'nameVi', p.name_vi, 'nameEn', p.name_en, 'applicantVi', p.applicant_vi,
           'applicantEn', p.applicant_en, 'law', p.law, 'certainty', p.certainty, 'tthc', p.tthc, 'taxes', p.taxes,
           'documents', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('code', d.document, 'nameVi', t.name_vi, 'nameEn', t.name_en,
                      'needed', d.needed, 'whenVi', d.when_vi, 'whenEn', d.when_en) ORDER BY d.sort), '[]')
               FROM registry.procedure_document d JOIN registry.document_type t ON t.code = d.document
              WHERE d.procedure = p.code),
           'deadlines', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('case', l.case_code, 'caseVi', l.case_vi, 'caseEn', l.case_en,
                      'days', l.days, 'extraDays', l.extra_days, 'province', l.province_code,
                      'provinceVi', coalesce(u.name, l.province_code),
                      'tthc', l.tthc, 'source', l.source,
                      'certainty', l.certainty) ORDER BY l.case_code <> '', l.id), '[]')
               FROM registry.deadline l
               LEFT JOIN LATERAL (SELECT a.name FROM cadastre.admin_unit a
                                   WHERE a.level = 'province' AND a.code = l.province_code AND a.valid @> $1
                                   LIMIT 1) u ON true
              WHERE l.procedure = p.code AND l.valid @> $1),
           'fees', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('nameVi', x.name_vi, 'nameEn', x.name_en, 'per', x.per,
                      'amountVnd', x.amount_vnd, 'waivedPercent', coalesce(w.percent, 0), 'waiverVi', w.name_vi,
                      'waiverEn', w.name_en, 'source', x.source, 'certainty', x.certainty) ORDER BY x.place, x.sort),
                      '[]')
               FROM (SELECT 1 AS place, f.sort, f.code, f.name_vi, f.name_en, 'request' AS per, f.amount_vnd, f.source,
                            f.certainty
                       FROM finance.fee_rate f
                      WHERE f.valid @> $1 AND f.procedure = CASE WHEN EXISTS (
                              SELECT FROM finance.fee_rate o WHERE o.procedure = p.code AND o.valid @> $1)
                            THEN p.code ELSE '*' END
                     UNION ALL
                     SELECT 2, s.sort, NULL, s.name_vi, s.name_en, s.per, s.amount_vnd, s.source, s.certainty
                       FROM registry.supply_fee s WHERE s.valid @> $1 AND 'data.supply' = ANY (p.effects)) x
               LEFT JOIN finance.fee_waiver_rule w ON w.fee = x.code AND w.valid @> $1)) ORDER BY p.sort), '[]')
    FROM registry.procedure p WHERE p.valid @> $1 AND p.asked_by = 'person'
$$;
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP)


def downgrade() -> None:
    """Take back: the function as it was told first, and the column."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_told_first())
    op.execute("ALTER TABLE registry.procedure DROP COLUMN asked_by")


def _told_first() -> str:
    path = Path(__file__).with_name("0120_show_procedures.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:  # pragma: no cover
        raise RuntimeError(path)
    earlier = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(earlier)
    made: str = earlier.UP
    return made[: made.index("COMMENT ON")].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
