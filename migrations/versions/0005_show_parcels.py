"""Show communes and parcels the way the API gives them: JSON text kept ready in the database."""

from __future__ import annotations

from alembic import op

revision = "0005_show_parcels"
down_revision = "0004_create_planning"

COMMUNES = """
CREATE TABLE cadastre.commune_card (
  code text NOT NULL REFERENCES cadastre.commune,
  card text NOT NULL,
  CONSTRAINT pk_commune_card PRIMARY KEY (code)
);
COMMENT ON TABLE cadastre.commune_card IS
  'A commune as the API shows it, as JSON text: its newest name, and what went into it; kept by trigger';

CREATE FUNCTION cadastre.write_commune_card(commune text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  INSERT INTO cadastre.commune_card
  SELECT u.code, '{"code":"' || u.code || '","name":' || to_json(u.name) || ',"old":[' || coalesce((
           SELECT string_agg('{"code":"' || o.code || '","name":' || to_json(o.name) || '}', ',' ORDER BY o.code)
             FROM cadastre.admin_succession s JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
            WHERE s.new_unit_id = u.id AND (o.code <> u.code OR o.name <> u.name)), '') || ']}'
    FROM cadastre.admin_unit u WHERE u.code = commune AND u.level = 'commune'
   ORDER BY lower(u.valid) DESC NULLS LAST LIMIT 1
  ON CONFLICT (code) DO UPDATE SET card = EXCLUDED.card
$$;

CREATE FUNCTION cadastre.show_unit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM cadastre.write_commune_card(c.code) FROM (
    SELECT NEW.code UNION
    SELECT n.code FROM cadastre.admin_succession s JOIN cadastre.admin_unit n ON n.id = s.new_unit_id
     WHERE s.old_unit_id = NEW.id) c(code);
  INSERT INTO geo.tile_touch (layer, area) SELECT 'units', ST_Envelope(g) FROM (
    SELECT NEW.geom3857 UNION ALL SELECT OLD.geom3857 WHERE TG_OP = 'UPDATE') x(g) WHERE g IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER t20_show AFTER INSERT OR UPDATE ON cadastre.admin_unit
  FOR EACH ROW EXECUTE FUNCTION cadastre.show_unit();

CREATE FUNCTION cadastre.show_succession() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM cadastre.write_commune_card(n.code) FROM cadastre.admin_unit n
    WHERE n.id = coalesce(NEW.new_unit_id, OLD.new_unit_id);
  RETURN NULL;
END $$;
CREATE TRIGGER t20_show AFTER INSERT OR UPDATE OR DELETE ON cadastre.admin_succession
  FOR EACH ROW EXECUTE FUNCTION cadastre.show_succession();

CREATE FUNCTION cadastre.show_use() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- Rare, and it rewrites the parcels of that use: the price of one row for each read.
  UPDATE cadastre.parcel p SET uses = (
    SELECT jsonb_agg(CASE WHEN u.v ->> 'code' = NEW.code
             THEN u.v || jsonb_build_object('name', NEW.name_vi, 'nameEn', NEW.name_en) ELSE u.v END ORDER BY u.n)
      FROM jsonb_array_elements(p.uses) WITH ORDINALITY u(v, n))
   WHERE p.uses @> jsonb_build_array(jsonb_build_object('code', NEW.code));
  RETURN NULL;
END $$;
CREATE TRIGGER t20_show AFTER UPDATE ON cadastre.land_use_type FOR EACH ROW
  WHEN ((NEW.name_vi, NEW.name_en) IS DISTINCT FROM (OLD.name_vi, OLD.name_en))
  EXECUTE FUNCTION cadastre.show_use();
"""

CARDS = """
CREATE VIEW cadastre.parcel_card AS
SELECT p.unit_id, p.version_id, p.code, p.issuing_code, p.sheet, p.number, p.geom, p.geom4326,
       coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code) AS ref,
       '"ref":' || coalesce(to_json(coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, p.code))::text,
                            'null')
         || ',"code":' || coalesce('"' || p.code || '"', 'null')
         || ',"commune":' || coalesce(c.card, '{"code":"' || p.commune_code || '","name":null,"old":[]}')
         || ',"numbers":' || p.numbers::text
         || ',"legalAreaM2":' || coalesce(p.legal_area_m2::text, 'null')
         || ',"computedAreaM2":' || coalesce(round(p.computed_area_m2::numeric, 2)::text, 'null')
         || ',"computedSrid":' || coalesce(p.computed_srid::text, 'null')
         || ',"uses":' || p.uses::text
         || ',"validFrom":"' || p.valid_from || '","version":' || p.version_no AS facts
  FROM cadastre.parcel p LEFT JOIN cadastre.commune_card c ON c.code = p.commune_code
 WHERE p.kind = 'parcel';
COMMENT ON VIEW cadastre.parcel_card IS
  'A current parcel as the API shows it: its facts as the inside of a JSON object, its geometry beside them';
"""

PAST = """
CREATE FUNCTION cadastre.cards_at(valid_at date, known_at timestamptz)
RETURNS TABLE (unit_id bigint, version_id bigint, ref text, code text, facts text, geom geometry)
LANGUAGE sql STABLE AS $$
  -- The twin of parcel_card for a day and an instant; slower, since nothing is kept ready for the past.
  SELECT v.unit_id, v.id, r.ref, k.code,
         '"ref":' || coalesce(to_json(r.ref)::text, 'null')
           || ',"code":' || coalesce('"' || k.code || '"', 'null')
           || ',"commune":{"code":"' || v.commune_code || '","name":' || coalesce((
                SELECT to_json(a.name)::text FROM cadastre.admin_unit a
                 WHERE a.code = v.commune_code AND a.level = 'commune' AND a.valid @> $1), 'null')
           || ',"old":[]},"numbers":' || coalesce((
                SELECT jsonb_agg(jsonb_build_object('series', s.code, 'sheet', b.sheet, 'number', b.number,
                                 'onMap', b.on_map, 'asPrinted', b.as_printed) ORDER BY b.id)::text
                  FROM cadastre.parcel_number b JOIN cadastre.map_series s ON s.id = b.series_id
                 WHERE b.unit_id = v.unit_id AND b.used @> $1), '[]')
           || ',"legalAreaM2":' || coalesce(v.legal_area_m2::text, 'null')
           || ',"computedAreaM2":' || coalesce(round(v.computed_area_m2::numeric, 2)::text, 'null')
           || ',"computedSrid":' || coalesce(v.computed_srid::text, 'null')
           || ',"uses":' || coalesce((
                SELECT jsonb_agg(jsonb_build_object('code', u.use_code, 'name', t.name_vi, 'nameEn', t.name_en,
                         'areaM2', u.area_m2, 'origin', u.origin_code, 'termUntil', u.term_until)
                         ORDER BY u.seq)::text
                  FROM cadastre.parcel_use u JOIN cadastre.land_use_type t ON t.code = u.use_code
                 WHERE u.version_id = v.id), '[]')
           || ',"validFrom":"' || lower(v.valid) || '","version":' || (
                SELECT count(*) FROM cadastre.parcel_version w WHERE w.unit_id = v.unit_id AND NOT w.technical
                   AND lower(w.recorded) <= $2 AND w.id <= v.id),
         v.geom
    FROM cadastre.parcels_at($1, $2) v
    LEFT JOIN cadastre.parcel_code k ON k.unit_id = v.unit_id
    LEFT JOIN LATERAL (
      SELECT coalesce((
        SELECT a.code || '-' || b.sheet || '-' || b.number FROM cadastre.parcel_number b
          JOIN cadastre.map_series s ON s.id = b.series_id JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id
         WHERE b.unit_id = v.unit_id AND b.on_map AND b.used @> $1 ORDER BY b.id DESC LIMIT 1), k.code) AS ref
      ) r ON true
$$;
COMMENT ON FUNCTION cadastre.cards_at(date, timestamptz) IS
  'Parcels as the API shows them, as they held on a date, as known at an instant';

CREATE VIEW cadastre.unit_name AS
SELECT u.id AS unit_id, u.kind, p.unit_id IS NOT NULL AS is_current, k.code,
       coalesce(p.issuing_code || '-' || p.sheet || '-' || p.number, (
         SELECT a.code || '-' || b.sheet || '-' || b.number FROM cadastre.parcel_number b
           JOIN cadastre.map_series s ON s.id = b.series_id JOIN cadastre.admin_unit a ON a.id = s.admin_unit_id
          WHERE b.unit_id = u.id ORDER BY b.on_map DESC, b.id DESC LIMIT 1), k.code) AS ref
  FROM cadastre.parcel_unit u
  LEFT JOIN cadastre.parcel p ON p.unit_id = u.id
  LEFT JOIN cadastre.parcel_code k ON k.unit_id = u.id;
COMMENT ON VIEW cadastre.unit_name IS 'What a unit is or was called, current or not';

CREATE VIEW cadastre.parcel_feature AS
SELECT p.unit_id, p.geom4326,
       '{"type":"Feature","id":' || p.unit_id || ',"geometry":' || ST_AsGeoJSON(p.geom4326, 7)
         || ',"properties":{"ref":' || coalesce(to_json(coalesce(
              p.issuing_code || '-' || p.sheet || '-' || p.number, p.code))::text, 'null')
         || ',"code":' || coalesce('"' || p.code || '"', 'null') || ',"commune":"' || p.commune_code
         || '","sheet":' || coalesce(to_json(p.sheet)::text, 'null')
         || ',"number":' || coalesce(to_json(p.number)::text, 'null')
         || ',"use":' || coalesce('"' || p.use_label || '"', 'null')
         || ',"legalAreaM2":' || coalesce(p.legal_area_m2::text, 'null') || '}}' AS feature
  FROM cadastre.parcel p WHERE p.kind = 'parcel';
COMMENT ON VIEW cadastre.parcel_feature IS 'A current parcel as a GeoJSON feature, longitude and latitude';
"""

GRANTS = """
REVOKE EXECUTE ON FUNCTION cadastre.write_commune_card(text), cadastre.show_unit(), cadastre.show_succession(),
  cadastre.show_use(), cadastre.cards_at(date, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.cards_at(date, timestamptz) TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON cadastre.unit_name, cadastre.parcel_feature TO landsvc_public, landsvc_editor, landsvc_import;
GRANT SELECT ON cadastre.commune_card, cadastre.parcel_card TO landsvc_public, landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (COMMUNES, CARDS, PAST, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        """
        DROP VIEW cadastre.parcel_card, cadastre.unit_name, cadastre.parcel_feature;
        DROP FUNCTION cadastre.cards_at(date, timestamptz);
        DROP FUNCTION cadastre.show_unit(), cadastre.show_succession(), cadastre.show_use() CASCADE;
        DROP FUNCTION cadastre.write_commune_card(text);
        DROP TABLE cadastre.commune_card;
        """
    )
