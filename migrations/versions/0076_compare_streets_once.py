"""Compare the streets before and after an undoing once, not once for each parcel beside them.

Of fifty thousand corners that took a third of the time it takes to undo a record there.
"""

from __future__ import annotations

from alembic import op

revision = "0076_compare_streets_once"
down_revision = "0075_verify_assets"

# The rest of the function stays as whoever wrote it last has it.
SETTLE = """
DO $patch$
DECLARE
  said text := pg_get_functiondef('cadastre.annul_settle'::regproc);
  was  text[] := ARRAY[$a$INTO tight FROM pg_temp.annul_land c
     WHERE c.gone IS NOT NULL AND (NOT$a$,
                       $b$ST_Dump(cadastre.redrawn(c.was, c.now)) line$b$];
  now  text[] := ARRAY[$a$INTO tight FROM (
       SELECT l.unit_id, l.was, l.now, l.gone,
              CASE WHEN ST_NPoints(l.was) > 1000 THEN cadastre.redrawn(l.was, l.now) END AS drawn
         FROM pg_temp.annul_land l WHERE l.gone IS NOT NULL OFFSET 0) c
     WHERE c.gone IS NOT NULL AND (NOT$a$,
                       $b$ST_Dump(c.drawn) line$b$];
BEGIN
  FOR i IN 1 .. cardinality(was) LOOP
    IF strpos(said, FROM_HERE[i]) = 0 THEN
      RAISE EXCEPTION 'cadastre.annul_settle says not what this revision changes';
    END IF;
    said := replace(said, FROM_HERE[i], TO_HERE[i]);
  END LOOP;
  EXECUTE said;
END $patch$;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(SETTLE.replace("FROM_HERE", "was").replace("TO_HERE", "now"))


def downgrade() -> None:
    """Take back."""
    op.execute(SETTLE.replace("FROM_HERE", "now").replace("TO_HERE", "was"))
