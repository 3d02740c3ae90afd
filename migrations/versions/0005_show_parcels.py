"""Show communes and parcels the way the API gives them: texts made in the database."""

from __future__ import annotations

from alembic import op

revision = "0005_show_parcels"
down_revision = "0004_create_planning"

CARDS = """
CREATE VIEW cadastre.commune_card AS
SELECT DISTINCT ON (u.code) u.code,
       '{"code":"' || u.code || '","name":' || to_json(u.name) || ',"old":[' || coalesce((
         SELECT string_agg('{"code":"' || o.code || '","name":' || to_json(o.name) || '}', ',' ORDER BY o.code)
           FROM cadastre.admin_succession s JOIN cadastre.admin_unit o ON o.id = s.old_unit_id
          WHERE s.new_unit_id = u.id AND o.code || o.name <> u.code || u.name), '') || ']}' AS card
  FROM cadastre.admin_unit u WHERE u.level = 'commune' ORDER BY u.code, lower(u.valid) DESC;
COMMENT ON VIEW cadastre.commune_card IS 'A commune as the API shows it: its newest name, and what went into it';

CREATE FUNCTION cadastre.use_list(uses jsonb) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT '[' || coalesce(string_agg('{"code":"' || t.code || '","name":' || to_json(t.name_vi) || ',"nameEn":'
           || to_json(t.name_en) || ',"areaM2":' || (u.v ->> 'areaM2') || ',"origin":'
           || coalesce((u.v -> 'origin')::text, 'null') || ',"termUntil":'
           || coalesce((u.v -> 'termUntil')::text, 'null') || '}', ',' ORDER BY u.n), '') || ']'
    FROM jsonb_array_elements(uses) WITH ORDINALITY u(v, n)
    JOIN cadastre.land_use_type t ON t.code = u.v ->> 'code'
$$;
COMMENT ON FUNCTION cadastre.use_list(jsonb) IS 'The uses of a projected parcel as JSON text, with their names';

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
         || ',"uses":' || cadastre.use_list(p.uses)
         || ',"validFrom":"' || p.valid_from || '","version":' || p.version_no AS facts
  FROM cadastre.parcel p LEFT JOIN cadastre.commune_card c ON c.code = p.commune_code
 WHERE p.kind = 'parcel';
COMMENT ON VIEW cadastre.parcel_card IS
  'A current parcel as the API shows it: its facts as the inside of a JSON object, its geometry beside them';
"""

GRANTS = """
GRANT SELECT ON cadastre.commune_card, cadastre.parcel_card TO landsvc_public, landsvc_editor, landsvc_import;
REVOKE EXECUTE ON FUNCTION cadastre.use_list(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.use_list(jsonb) TO landsvc_public, landsvc_editor, landsvc_import;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for part in (CARDS, GRANTS):
        connection.exec_driver_sql(part)


def downgrade() -> None:
    op.execute(
        "DROP VIEW cadastre.parcel_card; DROP VIEW cadastre.commune_card; DROP FUNCTION cadastre.use_list(jsonb)"
    )
