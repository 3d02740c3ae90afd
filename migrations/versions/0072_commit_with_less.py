"""Let a commit ask less: locks by boxes first, areas once, proofs without a search for their names.

What is promised stays the same. Each function is edited where it stands, so that taking back gives the text before.
"""

from __future__ import annotations

from collections.abc import Iterable

from alembic import op

revision = "0072_commit_with_less"
down_revision = "0071_prove_registers_together"

KEYS_BEYOND = """
CREATE FUNCTION cadastre.keys_beyond(places geometry[], held text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  around geometry := ST_Envelope(ST_Collect(places));
BEGIN
  -- Which keys land needs beyond those held. Most lies in the midst of a commune: boxes alone tell that nothing near
  -- is of another. Volatile, so that each call sees what was committed since the one before.
  IF NOT EXISTS (SELECT FROM cadastre.parcel p WHERE p.geom && ST_Expand(around, 1) AND p.commune_code <> ALL (held))
     AND NOT EXISTS (SELECT FROM cadastre.admin_part a WHERE a.geom && ST_Expand(around, 1) AND a.code <> ALL (held))
     AND ('*' = ANY (held) OR EXISTS (
       SELECT FROM cadastre.admin_part a WHERE a.geom ~ around AND ST_Covers(a.geom, around))) THEN
    RETURN '{}';
  END IF;
  RETURN ARRAY(SELECT k FROM unnest(cadastre.keys_of(ST_Collect(places))) k WHERE k <> ALL (held));
END $$
"""
EDITS = (
    (
        "cadastre.lock_fabric(geometry,text[])",
        (
            (
                """  near := cadastre.keys_of(place);
  LOOP""",
                """  near := cadastre.keys_beyond(ARRAY[place], wanted);
  LOOP""",
            ),
            (
                """        INSERT INTO cadastre.fabric_lock VALUES (key) ON CONFLICT DO NOTHING;
        UPDATE cadastre.fabric_lock SET xact = pg_current_xact_id() WHERE commune_code = key;
""",
                """        INSERT INTO cadastre.fabric_lock VALUES (key, pg_current_xact_id())
            ON CONFLICT (commune_code) DO UPDATE SET xact = pg_current_xact_id();
""",
            ),
            (
                """      near := cadastre.keys_of(place);
      IF near <@ wanted THEN""",
                """      near := cadastre.keys_beyond(ARRAY[place], wanted);
      IF near = '{}' THEN""",
            ),
        ),
    ),
    (
        "cadastre.require_locks(geometry[],text[])",
        (
            (
                """DECLARE
  missing text[];""",
                """DECLARE
  needed  text[];
  missing text[];""",
            ),
            (
                """  SELECT array_agg(c) INTO missing
    FROM (SELECT unnest(communes) AS c UNION SELECT unnest(cadastre.keys_of(ST_Collect(places)))) k
   WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                      WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned());
  IF missing IS NOT NULL THEN""",
                """  needed := communes || cadastre.keys_beyond(places, communes);
  missing := ARRAY(SELECT c FROM unnest(needed) c
                    WHERE NOT EXISTS (SELECT FROM cadastre.fabric_lock l
                                       WHERE l.commune_code = c AND l.xact = pg_current_xact_id_if_assigned()));
  IF missing <> '{}' THEN""",
            ),
        ),
    ),
    (
        "cadastre.fabric_changed()",
        (
            (
                "  INSERT INTO geo.tile_touch (layer, area) SELECT",
                "  WITH touched AS (INSERT INTO geo.tile_touch (layer, area) SELECT",
            ),
            (
                "WHERE m.area IS NOT NULL;\n",
                "WHERE m.area IS NOT NULL)\n",
            ),
        ),
    ),
    (
        "cadastre.require_area(text)",
        (
            (
                """AS $function$
BEGIN
""",
                """AS $function$
DECLARE
  asked text := current_setting('landsvc.acting', true) || '/' || commune;
BEGIN
  -- Who acts is told by a setting of the transaction, and so is what was found of them: a commit asks a dozen times.
  IF asked = current_setting('landsvc.covered', true) THEN
    RETURN true;
  ELSIF identity.covers(commune) THEN
    PERFORM set_config('landsvc.covered', asked, true);
    RETURN true;
  END IF;
""",
            ),
            (
                """  IF identity.covers(commune)
     OR EXISTS (SELECT FROM""",
                """  IF EXISTS (SELECT FROM""",
            ),
        ),
    ),
    (
        "cadastre.end_overlaps(bigint,geometry,bigint[])",
        (
            (
                """BEGIN
""",
                """BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.known_overlap k WHERE k.unit_a = unit AND upper_inf(k.recorded))
     AND NOT EXISTS (SELECT FROM cadastre.known_overlap k WHERE k.unit_b = unit AND upper_inf(k.recorded)) THEN
    RETURN;
  END IF;
""",
            ),
        ),
    ),
    (
        "cadastre.project_facts()",
        (
            (
                """                     JOIN cadastre.parcel p ON p.unit_id = v.unit_id AND p.version_id = v.id);
""",
                """                     JOIN cadastre.parcel p ON p.unit_id = v.unit_id AND p.version_id = v.id
                    -- A noded neighbour keeps its uses, and all of them are shown already.
                    WHERE NOT (v.technical AND jsonb_array_length(p.uses) = (
                      SELECT count(*) FROM cadastre.parcel_use u WHERE u.version_id = v.id)));
""",
            ),
        ),
    ),
    (
        "cadastre.recorded_now()",
        (
            (
                """ LANGUAGE plpgsql
 SET "DateStyle" TO 'ISO, YMD'
AS $function$""",
                """ LANGUAGE plpgsql
AS $function$""",
            ),
            (
                """  own  text := pg_current_xact_id()::text;
  at   timestamptz;""",
                """  at   timestamptz;""",
            ),
            (
                "IF kept IS NOT NULL AND split_part(kept, '|', 1) = own THEN",
                "IF starts_with(kept, pg_current_xact_id()::text || '|') THEN",
            ),
            (
                "  PERFORM set_config('landsvc.recorded_at', own || '|' || at, true);",
                """  -- As JSON writes an instant: the same in every DateStyle.
  PERFORM set_config('landsvc.recorded_at', pg_current_xact_id()::text || '|' || (to_jsonb(at) #>> '{}'), true);""",
            ),
        ),
    ),
    (
        "cadastre.prove_now()",
        (
            (
                """BEGIN
""",
                """BEGIN
  IF NOT EXISTS (SELECT FROM cadastre.preview_run r WHERE r.xact = pg_current_xact_id_if_assigned()) THEN
    SET CONSTRAINTS ALL IMMEDIATE;
    RETURN;
  END IF;
""",
            ),
        ),
    ),
    (
        "cadastre.unit_commune(bigint)",
        (
            (
                """AS $function$
BEGIN
  RETURN coalesce((SELECT p.commune_code FROM cadastre.parcel p WHERE p.unit_id = unit), (
    SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = unit
     ORDER BY upper_inf(v.recorded) DESC, v.id DESC LIMIT 1));
""",
                """AS $function$
DECLARE
  shown text := (SELECT p.commune_code FROM cadastre.parcel p WHERE p.unit_id = unit);
BEGIN
  IF shown IS NOT NULL THEN
    RETURN shown;
  END IF;
  RETURN (SELECT v.commune_code FROM cadastre.parcel_version v WHERE v.unit_id = unit
           ORDER BY upper_inf(v.recorded) DESC, v.id DESC LIMIT 1);
""",
            ),
        ),
    ),
    (
        "cadastre.outside_area(bigint[])",
        (
            (
                """                   ORDER BY lower(a.valid) DESC LIMIT 1), array_agg(t.unit_id ORDER BY t.unit_id)
    FROM (SELECT u AS unit_id, cadastre.unit_commune(u) AS code FROM unnest(units) u) t
   WHERE NOT identity.covers(t.code) GROUP BY t.code ORDER BY t.code
""",
                """                   ORDER BY lower(a.valid) DESC LIMIT 1), t.ids
    FROM (SELECT s.code, array_agg(s.unit_id ORDER BY s.unit_id) AS ids
            FROM (SELECT u AS unit_id, cadastre.unit_commune(u) AS code FROM unnest(units) u) s
           GROUP BY s.code OFFSET 0) t
   WHERE NOT identity.covers(t.code) ORDER BY t.code
""",
            ),
        ),
    ),
)


def upgrade() -> None:
    """Apply."""
    _run(KEYS_BEYOND)
    for function, edits in EDITS:
        _edit(function, edits)


def downgrade() -> None:
    """Take back."""
    for function, edits in EDITS:
        _edit(function, [(new, old) for old, new in edits])
    _run("DROP FUNCTION cadastre.keys_beyond(geometry[], text[])")


def _edit(function: str, edits: Iterable[tuple[str, str]]) -> None:
    """Replace pieces of a function's definition; raise when one is not there exactly once."""
    text = op.get_bind().exec_driver_sql(f"SELECT pg_get_functiondef('{function}'::regprocedure)").scalar_one()
    for old, new in edits:
        if text.count(old) != 1:
            raise RuntimeError(f"{function} is not what it was: {old}")
        text = text.replace(old, new)
    _run(text)


def _run(text: str) -> None:
    op.get_bind().execution_options(no_parameters=True).exec_driver_sql(text)
