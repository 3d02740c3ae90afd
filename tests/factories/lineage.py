"""Read who descends from whom as the service tells it, and hold it against the links themselves."""

from __future__ import annotations

import json
import random
from collections import defaultdict

import psycopg
from landsvc.cadastre import service as parcels
from landsvc.cadastre.rules import parse_ref
from tests.factories.drafts import Office


def lineage_is_readable_both_ways(office: Office, dice: random.Random) -> None:
    """No unit descends from itself; what is read down from one is read up from the other."""
    with psycopg.connect(office.database.dsn) as conn:
        links = conn.execute(
            "SELECT parent_id, child_id FROM cadastre.lineage WHERE upper_inf(recorded)"
        ).fetchall()
        units = [unit for (unit,) in conn.execute("SELECT unit_id FROM cadastre.parcel WHERE kind = 'parcel'")]
    heirs, parents = defaultdict(set), defaultdict(set)
    for parent, child in links:
        heirs[parent].add(child)
        parents[child].add(parent)
    born = [unit for unit in units if unit in parents]
    for unit in dice.sample(born, min(len(born), 12)):
        up, down = read(office, unit)
        assert up == reached(parents, unit)
        assert down == reached(heirs, unit) == set(), "current land has heirs"
        for ancestor in dice.sample(sorted(up), min(len(up), 3)):
            its_up, its_down = read(office, ancestor)
            assert (its_up, its_down) == (reached(parents, ancestor), reached(heirs, ancestor))
            assert unit in its_down
            assert not its_up & its_down


def reached(links: dict[int, set[int]], unit: int) -> set[int]:
    """Return all that is reached from a unit; itself only in a circle."""
    found, todo = set[int](), [*links[unit]]
    while todo:
        each = todo.pop()
        if each not in found:
            found.add(each)
            todo += links[each]
    assert unit not in found, "a circle"
    return found


def read(office: Office, unit: int) -> tuple[set[int], set[int]]:
    """Return ancestors and descendants of a unit as the service tells them."""
    told = json.loads(parcels.lineage(office.database, parse_ref(f"unit-{unit}"), 10_000))["parcels"]
    return (
        {each["unit"] for each in told if each["generation"] < 0},
        {each["unit"] for each in told if each["generation"] > 0},
    )
