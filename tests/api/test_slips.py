"""A slip leaves with the step of its dossier, is pulled in order, proven by its signature, and sent back."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from hashlib import sha256

import psycopg
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from joserfc import jws
from joserfc.jwk import RSAKey
from jsonschema import Draft202012Validator
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.outbox import run_batch
from landsvc.core.secret_keys import add_key
from landsvc.core.secrets import Vault, version_of
from landsvc.core.signing import make_trial_key
from landsvc.core.web import EXTENSION
from landsvc.finance.catalogues.reference import ensure_catalogues
from landsvc.finance.slips.sealing import opened, seal_stored
from landsvc.identity import people
from landsvc.registry.dossiers.tax_answers import CONSUMER
from landsvc.sim.errors import AddressUnsafe, ServiceRefused
from landsvc.sim.tax import Manner, TaxOffice
from tests.conftest import SECRET_KEYS, application, serving, settings_for
from tests.factories import machines
from tests.factories.completion import World, holder
from tests.factories.dossiers import lay, office

SLIPS = "/api/v1/tax/slips"
RETURN = {"reasons": ["price-missing", "other"], "note": "Hợp đồng không ghi giá", "documentNo": "12/CCT"}


class Tax:
    """The machine of the tax office."""

    def __init__(self, app) -> None:
        self.client, self.database = app.test_client(), app.extensions[EXTENSION].database
        self.token = machines.token(self.database)
        self._keys = iter(range(10**6))

    def get(self, path: str, ok: int = 200, token: str = ""):
        answer = self.client.get(path, headers=machines.bearer(token or self.token))
        assert answer.status_code == ok, answer.json
        return answer.json

    def post(self, path: str, body: dict, ok: int = 201, key: str = ""):
        headers = machines.bearer(self.token, **{"Idempotency-Key": key or f"k{next(self._keys)}"})
        answer = self.client.post(path, json=body, headers=headers)
        assert answer.status_code == ok, answer.json
        return answer.json

    def deliver(self) -> None:
        """Do what the worker does with events."""
        while run_batch(self.database, CONSUMER):
            pass


@pytest.fixture(scope="module")
def place(module_db, tmp_path_factory):
    lay(module_db, parcels=12)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        known = {}
        world = World(module_db, lambda login: known.setdefault(login, person(login)))
        yield world, Tax(world.person("lan").client.application)


def sent(world: World) -> str:
    """Return a sale whose slip was just sent."""
    a, b = world.registry.party(), world.registry.party()
    ref, right = world.held_by(a)
    code = world.submit("CN", [ref])
    world.go(code, "lan", "take")
    facts = {"right.transfer": [{"right": right, "mode": "sole", "holders": [holder(b)]}]}
    world.go(code, "lan", "enter_facts", facts=facts)
    world.go(code, "lan", "send_slip")
    return code


def of(tax: Tax, code: str):
    return [each for each in tax.get(f"{SLIPS}?after=0&limit=100")["slips"] if each["dossier"] == code]


def proven(tax: Tax, slip) -> dict:
    """Return what a slip says, proven with the published key alone."""
    key, *_ = tax.client.get("/api/v1/tax/keys").json["keys"]
    head, payload, signature = slip["jws"].split(".")
    raw = [urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in (head, payload, signature)]
    number = {name: int.from_bytes(urlsafe_b64decode(key[name] + "=="), "big") for name in ("e", "n")}
    public = rsa.RSAPublicNumbers(number["e"], number["n"]).public_key()
    public.verify(raw[2], f"{head}.{payload}".encode(), padding.PKCS1v15(), hashes.SHA256())
    assert json.loads(raw[0]) == {"alg": "RS256", "kid": key["kid"]}
    assert slip["sha256"] == sha256(raw[1]).hexdigest()
    return json.loads(raw[1])


def test_a_slip_tells_both_sides_the_land_and_what_is_not_known_and_is_proven_by_the_published_key(place):
    world, tax = place
    code = sent(world)
    (slip,) = of(tax, code)
    said = proven(tax, slip)
    assert said == slip["content"]
    Draft202012Validator(tax.client.get("/api/v1/tax/schemas/slip-1.json").json).validate(said)
    assert [(each["role"], bool(each["name"])) for each in said["parties"][:2]] == [
        ("transferor", True),
        ("transferee", True),
    ]
    assert (said["version"], said["replaces"], said["dossier"]["procedure"]) == (1, None, "CN")
    assert said["land"][0]["certificates"]
    assert said["land"][0]["areaM2"] == 600.0
    assert {each["document"] for each in said["attachments"]} >= {"deed-transfer"}
    assert {"contract.landVnd", "dossier.taxOffice", "relief", "deductions"} <= set(said["notKnown"])
    assert tax.get(f"{SLIPS}/{slip['slipNo']}") == slip
    ((sealed,),) = world.rows("SELECT sealed FROM finance.slip WHERE slip_no = %s", slip["slipNo"])
    assert said["parties"][0]["name"].encode() not in bytes(sealed)


def test_a_slip_comes_back_in_an_envelope_of_the_gateway(place):
    world, tax = place
    ensure_catalogues(settings_for(world.dsn), tax.database)
    (slip,) = of(tax, sent(world))
    row = {"SO_PHIEU": slip["slipNo"], "LY_DO_TRA": "price-missing, other", "GHI_CHU": "Thiếu giá"}
    head = {"VERSION": "1.0", "SENDER_CODE": "GIP", "RECEIVER_CODE": "LAND", "TRAN_CODE": "05014"}

    def told(number: str) -> tuple[str, list[dict]]:
        body = {"HEADER": head | {"MSG_ID": number}, "BODY": {"ROW": [row]}}
        answer = tax.post("/api/v1/tax/messages", body, 200)
        return answer["HEADER"]["ERROR_CODE"], answer["BODY"]["ROW"]

    (code, rows), again, other = told("R1"), told("R1"), told("R2")
    assert (code, [each["MOI"] for each in rows]) == ("00", ["1"])
    assert again == (code, rows)
    assert [each["MOI"] for each in other[1]] == ["0"]
    assert tax.get(f"{SLIPS}/{slip['slipNo']}")["state"] == "returned"
    assert tax.post(f"{SLIPS}/{slip['slipNo']}/returns", {"reasons": ["other"]}, 409)["code"] == (
        "slip-answered-otherwise"
    )


def test_a_returned_slip_brings_its_dossier_back_with_the_reason_and_the_next_version_names_it(place):
    world, tax = place
    code = sent(world)
    (slip,) = of(tax, code)
    path = f"{SLIPS}/{slip['slipNo']}"
    assert tax.post(f"{path}/receipts", {})["state"] == "received"
    assert tax.post(f"{path}/receipts", {}, 200)["state"] == "received"
    assert tax.post(f"{path}/returns", {"reasons": ["none-such"]}, 422)["code"] == "return-reason-unknown"
    answer = tax.post(f"{path}/returns", RETURN, key="once")
    assert tax.post(f"{path}/returns", RETURN, key="once") == answer
    assert tax.post(f"{path}/returns", RETURN, 200)["state"] == "returned"
    refused = tax.post(f"{path}/returns", {"reasons": ["other"]}, 409)
    assert refused["code"] == "slip-answered-otherwise"
    for _ in range(2):
        tax.deliver()
    found = world.person("lan").read(code)
    last = found["events"][-1]
    assert (found["state"], last["action"], len(found["events"])) == ("VERIFYING", "slip_returned", 6)
    assert "Thiếu hoặc chưa rõ giá hợp đồng" in last["reason"]
    assert "Hợp đồng không ghi giá" in last["reason"]
    assert last["by"] == "landsvc"
    world.go(code, "lan", "send_slip")
    first, second = of(tax, code)
    assert (first["state"], second["state"], second["version"]) == ("replaced", "issued", 2)
    assert second["replaces"] == first["slipNo"]
    assert proven(tax, second)["replaces"] == first["slipNo"]
    assert tax.post(f"{SLIPS}/{first['slipNo']}/receipts", {"documentNo": "9"}, 200)["state"] == "replaced"


def test_the_page_tells_what_the_slip_lacks_and_why_the_last_one_came_back(place):
    world, tax = place
    code = sent(world)
    (slip,) = of(tax, code)
    tax.post(f"{SLIPS}/{slip['slipNo']}/returns", RETURN)
    client = world.person("lan").client
    shown = client.get(f"/office/dossiers/{code}/slip?lang=en").text
    for text in (
        "the price in the contract",
        "the code of the tax office",
        slip["slipNo"],
        "Hợp đồng không ghi giá",
    ):
        assert text in shown, text
    for party in slip["content"]["parties"]:
        assert party["name"] in shown
        assert not any(each["number"] in shown for each in party["identity"])
    assert f"/office/dossiers/{code}/slip" in client.get(f"/office/dossiers/{code}").text
    assert client.get("/office/dossiers/none-such/slip").status_code == 404


def test_an_officer_with_the_letter_and_the_machine_move_a_dossier_once(place):
    world, tax = place
    code = sent(world)
    (slip,) = of(tax, code)
    tax.post(f"{SLIPS}/{slip['slipNo']}/returns", RETURN)
    world.go(code, "lan", "slip_returned", reason="Trả lại theo công văn", documentNo="12/CCT")
    world.go(code, "lan", "send_slip")
    tax.deliver()
    assert world.person("lan").read(code)["state"] == "TAX_SENT"
    assert [each["state"] for each in of(tax, code)] == ["replaced", "issued"]


def test_who_reads_on_by_the_last_number_gets_every_slip_once(place):
    world, tax = place
    sent(world)
    seen, path = [], f"{SLIPS}?after=0&limit=1"
    while path:
        page = tax.get(path)
        seen += [each["seq"] for each in page["slips"]]
        path = page["next"]
    assert seen == list(range(1, len(seen) + 1))
    assert tax.get(f"{SLIPS}?after={seen[-1]}") == {"slips": [], "numberReturned": 0, "next": None}


def test_the_simulated_tax_office_answers_every_slip_once_however_its_messages_travel(place):
    world, tax = place
    with tax.database.unit_of_work(IDENTITY_ROLE) as session:
        secret = people.create_client(session, "sim", "Simulator", ("tax:read", "tax:write"))
    key = world.person("lan").client.application.extensions[EXTENSION].settings.signing_file
    returned = sent(world)
    with serving(world.dsn, SIGNING_FILE=str(key)) as address:
        play(TaxOffice(address, "sim", secret, Manner(1.0, 0.5, 0.4, seed=7)))
        codes = [sent(world) for _ in range(2)]
        for _ in range(2):  # begun anew, it says the same again
            refused = play(TaxOffice(address, "sim", secret, Manner(0.0, 0.5, 0.4, 1.0, shuffled=True)))[
                "refused"
            ]
        with pytest.raises(ServiceRefused):
            TaxOffice(address, "sim", "no secret", Manner()).one_round()
    assert [each["state"] for each in of(tax, returned)] == ["returned"]
    assert [each["state"] for code in codes for each in of(tax, code)] == ["received"] * 2
    found = "SELECT dossier_code FROM finance.notice WHERE dossier_code = ANY (%s) ORDER BY 1"
    assert world.rows(found, [*codes, returned]) == [(each,) for each in sorted(codes)]
    assert refused >= len(codes), "an amount that does not sum is taken by nobody"
    with pytest.raises(AddressUnsafe):
        TaxOffice("http://land.example.org", "sim", secret, Manner())


def play(machine: TaxOffice):
    """Let the machine work until no message is lost any more; return its counts."""
    while machine.one_round():
        pass
    return machine.counts


def test_slips_are_only_added_to_and_a_refused_step_leaves_none(place, tmp_path):
    world, tax = place
    code = sent(world)
    with psycopg.connect(world.dsn) as conn:
        for statement in ("UPDATE finance.slip SET version = 9", "DELETE FROM finance.slip_answer"):
            with pytest.raises(psycopg.Error), conn.transaction():
                conn.execute(statement)
    assert tax.get(f"{SLIPS}/none-such", 404)["code"] == "slip-not-found"
    before = len(tax.get(SLIPS)["slips"])
    world.go(code, "lan", "send_slip", 409)
    assert len(tax.get(SLIPS)["slips"]) == before
    read_only = machines.token(tax.database, "reader", "tax:read")
    tax.token, kept = read_only, tax.token
    path = f"{SLIPS}/{of(tax, code)[0]['slipNo']}/returns"
    assert tax.post(path, RETURN, 403)["code"] == "scope-needed"
    tax.token = kept


def test_a_slip_is_proven_by_what_is_published_after_the_office_has_another_key(place, tmp_path):
    world, tax = place
    (slip,) = of(tax, sent(world))
    other = str(tmp_path / "other.p12")
    make_trial_key(settings_for(world.dsn, SIGNING_FILE=other))
    with application(settings_for(world.dsn, SIGNING_FILE=other)) as app:
        keys = app.test_client().get("/api/v1/tax/keys").json["keys"]
    assert len(keys) == 2
    assert keys[0]["kid"] != slip["keyId"] == keys[1]["kid"]
    head, payload, signature = slip["jws"].split(".")
    jws.deserialize_compact(f"{head}.{payload}.{signature}", RSAKey.import_key(keys[1]), algorithms=["RS256"])
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.Error):
        conn.execute("DELETE FROM finance.signing_key")


def test_a_newer_key_seals_slips_anew_and_what_was_signed_stays(place, tmp_path):
    world, tax = place  # the last of the file: this office knows the older key only
    (slip,) = of(tax, sent(world))
    (tmp_path / "keys").write_text(SECRET_KEYS)
    settings = settings_for(world.dsn, SECRET_KEYS="", SECRET_FILE=str(tmp_path / "keys"))
    add_key(settings)
    newer, ((before,),) = Vault(settings), world.rows("SELECT count(*) FROM finance.slip")
    assert [seal_stored(world.dsn, newer) for _ in range(2)] == [before, 0]
    read = "SELECT sealed, sha256 FROM finance.slip WHERE slip_no = %s"
    ((kept, digest),) = world.rows(read, slip["slipNo"])
    assert version_of(kept) == newer.newest
    assert (sha256(opened(newer, slip["slipNo"], kept)).digest(), digest.hex()) == (digest, slip["sha256"])
    with psycopg.connect(world.dsn) as conn, pytest.raises(psycopg.Error):
        conn.execute("UPDATE finance.slip SET version = 9")
