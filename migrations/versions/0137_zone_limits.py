"""Keep what a plan lets people build in a zone: density, storeys, height, floor-area ratio, set-back."""

from __future__ import annotations

from alembic import op

revision = "0137_zone_limits"
down_revision = "0136_keep_the_morning"

COLUMN = """
ALTER TABLE planning.zone ADD COLUMN building jsonb,
  ADD CONSTRAINT ck_zone_building CHECK (jsonb_typeof(building) = 'object' AND building <> '{}'
    AND building - ARRAY['densityPct', 'floors', 'heightM', 'floorRatio', 'setbackM'] = '{}'
    AND NOT jsonb_path_exists(building, '$.* ? (@.type() != "number" || @ < 0)')
    AND NOT jsonb_path_exists(building, '$.densityPct ? (@ > 100)'));
COMMENT ON COLUMN planning.zone.building IS
  'Chỉ tiêu xây dựng: at most densityPct percent of the parcel built on, floors, heightM metres, floorRatio (floor area'
  ' by area of the parcel), and at least setbackM metres from the building line; what is absent is not stated';
"""

DESCRIBE = """
CREATE OR REPLACE FUNCTION planning.describe_zone() RETURNS trigger LANGUAGE plpgsql SET datestyle = 'ISO, YMD' AS $$
DECLARE
  u cadastre.land_use_type;
BEGIN
  SELECT * INTO u FROM cadastre.land_use_type t WHERE t.code = NEW.use_code;
  NEW.name := coalesce(NEW.name, u.name_vi, NEW.code);
  NEW.name_en := coalesce(NEW.name_en, u.name_en);
  NEW.legal_source := coalesce(NEW.legal_source,
                               (SELECT t.legal_source FROM planning.theme t WHERE t.id = NEW.theme_id));
  NEW.facts := '"code":' || to_json(NEW.code) || ',"name":' || to_json(NEW.name)
    || ',"nameEn":' || coalesce(to_json(NEW.name_en)::text, 'null')
    || ',"useCode":' || coalesce(to_json(NEW.use_code)::text, 'null')
    || ',"color":' || coalesce(to_json(u.color)::text, 'null')
    || ',"legalSource":' || coalesce(to_json(NEW.legal_source)::text, 'null')
    || ',"project":' || coalesce(NEW.project::text, 'null')BUILDING
    || ',"validFrom":"' || lower(NEW.valid) || '","validTo":' || coalesce('"' || upper(NEW.valid) || '"', 'null')
    || ',"sourceScale":' || coalesce(NEW.source_scale::text, 'null')
    || ',"accuracyM":' || coalesce(NEW.accuracy_m::text, 'null');
  RETURN NEW;
END $$;
"""
# Facts are told as they were written: zones that stand already say nothing of it, and need not.
BUILDING = """
    || coalesce(',"building":' || NEW.building::text, '')"""

# Facts that tell limits of building go with the column, in rows too that are closed and otherwise never changed.
DOWN = """
ALTER TABLE planning.zone DISABLE TRIGGER USER;
UPDATE planning.zone SET facts = replace(facts, ',"building":' || building::text, '') WHERE building IS NOT NULL;
ALTER TABLE planning.zone ENABLE TRIGGER USER;
ALTER TABLE planning.zone DROP CONSTRAINT ck_zone_building, DROP COLUMN building;
"""


def upgrade() -> None:
    """Apply."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(COLUMN)
    run(DESCRIBE.replace("BUILDING", BUILDING))


def downgrade() -> None:
    """Take back."""
    run = op.get_bind().execution_options(no_parameters=True).exec_driver_sql
    run(DESCRIBE.replace("BUILDING", ""))
    run(DOWN)
