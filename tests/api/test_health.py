"""The operator's addresses answer, and say the truth about the database."""

from __future__ import annotations

import urllib.request

import psycopg


def test_process_is_up(client):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "up"})


def test_ready_names_the_revision(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["status"] == "ready"


def test_database_behind_the_program_is_not_ready(client, fresh_db):
    with psycopg.connect(fresh_db) as conn:
        conn.execute("UPDATE alembic_version SET version_num = '0000_before'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["code"] == "not-migrated"
    assert "0000_before" in answer.json["detail"]


def test_metrics_count_answers_by_route(client):
    client.get("/healthz")
    text = client.get("/metrics").text
    assert 'landsvc_answers_total{route="healthz",status="200"}' in text


def test_unknown_address_is_a_problem(client):
    answer = client.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == 404


def test_wrong_method_keeps_allow(client):
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_data_may_not_run_anything(client):
    headers = client.get("/healthz").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_page_gets_its_own_nonce(app):
    from landsvc.core.web import csp_nonce

    app.add_url_rule("/page", "page", lambda: f"<script nonce={csp_nonce()}></script>")
    client = app.test_client()
    first, second = client.get("/page"), client.get("/page")
    nonce = first.text.split("=")[1].split(">")[0]
    assert f"script-src 'nonce-{nonce}'" in first.headers["Content-Security-Policy"]
    assert first.headers["Content-Security-Policy"] != second.headers["Content-Security-Policy"]


def test_real_server_answers(live_server):
    with urllib.request.urlopen(f"{live_server}/healthz") as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{live_server}/metrics") as answer:
        assert b"landsvc_request_seconds_bucket" in answer.read()
