"""Give offices their communes, and let an officer write the fabric only where a branch of theirs covers it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from alembic import op

revision = "0027_limit_offices"
down_revision = "0026_change_units"

# COPY, which bulk imports live by, is refused where policies count; only an administrator can give this.
BYPASS = """
DO $$
BEGIN
  IF NOT (SELECT r.rolbypassrls FROM pg_roles r WHERE r.rolname = 'landsvc_import') THEN
    RAISE EXCEPTION 'The role landsvc_import lacks BYPASSRLS: run landsvc/core/provision.sql again';
  END IF;
END $$;
"""

BRANCHES = """
ALTER TABLE identity.role ADD COLUMN writes boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN identity.role.writes IS 'Whether it lets change the register in the communes of a branch';
UPDATE identity.role SET writes = true WHERE code IN ('processor', 'surveyor', 'checker', 'signer');

CREATE TABLE identity.branch (
  id         bigint GENERATED ALWAYS AS IDENTITY,
  code       text NOT NULL,
  name_vi    text NOT NULL,
  name_en    text NOT NULL,
  covers_all boolean NOT NULL DEFAULT false,
  made_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  closed_at  timestamptz,
  CONSTRAINT pk_branch PRIMARY KEY (id),
  CONSTRAINT uq_branch_code UNIQUE (code),
  CONSTRAINT ck_branch_code CHECK (code ~ '^[a-z0-9][a-z0-9-]{1,31}$'),
  CONSTRAINT ck_branch_names CHECK (name_vi <> '' AND name_en <> '')
);
COMMENT ON TABLE identity.branch IS 'Chi nhánh văn phòng đăng ký đất đai: an office that covers some communes or all';

CREATE TABLE identity.branch_commune (
  branch_id    bigint NOT NULL,
  commune_code text NOT NULL,
  CONSTRAINT pk_branch_commune PRIMARY KEY (branch_id, commune_code),
  CONSTRAINT fk_branch_commune_branch_id FOREIGN KEY (branch_id) REFERENCES identity.branch,
  CONSTRAINT ck_branch_commune_code CHECK (commune_code ~ '^[0-9]{5}$')
);
COMMENT ON TABLE identity.branch_commune IS 'Địa bàn của chi nhánh: the communes a branch covers, by their codes';

CREATE TABLE identity.account_branch (
  account_id bigint NOT NULL,
  branch_id  bigint NOT NULL,
  roles      text[],
  CONSTRAINT pk_account_branch PRIMARY KEY (account_id, branch_id),
  CONSTRAINT fk_account_branch_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT fk_account_branch_branch_id FOREIGN KEY (branch_id) REFERENCES identity.branch
);
COMMENT ON TABLE identity.account_branch IS 'Tài khoản thuộc chi nhánh: where somebody works';
COMMENT ON COLUMN identity.account_branch.roles IS 'What the person is there; null: every role of the account';

CREATE TABLE identity.account_authority (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  account_id   bigint NOT NULL,
  kind         text NOT NULL,
  branch_id    bigint,
  commune_code text,
  since        timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended_at     timestamptz,
  CONSTRAINT pk_account_authority PRIMARY KEY (id),
  CONSTRAINT fk_account_authority_account_id FOREIGN KEY (account_id) REFERENCES identity.account,
  CONSTRAINT fk_account_authority_branch_id FOREIGN KEY (branch_id) REFERENCES identity.branch,
  CONSTRAINT ck_account_authority_of CHECK (CASE kind
    WHEN 'branch' THEN branch_id IS NOT NULL AND commune_code IS NULL
    WHEN 'department' THEN branch_id IS NULL AND commune_code IS NULL
    WHEN 'commune-chairman' THEN branch_id IS NULL AND commune_code ~ '^[0-9]{5}$'
    ELSE false END)
);
CREATE UNIQUE INDEX ux_account_authority_once ON identity.account_authority
  (account_id, kind, coalesce(branch_id, 0), coalesce(commune_code, '')) WHERE ended_at IS NULL;
COMMENT ON TABLE identity.account_authority IS
  'Thẩm quyền ký: who signs for a branch, the department, or as chairman of a commune';

-- Whoever could write everywhere before still can, until an administrator says where they work.
INSERT INTO identity.branch (code, name_vi, name_en, covers_all)
VALUES ('province', 'Văn phòng đăng ký đất đai tỉnh', 'Provincial land registration office', true);
INSERT INTO identity.account_branch (account_id, branch_id)
SELECT DISTINCT r.account_id, b.id FROM identity.branch b
 CROSS JOIN identity.account_role r JOIN identity.role k ON k.code = r.role_code AND k.office;
"""

# What a transaction says of who acts is believed, as is the role it takes: both come from our own program. What
# that person may is never told but looked up. A transaction that says nothing writes nothing.
ACTING = """
CREATE FUNCTION identity.covers(commune text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who text := coalesce(current_setting('landsvc.acting', true), '');
BEGIN
  IF who = 'operator' THEN
    RETURN true;
  ELSIF who !~ '^[0-9]{1,18}$' THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM identity.account a
      JOIN identity.account_branch m ON m.account_id = a.id
      JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
     WHERE a.id = who::bigint AND a.disabled_at IS NULL
       AND (b.covers_all OR EXISTS (
         SELECT FROM identity.branch_commune c WHERE c.branch_id = b.id AND c.commune_code = commune))
       AND EXISTS (
         SELECT FROM identity.account_role r JOIN identity.role k ON k.code = r.role_code AND k.writes
          WHERE r.account_id = a.id AND (m.roles IS NULL OR r.role_code = ANY (m.roles))));
END $$;
COMMENT ON FUNCTION identity.covers(text) IS
  'Whether a branch of whoever acts in this transaction (landsvc.acting) covers a commune, where they may write';

CREATE FUNCTION identity.acting_branches() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT string_agg(b.name_vi, ', ' ORDER BY b.id)
    FROM identity.account_branch m JOIN identity.branch b ON b.id = m.branch_id AND b.closed_at IS NULL
   WHERE m.account_id::text = current_setting('landsvc.acting', true)
$$;
COMMENT ON FUNCTION identity.acting_branches() IS 'The names of the branches of whoever acts in this transaction';
"""

AREA = """
CREATE FUNCTION cadastre.require_area(commune text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  -- A preview may show what it would do, and what forbids it; it is never committed.
  IF identity.covers(commune)
     OR EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN
    RETURN true;
  END IF;
  PERFORM cadastre.refuse('outside-the-offices-area', 'The land lies outside the area of the office',
    jsonb_build_object('commune', commune, 'branches', identity.acting_branches(), 'name', (
      SELECT a.name FROM cadastre.admin_unit a
       WHERE a.code = commune AND a.level = 'commune' ORDER BY lower(a.valid) DESC LIMIT 1)));
  RETURN false;
END $$;
COMMENT ON FUNCTION cadastre.require_area(text) IS
  'True where whoever acts may write; else the transaction is stopped with the names of commune and branch';

CREATE FUNCTION cadastre.unit_commune(unit bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT p.commune_code FROM cadastre.parcel p WHERE p.unit_id = unit), (
    SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = unit
     ORDER BY upper_inf(v.recorded) DESC, v.id DESC LIMIT 1))
$$;
COMMENT ON FUNCTION cadastre.unit_commune(bigint) IS
  'The commune a unit lies in, or lay in last; null for one of which nothing was ever recorded';

-- Volatile: a statement may write a version together with what belongs to it, and these look for the version.
CREATE FUNCTION cadastre.require_unit_area(unit bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  commune text := cadastre.unit_commune(unit);
BEGIN
  -- Numbers and codes come before the first version; that one is looked at when it comes, and it must come.
  RETURN commune IS NULL OR cadastre.require_area(commune);
END $$;
COMMENT ON FUNCTION cadastre.require_unit_area(bigint) IS 'As require_area, for the land of a unit';

CREATE FUNCTION cadastre.require_version_area(version bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  commune text := (SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.id = version);
BEGIN
  RETURN commune IS NULL OR cadastre.require_area(commune);  -- none: the foreign key says so in plainer words
END $$;
COMMENT ON FUNCTION cadastre.require_version_area(bigint) IS 'As require_area, for the land of a version';

CREATE FUNCTION cadastre.outside_area(units bigint[]) RETURNS TABLE (commune_code text, name text, unit_ids bigint[])
LANGUAGE sql STABLE AS $$
  SELECT t.code, (SELECT a.name FROM cadastre.admin_unit a WHERE a.code = t.code AND a.level = 'commune'
                   ORDER BY lower(a.valid) DESC LIMIT 1), array_agg(t.unit_id ORDER BY t.unit_id)
    FROM (SELECT u AS unit_id, cadastre.unit_commune(u) AS code FROM unnest(units) u) t
   WHERE NOT identity.covers(t.code) GROUP BY t.code ORDER BY t.code
$$;
COMMENT ON FUNCTION cadastre.outside_area(bigint[]) IS
  'The communes of some units that no branch of whoever acts covers, with these units: none when all is well';

CREATE FUNCTION cadastre.check_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.parcel_version v WHERE v.unit_id = NEW.id) THEN
    PERFORM cadastre.refuse('unit-without-version', 'A unit is made together with what is known of it',
                            jsonb_build_object('unit', NEW.id));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER t20_unit AFTER INSERT ON cadastre.parcel_unit DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (current_user = 'landsvc_editor') EXECUTE FUNCTION cadastre.check_unit();
"""

POLICIES = """
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN SELECT * FROM (VALUES
    ('parcel_version', 'cadastre.require_area(commune_code)'),
    ('mapped_extent', 'cadastre.require_area(commune_code)'),
    ('parcel_use', 'cadastre.require_version_area(version_id)'),
    ('parcel_number', 'cadastre.require_unit_area(unit_id)'),
    ('parcel_code', 'cadastre.require_unit_area(unit_id)'),
    ('unit_end', 'cadastre.require_unit_area(unit_id)'),
    ('parcel_hold', 'unit_id IS NULL OR cadastre.require_unit_area(unit_id)'),
    ('lineage', 'cadastre.require_unit_area(parent_id) AND cadastre.require_unit_area(child_id)'),
    ('resurvey_link', 'cadastre.require_unit_area(old_unit_id) AND cadastre.require_unit_area(new_unit_id)'))
    x(name, condition)
  LOOP
    EXECUTE format('ALTER TABLE cadastre.%I ENABLE ROW LEVEL SECURITY', t.name);
    EXECUTE format('CREATE POLICY read_everywhere ON cadastre.%I FOR SELECT USING (true)', t.name);
    EXECUTE format('CREATE POLICY add_in_the_area ON cadastre.%I FOR INSERT TO landsvc_editor WITH CHECK (%s)',
                   t.name, t.condition);
    -- What is outside is refused aloud, not passed over: so the condition is on the row as it shall be.
    EXECUTE format('CREATE POLICY change_in_the_area ON cadastre.%I FOR UPDATE TO landsvc_editor USING (true)
                    WITH CHECK (%s)', t.name, t.condition);
  END LOOP;
END $$;
CREATE POLICY take_back_in_the_area ON cadastre.parcel_version FOR DELETE TO landsvc_editor
  USING (identity.covers(commune_code));
"""

# The functions with their owner's rights that an officer runs cross the policies: noding a neighbour is meant to.
# An annulment is not, nor is what is decided of two maps.
LINKS = """
ALTER FUNCTION cadastre.decide_link(bigint, text, bigint) RENAME TO decide_link_anywhere;
REVOKE EXECUTE ON FUNCTION cadastre.decide_link_anywhere(bigint, text, bigint) FROM landsvc_editor;
CREATE FUNCTION cadastre.decide_link(link bigint, said text, why bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM cadastre.require_unit_area(l.old_unit_id), cadastre.require_unit_area(l.new_unit_id)
     FROM cadastre.resurvey_link l WHERE l.id = link;
  PERFORM cadastre.decide_link_anywhere(link, said, why);
END $$;
COMMENT ON FUNCTION cadastre.decide_link(bigint, text, bigint) IS
  'Decide a link of two maps, where whoever acts may write';
REVOKE EXECUTE ON FUNCTION cadastre.decide_link(bigint, text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.decide_link(bigint, text, bigint) TO landsvc_editor;

ALTER FUNCTION cadastre.undo_link_decisions(bigint, bigint) RENAME TO undo_link_decisions_anywhere;
REVOKE EXECUTE ON FUNCTION cadastre.undo_link_decisions_anywhere(bigint, bigint) FROM landsvc_editor, landsvc_import;
CREATE FUNCTION cadastre.undo_link_decisions(what bigint, why bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Here the current user is the owner: who called is the role this session took, or came as.
  IF coalesce(nullif(current_setting('role'), 'none'), session_user) <> 'landsvc_import' THEN
    PERFORM cadastre.require_unit_area(l.old_unit_id), cadastre.require_unit_area(l.new_unit_id)
       FROM cadastre.link_decision d JOIN cadastre.resurvey_link l ON l.id = d.link_id
      WHERE d.record_id = what AND d.undone_record_id IS NULL;
  END IF;
  PERFORM cadastre.undo_link_decisions_anywhere(what, why);
END $$;
COMMENT ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) IS
  'Take back what was decided of links under a record, under its annulment, where whoever acts may write';
REVOKE EXECUTE ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) TO landsvc_editor, landsvc_import;
"""

ANNUL = """
CREATE OR REPLACE FUNCTION cadastre.annul_as_officer(what bigint, why bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- An officer may not write what came from elsewhere back; this may, and every row trigger looks on. Neighbours that
  -- were only noded may lie anywhere.
  PERFORM cadastre.require_area(t.commune_code) FROM (
    SELECT DISTINCT v.commune_code FROM cadastre.parcel_version v
     WHERE v.record_id = what AND NOT v.technical OR v.closed_record_id = what AND NOT EXISTS (
       SELECT FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND w.record_id = what AND w.technical)) t;
  RETURN cadastre.annul(what, why);
END $$;
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION identity.covers(text), identity.acting_branches(), cadastre.require_area(text),
  cadastre.require_unit_area(bigint), cadastre.require_version_area(bigint), cadastre.unit_commune(bigint),
  cadastre.outside_area(bigint[]), cadastre.check_unit() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identity.covers(text), identity.acting_branches(), cadastre.require_area(text),
  cadastre.require_unit_area(bigint), cadastre.require_version_area(bigint), cadastre.unit_commune(bigint),
  cadastre.outside_area(bigint[]) TO landsvc_editor;
GRANT SELECT, INSERT ON identity.branch, identity.branch_commune, identity.account_branch, identity.account_authority
  TO landsvc_identity;
GRANT UPDATE (name_vi, name_en, covers_all, closed_at) ON identity.branch TO landsvc_identity;
GRANT DELETE ON identity.branch_commune, identity.account_branch TO landsvc_identity;
GRANT UPDATE (roles) ON identity.account_branch TO landsvc_identity;
GRANT UPDATE (ended_at) ON identity.account_authority TO landsvc_identity;
GRANT SELECT ON identity.branch, identity.branch_commune TO landsvc_editor;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (BYPASS, BRANCHES, ACTING, AREA, POLICIES, LINKS, ANNUL, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(
        """
        DO $$
        DECLARE
          t record;
        BEGIN
          FOR t IN SELECT p.polname, p.polrelid::regclass AS name FROM pg_policy p
                    WHERE p.polname IN ('read_everywhere', 'add_in_the_area', 'change_in_the_area',
                                        'take_back_in_the_area') LOOP
            EXECUTE format('DROP POLICY %I ON %s', t.polname, t.name);
            EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t.name);
          END LOOP;
        END $$;
        """
    )
    connection.exec_driver_sql(_annul_as_before())
    connection.exec_driver_sql(
        """
        DROP FUNCTION cadastre.decide_link(bigint, text, bigint);
        ALTER FUNCTION cadastre.decide_link_anywhere(bigint, text, bigint) RENAME TO decide_link;
        GRANT EXECUTE ON FUNCTION cadastre.decide_link(bigint, text, bigint) TO landsvc_editor;
        DROP FUNCTION cadastre.undo_link_decisions(bigint, bigint);
        ALTER FUNCTION cadastre.undo_link_decisions_anywhere(bigint, bigint) RENAME TO undo_link_decisions;
        GRANT EXECUTE ON FUNCTION cadastre.undo_link_decisions(bigint, bigint) TO landsvc_editor, landsvc_import;
        DROP TRIGGER t20_unit ON cadastre.parcel_unit;
        DROP FUNCTION cadastre.check_unit(), cadastre.outside_area(bigint[]), cadastre.require_unit_area(bigint),
          cadastre.require_version_area(bigint), cadastre.unit_commune(bigint), cadastre.require_area(text),
          identity.covers(text), identity.acting_branches();
        DROP TABLE identity.account_authority, identity.account_branch, identity.branch_commune, identity.branch;
        ALTER TABLE identity.role DROP COLUMN writes;
        """
    )
    connection.execution_options(no_parameters=False)


def _annul_as_before() -> str:
    """Return the statement that gives `annul_as_officer` its body of revision 0013."""
    path = Path(__file__).with_name("0013_annul_records.py")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    before = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(before)
    found = re.search(r"CREATE (FUNCTION cadastre\.annul_as_officer\(.*?\$\$.*?\$\$;)", before.ANNUL, re.DOTALL)
    if found is None:
        raise LookupError("annul_as_officer")
    return f"CREATE OR REPLACE {found.group(1)}"
