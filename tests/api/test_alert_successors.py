"""What came of a followed parcel is followed as far as it is held: told once, by both numbers, stopped one by one."""

from __future__ import annotations

import re
from random import Random

import psycopg
import pytest
from landsvc.core import migrate, outbox
from landsvc.registry.alerts import hearing, sealing, service
from tests.factories.alerts import OWNER, following
from tests.factories.cadastre import Y0, box
from tests.factories.drafts import merge, move, split


@pytest.fixture(scope="module")
def house(module_db):
    with following(module_db, parcels=80) as found:
        yield found


@pytest.fixture(autouse=True)
def alone(house):
    yield
    house.end_all()


class Land:
    """A parcel of 20 x 30 m whose holder follows it."""

    def __init__(self, house) -> None:
        self.house, self.register = house, house.world.registry
        self.ref, _, proof = house.own()
        self.right = house.right
        self.x = 20 * (int(self.ref.rsplit("-", 1)[1]) - 345)
        house.work()
        self.mine = house.follow(**proof)["mine"]
        self.alert = sealing.alert_of(house.vault, self.mine.partition("t=")[2], sealing.MINE)

    def split(self, ref: str, y: float) -> tuple[str, str, str]:
        """Cut a parcel at a height; the lower piece, the upper one, and the transaction."""
        done = self.register.commit(split(ref, (self.x, y), (self.x + 20, y)))
        upper, lower = (unit["ref"] for unit in done["after"])
        return lower, upper, done["transaction"]

    def undo(self, transaction: str) -> None:
        self.register.post(f"/transactions/{transaction}/undo", {"reason": "Nhầm"})

    def sell(self, ref: str) -> str:
        """Let a stranger have a parcel; the transaction."""
        buyer = self.register.party()
        done = self.register.right([ref], {buyer: None}, replaces=[self.right], since=None)
        return str(done["transaction"])

    def told(self) -> list[str]:
        """Let an hour pass and the worker tell; each line, and what is said of an end."""
        self.house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL AND told_at IS NOT NULL")
        return [
            line.removeprefix("- ")
            for _, _, told in self.house.work()
            for line in told.get_content().splitlines()
            if line.startswith("- ") or "last message" in line
        ]

    def followed(self) -> set[str]:
        with self.house.database.read_only("landsvc_tracker") as session:
            return {each.name for each in service.units(session, self.alert)}

    def ended(self) -> list[str]:
        rows = self.house.rows(
            "SELECT ended_by FROM registry.alert_unit WHERE alert_id = %s ORDER BY id", self.alert
        )
        return [each for (each,) in rows]

    def came(self, ref: str, was: str) -> str:
        return f"Parcel {ref} came of parcel {was}: you hear of it from now on."


@pytest.fixture
def land(house):
    return Land(house)


def changed(ref: str) -> str:
    return f"Parcel {ref}: its land, number or uses were changed."


def test_both_pieces_of_a_split_are_followed_and_told_in_one_line_each(land):
    lower, upper, _ = land.split(land.ref, 15)
    assert sorted(land.told()) == sorted([land.came(lower, land.ref), land.came(upper, land.ref)])
    assert land.followed() == {lower, upper}
    assert land.ended() == ["succeeded", None, None]
    assert land.told() == []
    land.register.commit({"op": "renumber", "parcels": [lower], "sheet": "12", "number": "101"})
    assert land.told() == [changed(f"25195-12-101 (before: {land.ref})")]


def test_a_split_of_a_split_is_followed_also_when_nobody_looked_in_between(land):
    lower, upper, _ = land.split(land.ref, 15)
    first, second, _ = land.split(lower, 7)
    assert sorted(land.told()) == sorted(land.came(each, land.ref) for each in (upper, first, second))
    third, fourth, _ = land.split(upper, 22)
    assert sorted(land.told()) == sorted(land.came(each, upper) for each in (third, fourth))
    assert land.followed() == {first, second, third, fourth}


def test_undoing_a_split_follows_the_parcel_again_and_its_pieces_no_more(land):
    lower, upper, done = land.split(land.ref, 15)
    land.told()
    land.undo(done)
    assert land.told() == [f"Parcel {land.ref} (before: {upper}, {lower}) is told to you again."]
    assert land.followed() == {land.ref}
    assert land.ended() == ["succeeded", "gone", "gone", None]
    again = land.split(land.ref, 20)[:2]
    assert len(land.told()) == 2
    assert land.followed() == set(again)


def test_a_split_undone_before_anybody_looked_changes_nothing(land):
    _, _, done = land.split(land.ref, 15)
    land.undo(done)
    lines = land.told()
    assert set(lines) <= {changed(land.ref), f"Parcel {land.ref}: an entry about rights was changed."}
    assert lines
    assert land.followed() == {land.ref}
    assert land.ended() == [None]


def test_a_piece_that_is_sold_ends_with_one_last_line_and_nothing_after_it_is_told(land):
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    sold = land.sell(lower)
    land.split(lower, 7)
    known = f"{lower} (before: {land.ref})"
    assert sorted(land.told()) == sorted(
        [
            f"Parcel {known}: an entry about rights was changed.",
            f"You hold parcel {known} no more: it is told to you no longer.",
        ]
    )
    assert land.followed() == {upper}
    land.register.commit({"op": "renumber", "parcels": [upper], "sheet": "12", "number": "102"})
    assert land.told() == [changed(f"25195-12-102 (before: {land.ref})")]
    assert sold


def test_a_sale_of_a_piece_that_is_undone_is_followed_again(land):
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    sold = land.sell(lower)
    land.told()
    land.undo(sold)
    assert land.told() == [f"Parcel {lower} is told to you again."]
    assert land.followed() == {lower, upper}


def test_who_sold_every_piece_hears_a_last_time(land):
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    buyer = land.register.party()
    land.register.right([lower, upper], {buyer: None}, replaces=[land.right], since=None)
    lines = land.told()
    assert lines[-1] == "You hold this parcel no more: this was the last message."
    assert len(lines) == 3
    assert land.followed() == set()
    assert land.house.rows("SELECT ended_by, address FROM registry.alert WHERE id = %s", land.alert) == [
        ("left", None)
    ]
    land.split(lower, 7)
    assert land.told() == []


def test_what_happened_after_the_sale_is_not_told_even_when_the_worker_slept(land):
    done = land.sell(land.ref)
    land.register.commit({"op": "renumber", "parcels": [land.ref], "sheet": "12", "number": "103"})
    lines = land.told()
    assert ["land, number" in line for line in lines] == [False, False]
    assert "last message" in lines[1]
    assert done


def test_a_merger_is_followed_once_and_undone(house):
    one = Land(house)
    beside = f"25195-12-{int(one.ref.rsplit('-', 1)[1]) + 1}"
    given = house.world.parcel()[0]
    assert given == beside
    holder = one.register.on(one.ref)[0]["holders"][0]["party"]
    one.register.right([beside], {holder: None})
    house.work()
    done = one.register.commit(merge(one.ref, beside))
    (made,) = (unit["ref"] for unit in done["after"])
    lines = one.told()
    assert lines == [one.came(made, one.ref)] if made != one.ref else lines
    assert one.followed() == {made}
    one.undo(done["transaction"])
    one.told()
    assert one.followed() == {one.ref}


def test_a_boundary_that_moves_and_a_new_number_are_told_of_the_same_parcel(land):
    land.register.commit(move(((land.x, 30), (land.x, 29.5))))
    assert land.told() == [changed(land.ref)]
    land.register.commit({"op": "renumber", "parcels": [land.ref], "sheet": "12", "number": "104"})
    assert land.told() == [changed(f"25195-12-104 (before: {land.ref})")]
    assert land.ended() == [None]


def test_one_click_ends_one_parcel_and_what_comes_of_it_another_ends_all(land):
    lower, upper, done = land.split(land.ref, 15)
    land.house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    ((_, _, told),) = land.house.work()
    links = re.findall(r"(/alerts/stop\?t=\S+&u=\d+&lang=en)", told.get_content())
    assert len(links) == 2
    machine = land.house.app.test_client()
    page = land.house.stranger.get(land.mine + "&lang=en").text
    assert "Parcels you follow" in page
    assert all(ref in page for ref in (lower, upper))
    shown = machine.get(links[0])
    assert "The others still are" in shown.text
    named = re.search(
        rf"Parcel (\S+) came of[^\n]*\n[^\n]*\n[^\n]*\n\s+\S*{re.escape(links[0])}", told.get_content()
    )[1]
    other = ({lower, upper} - {named}).pop()
    for _ in range(2):
        assert machine.post(links[0], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert "is told to you no more" in machine.get(links[0]).text
    assert land.followed() == {other}
    land.split(named, 7 if named == lower else 22)
    assert land.told() == []
    unit = links[1].partition("&u=")[2].partition("&")[0]
    for bad in (links[1].replace(f"u={unit}", f"u={int(unit) - 1}"), links[1].replace(f"&u={unit}", "")):
        assert machine.post(bad).status_code == 404
    assert land.followed() == {other}
    assert machine.post(links[1]).status_code == 200
    assert land.house.rows("SELECT ended_by, address FROM registry.alert WHERE id = %s", land.alert) == [
        ("stopped", None)
    ]
    assert done


def test_news_of_a_parcel_that_was_stopped_meanwhile_are_not_told(land):
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    land.register.commit({"op": "renumber", "parcels": [lower], "sheet": "12", "number": "105"})
    while outbox.run_batch(land.house.database, hearing.CONSUMER):
        pass
    with land.house.database.read_only("landsvc_tracker") as session:
        unit = next(each.unit_id for each in service.units(session, land.alert) if each.name == "25195-12-105")
    proof = sealing.token(land.house.vault, land.alert, sealing.unit_use(unit))
    assert land.house.app.test_client().post(f"/alerts/stop?t={proof}&u={unit}").status_code == 200
    assert land.told() == []
    assert land.followed() == {upper}


def test_no_name_and_no_code_stands_in_what_is_told_of_pieces(land):
    land.split(land.ref, 15)
    land.house.rows("UPDATE registry.alert SET told_at = NULL WHERE ended_at IS NULL")
    ((_, _, told),) = land.house.work()
    assert not any(name in told.get_content() for name in (OWNER, "Nguyễn", "HS-"))


def test_rows_of_followed_parcels_end_once_and_are_never_otherwise_changed(land):
    for statement in (
        "UPDATE registry.alert_unit SET known_as = 'x'",
        "DELETE FROM registry.alert_unit",
        "UPDATE registry.alert_unit SET ended_at = now(), ended_by = 'gone' WHERE ended_at IS NOT NULL",
    ):
        with pytest.raises(psycopg.errors.CheckViolation):
            land.house.rows(statement)


HELD_IN_PLACE = """
SELECT concat_ws('-', p.commune_code, p.sheet, p.number) FROM cadastre.parcel p
 WHERE ST_Contains(ST_GeomFromText(%s, geo.srid()), ST_PointOnSurface(p.geom))
   AND registry.holds_unit((SELECT a.party_id FROM registry.alert a WHERE a.id = %s), p.unit_id)
"""


class Play(Land):
    """Split, sell, renumber and take back by chance; what is followed is what is held where the parcel lay."""

    def __init__(self, house, dice: Random) -> None:
        super().__init__(house)
        self.dice = dice
        self.done: list[str] = []

    def expected(self) -> set[str]:
        return {ref for (ref,) in self.house.rows(HELD_IN_PLACE, box(self.x, 0, 20, 30), self.alert)}

    def middle(self, ref: str) -> tuple[float, float]:
        """Return the height of a piece, and where its middle lies."""
        ((low, high),) = self.house.rows(
            "SELECT ST_YMin(p.geom), ST_YMax(p.geom) FROM cadastre.parcel p"
            " WHERE concat_ws('-', p.commune_code, p.sheet, p.number) = %s",
            ref,
        )
        return high - low, round((low + high) / 2 - Y0, 3)

    def step(self) -> None:
        held = sorted(self.expected())
        ref = self.dice.choice(held)
        height, y = self.middle(ref)
        wish = self.dice.random()
        if wish < 0.3 and self.done:
            self.undo(self.done.pop())
        elif wish < 0.5 and len(held) > 1:
            self.done.append(self.sell(ref))
        elif height > 7:
            self.done.append(self.split(ref, y)[2])


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.long), pytest.param(3, marks=pytest.mark.long)]
)
def test_whatever_is_done_and_undone_exactly_the_held_land_is_followed(house, seed):
    play = Play(house, Random(seed))
    for _ in range(14):
        play.step()
        if play.dice.random() < 0.6:
            play.told()
            assert play.followed() == play.expected()
    play.told()
    assert play.followed() == play.expected()
    while play.done:
        play.undo(play.done.pop())
    play.told()
    assert play.followed() == play.expected() == {play.ref}


def test_a_merger_of_two_followed_parcels_is_one_parcel_with_two_old_numbers(land):
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    done = land.register.commit(merge(lower, upper))
    (made,) = (unit["ref"] for unit in done["after"])
    assert land.told() == [land.came(made, f"{upper}, {lower}")]
    assert land.followed() == {made}


def test_going_back_a_release_and_forward_again_follows_the_same_parcels(land):
    house = land.house
    lower, upper, _ = land.split(land.ref, 15)
    land.told()
    migrate.migrate(house.world.dsn, "0141_hold_displays")
    kinds = house.rows("SELECT DISTINCT kind FROM registry.alert_news WHERE alert_id = %s", land.alert)
    assert ("parcel.followed",) not in kinds
    migrate.migrate(house.world.dsn)
    assert land.followed() == {land.ref}
    land.register.commit({"op": "renumber", "parcels": [upper], "sheet": "12", "number": "106"})
    assert sorted(land.told()) == sorted([land.came(lower, land.ref), land.came("25195-12-106", land.ref)])
    assert land.followed() == {lower, "25195-12-106"}
