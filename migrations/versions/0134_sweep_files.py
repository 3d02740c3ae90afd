"""Find files of the folder that nothing in the register names, and tell when an application was lodged."""

from __future__ import annotations

from alembic import op

revision = "0134_sweep_files"
down_revision = "0133_hear_better"

UP = """
CREATE FUNCTION registry.files_owned(digests text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT f.sha256 FROM registry.stored_file f WHERE f.sha256 = ANY ($1)
   UNION
  SELECT p.file_sha256 FROM registry.certificate_print p WHERE p.file_sha256 = ANY ($1)
   UNION
  SELECT o.sha256 FROM registry.data_supply s CROSS JOIN LATERAL (VALUES (s.answer_sha256), (s.file_sha256)) o(sha256)
   WHERE o.sha256 = ANY ($1)
$$;
COMMENT ON FUNCTION registry.files_owned(text[]) IS 'Those of some files of the folder that the register names';

CREATE FUNCTION registry.bytes_brought(asked text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Papers of the service (account 0) that are none of the application the dossier was made of.
  SELECT CAST(coalesce(sum(f.size_bytes), 0) AS bigint)
    FROM registry.dossier d JOIN registry.dossier_document h ON h.dossier_id = d.id AND h.account_id = 0
    JOIN registry.stored_file f ON f.sha256 = h.sha256
   WHERE d.code = $1
     AND NOT EXISTS (SELECT FROM registry.application a JOIN registry.application_paper p ON p.application_id = a.id
                      WHERE a.dossier_id = d.id AND p.sha256 = h.sha256)
$$;
COMMENT ON FUNCTION registry.bytes_brought(text) IS
  'How many bytes of papers came from home to a dossier after it was lodged';
REVOKE EXECUTE ON FUNCTION registry.files_owned(text[]), registry.bytes_brought(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.bytes_brought(text) TO landsvc_editor;
GRANT EXECUTE ON FUNCTION registry.files_owned(text[]) TO landsvc_import;
"""


TOLD = """
CREATE OR REPLACE FUNCTION registry.application_told(asked text, given text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object('code', a.code, 'procedure', a.procedure, 'case', a.case_code, 'parcels', a.parcels,
           'applicant', a.applicant, 'contact', a.contact, 'representative', a.representative, 'wish', a.wish,
           'returnBy', a.return_by, 'changedAt', a.changed_at, 'lodgedAt', a.lodged_at, 'dossier', d.code,
           'dossierSecret', k.secret,
           'needs', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('document', n.document, 'nameVi', t.name_vi, 'nameEn',
                      t.name_en, 'kind', t.kind, 'needed', n.needed, 'whenVi', n.when_vi, 'whenEn', n.when_en)
                      ORDER BY n.sort), '[]')
               FROM registry.procedure_document n JOIN registry.document_type t ON t.code = n.document
              WHERE n.procedure = a.procedure),
           'papers', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'document', p.document, 'title', p.title,
                      'sha256', p.sha256, 'bytes', f.size_bytes, 'mediaType', f.media_type) ORDER BY p.id), '[]')
               FROM registry.application_paper p JOIN registry.stored_file f ON f.sha256 = p.sha256
              WHERE p.application_id = a.id))
    FROM registry.application a
    LEFT JOIN registry.dossier d ON d.id = a.dossier_id
    LEFT JOIN registry.dossier_secret k ON k.dossier_id = a.dossier_id
   WHERE a.code = $1 AND a.secret = $2
$$;
"""

TOLD_BEFORE = """
CREATE OR REPLACE FUNCTION registry.application_told(asked text, given text) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object('code', a.code, 'procedure', a.procedure, 'case', a.case_code, 'parcels', a.parcels,
           'applicant', a.applicant, 'contact', a.contact, 'representative', a.representative, 'wish', a.wish,
           'returnBy', a.return_by, 'changedAt', a.changed_at, 'dossier', d.code, 'dossierSecret', k.secret,
           'needs', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('document', n.document, 'nameVi', t.name_vi, 'nameEn',
                      t.name_en, 'kind', t.kind, 'needed', n.needed, 'whenVi', n.when_vi, 'whenEn', n.when_en)
                      ORDER BY n.sort), '[]')
               FROM registry.procedure_document n JOIN registry.document_type t ON t.code = n.document
              WHERE n.procedure = a.procedure),
           'papers', (
             SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'document', p.document, 'title', p.title,
                      'sha256', p.sha256, 'bytes', f.size_bytes, 'mediaType', f.media_type) ORDER BY p.id), '[]')
               FROM registry.application_paper p JOIN registry.stored_file f ON f.sha256 = p.sha256
              WHERE p.application_id = a.id))
    FROM registry.application a
    LEFT JOIN registry.dossier d ON d.id = a.dossier_id
    LEFT JOIN registry.dossier_secret k ON k.dossier_id = a.dossier_id
   WHERE a.code = $1 AND a.secret = $2
$$;
"""


def upgrade() -> None:
    """Apply."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(UP)
    run(TOLD)


def downgrade() -> None:
    """Take back."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(TOLD_BEFORE)
    run("DROP FUNCTION registry.files_owned(text[]), registry.bytes_brought(text)")
