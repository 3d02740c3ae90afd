"""The slip tells the contract, relief and deductions that an officer entered, and a correction after a return."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator
from landsvc.core.db import EDITOR_ROLE
from landsvc.core.outbox import run_batch
from landsvc.core.web import EXTENSION
from landsvc.finance.obligations.reference import ensure_figures
from landsvc.identity.actors import SERVICE
from landsvc.registry.dossiers import service as dossiers
from landsvc.registry.dossiers import slip_facts
from landsvc.registry.dossiers.estimating import DossierEstimate, estimate_of
from landsvc.registry.dossiers.tax_answers import CONSUMER
from tests.factories import machines, prices
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office

CONTRACT = {
    "number": "1520/2026",
    "signedOn": "2026-03-01",
    "effectiveOn": "2026-03-02",
    "notary": "Văn phòng công chứng Đồng Xoài",
    "landVnd": 1_200_000_000,
    "assetsVnd": 300_000_000,
    "taxPayer": "seller",
}
_keys = count(1)


@pytest.fixture(scope="module")
def world(module_db, tmp_path_factory):
    lay(module_db, parcels=30)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, Any] = {}
        found = World(module_db, lambda login: known.setdefault(login, person(login)))
        parts = found.person("lan").client.application.extensions[EXTENSION]
        ensure_figures(parts.settings, parts.database)
        found.by_the_street = found.parcel()[0]  # the first stands where the table of prices has streets
        yield found


@pytest.fixture(scope="module")
def token(world) -> str:
    return machines.token(world.person("lan").client.application.extensions[EXTENSION].database)


class Sale:
    """A sale whose slip is not sent yet."""

    def __init__(self, world: World, ref: str | None = None) -> None:
        self.world = world
        self.giver, self.taker = world.registry.party(), world.registry.party()
        self.ref, self.right = world.held_by(self.giver, ref=ref)
        self.code = world.submit("CN", [self.ref])
        world.go(self.code, "lan", "take")

    def enter(self, case: dict[str, Any], ok: int = 200) -> Any:
        sale = {"right": self.right, "mode": "sole", "holders": [holder(self.taker)]}
        facts = {"right.transfer": [sale], "tax.case": [case]}
        return self.world.go(self.code, "lan", "enter_facts", ok, facts=facts)

    def try_enter(self, *cases: dict[str, Any]) -> Any:
        return self.world.person("lan").move(self.code, "enter_facts", facts={"tax.case": list(cases)})

    def send(self, ok: int = 200) -> Any:
        return self.world.go(self.code, "lan", "send_slip", ok)

    def slips(self, token: str) -> list[Any]:
        client = self.world.person("lan").client.application.test_client()
        page = client.get("/api/v1/tax/slips?after=0&limit=100", headers=machines.bearer(token)).json
        return [each for each in page["slips"] if each["content"]["dossier"]["dossier"] == self.code]


@pytest.fixture
def sale(world) -> Sale:
    return Sale(world)


def test_the_slip_tells_what_was_entered_and_names_no_more_of_it_as_not_known(world, sale, token):
    case = {
        "contract": CONTRACT,
        "relief": [
            {
                "code": "deferral-merit",
                "who": sale.taker,
                "areaM2": "120,5",
                "document": "Giấy chứng nhận thương binh",
                "deferral": True,
            }
        ],
        "deductions": [{"kind": "already-paid", "amountVnd": 5_000_000, "document": "Biên lai 12"}],
        "chosenParcel": [sale.ref],
    }
    sale.enter(case)
    sale.send()
    (slip,) = sale.slips(token)
    said = slip["content"]
    assert said["contract"] == CONTRACT
    assert said["relief"] == [{**case["relief"][0], "areaM2": 120.5}]
    assert said["deductions"] == case["deductions"]
    assert (said["chosenParcel"], said["saidNone"]) == (sale.ref, [])
    assert not [
        place for place in said["notKnown"] if place.split(".")[0] in {"contract", "relief", "deductions"}
    ]
    client = world.person("lan").client.application.test_client()
    Draft202012Validator(client.get("/api/v1/tax/schemas/slip-1.json").json).validate(said)


def test_a_slip_from_before_these_members_keeps_to_the_published_shape(world, sale, token):
    sale.enter({"contract": CONTRACT, "relief": [{"code": "siblings"}]})
    sale.send()
    (slip,) = sale.slips(token)
    said = slip["content"]
    for block, member in ((said, "saidNone"), (said, "chosenParcel"), (said["contract"], "effectiveOn")):
        del block[member]
    del said["relief"][0]["deferral"]
    client = world.person("lan").client.application.test_client()
    shape = Draft202012Validator(client.get("/api/v1/tax/schemas/slip-1.json").json)
    shape.validate(said)
    said["saidNone"] = ["everything"]
    assert not shape.is_valid(said)


def test_none_is_another_word_than_silence(sale, token):
    sale.enter({"noContract": True, "noRelief": True})
    sale.send()
    (slip,) = sale.slips(token)
    said = slip["content"]
    assert (said["contract"], said["relief"], said["saidNone"]) == (None, [], ["contract", "relief"])
    assert "deductions" in said["notKnown"]
    assert not [place for place in said["notKnown"] if place.startswith(("contract", "relief"))]


def test_a_contract_without_a_price_is_no_contract_whose_price_is_not_known(sale, token):
    sale.enter({"contract": {"number": "8", "signedOn": "2026-03-01", "notary": "UBND"}, "noPrice": True})
    sale.send()
    (slip,) = sale.slips(token)
    assert slip["content"]["saidNone"] == ["price"]
    assert not [place for place in slip["content"]["notKnown"] if place.startswith("contract")]


def test_a_returned_slip_is_corrected_and_the_next_version_tells_the_correction(world, sale, token):
    sale.enter({"contract": {"number": "7"}, "noRelief": True, "noDeductions": True})
    sale.send()
    (slip,) = sale.slips(token)
    assert [place for place in slip["content"]["notKnown"] if place.startswith("contract")] == [
        "contract.landVnd",
        "contract.signedOn",
        "contract.notary",
    ]
    app = world.person("lan").client.application
    headers = machines.bearer(token, **{"Idempotency-Key": f"return-{next(_keys)}"})
    body = {"reasons": ["price-missing"], "note": "Hợp đồng không ghi giá"}
    answer = app.test_client().post(f"/api/v1/tax/slips/{slip['slipNo']}/returns", json=body, headers=headers)
    assert answer.status_code == 201, answer.json
    while run_batch(app.extensions[EXTENSION].database, CONSUMER):
        pass
    if world.person("lan").read(sale.code)["state"] != "VERIFYING":  # the consumer's first round only joins
        world.go(sale.code, "lan", "slip_returned", reason="Trả lại", documentNo="1/CCT")
    sale.enter({"contract": CONTRACT, "noRelief": True, "noDeductions": True})
    sale.send()
    first, second = sale.slips(token)
    assert (second["version"], second["content"]["replaces"]) == (2, first["slipNo"])
    assert second["content"]["contract"] == CONTRACT
    assert first["content"]["contract"]["landVnd"] is None


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({"contract": {"signedOn": "2999-01-01"}}, "contract.signedOn"),
        ({"contract": {"signedOn": "1899-01-01"}}, "contract.signedOn"),
        ({"contract": {"signedOn": "2026-03-02", "effectiveOn": "2026-03-01"}}, "contract"),
        ({"contract": {"landVnd": 12.5}}, "contract.landVnd"),
        ({"contract": {"landVnd": -1}}, "contract.landVnd"),
        ({"contract": CONTRACT, "noContract": True}, ""),
        ({"relief": [{"code": "siblings"}], "noRelief": True}, ""),
        ({"contract": CONTRACT, "noPrice": True}, ""),
        ({"relief": [{"code": "siblings", "areaM2": 0}]}, "relief.0.areaM2"),
        ({"deductions": [{"kind": "other", "amountVnd": 1}]}, "deductions.0.kind"),
        ({"deductions": [{"kind": "already-paid", "amountVnd": 0}]}, "deductions.0.amountVnd"),
        ({"deductions": [{"kind": "already-paid", "amountVnd": 1}]}, "deductions.0"),
    ],
)
def test_what_cannot_be_is_refused_naming_the_field(sale, case, field):
    refused = sale.enter(case, 400)
    assert refused["field"].startswith(f"facts.tax.case.0{'.' if field else ''}{field}"), refused["field"]


@pytest.mark.parametrize(
    ("case", "code", "field"),
    [
        ({"relief": [{"code": "no-such-ground"}]}, "exemption-unknown", "relief.0.code"),
        ({"relief": [{"code": "siblings", "who": "NSD-00000000"}]}, "party-not-of-case", "relief.0.who"),
        ({"relief": [{"code": "siblings", "deferral": True}]}, "no-ground-to-defer", "relief.0.deferral"),
        ({"relief": [{"code": "siblings", "areaM2": 999_999}]}, "more-than-the-land", "relief.0.areaM2"),
        ({"chosenParcel": ["25195-99-1"]}, "not-its-land", "chosenParcel.0"),
    ],
)
def test_what_is_not_of_the_case_is_refused_when_it_is_entered(sale, case, code, field):
    answer = sale.try_enter(case)
    assert answer.status_code in {400, 422}, answer.json
    assert (answer.json["code"], answer.json["field"]) == (code, f"facts.tax.case.0.{field}")


def test_grounds_of_relief_are_those_of_the_day_of_the_contract(sale):
    # The fee's grounds are in force since March 2022.
    case = {"contract": {"signedOn": "2022-02-28"}, "relief": [{"code": "cemetery"}]}
    assert sale.try_enter(case).json["code"] == "exemption-unknown"
    case["contract"] = {"signedOn": "2022-02-28", "effectiveOn": "2022-03-01"}
    sale.enter(case)


def test_one_set_says_all_of_it(sale):
    answer = sale.try_enter({}, {})
    assert (answer.json["code"], answer.json["field"]) == ("one-set-only", "facts.tax.case.1")


def test_a_slip_that_names_who_is_no_party_any_more_is_not_sent(world, sale, token):
    sale.enter({"relief": [{"code": "siblings", "who": sale.taker}]})
    other = {"right": sale.right, "mode": "sole", "holders": [holder(world.registry.party())]}
    world.go(sale.code, "lan", "enter_facts", facts={"right.transfer": [other]})
    answer = world.person("lan").move(sale.code, "send_slip")
    assert (answer.status_code, answer.json["code"]) == (400, "party-not-of-case"), answer.json
    assert sale.slips(token) == []
    assert world.person("lan").read(sale.code)["state"] == "VERIFYING"


def test_the_form_asks_for_it_in_words_and_takes_it(world, sale, token):
    client, at = world.person("lan").client, f"/office/dossiers/{sale.code}/completion"
    shown = client.get(f"{at}?lang=vi").text
    for text in ("Hợp đồng, miễn giảm, khấu trừ để tính thuế", "Giá chuyển nhượng đất", "Giữa vợ với chồng"):
        assert text in shown, text
    found = world.person("lan").read(sale.code)
    form = {
        "effect": "tax.case",
        "at": "0",
        "seen": str(found["revision"]),
        "contract.number": "9/2026",
        "contract.landVnd": "1.500.000.000",
        "noRelief": "true",
        "deductions.0.kind": "already-paid",
        "deductions.0.amountVnd": "2.000.000",
        "deductions.0.document": "Biên lai 12",
    }
    answer = client.post(at, data=form)
    assert answer.status_code == 303, answer.text
    assert client.get(at).text.count('name="noRelief"') == 1  # no second set is asked for
    shown = client.get(f"/office/dossiers/{sale.code}/slip?lang=vi").text.replace("\xa0", " ")
    for text in ("1.500.000.000 đồng", "không có (cán bộ đã xác nhận)", "2.000.000 đồng · Biên lai 12"):
        assert text in shown, text
    sale.send()
    (slip,) = sale.slips(token)
    assert slip["content"]["contract"]["landVnd"] == 1_500_000_000
    assert slip["content"]["deductions"][0]["amountVnd"] == 2_000_000


def test_a_case_is_estimated_from_what_its_slip_would_tell(world):
    sale = Sale(world, world.by_the_street)
    with psycopg.connect(world.dsn) as conn:
        prices.farm_uses(conn)
        prices.factor(conn, prices.table(conn), "market", "1.2", use="ODT")
    sale.enter({"contract": CONTRACT | {"landVnd": 90_000_000_000}, "noRelief": True, "noDeductions": True})
    told = estimated(world, sale.code)
    assert (told.case.lacking, told.case.on) == ((), date(2026, 3, 2))
    assert [each.kind for each in told.obligations] == ["transfer-tax", "registration-fee"]
    assert told.obligations[0].amount_vnd == (90_000_000_000 + 300_000_000) * 2 // 100
    sale.enter({"contract": {"number": "1"}})
    assert estimated(world, sale.code).case.lacking == ("contract.landVnd",)


def test_a_procedure_without_rules_is_not_estimated(world):
    ref, _ = world.held_by(world.registry.party())
    told = estimated(world, world.submit("CD", [ref]))
    assert (told.obligations, told.case.lacking) == ((), ("dossier.procedure",))


def estimated(world: World, code: str) -> DossierEstimate:
    parts = world.person("lan").client.application.extensions[EXTENSION]
    with parts.database.unit_of_work(EDITOR_ROLE, SERVICE) as session:
        facts = slip_facts.preview(session, parts.vault, code, actor=SERVICE)
        return estimate_of(session, facts, dossiers.get_whole(session, code).parcels)
