"""A unit of work takes on a role with its limits, and translates what the database refuses."""

from __future__ import annotations

import pytest
from landsvc.core.db import EDITOR_ROLE, IMPORT_ROLE, PUBLIC_ROLE, Database
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError


@pytest.mark.parametrize(("role", "limit"), [(PUBLIC_ROLE, "10s"), (EDITOR_ROLE, "1min"), (IMPORT_ROLE, "0")])
def test_a_unit_of_work_runs_as_its_role_within_its_limit(database: Database, role: str, limit: str) -> None:
    with database.unit_of_work(role) as session:
        assert session.scalar(text("SELECT current_user")) == role
        assert session.scalar(text("SHOW statement_timeout")) == limit


def test_a_read_only_unit_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError), database.read_only(EDITOR_ROLE) as session:
        session.execute(text("INSERT INTO cadastre.record (kind, title, reason) VALUES ('x', 'x', 'x')"))
