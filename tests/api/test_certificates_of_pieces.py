"""After a split each piece has its own certificate, or one for all where the holder wishes; what becomes of them."""

from __future__ import annotations

import pytest
from landsvc.core import migrate
from tests.factories.completion import ISSUED_ON, World, holder
from tests.factories.drafts import merge, split
from tests.factories.rights import PAPER as GROUNDS
from tests.factories.scenarios import completing, mortgage, planned, transfer, use
from tests.factories.wire import words_of_pdf


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    with completing(module_db, str(tmp_path_factory.mktemp("data")), parcels=12) as made:
        yield made


def done(world: World, procedure: str, refs: list[str], facts=None, draft=None, case: str = "") -> str:
    """Carry a dossier to the register; return its transaction."""
    code = world.submit(procedure, refs, case)
    world.signed(code, facts or {}, draft)
    told = world.rehearsal(code)
    assert (told["completable"], told["against"]) == (True, [])
    return world.go(code, "lan", "record")["events"][-1]["details"]["transaction"]


def divided(world: World, facts=None, bank: str | None = None):
    """Split a parcel of one holder without a transfer; return holder, right, old certificate, pieces, transaction."""
    who = world.registry.party()
    ref, x = world.parcel()
    _, right = world.held_by(who, ref=ref)
    if bank:
        world.registry.right([ref], {bank: None}, kind="mortgage")
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    names = planned(world, draft)
    transaction = done(world, "TN", [ref], facts, draft)
    return who, right, world.papers[ref][0], names, transaction


def paper_of(world: World, ref: str):
    """Return the one certificate in force of a parcel."""
    (line,) = world.in_force(ref)
    return line


def test_each_piece_has_its_own_certificate_the_right_stays_one_and_undoing_brings_the_old_one_back(world):
    bank = world.registry.party()
    who, right, old, (one, other), transaction = divided(world, bank=bank)
    papers = [paper_of(world, ref) for ref in (one, other)]
    assert [(each["parcels"], each["right"], each["replaces"], each["oneParcel"]) for each in papers] == [
        ([one], right, old, True),
        ([other], right, old, True),
    ]
    assert world.paper(old)["certificate"]["state"] == "replaced"
    assert world.land([one, other]) == {ref: [mortgage(bank), use(who)] for ref in (one, other)}
    assert {
        each["right"] for ref in (one, other) for each in world.registry.on(ref) if each["kind"] == "use"
    } == {right}
    assert [world.verdict(each["serial"]) for each in papers] == [("valid", [])] * 2
    sheet = world.person("lan").client.get(f"/api/v1/certificates/{papers[0]['serial']}/sheet.pdf")
    named = [f"Thửa đất số {ref.rsplit('-', 1)[1]}," in words_of_pdf(sheet.data) for ref in (one, other)]
    assert named == [True, False]
    undone = world.person("tuan").client.post(
        f"/api/v1/transactions/{transaction}/undo", json={"reason": "Bản án"}
    )
    assert undone.status_code == 201, undone.json
    assert (world.paper(old)["certificate"]["state"], world.verdict(old)) == ("active", ("valid", []))
    assert [world.paper(each["serial"], 404)["code"] for each in papers] == ["certificate-not-found"] * 2


def test_a_piece_that_is_sold_takes_its_certificate_along_and_the_other_piece_keeps_its_own(world):
    _, right, _, (one, other), _ = divided(world)
    kept, sold = (paper_of(world, ref)["serial"] for ref in (one, other))
    buyer, bank = world.registry.party(), world.registry.party()
    done(world, "CN", [other], transfer(right, holder(buyer), parcels=[other]))
    line = paper_of(world, other)
    (held,) = world.registry.on(other)
    assert (line["serial"], line["state"], line["right"]) == (sold, "annotated", held["right"])
    assert (world.paper(kept)["certificate"]["state"], world.verdict(kept)) == ("active", ("valid", []))
    # A mortgage of one piece is written on the paper of that piece, and another paper comes in the place of this alone.
    begun = {"kind": "mortgage", "holders": [holder(bank)], "terms": {"amountVnd": 900}}
    done(world, "TC", [one], {"encumbrance.begin": [begun]})
    assert [len(world.paper(each)["entries"]) for each in (kept, sold)] == [1, 1]
    done(world, "CL", [one], case="lost")
    assert (world.paper(kept)["certificate"]["state"], paper_of(world, one)["replaces"]) == ("lost", kept)
    assert (paper_of(world, one)["parcels"], paper_of(world, other)["serial"]) == ([one], sold)
    # The state takes one of the pieces.
    done(world, "TH", [other], {"right.end": [{"right": held["right"]}]})
    assert (world.in_force(other), world.paper(sold)["certificate"]["state"]) == ([], "withdrawn")
    assert paper_of(world, one)["state"] == "active"


def test_what_changes_the_right_is_annotated_on_each_and_merged_pieces_have_one_certificate(world):
    _, right, _, (one, other), _ = divided(world)
    serials = [paper_of(world, ref)["serial"] for ref in (one, other)]
    done(world, "GH", [one, other], {"right.term": [{"right": right, "termUntil": "2076-03-01"}]})
    assert [world.paper(each)["certificate"]["state"] for each in serials] == ["annotated"] * 2
    assert [world.verdict(each) for each in serials] == [("valid", ["annotated"])] * 2
    draft = world.draft(merge(one, other))
    (name,) = planned(world, draft)
    done(world, "TN", [one, other], draft=draft)
    line = paper_of(world, name)
    assert (line["replaces"], line["parcels"], line["oneParcel"]) == (serials[0], [name], False)
    assert [world.paper(each)["certificate"]["state"] for each in serials] == ["replaced"] * 2


def test_one_certificate_for_all_pieces_where_the_holder_wishes_and_apart_again_later(world):
    _, right, _, names, _ = divided(world, {"certificate.issue": [{"common": True}]})
    assert paper_of(world, names[0]) == paper_of(world, names[1])
    whole = paper_of(world, names[0])
    assert (whole["parcels"], whole["oneParcel"]) == (names, False)
    done(world, "CL", names, {"certificate.replace": [{"apart": True}]}, case="reissue")
    papers = [paper_of(world, ref) for ref in names]
    assert [(each["parcels"], each["replaces"]) for each in papers] == [([ref], whole["serial"]) for ref in names]
    done(world, "CL", names, {"certificate.replace": [{"common": True}]}, case="reissue")
    assert paper_of(world, names[0])["parcels"] == names
    assert [world.paper(each["serial"])["certificate"]["state"] for each in papers] == ["replaced"] * 2
    # The database lets no parcel have two papers, nor one of a right that it is not of.
    body = {"right": right, "since": ISSUED_ON, "grounds": GROUNDS, "parcel": names[0]}
    assert world.registry.post("/certificates", body, 409)["code"] == "certificate-twice"
    foreign = body | {"parcel": world.parcel()[0]}
    assert world.registry.post("/certificates", foreign, 422)["code"] == "certificate-without-right"


def test_a_house_of_who_holds_the_land_is_annotated_on_the_paper_of_the_land(world):
    who = world.registry.party()
    ref, _ = world.held_by(who)
    (serial,) = world.papers[ref]
    house = {"mode": "sole", "holders": [holder(who)], "terms": {"purpose": "Nhà ở 2 tầng"}}
    done(world, "TS", [ref], {"asset.change": [house]})
    assert [each["serial"] for each in world.in_force(ref)] == [serial]
    assert len(world.paper(serial)["entries"]) == 1
    assert world.verdict(serial) == ("valid", ["annotated"])
    # What nobody wrote on the paper is told to who verifies it.
    (right,) = (each["right"] for each in world.registry.on(ref) if each["kind"] == "asset")
    world.registry.post(f"/rights/{right}/changes", {"terms": {"purpose": "Nhà ở 3 tầng"}, "grounds": GROUNDS})
    assert world.verdict(serial)[0] == "changed"


@pytest.mark.long
def test_pieces_of_a_piece_that_is_split_and_sold_at_once_leave_the_other_pieces_certificate_alone(world):
    who, right, _, (one, other), _ = divided(world)
    kept, split_up = (paper_of(world, ref)["serial"] for ref in (one, other))
    buyer = world.registry.party()
    shape = world.rows(
        "SELECT ST_XMin(p.geom), ST_YMin(p.geom), ST_XMax(p.geom), ST_YMax(p.geom) FROM cadastre.parcel p"
        " WHERE p.issuing_code || '-' || p.sheet || '-' || p.number = %s", other)[0]  # fmt: skip
    origin = world.rows("SELECT min(ST_XMin(p.geom)), min(ST_YMin(p.geom)) FROM cadastre.parcel p")[0]
    x, y = round(shape[0] - origin[0]), round((shape[1] + shape[3]) / 2 - origin[1], 3)
    draft = world.draft(split(other, (x, y), (x + 20, y)))
    names = planned(world, draft)
    done(world, "CN", [other], transfer(right, holder(buyer), parcels=["piece-2"]), draft)
    assert world.land(names) == {names[0]: [use(who)], names[1]: [use(buyer)]}
    rest, sold = (paper_of(world, ref) for ref in names)
    assert [(each["parcels"], each["replaces"]) for each in (rest, sold)] == [
        ([names[0]], split_up),
        ([names[1]], None),
    ]
    assert (paper_of(world, one)["serial"], world.verdict(kept)) == (kept, ("valid", []))


def test_what_is_known_of_certificates_survives_the_way_back_and_forth_of_the_schema(world):
    _, _, _, (one, other), _ = divided(world)
    who = world.registry.party()
    ref, _ = world.held_by(who)
    (paper,) = world.papers[ref]
    house = {"mode": "sole", "holders": [holder(who)], "terms": {"purpose": "Nhà ở 1 tầng"}}
    done(world, "TS", [ref], {"asset.change": [house]})
    rules = "SELECT procedure, needed, renewed FROM registry.certificate_rule ORDER BY 1"
    before = [world.rows(rules), *(paper_of(world, ref) for ref in (one, other))]
    assert len(before[0]) == 10
    migrate.migrate(world.dsn, "0066_number_previews")
    migrate.migrate(world.dsn)
    assert [world.rows(rules), *(paper_of(world, ref) for ref in (one, other))] == before
    assert world.verdict(before[1]["serial"]) == ("valid", [])
    assert world.verdict(paper) == ("valid", ["annotated"])
    done(world, "CL", [one], case="reissue")
    assert paper_of(world, one)["bookNo"] > before[2]["bookNo"]
