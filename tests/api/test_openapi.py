"""The OpenAPI document is true: no question gives a 500 or an answer the document does not describe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from jsonschema import Draft202012Validator
from landsvc.core.api import ApiModel, PathModel, QueryModel
from landsvc.core.web import EXTENSION
from tests.conftest import application, serving, settings_for, signing_file
from tests.factories import cadastre as land
from tests.factories import machines
from tests.factories import planning as plans

CONTRACTS = Path(__file__).parents[1] / "contracts"
CODE = "w6h185vu4rv5"
OPERATOR_PATHS = {"/healthz", "/readyz"}
TOKEN_PATH = "/api/v1/oauth/token"


@pytest.fixture(scope="module")
def town(module_db) -> str:
    """Three parcels, one of them split since, under a plan with zones."""
    with psycopg.connect(module_db) as conn:
        unit = land.commune(conn)
        old = land.one(
            conn,
            "INSERT INTO cadastre.admin_unit (level, code, name, short_name, kind, valid, folded) VALUES"
            " ('commune', '25198', 'Phường Tân Đồng', 'Tân Đồng', 'phường', '[1999-01-01,2025-07-01)', '')"
            " RETURNING id",
        )
        conn.execute("INSERT INTO cadastre.admin_succession VALUES (%s, %s, 'whole', true)", (old, unit))
        sheet = land.series(conn, unit)
        land.parcel(
            conn, land.box(0, 0, 20, 10), number="345", series_id=sheet, code=CODE, uses={"ODT": 120, "CLN": 80}
        )
        land.parcel(conn, land.box(20, 0, 20, 10), number="346", series_id=sheet)
        split = land.parcel(conn, land.box(40, 0, 20, 10), number="347", series_id=sheet)
        conn.commit()
        land.split(conn, split, [land.box(40, 0, 10, 10), land.box(50, 0, 10, 10)])
        plans.themes(conn)
        plan = plans.plan(conn)
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500))
        plans.coverage(conn, plan, land.box(-100, -100, 500, 500), theme="heritage")
        plans.zone(conn, plan, land.box(-50, -50, 55.3, 200))
        plans.refresh(conn)
    return module_db


@pytest.fixture(scope="module")
def client(town):
    with application(settings_for(town)) as app:
        yield app.test_client()


@pytest.fixture(scope="module")
def server(town) -> Iterator[str]:
    with serving(town, SIGNING_FILE=signing_file()) as address:
        yield address


@pytest.fixture(scope="module")
def document(client) -> dict[str, Any]:
    return client.get("/api/v1/openapi.json").json


def test_every_schema_of_the_document_is_sound_and_every_reference_leads_somewhere(document):
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert named <= set(document["components"]["schemas"])


def below(model: type[ApiModel]) -> set[type[ApiModel]]:
    return {each for child in model.__subclasses__() for each in (child, *below(child))}


def test_no_two_shapes_bear_one_name(client):
    """The document knows shapes by name: of two with one name it would show one."""
    elsewhere = {QueryModel, PathModel, *below(QueryModel), *below(PathModel)}
    named = Counter(
        each.__name__
        for each in below(ApiModel)
        if each not in elsewhere and not each.__name__.endswith("Header")
    )
    assert {name for name, times in named.items() if times > 1} == set()


def test_every_api_route_is_in_the_document(client, document):
    routes = {
        re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
        for rule in client.application.url_map.iter_rules()
        if rule.rule.startswith(("/api/v1/", "/tiles/")) and not rule.rule.endswith("openapi.json")
    } | OPERATOR_PATHS
    assert routes == set(document["paths"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_document_is_a_page_to_read_too(client, document, language):
    page = client.get("/api/docs", query_string={"lang": language})
    assert page.status_code == 200
    assert "script-src" in page.headers["Content-Security-Policy"]
    assert "<script" not in page.text
    for path, item in document["paths"].items():
        for method in item:
            assert f"{method.upper()} {path}" in page.text


def test_every_operation_says_what_goes_wrong(document):
    for path, item in document["paths"].items():
        for operation in item.values():
            assert operation["summary"], path
            if path in OPERATOR_PATHS | {TOKEN_PATH}:
                continue  # nothing that could be malformed, or answered as RFC 6749 says
            answer = operation["responses"]["400"]["content"]
            assert "application/problem+json" in answer, path


def texts(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each kind of text a parameter may be, with what bounds it from outside."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    kinds = [each for word in ("anyOf", "oneOf", "allOf") for each in schema.get(word, [])]
    if schema.get("type") == "array":
        kinds = [schema["items"]]
    around = {name: schema[name] for name in ("maxLength", "pattern") if name in schema}
    for kind in kinds:
        yield from texts(document, kind | around)
    if schema.get("type") == "string":
        yield schema


def test_no_parameter_takes_a_text_that_makes_the_address_longer_than_servers_take(document):
    """A character may be twelve in an address, and beyond 64 KB the server answers 414 before we see it."""
    unbounded = [
        f"{method.upper()} {path} {each['in']} {each['name']}: {text}"
        for path, item in document["paths"].items()
        for method, operation in item.items()
        for each in operation.get("parameters", [])
        for text in texts(document, each["schema"])
        if not {"enum", "const", "format"} & set(text)
        and (text.get("maxLength", 0 if re.search(r"^\^[^*+]+\$$", text.get("pattern", "")) else 10**6)) > 5000
    ]
    assert unbounded == []


def guarded(document: dict[str, Any]) -> list[str]:
    """Return the paths where nothing is for strangers: each of their operations asks who is there."""
    return [
        path for path, item in document["paths"].items() if all(each.get("security") for each in item.values())
    ]


def each_as(option: str, paths: list[str]) -> list[str]:
    return [word for path in paths for word in (option, path)]


@pytest.mark.parametrize("who", ["stranger", "stranger at the counter", "machine"])
def test_nothing_breaks_and_every_answer_keeps_to_the_document(
    server, client, document, pytestconfig, tmp_path, who
):
    """Where a stranger is turned away at the door, a few tries of each kind are enough but in the long run."""
    phases, examples = "examples,coverage,fuzzing", "12"
    match who:
        case "stranger":
            asked = each_as("--exclude-path", guarded(document))
        case "stranger at the counter":
            asked, phases, examples = each_as("--include-path", guarded(document)), "examples,fuzzing", "3"
        case _:
            token = machines.token(client.application.extensions[EXTENSION].database)
            asked = [
                "--include-path-regex",
                "tax/(payments|payment-files|slips|catalogues)",
                "--header",
                f"Authorization: Bearer {token}",
            ]
    if pytestconfig.getoption("--long"):
        phases, examples = "examples,coverage,fuzzing", "100"
    # A kind of text it knows not by itself.
    (tmp_path / "hooks.py").write_text(
        'import schemathesis\nschemathesis.serializer.alias("application/x-ndjson", "text/plain")\n'
    )
    # Left out: a schema cannot say that west lies before east, or how many columns a zoom has.
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{server}/api/v1/openapi.json"),
            *("--phases", phases, "--max-examples", examples, "--checks", "all"),
            *("--exclude-checks", "positive_data_acceptance"),
            *asked,
            *("--continue-on-failure", "--warnings", "off", "--no-color"),
            *("--seed", str(pytestconfig.getoption("--hypothesis-seed") or 1)),
        ],
        cwd=tmp_path,
        env=os.environ | {"SCHEMATHESIS_HOOKS": "hooks"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-6000:]


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "POST"])
@pytest.mark.parametrize("path", ["/api/v1/parcels", "/tiles/parcels.json", "/api/v1/search?q=a", "/nowhere"])
def test_other_methods_are_refused_as_problems(server, method, path):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(server + path, method=method))
    assert refused.value.code in {404, 405}
    assert refused.value.headers["Content-Type"] == "application/problem+json"
    assert json.load(refused.value)["status"] == refused.value.code


NASTY = [
    "%00",
    "a%00b",
    "%FF%FE",
    "%F0%9F%98%80",
    "9" * 200,
    "-" * 150,
    "'; DROP TABLE x; --",
    "𝟙𝟚",
    "%u0000",
    "..%2F",
]


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize(
    "template",
    [
        "/api/v1/parcels/{}",
        "/api/v1/parcels/25195-12-{}",
        "/api/v1/parcels?bbox={}",
        "/api/v1/parcels?bbox=0,0,1,1&cursor={}",
        "/api/v1/parcels/25195-12-345?crs={}",
        "/api/v1/parcels/25195-12-345?validAt={}",
        "/api/v1/parcels/25195-12-345/lineage?generations={}",
        "/api/v1/units?at={}",
        "/api/v1/search?q={}",
        "/api/v1/search?q=a&limit={}",
        "/tiles/{}/1/1/1.mvt",
        "/tiles/parcels/{}/1/1.mvt",
        "/tiles/{}.json",
        "/api/v1/land-use-types?{}=1",
    ],
)
def test_strange_text_is_answered_and_never_breaks(client, template, text):
    answer = client.get(template.format(text))
    assert answer.status_code in {200, 308, 400, 404}
    if answer.status_code in {400, 404}:
        assert answer.mimetype == "application/problem+json"
        assert {"type", "title", "status", "detail", "instance", "code"} <= set(answer.json)


def missing(example: Any, answer: Any, path: str = "") -> list[str]:
    """Return the names of an example that an answer does not have."""
    if isinstance(example, dict):
        if not isinstance(answer, dict):
            return [path]
        return [
            name
            for key, value in example.items()
            for name in ([f"{path}.{key}"] if key not in answer else missing(value, answer[key], f"{path}.{key}"))
        ]
    if isinstance(example, list) and example and isinstance(example[0], dict):
        if not isinstance(answer, list):
            return [path]
        # The members of a list differ in what they have; each name must be in one of them.
        found = [missing(example[0], each, f"{path}[]") for each in answer]
        return min(found, key=len, default=[path])
    return []


def contract(name: str) -> Any:
    return json.loads((CONTRACTS / f"{name}.json").read_text("utf-8"))


def test_lookup_has_every_name_of_the_contract(client):
    answer = client.get("/api/v1/lookup", query_string={"parcel": "25195-12-345"})
    example = contract("lookup")
    assert missing(example["parcel"], answer.json["parcel"]) == []
    assert missing(example, answer.json) == []


def test_parcel_has_every_name_of_the_contract(client):
    assert missing(contract("lookup")["parcel"], client.get("/api/v1/parcels/25195-12-345").json) == []


def test_problem_has_every_name_of_the_contract(client):
    found = client.get("/api/v1/parcels/x").json
    assert missing({k: v for k, v in contract("problem").items() if k not in {"geometry", "crs"}}, found) == []
    assert found["type"].endswith(f"/problems/{found['code']}")


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/api/v1/parcels/25195-12-345", 7),
        ("/api/v1/parcels?bbox=106,11,108,12", 7),
        ("/api/v1/lookup?parcel=25195-12-345", 8),
        ("/api/v1/parcels/25195-12-345/planning", 8),
        ("/api/v1/parcels/25195-12-345?crs=EPSG:9212", 3),
    ],
)
def test_coordinates_have_as_many_decimals_as_the_document_says(client, address: str, most: int):
    answer = client.get(address)
    assert answer.status_code == 200
    geometry = re.search(r'"coordinates":\s*(\[[\d\s.,\[\]-]+\])', answer.text)
    assert geometry is not None
    assert max(map(len, re.findall(r"\.(\d+)", geometry.group(1))), default=0) <= most


def test_document_describes_health_for_who_watches(client, document):
    for path, members in (("/healthz", {"status"}), ("/readyz", {"status", "revision"})):
        operation = document["paths"][path]["get"]
        assert operation["tags"] == ["Operator"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        answer = client.get(path).json
        Draft202012Validator(schema).validate(answer)
        assert set(answer) == members == set(schema["required"])
    assert "503" in document["paths"]["/readyz"]["get"]["responses"]
    assert "/healthz" in client.get("/api/docs").text
