"""Follow land of very many corners roughly by its place, and too large land for what happens to it alone."""

from __future__ import annotations

from alembic import op

revision = "0146_follow_rough_land"
down_revision = "0145_say_why_late"

ROUGHLY = """
CREATE FUNCTION registry.rough_place(geom geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN ST_NPoints($1) <= 2000 THEN $1
              WHEN ST_NPoints(ST_ConvexHull($1)) <= 2000 THEN ST_ConvexHull($1) ELSE ST_Envelope($1) END
$$;
COMMENT ON FUNCTION registry.rough_place(geometry) IS
  'A place that is followed, with at most 2 000 corners: its hull or its box where it has more: nothing is missed';
REVOKE EXECUTE ON FUNCTION registry.rough_place(geometry) FROM PUBLIC;

CREATE OR REPLACE FUNCTION registry.place_alert(wanted uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- Land that is too large is followed for what happens to it, not by its place.
  INSERT INTO registry.alert_area AS r (alert_id, geom)
  SELECT $1, g.geom FROM (
    SELECT registry.rough_place(ST_Union(p.geom)) AS geom
      FROM registry.alert_unit f JOIN cadastre.parcel p ON p.unit_id = f.unit_id
     WHERE f.alert_id = $1 AND f.ended_at IS NULL) g
   WHERE g.geom IS NOT NULL AND ST_Area(g.geom) BETWEEN 1 AND 100000000
  ON CONFLICT (alert_id) DO UPDATE SET geom = excluded.geom WHERE NOT ST_Equals(r.geom, excluded.geom)
$$;

CREATE OR REPLACE FUNCTION registry.ask_alert(new_id uuid, what text, unit bigint, party bigint, by_channel text,
  tongue text, sealed bytea, digest bytea, sender bytea, code bytea, around_m double precision, drawn text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place geometry;
BEGIN
  INSERT INTO registry.alert (id, about, unit_id, party_id, channel, language, address, address_index, sender_index,
                              code_index)
  VALUES (new_id, what, unit, party, by_channel, tongue, sealed, digest, sender, code);
  IF what = 'parcel' THEN
    INSERT INTO registry.alert_unit (alert_id, unit_id, known_as) VALUES (new_id, unit, registry.land_name(unit));
    PERFORM registry.place_alert(new_id);
    RETURN;
  END IF;
  IF drawn IS NOT NULL THEN
    place := ST_CollectionExtract(
      ST_MakeValid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(drawn), 4326), geo.srid())), 3);
  ELSE
    SELECT registry.rough_place(ST_Buffer(p.geom, around_m)) INTO place FROM cadastre.parcel p
     WHERE p.unit_id = unit AND p.geom IS NOT NULL;
  END IF;
  IF place IS NULL THEN
    PERFORM cadastre.refuse('alert-nowhere', 'There is no place to follow', jsonb_build_object('unit', unit));
  END IF;
  INSERT INTO registry.alert_area (alert_id, geom) VALUES (new_id, place);
END $$;
"""

EXACTLY = """
CREATE OR REPLACE FUNCTION registry.place_alert(wanted uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  -- As in ask_alert: land with very many corners, or too large, is followed roughly or not by its place.
  INSERT INTO registry.alert_area AS r (alert_id, geom)
  SELECT $1, g.geom FROM (
    SELECT CASE WHEN ST_NPoints(u.geom) > 2000 THEN ST_ConvexHull(u.geom) ELSE u.geom END AS geom
      FROM (SELECT ST_Union(p.geom) AS geom FROM registry.alert_unit f JOIN cadastre.parcel p ON p.unit_id = f.unit_id
             WHERE f.alert_id = $1 AND f.ended_at IS NULL) u) g
   WHERE g.geom IS NOT NULL AND ST_NPoints(g.geom) <= 2000 AND ST_Area(g.geom) BETWEEN 1 AND 100000000
  ON CONFLICT (alert_id) DO UPDATE SET geom = excluded.geom WHERE NOT ST_Equals(r.geom, excluded.geom)
$$;

CREATE OR REPLACE FUNCTION registry.ask_alert(new_id uuid, what text, unit bigint, party bigint, by_channel text,
  tongue text, sealed bytea, digest bytea, sender bytea, code bytea, around_m double precision, drawn text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  place geometry;
BEGIN
  INSERT INTO registry.alert (id, about, unit_id, party_id, channel, language, address, address_index, sender_index,
                              code_index)
  VALUES (new_id, what, unit, party, by_channel, tongue, sealed, digest, sender, code);
  IF what = 'parcel' THEN
    INSERT INTO registry.alert_unit (alert_id, unit_id, known_as) VALUES (new_id, unit, registry.land_name(unit));
  END IF;
  IF drawn IS NOT NULL THEN
    place := ST_CollectionExtract(
      ST_MakeValid(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(drawn), 4326), geo.srid())), 3);
  ELSE
    SELECT ST_Buffer(p.geom, around_m) INTO place FROM cadastre.parcel p WHERE p.unit_id = unit AND p.geom IS NOT NULL;
  END IF;
  IF place IS NOT NULL THEN
    INSERT INTO registry.alert_area (alert_id, geom) VALUES (new_id, place);
  ELSIF what = 'area' THEN
    PERFORM cadastre.refuse('alert-nowhere', 'There is no place to follow', jsonb_build_object('unit', unit));
  END IF;
END $$;

DROP FUNCTION registry.rough_place(geometry);
"""


def upgrade() -> None:
    """Apply."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(ROUGHLY)


def downgrade() -> None:
    """Take back; places that are followed stay as they are."""
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(EXACTLY)
