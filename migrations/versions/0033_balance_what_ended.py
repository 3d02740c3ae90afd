"""Hold children against their parent as this record found it, not as its own last change had left it.

Corners that neighbours' cuts put into a parcel's edges move them by less than a millimetre each time. After hundreds of
cuts around it the sum passed what one cut may move, and a sound split was refused.
"""

from __future__ import annotations

from alembic import op

revision = "0033_balance_what_ended"
down_revision = "0032_sign_in_elsewhere"
branch_labels = None
depends_on = None

AS_ENDED = """
CREATE OR REPLACE FUNCTION cadastre.check_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  parents  geometry;
  children geometry;
  allowed  double precision;
  off_m2   double precision;
BEGIN
  IF NEW.kind NOT IN ('split', 'merge') THEN
    RETURN NULL;
  END IF;
  WITH RECURSIVE family(unit, side) AS (
    VALUES (NEW.parent_id, 'p')
     UNION
    SELECT CASE f.side WHEN 'p' THEN l.child_id ELSE l.parent_id END, CASE f.side WHEN 'p' THEN 'c' ELSE 'p' END
      FROM family f JOIN cadastre.lineage l ON l.record_id = NEW.record_id AND l.kind = NEW.kind
       AND CASE f.side WHEN 'p' THEN l.parent_id ELSE l.child_id END = f.unit)
  SELECT ST_Union(v.geom) FILTER (WHERE f.side = 'p'), ST_Union(v.geom) FILTER (WHERE f.side = 'c')
    INTO parents, children
    FROM (SELECT DISTINCT unit, side FROM family) f
    -- A parent is what this record ended: corners put into its edges before have moved them, each within its own limit.
    JOIN LATERAL (SELECT w.geom FROM cadastre.parcel_version w
                   CROSS JOIN LATERAL (SELECT f.side = 'p' AND w.record_id <> NEW.record_id
                                              AND w.closed_record_id IS NOT DISTINCT FROM NEW.record_id AS ended) e
                   WHERE w.unit_id = f.unit AND (e.ended OR NOT w.technical)
                   ORDER BY e.ended DESC, w.id DESC LIMIT 1) v ON true;
  -- Noding the cut ends moves an edge by at most 0.71 mm: a thin triangle on each cut edge.
  allowed := 1e-6 + 0.00071 / 2 * ST_Perimeter(parents);
  off_m2 := ST_Area(ST_SymDifference(parents, children));
  IF off_m2 IS NULL OR off_m2 > allowed THEN
    PERFORM cadastre.refuse('area-balance', 'The children do not cover exactly what their parents covered',
      jsonb_build_object('parent', NEW.parent_id, 'differenceM2', off_m2, 'allowedM2', allowed));
  END IF;
  RETURN NULL;
END $$;
"""

AS_LAST_CHANGED = """
CREATE OR REPLACE FUNCTION cadastre.check_balance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  parents  geometry;
  children geometry;
  allowed  double precision;
  off_m2   double precision;
BEGIN
  IF NEW.kind NOT IN ('split', 'merge') THEN
    RETURN NULL;
  END IF;
  WITH RECURSIVE family(unit, side) AS (
    VALUES (NEW.parent_id, 'p')
     UNION
    SELECT CASE f.side WHEN 'p' THEN l.child_id ELSE l.parent_id END, CASE f.side WHEN 'p' THEN 'c' ELSE 'p' END
      FROM family f JOIN cadastre.lineage l ON l.record_id = NEW.record_id AND l.kind = NEW.kind
       AND CASE f.side WHEN 'p' THEN l.parent_id ELSE l.child_id END = f.unit)
  SELECT ST_Union(v.geom) FILTER (WHERE f.side = 'p'), ST_Union(v.geom) FILTER (WHERE f.side = 'c')
    INTO parents, children
    FROM (SELECT DISTINCT unit, side FROM family) f
    JOIN LATERAL (SELECT w.geom FROM cadastre.parcel_version w
                   WHERE w.unit_id = f.unit AND NOT w.technical ORDER BY w.id DESC LIMIT 1) v ON true;
  -- Noding the cut ends moves an edge by at most 0.71 mm: a thin triangle on each cut edge.
  allowed := 1e-6 + 0.00071 / 2 * ST_Perimeter(parents);
  off_m2 := ST_Area(ST_SymDifference(parents, children));
  IF off_m2 IS NULL OR off_m2 > allowed THEN
    PERFORM cadastre.refuse('area-balance', 'The children do not cover exactly what their parents covered',
      jsonb_build_object('parent', NEW.parent_id, 'differenceM2', off_m2, 'allowedM2', allowed));
  END IF;
  RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """Compare with the version that the record ended."""
    op.execute(AS_ENDED)


def downgrade() -> None:
    """Compare with the last version that is no noding."""
    op.execute(AS_LAST_CHANGED)
