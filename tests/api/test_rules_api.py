"""Anybody may read which rules changes are judged by, over HTTP and as pages."""

from __future__ import annotations

import psycopg
import pytest
from tests.conftest import application, settings_for
from tests.factories import cadastre as make
from tests.factories.drafts import rules


@pytest.fixture(scope="module")
def client(make_clone):
    with make_clone() as dsn:
        with psycopg.connect(dsn) as conn:
            make.land_use_types(conn)
            rules(conn)
            conn.execute("UPDATE cadastre.rule SET valid = '[2024-08-01,2026-01-01)' WHERE code = 'FAB-NEAR'")
            conn.execute(
                "INSERT INTO cadastre.rule (code, valid, title_vi, title_en, text_vi, text_en, mend_vi, mend_en, law,"
                " severity_preview, severity_submit, severity_commit, second_person, parameters, sort)"
                " SELECT code, '[2026-01-01,)', title_vi, title_en, text_vi, text_en, mend_vi, mend_en, law,"
                " severity_preview, 'critical', severity_commit, second_person, '{\"withinM\": 0.05}', sort"
                " FROM cadastre.rule WHERE code = 'FAB-NEAR'"
            )
        with application(settings_for(dsn)) as app:
            yield app.test_client()


def test_the_rules_in_force_are_listed_for_anybody(client):
    found = client.get("/api/v1/rules").json["rules"]
    assert {"FAB-OVERLAP", "FAB-GAP", "FAB-AREA", "FAB-NUMBER", "FAB-LEGAL", "FAB-SLIVER", "FAB-SPIKE"} <= {
        rule["code"] for rule in found
    }
    assert all(rule["title"]["vi"] and rule["remedy"]["en"] and rule["law"] for rule in found)
    near = next(rule for rule in found if rule["code"] == "FAB-NEAR")
    assert (near["parameters"], near["severity"]["submit"]) == ({"withinM": 0.05}, "critical")


def test_rules_of_a_past_day_are_those_of_that_day(client):
    assert client.get("/api/v1/rules?validAt=2020-01-01").json["rules"] == []
    then = {rule["code"]: rule for rule in client.get("/api/v1/rules?validAt=2025-01-01").json["rules"]}
    assert (then["FAB-NEAR"]["parameters"], then["FAB-NEAR"]["validTo"]) == ({"withinM": 0.02}, "2025-12-31")


def test_a_rule_is_explained_with_its_earlier_forms(client):
    told = client.get("/api/v1/rules/FAB-NEAR").json
    assert (told["validTo"], [each["validTo"] for each in told["earlier"]]) == (None, ["2025-12-31"])
    assert client.get("/api/v1/rules/FAB-GAP").json["secondPerson"] is True


def test_a_rule_that_is_not_there_is_404_and_a_bad_day_400(client):
    missing = client.get("/api/v1/rules/FAB-NONE")
    assert (missing.status_code, missing.json["code"]) == (404, "rule-not-found")
    assert client.get("/api/v1/rules?validAt=0001-01-01").status_code == 400
    assert client.get("/rules/FAB-NONE").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("vi", "Cách khắc phục"), ("en", "How to mend it")])
def test_pages_list_and_explain_the_rules_in_both_languages(client, language, words):
    listed = client.get(f"/rules?lang={language}").text
    assert 'href="/rules/FAB-OVERLAP"' in listed
    told = client.get(f"/rules/FAB-NEAR?lang={language}").text
    assert words in told
    assert "withinM" in told
