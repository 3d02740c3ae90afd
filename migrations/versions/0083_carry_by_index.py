"""Find by indexes what carrying rights, completing and looking notices up asked of whole tables.

With 200 000 rights on a million parcels the commit of a split of registered land took 180 ms:

- Which rights bear on a unit of rights, or serve it, was asked as "this column or that": every right was gone through.
- GiST indexes that begin with another column were taken for single parcels, parties and numbers, which lie in all their
  pages; where an exclusion only compares, the column now stands in it as an expression, which no question matches.
- A register that was taken in as one record says to the planner that records have as many facts; it is told otherwise.
- Open dossiers, which the lists of officers show, and those ended lately had no index.
"""

from __future__ import annotations

from alembic import op

revision = "0083_carry_by_index"
down_revision = "0082_price_land"

CHANGES = {
    "registry.carry(jsonb,bigint[],bigint,date)": [
        ("  kin  bigint[];\n", "  kin  bigint[];\n  bare bigint[];\n"),
        (
            """    SELECT v.id FROM registry.rrr r
      JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     WHERE EXISTS (SELECT FROM unnest(held) h WHERE h.ba_unit_id IN (r.ba_unit_id, r.served_ba_unit_id)
        AND NOT EXISTS (SELECT FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = h.ba_unit_id
                           AND upper_inf(p.recorded) AND upper_inf(p.valid)))), why, since);
""",
            """    SELECT v.id FROM registry.rrr r
      JOIN registry.rrr_version v ON v.rrr_id = r.id AND upper_inf(v.recorded) AND upper_inf(v.valid)
     WHERE r.ba_unit_id = ANY (bare) OR r.served_ba_unit_id = ANY (bare)), why, since);
""",
        ),
        (
            "  -- Land that ended without a successor takes along what bore on it alone.\n",
            """  -- Land that ended without a successor takes along what bore on it alone.
  bare := ARRAY(SELECT DISTINCT h.ba_unit_id FROM unnest(held) h WHERE NOT EXISTS (
    SELECT FROM registry.ba_unit_parcel p WHERE p.ba_unit_id = h.ba_unit_id
       AND upper_inf(p.recorded) AND upper_inf(p.valid)));
""",
        ),
    ],
    "registry.carry_notices(jsonb,bigint)": [
        (
            """      JOIN registry.block b ON b.unit_id = l.parent
      JOIN registry.block_span s ON s.block_id = b.id AND upper_inf(s.recorded) AND s.valid @> clock_timestamp()
""",
            """     CROSS JOIN LATERAL (SELECT x.* FROM registry.block x WHERE x.unit_id = l.parent OFFSET 0) b
     CROSS JOIN LATERAL (SELECT FROM registry.block_span y WHERE y.block_id = b.id AND upper_inf(y.recorded)
                            AND y.valid @> clock_timestamp() OFFSET 0) s
""",
        )
    ],
    "registry.unite(bigint[],bigint,date)": [
        (
            "x.whole IN (r.ba_unit_id, r.served_ba_unit_id)",
            "r.ba_unit_id = x.whole OR r.served_ba_unit_id = x.whole",
        )
    ],
    "registry.check_ba_unit()": [
        ("l.id IN (r.ba_unit_id, r.served_ba_unit_id)", "r.ba_unit_id = l.id OR r.served_ba_unit_id = l.id")
    ],
    "registry.check_land_of_record()": [
        (
            """    FROM registry.ba_unit_parcel w
    JOIN registry.rrr r ON r.ba_unit_id = w.ba_unit_id AND r.kind IN ('use', 'management')
""",
            """    FROM (SELECT b.ba_unit_id AS id FROM registry.ba_unit_parcel b WHERE b.record_id = NEW.record_id
           UNION SELECT r.ba_unit_id FROM registry.rrr_version v JOIN registry.rrr r ON r.id = v.rrr_id
                  WHERE v.record_id = NEW.record_id) said
    JOIN registry.ba_unit_parcel w ON w.ba_unit_id = said.id
    JOIN registry.rrr r ON r.ba_unit_id = w.ba_unit_id AND r.kind IN ('use', 'management')
""",
        )
    ],
    "registry.dossier_holds(bigint)": [
        (
            "ARRAY(SELECT registry.dossier_units(d.id)) AS units FROM registry.dossier d",
            """ARRAY(SELECT registry.dossier_units(d.id)) AS units,
           ARRAY(SELECT geo.vn_fold(a.name) FROM registry.dossier_applicant a
                  WHERE a.dossier_id = d.id AND a.party_id IS NULL AND a.capacity = 'applicant') AS strangers
      FROM registry.dossier d""",
        ),
        (
            """    SELECT b.id FROM mine m
      JOIN registry.dossier_applicant a ON a.dossier_id = m.id AND a.party_id IS NULL AND a.capacity = 'applicant'
      JOIN registry.block b ON b.scope = 'person' AND b.person_folded = geo.vn_fold(a.name))
""",
            """    SELECT b.id FROM mine m
      JOIN registry.block b ON b.scope = 'person' AND b.person_folded = ANY (m.strangers))
""",
        ),
        (
            "WHERE b.id IN (SELECT n.block_id FROM named n)",
            "WHERE b.id = ANY (ARRAY(SELECT n.block_id FROM named n))",
        ),
    ],
}
"""What each function said, and says."""
ONCE = {
    ("registry.ba_unit_parcel", "ex_ba_unit_parcel_once"): (
        "ba_unit_id WITH =, {} WITH =, valid WITH &&, recorded WITH &&",
        *("unit_id", "(unit_id + 0)"),
    ),
    ("registry.party_member", "ex_party_member_once"): (
        "party_id WITH =, {} WITH =, valid WITH &&, recorded WITH &&",
        *("member_id", "(member_id + 0)"),
    ),
    ("registry.block_match", "ex_block_match_once"): (
        "block_id WITH =, {} WITH =, valid WITH &&, recorded WITH &&",
        *("party_id", "(party_id + 0)"),
    ),
    ("registry.party_document", "ex_party_document_number"): (
        "kind WITH =, {} WITH =, valid WITH &&, recorded WITH &&",
        *("number_index", "(number_index || ''::bytea)"),
    ),
    ("cadastre.known_overlap", "ex_known_overlap_once"): (
        "unit_a WITH =, {} WITH =, recorded WITH &&",
        *("unit_b", "(unit_b + 0)"),
    ),
    ("cadastre.lineage", "ex_lineage_once"): (
        "parent_id WITH =, {} WITH =, recorded WITH &&",
        *("child_id", "(child_id + 0)"),
    ),
}
"""Exclusions by table and name: what they compare, the column as it stood there and as it stands."""
FACTS = (
    *(
        "registry.ba_unit",
        "registry.ba_unit_parcel",
        "registry.rrr",
        "registry.rrr_version",
        "registry.party_version",
    ),
    *("registry.party_document", "registry.party_member", "registry.certificate", "registry.certificate_version"),
    *("registry.certificate_entry", "registry.block_span", "registry.block_match", "cadastre.parcel_unit"),
    *("cadastre.parcel_version", "cadastre.parcel_number", "cadastre.lineage"),
)
"""Tables where an import leaves most rows with one record."""
FEW = (
    *("standing(bigint[])", "person_blocks(bigint[])", "notices_on(bigint[],bigint[])", "dossier_holds(bigint)"),
    *("dossier_units(bigint)", "units_before(bigint[])", "earlier_dossiers(bigint)", "chain_before(bigint)"),
)
"""Functions of `registry` that give a handful of rows; the planner takes a thousand unless it is told."""


def upgrade() -> None:
    """Apply."""
    for function, pairs in CHANGES.items():
        _replace(function, pairs)
    for (table, name), (compared, _, expression) in ONCE.items():
        _exclude(table, name, compared.format(expression))
    op.execute(
        "CREATE INDEX ix_dossier_open ON registry.dossier (due_at, id) WHERE ended_at IS NULL OR state = 'READY';"
        "CREATE INDEX ix_dossier_ended_at ON registry.dossier (ended_at) WHERE ended_at IS NOT NULL"
    )
    for table in FACTS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN record_id SET (n_distinct = -0.5)")
        op.execute(f"ANALYZE {table} (record_id)")
    for function in FEW:
        op.execute(f"ALTER FUNCTION registry.{function} ROWS 5")


def downgrade() -> None:
    """Take back."""
    for function in FEW:
        op.execute(f"ALTER FUNCTION registry.{function} ROWS 1000")
    for table in FACTS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN record_id RESET (n_distinct)")
    op.execute("DROP INDEX registry.ix_dossier_ended_at, registry.ix_dossier_open")
    for (table, name), (compared, column, _) in ONCE.items():
        _exclude(table, name, compared.format(column))
    for function, pairs in CHANGES.items():
        _replace(function, [(new, old) for old, new in reversed(pairs)])


def _exclude(table: str, name: str, compared: str) -> None:
    """Make an exclusion anew."""
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} EXCLUDE USING gist ({compared})"
    )


def _replace(function: str, pairs: list[tuple[str, str]]) -> None:
    """Replace pieces of a function where they stand; raise when one is not there exactly once."""
    connection = op.get_bind()
    text = connection.exec_driver_sql(f"SELECT pg_get_functiondef('{function}'::regprocedure)").scalar_one()
    for old, new in pairs:
        if text.count(old) != 1:
            raise RuntimeError(f"{function} is not what it was: {old}")
        text = text.replace(old, new)
    connection.execution_options(no_parameters=True).exec_driver_sql(text)
