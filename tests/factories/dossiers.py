"""An office that receives dossiers: two communes with parcels, branches and people who work over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from landsvc.core import signing
from landsvc.core.db import IDENTITY_ROLE
from landsvc.core.web import EXTENSION
from landsvc.finance.slips.reference import ensure_reasons
from landsvc.identity import credentials, offices, people, service
from landsvc.registry.dossiers.reference import ensure_procedures
from tests.conftest import application, opened, settings_for, signing_file
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import rules

HERE, THERE = "25195", "25198"
PEOPLE = {
    "hoa": ("counter", "east"),
    "lan": ("processor", "west"),
    "binh": ("processor", "west"),
    "mai": ("checker", "west"),
    "tuan": ("signer", "west"),
    "both": ("processor+signer", "west"),
    "son": ("processor", "east"),
}
"""Login, roles and branch: the parcels of commune 25195 are the western branch's."""


def lay(dsn: str, parcels: int = 4) -> None:
    """Lay land (so many parcels in each commune), procedures, branches and people into an empty database."""
    with psycopg.connect(dsn) as conn:
        for number, (code, name) in enumerate(((HERE, "Phường Bình Phước"), (THERE, "Phường Đồng Xoài"))):
            sheet = make.series(conn, make.commune(conn, code, name=name, geom=box(5000 * number, 0, 5000, 5000)))
            for column in range(parcels):
                shape = box(5000 * number + 20 * column, 0, 20, 30)
                make.parcel(conn, shape, number=str(345 + column), series_id=sheet, commune_code=code)
        rules(conn)
    with opened(dsn) as database:
        ensure_procedures(settings_for(dsn), database)
        ensure_reasons(settings_for(dsn), database)
        with database.unit_of_work(IDENTITY_ROLE) as session:
            offices.create_branch(session, "west", "Chi nhánh Tây", "West", [HERE])
            offices.create_branch(session, "east", "Chi nhánh Đông", "East", [THERE])
            for login, (roles, branch) in PEOPLE.items():
                people.create_account(
                    session, login, login.title(), roles.split("+"), password=None, branches=[branch]
                )


class Person:
    """Somebody signed in, who reads and moves dossiers."""

    def __init__(self, app: Any, login: str) -> None:
        self.client = app.test_client()
        database = app.extensions[EXTENSION].database
        with database.unit_of_work(IDENTITY_ROLE) as session:
            account = next(line for line in people.list_accounts(session) if line.login == login)
            token = service.open_session(session, account.id, "127.0.0.1").token
        self.token = token
        self.client.set_cookie("landsvc_session", token)
        self.client.environ_base["HTTP_X_CSRF_TOKEN"] = credentials.csrf_of(token)

    def submit(self, **changes: Any) -> Any:
        """Hand an application in."""
        return self.client.post("/api/v1/dossiers", json=application_of(**changes))

    def read(self, code: str) -> dict[str, Any]:
        """Read a dossier."""
        return self.client.get(f"/api/v1/dossiers/{code}").json

    def move(self, code: str, action: str, *, seen: int | None = None, **body: Any) -> Any:
        """Do one thing, decided on the revision as it stands unless `seen` is given."""
        revision = self.read(code)["revision"] if seen is None else seen
        return self.client.post(
            f"/api/v1/dossiers/{code}/transitions",
            json={"action": action, **body},
            headers={"If-Match": f'"{revision}"'},
        )


def application_of(**changes: Any) -> dict[str, Any]:
    """Return a transfer with its papers; `changes` replace members."""
    return {
        "procedure": "CN",
        "parcels": [f"{HERE}-12-345"],
        "applicants": [{"name": "Nguyễn Văn An", "contact": "0912 345 678"}],
        "documents": [{"document": name} for name in ("form-18", "certificate", "deed-transfer")],
    } | changes


@contextmanager
def office(dsn: str, **environ: str) -> Iterator[Any]:
    """Yield a maker of people over a database that was laid."""
    if "DATA" in environ and not (Path(environ["DATA"]) / signing.FILE).exists():
        environ.setdefault("SIGNING_FILE", signing_file())
    with application(settings_for(dsn, **environ)) as app:
        yield lambda login: Person(app, login)
