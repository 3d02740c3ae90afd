"""Give tests a machine with a token, without going through the token endpoint."""

from __future__ import annotations

from typing import Any

from landsvc.core.db import IDENTITY_ROLE, Database
from landsvc.identity import oauth, people


def token(database: Database, client_id: str = "tax", *scopes: str) -> str:
    """Return an access token of a client made for it (scopes tax:read and tax:write unless named)."""
    wanted = scopes or ("tax:read", "tax:write")
    with database.unit_of_work(IDENTITY_ROLE) as session:
        known = {line.client_id for line in people.list_clients(session)}
        secret = (
            people.renew_secret(session, client_id)
            if client_id in known
            else people.create_client(session, client_id, client_id, wanted)
        )
    return oauth.issue(database, oauth.TokenRequest(client_id, secret, " ".join(wanted)), None).token


def bearer(found: str, **headers: str) -> dict[str, Any]:
    """Return request headers that show a token."""
    return {"Authorization": f"Bearer {found}", **headers}
