"""Typed doors to the named statements about channels. Only this package's service calls them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from landsvc.core.db import rows_of
from landsvc.core.sql import statements

SQL = statements("finance", "queries_channels.sql")


def put_channels(session: Session, rows: Sequence[Mapping[str, str]]) -> None:
    """Add the channels that the database lacks."""
    _rows(session, "put_channels", rows=json.dumps(rows))


def _rows(session: Session, name: str, **params: Any) -> list[Any]:
    return rows_of(session, SQL[name], **params)
