"""Prove overlaps and balances in one question, and each family of a statement's lineage once, not at each of its links.

Every link of parents and children is proved by the union of all parents and all children it is joined with. Links that
one statement wrote are all there before the first is proved, so the last of those that share a parent speaks for them.
"""

from __future__ import annotations

from alembic import op

revision = "0050_prove_in_one_go"
down_revision = "0049_node_together"

REFUSAL = """
CREATE FUNCTION cadastre.refusal_of(proof text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  rule  text;
  facts text;
BEGIN
  IF proof = 'fab-overlap' THEN
    SET CONSTRAINTS cadastre.t30_overlap IMMEDIATE;
  ELSIF proof = 'area-balance' THEN
    SET CONSTRAINTS cadastre.t20_balance IMMEDIATE;
  ELSE
    RAISE EXCEPTION 'There is no proof %', proof USING ERRCODE = '22023';
  END IF;
  RETURN NULL;
EXCEPTION WHEN check_violation THEN
  GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME, facts = PG_EXCEPTION_DETAIL;
  IF rule IS DISTINCT FROM proof THEN
    RAISE;
  END IF;
  RETURN coalesce(nullif(facts, ''), '{}')::jsonb;
END $$;
COMMENT ON FUNCTION cadastre.refusal_of(text) IS
  'Prove now, not at commit, that the land written so far overlaps nothing, or that its areas balance; '
  'null when it does, else the facts of the refusal, and the proof stays due';
REVOKE EXECUTE ON FUNCTION cadastre.refusal_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cadastre.refusal_of(text) TO landsvc_editor;
"""

BALANCE = """
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
  -- The same command wrote a later link of this parent: all of both was there before either is proved.
  IF EXISTS (SELECT FROM cadastre.lineage l JOIN cadastre.lineage own ON own.id = NEW.id
              WHERE l.record_id = NEW.record_id AND l.kind = NEW.kind AND l.parent_id = NEW.parent_id
                AND l.id > NEW.id AND l.xmin = own.xmin AND l.cmin = own.cmin) THEN
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
BALANCE_BEFORE = """
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


def upgrade() -> None:
    """Apply."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(REFUSAL)
    connection.exec_driver_sql(BALANCE)


def downgrade() -> None:
    """Take back."""
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(BALANCE_BEFORE)
    connection.exec_driver_sql("DROP FUNCTION cadastre.refusal_of(text)")
