"""Number certificates in the register of each branch, without a gap, where nobody gives the number."""

from __future__ import annotations

from alembic import op

revision = "0074_number_certificates"
down_revision = "0073_certify_parcels"

# What was issued before without a number stays without: the register shows what the paper says.
BOOK = """
CREATE TABLE registry.certificate_book (
  branch_id bigint NOT NULL REFERENCES identity.branch,
  prefix    text NOT NULL DEFAULT 'CS',
  last_no   bigint NOT NULL DEFAULT 0,
  CONSTRAINT pk_certificate_book PRIMARY KEY (branch_id),
  CONSTRAINT ck_certificate_book_prefix CHECK (prefix ~ '^[A-ZĐ]{1,4}$'),
  CONSTRAINT ck_certificate_book_last_no CHECK (last_no >= 0)
);
COMMENT ON TABLE registry.certificate_book IS
  'Sổ cấp Giấy chứng nhận: the last running number (số vào sổ) a branch gave';
COMMENT ON COLUMN registry.certificate_book.prefix IS
  'CS: issued by a branch of the registration office; the province says another one [?]';
CREATE INDEX ix_certificate_branch_id_book_no ON registry.certificate (branch_id, book_no) WHERE branch_id IS NOT NULL;

CREATE FUNCTION registry.number_certificate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  asked text := NEW.book_no;
BEGIN
  IF NEW.origin <> 'issued' OR NEW.branch_id IS NULL THEN
    RETURN NEW;
  END IF;
  -- The row of the branch is locked until the issue is kept or given up, so no number is skipped or given twice.
  INSERT INTO registry.certificate_book (branch_id) VALUES (NEW.branch_id) ON CONFLICT DO NOTHING;
  PERFORM FROM registry.certificate_book b WHERE b.branch_id = NEW.branch_id FOR UPDATE;
  LOOP
    IF asked IS NULL THEN
      UPDATE registry.certificate_book b SET last_no = b.last_no + 1 WHERE b.branch_id = NEW.branch_id
      RETURNING b.prefix || ' ' || lpad(b.last_no::text, greatest(5, length(b.last_no::text)), '0') INTO NEW.book_no;
    END IF;
    EXIT WHEN NOT EXISTS (SELECT FROM registry.certificate c
                           WHERE c.branch_id = NEW.branch_id AND c.book_no = NEW.book_no);
    IF asked IS NOT NULL THEN
      PERFORM cadastre.refuse('book-number-taken', 'A number in the register is given once',
                              jsonb_build_object('bookNo', asked));
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION registry.number_certificate() IS
  'Give the next number in the register of the branch, and each number once; those typed by hand are passed over';
REVOKE EXECUTE ON FUNCTION registry.number_certificate() FROM PUBLIC;
CREATE TRIGGER t20_number BEFORE INSERT ON registry.certificate
  FOR EACH ROW EXECUTE FUNCTION registry.number_certificate();
GRANT SELECT ON registry.certificate_book TO landsvc_editor;
"""


def upgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(BOOK)


def downgrade() -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(
        """
        DROP TRIGGER t20_number ON registry.certificate;
        DROP FUNCTION registry.number_certificate();
        DROP INDEX registry.ix_certificate_branch_id_book_no;
        DROP TABLE registry.certificate_book;
        """
    )
