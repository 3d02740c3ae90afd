"""No request of an officer who is signed in breaks the service, and every answer keeps to the document."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
from landsvc.core.db import IDENTITY_ROLE
from landsvc.identity import credentials, people, service
from tests.conftest import opened, serving
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import rules

CHECKS = "not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance"


def test_drafts_and_transactions_answer_whatever_an_officer_sends(fresh_db, tmp_path, pytestconfig):
    with psycopg.connect(fresh_db) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        make.parcel(conn, box(0, 0, 20, 30), number="345", series_id=sheet)
    with opened(fresh_db) as database, database.unit_of_work(IDENTITY_ROLE) as session:
        account = people.create_account(session, "lan", "Lan", ("processor",), password=None)
        signed = service.open_session(session, account, "127.0.0.1")
    with serving(fresh_db) as server:
        run = subprocess.run(
            [
                *(Path(sys.executable).with_name("schemathesis"), "run", f"{server}/api/v1/openapi.json"),
                *("-H", f"Cookie: landsvc_session={signed.token}"),
                *("-H", f"X-CSRF-Token: {credentials.csrf_of(signed.token)}"),
                *("--include-path-regex", "(drafts|transactions)", "--checks", CHECKS),
                *("--phases", "examples,coverage,fuzzing", "--continue-on-failure"),
                *("--max-examples", "100" if pytestconfig.getoption("--long") else "15"),
                *("--warnings", "off", "--no-color"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-6000:]
