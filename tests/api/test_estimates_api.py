"""Estimates over HTTP: the worked examples, the figures used, and what bad facts get."""

from __future__ import annotations

import pytest
from landsvc.finance.obligations.reference import ensure_figures
from tests.conftest import application, opened, settings_for

LAND = [{"areaM2": 150, "unitPriceVnd": 5_000_000, "coefficient": 1.2}]
SALE = {"on": "2026-09-01", "land": LAND, "contractPriceVnd": 1_200_000_000}


@pytest.fixture(scope="module")
def client(module_db):
    settings = settings_for(module_db)
    with opened(module_db) as database:
        ensure_figures(settings, database)
        ensure_figures(settings, database)
    with application(settings) as app:
        yield app.test_client()


def asked(client, kind: str, **facts):
    return client.post(f"/api/v1/estimates/{kind}", json=facts)


def test_a_sale_is_estimated_with_its_working_law_and_label(client):
    told = asked(client, "transfer", **SALE).json
    assert told["estimate"] is True
    assert "tham khảo" in told["note"]["vi"]
    tax, fee = told["obligations"]
    assert (tax["amountVnd"], fee["amountVnd"], told["totalVnd"]) == (24_000_000, 3_750_000, 27_750_000)
    first = tax["working"][0]
    text = {language: said.replace("\N{NO-BREAK SPACE}", " ") for language, said in first["text"].items()}
    assert text["vi"] == "Giá trị đất theo bảng giá: 150 m² × 5.000.000 đ/m² × K 1,2"
    assert text["en"] == "Value of the land by the price table: 150 m² × 5,000,000 đ/m² × K 1.2"
    assert first["amountVnd"] == 900_000_000
    assert "NĐ 253/2026/NĐ-CP Điều 57" in tax["laws"]
    assert tax["noticeWithinWorkingDays"] == 3
    assert tax["instalments"] == [{"daysAfterNotice": 30, "pct": 100, "amountVnd": 24_000_000}]
    assert {"registration-fee.with-coefficient": "?"}.items() <= {
        each["code"]: each["certainty"] for each in fee["figures"]
    }.items()


def test_shares_exemptions_and_the_other_kinds_are_taken(client):
    shared = asked(client, "transfer", **SALE, sellers={"shares": ["7/10", "3/10"]}).json
    assert [each["amountVnd"] for each in shared["obligations"][:2]] == [16_800_000, 7_200_000]
    given = asked(client, "gift", on="2026-09-01", land=LAND, exemption="parent-child").json
    assert given["totalVnd"] == 0
    plot = {"areaM2": 1000, "unitPriceVnd": 2_000_000, "quotaM2": 200}
    assert asked(client, "land-tax", **plot).json["totalVnd"] == 1_560_000
    garden = {"areaM2": 500, "priceAfterVnd": 6_000_000, "priceBeforeVnd": 400_000, "quotaM2": 200}
    assert asked(client, "change-of-use", **garden, besideHouse=True).json["totalVnd"] == 1_456_000_000
    assert asked(client, "rice-land", areaM2=1000, unitPriceVnd=60_000).json["totalVnd"] == 30_000_000


def test_every_figure_in_force_is_listed_with_its_law(client):
    told = client.get("/api/v1/estimates/parameters?on=2026-06-30").json
    figures = {each["code"]: each for each in told["figures"]}
    assert figures["gift-tax.threshold"]["value"] == "10000000"
    assert all(each["law"] for each in told["figures"] + told["exemptions"])


@pytest.mark.parametrize(
    ("kind", "facts", "status", "code", "field"),
    [
        ("transfer", SALE | {"sellers": {"shares": ["1/2", "1/3"]}}, 422, "estimate-shares-not-whole", "shares"),
        ("transfer", SALE | {"exemption": "uncle"}, 422, "exemption-unknown", "exemption"),
        ("transfer", SALE | {"on": "1990-01-01"}, 422, "parameter-missing", None),
        ("transfer", SALE | {"sellers": {"shares": ["1/0"]}}, 400, "invalid-input", "sellers.shares.0"),
        ("transfer", SALE | {"land": []}, 400, "invalid-input", "land"),
        ("transfer", SALE | {"contractPriceVnd": 1.5}, 400, "invalid-input", "contractPriceVnd"),
        ("land-tax", {"areaM2": -1, "unitPriceVnd": 5}, 400, "invalid-input", "areaM2"),
        (
            "land-tax",
            {"areaM2": 1, "unitPriceVnd": 5, "quotaM2": 1, "quotaLeftM2": 2},
            422,
            "area-beyond-the-whole",
            "quotaLeftM2",
        ),
    ],
)
def test_facts_that_cannot_be_are_refused_by_name(client, kind, facts, status, code, field):
    answer = asked(client, kind, **facts)
    assert (answer.status_code, answer.json["code"], answer.json.get("field")) == (status, code, field)
