"""What completing a dossier does to certificates: annotated or issued anew, replaced, corrected, withdrawn."""

from __future__ import annotations

import psycopg
import pytest
from tests.factories.dossiers import HERE, lay, office
from tests.factories.rights import PAPER, Registry

TAXED = ("send_slip", {}), ("tax_exempt", {"documentNo": "15/TB"})


@pytest.fixture(scope="module")
def person(module_db, tmp_path_factory):
    lay(module_db)
    with psycopg.connect(module_db) as conn:
        # Papers and order have tests of their own.
        conn.execute("UPDATE registry.procedure SET effects = array_remove(effects, 'parcel.draft')")
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known: dict[str, object] = {}
        yield lambda login: known.setdefault(login, person(login))


@pytest.fixture(scope="module")
def registry(person) -> Registry:
    registry = Registry(person("lan").client)
    rows = {
        "kind": "received",
        "first": "AA 00000001",
        "last": "AA 00000020",
        "docNo": "PN-1",
        "day": "2026-01-02",
    }
    registry.post("/blanks", rows)
    return registry


def completed(person, procedure: str, ref: str, facts: dict, *, case: str | None = None, ok: int = 200):
    """Carry a dossier from the counter to the register; return its code and the answer of `record`."""
    more = {"case": case} if case else {}
    documents = [{"document": name} for name in WITH.get(procedure, ("form-18", "certificate"))]
    made = person("hoa").submit(procedure=procedure, parcels=[ref], documents=documents, **more)
    assert made.status_code == 201, made.json
    code = made.json["dossier"]
    if made.json["state"] == "SUBMITTED":
        answer = person("hoa").move(code, "receive")
        assert answer.status_code == 200, answer.json
    steps = [("take", {}), ("enter_facts", {"facts": facts})] if facts else [("take", {})]
    taxed = TAXED if procedure in {"CN"} else ()
    for action, body in (*steps, *taxed, ("draft", {})):
        answer = person("lan").move(code, action, **body)
        assert answer.status_code == 200, (procedure, action, answer.json)
    assert person("tuan").move(code, "sign").status_code == 200
    answer = person("lan").move(code, "record")
    assert answer.status_code == ok, answer.json
    return code, answer.json


WITH = {
    "CN": ("form-18", "certificate", "deed-transfer"),
    "SN": ("form-18", "certificate", "error-evidence"),
}


def test_a_sale_is_annotated_where_lines_are_free_and_gets_another_paper_where_asked(person, registry):
    ref = f"{HERE}-12-345"
    a, b, c = (registry.party(name) for name in ("Lê Thị An", "Bùi Văn Bình", "Cao Thị Cúc"))
    right = registry.right([ref], {a: None})["right"]
    serial = registry.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]
    sold = {"right.transfer": [{"right": right, "mode": "sole", "holders": [{"party": b}]}]}
    code, _ = completed(person, "CN", ref, sold)
    shown = registry.get(f"/certificates/{serial}")
    (entry,) = shown["entries"]
    (held,) = registry.on(ref)
    assert (shown["certificate"]["state"], shown["certificate"]["right"]) == ("annotated", held["right"])
    assert (entry["dossier"], "Bùi Văn Bình" in entry["said"], code in entry["said"]) == (code, True, True)
    again = {
        "right.transfer": [{"right": held["right"], "mode": "sole", "holders": [{"party": c}]}],
        "certificate.update": [{"new": True, "bookNo": "CS 01235"}],
    }
    completed(person, "CN", ref, again)
    newer, older = (
        registry.get(f"/parcels/{ref}/certificates")["certificates"][0],
        registry.get(f"/certificates/{serial}"),
    )
    assert (newer["replaces"], newer["bookNo"], newer["inForce"]) == (serial, "CS 01235", True)
    assert older["certificate"]["state"] == "replaced"


def test_a_sale_needs_a_certificate_in_force(person, registry):
    ref = f"{HERE}-12-346"
    a, b = registry.party(), registry.party()
    right = registry.right([ref], {a: None})["right"]
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [{"party": b}]}]}
    _, refused = completed(person, "CN", ref, facts, ok=422)
    assert refused["code"] == "certificate-missing"
    assert registry.held(ref) == [("use", {a: None})]


def test_a_lost_certificate_is_cancelled_and_issued_again_and_a_wrong_one_corrected(person, registry):
    ref = f"{HERE}-12-347"
    right = registry.right([ref], {registry.party(): None})["right"]
    serial = registry.post("/certificates", {"right": right, "grounds": PAPER, "since": "2026-02-01"})["serial"]
    completed(person, "CL", ref, {}, case="lost")
    (newer,) = registry.get(f"/certificates/{serial}")["certificate"]["replacedBy"]
    assert registry.get(f"/certificates/{serial}")["certificate"]["state"] == "lost"
    facts = {"certificate.correct": [{"certificate": newer, "said": "Năm sinh đúng là 1975."}]}
    completed(person, "SN", ref, facts)
    shown = registry.get(f"/certificates/{newer}")
    assert [(each["kind"], each["said"]) for each in shown["entries"]] == [
        ("correction", "Năm sinh đúng là 1975.")
    ]


def test_what_a_procedure_asks_of_certificates_is_data_of_the_province(module_db, person, registry):
    said = registry.get("/procedures/CN")
    assert (said["needsCertificate"], said["renewsCertificate"], said["certificateLaw"]) == (
        *(True, False),
        "LĐĐ 31/2024/QH15 Điều 45",
    )
    assert "needed (LĐĐ 31/2024/QH15 Điều 45)" in person("lan").client.get("/office/procedures/CN?lang=en").text
    ref = f"{HERE}-12-348"
    a, b = registry.party(), registry.party()
    right = registry.right([ref], {a: None})["right"]
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [{"party": b}]}]}
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE registry.certificate_rule SET needed = false, renewed = true WHERE procedure = 'CN'")
    completed(person, "CN", ref, facts)
    (paper,) = registry.get(f"/parcels/{ref}/certificates")["certificates"]
    assert (paper["state"], paper["inForce"]) == ("active", True), "none was needed, and another one was issued"
    with psycopg.connect(module_db) as conn:
        conn.execute("UPDATE registry.certificate_rule SET needed = true, renewed = false WHERE procedure = 'CN'")
