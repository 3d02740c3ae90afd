"""Give parcels house addresses: number, street and quarter, in time, with the door where it is known."""

from __future__ import annotations

from alembic import op
from landsvc.core.config import WORKING_SRID

revision = "0129_house_addresses"
down_revision = "0128_hear_people"

UP = """
CREATE FUNCTION cadastre.house_key(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(geo.vn_fold(t), '[^0-9a-z/]', '', 'g')
$$;
COMMENT ON FUNCTION cadastre.house_key(text) IS 'A house number as it is looked for: 12/3 A is 12/3a';
CREATE FUNCTION cadastre.street_key(t text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT regexp_replace(btrim(regexp_replace(geo.vn_fold(t), '[^0-9a-z]+', ' ', 'g')), '^(duong|pho) (?=.)', '')
$$;
COMMENT ON FUNCTION cadastre.street_key(text) IS 'A street as it is looked for: Đường Nguyễn Huệ is nguyen hue';

CREATE TABLE cadastre.house_address (
  id           bigint GENERATED ALWAYS AS IDENTITY,
  unit_id      bigint NOT NULL,
  commune_code text NOT NULL,
  number       text NOT NULL,
  street       text NOT NULL,
  quarter      text NOT NULL DEFAULT '',
  door         geometry(Point, {srid}),
  valid        daterange NOT NULL DEFAULT daterange(cadastre.today(), NULL),
  made_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  number_key   text GENERATED ALWAYS AS (cadastre.house_key(number)) STORED,
  street_key   text GENERATED ALWAYS AS (cadastre.street_key(street)) STORED,
  quarter_key  text GENERATED ALWAYS AS (cadastre.street_key(quarter)) STORED,
  CONSTRAINT pk_house_address PRIMARY KEY (id),
  CONSTRAINT fk_house_address_unit_id FOREIGN KEY (unit_id) REFERENCES cadastre.parcel_unit,
  CONSTRAINT ck_house_address_texts CHECK (length(number) BETWEEN 1 AND 20 AND length(street) BETWEEN 1 AND 100
    AND length(quarter) <= 100 AND cadastre.house_key(number) <> '' AND cadastre.street_key(street) <> ''),
  CONSTRAINT ck_house_address_valid CHECK (NOT isempty(valid) AND NOT lower_inf(valid))
);
CREATE UNIQUE INDEX ux_house_address_once ON cadastre.house_address (number_key, street_key, quarter_key, commune_code)
  WHERE upper_inf(valid);
CREATE INDEX ix_house_address_unit_id ON cadastre.house_address (unit_id);
COMMENT ON TABLE cadastre.house_address IS
  'Địa chỉ nhà: number, street and quarter on a parcel, in time; in a commune each is there once at a time';

CREATE FUNCTION cadastre.guard_house_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  here record;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.unit_id, NEW.commune_code, NEW.number, NEW.street, NEW.quarter, lower(NEW.valid)) IS DISTINCT FROM
       (OLD.unit_id, OLD.commune_code, OLD.number, OLD.street, OLD.quarter, lower(OLD.valid))
       OR NOT upper_inf(OLD.valid) OR NEW.door IS DISTINCT FROM OLD.door THEN
      RAISE EXCEPTION 'An address ends, and does not change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  SELECT p.commune_code, p.geom INTO here FROM cadastre.parcel p WHERE p.unit_id = NEW.unit_id;
  IF here.commune_code IS NULL THEN
    PERFORM cadastre.refuse('house-off-the-map', 'Only a current parcel gets an address', '{}');
  ELSIF NEW.door IS NOT NULL AND NOT ST_DWithin(NEW.door, here.geom, 50) THEN
    PERFORM cadastre.refuse('door-far-away', 'The door lies far from the parcel', '{}');
  END IF;
  NEW.commune_code := here.commune_code;
  -- What land that is no more was called by is free for what lies there now.
  UPDATE cadastre.house_address h SET valid = daterange(lower(h.valid), greatest(cadastre.today(), lower(h.valid) + 1))
   WHERE upper_inf(h.valid) AND h.number_key = cadastre.house_key(NEW.number)
     AND h.street_key = cadastre.street_key(NEW.street) AND h.quarter_key = cadastre.street_key(NEW.quarter)
     AND h.commune_code = NEW.commune_code
     AND NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.unit_id = h.unit_id);
  RETURN NEW;
END $$;
CREATE TRIGGER t10_guard BEFORE INSERT OR UPDATE ON cadastre.house_address
  FOR EACH ROW EXECUTE FUNCTION cadastre.guard_house_address();
CREATE TRIGGER t05_kept BEFORE DELETE OR TRUNCATE ON cadastre.house_address
  FOR EACH STATEMENT EXECUTE FUNCTION core.refuse_change();
ALTER TABLE cadastre.house_address ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_everywhere ON cadastre.house_address FOR SELECT USING (true);
CREATE POLICY add_in_the_area ON cadastre.house_address FOR INSERT TO landsvc_editor
  WITH CHECK (cadastre.require_area(commune_code));
CREATE POLICY end_in_the_area ON cadastre.house_address FOR UPDATE TO landsvc_editor USING (true)
  WITH CHECK (cadastre.require_area(commune_code));
CREATE POLICY take_in ON cadastre.house_address FOR INSERT TO landsvc_import WITH CHECK (true);

REVOKE EXECUTE ON FUNCTION cadastre.guard_house_address() FROM PUBLIC;
GRANT SELECT ON cadastre.house_address TO landsvc_public, landsvc_editor, landsvc_import;
GRANT INSERT (unit_id, commune_code, number, street, quarter, door) ON cadastre.house_address
  TO landsvc_editor, landsvc_import;
GRANT UPDATE (valid) ON cadastre.house_address TO landsvc_editor;
"""

DOWN = """
DROP TABLE cadastre.house_address;
DROP FUNCTION cadastre.guard_house_address(), cadastre.house_key(text), cadastre.street_key(text);
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(UP.replace("{srid}", str(WORKING_SRID)))


def downgrade() -> None:
    """Take back; addresses go with it."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(DOWN)
