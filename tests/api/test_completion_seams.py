"""Where procedures meet: refused after the taxes, completed out of turn, disputes settled, papers issued anew."""

from __future__ import annotations

from typing import Any

import pytest
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office
from tests.factories.drafts import split
from tests.factories.wire import words_of_pdf

TAXES = {
    "TAX_SENT": ("send_slip",),
    "TAX_NOTICED": ("send_slip", "tax_notice"),
    "TAX_PAID": ("send_slip", "tax_notice", "tax_paid"),
    "TAX_DEFERRED": ("send_slip", "tax_notice", "tax_deferred"),
    "TAX_EXEMPT": ("send_slip", "tax_exempt"),
}


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=30)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        yield World(module_db, lambda login: known.setdefault(login, person(login)))


@pytest.mark.parametrize("state", TAXES)
def test_a_notice_that_comes_after_the_taxes_lets_the_dossier_be_refused_with_its_reason(world, state):
    ref = world.parcel()[0]
    code = world.submit("CN", [ref])
    for action in ("take", *TAXES[state]):
        done = world.go(code, "lan", action, **({"documentNo": "9/BL"} if action in TAXES["TAX_PAID"][2:] or
                                                action in {"tax_deferred", "tax_exempt"} else {}))  # fmt: skip
    assert {"refuse", "withdraw"} <= {each["action"] for each in done["may"]}
    assert world.go(code, "lan", "refuse", 400)["field"] == "reason"
    assert world.go(code, "hoa", "refuse", 403, reason="x")["code"] == "role-needed"
    refused = world.go(code, "lan", "refuse", reason="Quyết định 12 của tòa án")
    assert (refused["state"], [each["end"] is None for each in refused["pauses"]].count(True)) == ("REFUSED", 0)
    if state == "TAX_PAID":
        slip = world.person("lan").client.get(f"/api/v1/dossiers/{code}/papers/refusal.pdf?lang=vi")
        assert slip.status_code == 200, slip.json
        said = words_of_pdf(slip.data)
        assert all(text in said for text in ("Quyết định 12 của tòa án", "9/BL", "cơ quan thuế"))


def test_completed_out_of_turn_a_sale_names_the_release_it_waits_for_and_not_the_mortgage(world):
    a, b, bank = (world.registry.party() for _ in range(3))
    ref, x = world.parcel()
    _, right = world.held_by(a, ref=ref)
    burden = world.registry.right([ref], {bank: None}, kind="mortgage")["right"]
    draft = world.draft(split(ref, (x, 15), (x + 20, 15)))
    release = world.submit("XC", [ref])
    sale = world.submit("CN", [ref], waitsFor=[release])
    facts = {"right": right, "mode": "sole", "holders": [holder(b)], "parcels": ["piece-2"]}
    world.signed(sale, {"right.transfer": [facts]}, draft)
    refused = world.go(sale, "lan", "record", 422)
    assert (refused["code"], release in refused["detail"]) == ("earlier-dossier-first", True)
    told = world.rehearsal(sale)
    assert [each["code"] for each in told["against"]] == ["earlier-dossier-first", "land-encumbered"]
    world.signed(release, {"encumbrance.end": [{"right": burden}]})
    world.go(release, "lan", "record")
    assert world.rehearsal(sale)["against"] == []
    world.go(sale, "lan", "record")
