"""Register parties and rights over HTTP, as an officer would; land comes from `tests.factories.cadastre`.

`Registry(app)` signs a processor in. Bodies are JSON as the API takes it; `ok` says which answer is expected.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import psycopg
from tests.factories import cadastre as make
from tests.factories.cadastre import box
from tests.factories.drafts import rules

PAPER = {"docNo": "01/HĐ", "docOn": "2026-01-05", "authority": "VPCC"}
SINCE = "2026-01-05"
_names = count(1)


def lay_land(dsn: str, parcels: int = 6) -> list[str]:
    """Lay parcels of 20 x 30 m in a row, each beside the next, in 25195; return their references."""
    with psycopg.connect(dsn) as conn:
        sheet = make.series(conn, make.commune(conn))
        rules(conn)
        for at in range(parcels):
            make.parcel(conn, box(20 * at, 0, 20, 30), number=str(at + 1), series_id=sheet)
    return [f"25195-12-{at + 1}" for at in range(parcels)]


class Registry:
    """An officer who registers rights, with the test client of an application."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def post(self, path: str, body: dict[str, Any], ok: int = 201) -> Any:
        """Send a body; return the answer's JSON."""
        answer = self.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == ok, answer.text
        return answer.json

    def get(self, path: str, ok: int = 200, **query: str) -> Any:
        """Read something; return the answer's JSON."""
        answer = self.client.get(f"/api/v1{path}", query_string=query)
        assert answer.status_code == ok, answer.text
        return answer.json

    def party(self, name: str | None = None, **more: Any) -> str:
        """Register an individual; return the code."""
        body = {"kind": "individual", "name": name or f"Người {next(_names)}", "since": SINCE, "grounds": PAPER}
        return str(self.post("/parties", body | more)["code"])

    def right(self, parcels: list[str], holders: dict[str, str | None], ok: int = 201, **more: Any) -> Any:
        """Register a right of use (or another kind); return the answer."""
        shares = [share for share in holders.values() if share]
        mode = "shares" if shares else "sole" if len(holders) == 1 else "joint"
        body = {
            "kind": "use",
            "parcels": parcels,
            "mode": mode,
            "holders": [{"party": party, "share": share} for party, share in holders.items()],
            "since": SINCE,
            "grounds": PAPER,
        }
        return self.post("/rights", body | more, ok)

    def on(self, ref: str, **times: str) -> list[Any]:
        """Return what bears on a parcel."""
        return list(self.get(f"/parcels/{ref}/rights", **times)["rights"])

    def held(self, ref: str, **times: str) -> list[tuple[str, dict[str, str | None]]]:
        """Return kind and holders with shares of what bears on a parcel."""
        return [
            (each["kind"], {holder["party"]: holder["share"] for holder in each["holders"]})
            for each in self.on(ref, **times)
        ]

    def commit(self, *operations: dict[str, Any], ok: int = 200) -> Any:
        """Commit a draft of these operations; return the answer."""
        draft = self.post("/drafts", {})["draft"]
        for body in operations:
            self.post(f"/drafts/{draft}/operations", body)
        answer = self.client.post(f"/api/v1/drafts/{draft}/commit", json={"docNo": "9/QĐ"})
        assert answer.status_code == ok, answer.text
        return answer.json
