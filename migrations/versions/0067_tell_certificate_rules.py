"""Tell with each procedure whether it needs a certificate in force, and whether it always ends in another one."""

from __future__ import annotations

from alembic import op

revision = "0067_tell_certificate_rules"
down_revision = "0066_number_previews"

# What the code said until now is said again for procedures that are loaded, so that nothing changes between the
# migration and the next start. Later rows come from gis_data/procedures/certificate_rules.csv.
RULES = """
CREATE TABLE registry.certificate_rule (
  procedure text NOT NULL,
  valid     daterange NOT NULL,
  needed    boolean NOT NULL,
  renewed   boolean NOT NULL,
  source    text NOT NULL,
  certainty text NOT NULL,
  CONSTRAINT pk_certificate_rule PRIMARY KEY (procedure, valid),
  CONSTRAINT ex_certificate_rule_once EXCLUDE USING gist (procedure WITH =, valid WITH &&),
  CONSTRAINT ck_certificate_rule_certainty CHECK (certainty IN ('S', 'K', '?'))
);
COMMENT ON TABLE registry.certificate_rule IS
  'Quy định về Giấy chứng nhận của thủ tục: what a procedure asks of certificates, and whether it renews them';
COMMENT ON COLUMN registry.certificate_rule.needed IS 'A certificate in force is shown for it';
COMMENT ON COLUMN registry.certificate_rule.renewed IS 'Another certificate is issued: never annotated';

INSERT INTO registry.certificate_rule (procedure, valid, needed, renewed, source, certainty)
SELECT p.code, p.valid, r.needed, NOT r.needed, r.source, r.certainty
  FROM (VALUES
    ('CD', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'), ('CN', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'),
    ('TA', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'), ('GP', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'),
    ('CT', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'), ('TC', true, 'LĐĐ 31/2024/QH15 Điều 45', 'K'),
    ('TN', false, 'LĐĐ 31/2024/QH15 Điều 135 (giấy cấp theo từng thửa đất)', 'K'),
    ('DKLD', false, 'LĐĐ 31/2024/QH15 Điều 134', 'K'),
    ('BN', false, 'thửa đất và quyền mới (default; to be confirmed by the province)', '?'),
    ('TL', false, 'quyền thuê mới trong khu công nghiệp (default; to be confirmed by the province)', '?'))
    r(code, needed, source, certainty)
  JOIN registry.procedure p ON p.code = r.code;

GRANT SELECT ON registry.certificate_rule TO landsvc_editor, landsvc_import;
GRANT INSERT, UPDATE, DELETE ON registry.certificate_rule TO landsvc_import;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(RULES)


def downgrade() -> None:
    op.execute("DROP TABLE registry.certificate_rule")
