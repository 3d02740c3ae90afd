"""Write the log: one JSON object a line, on standard error."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog

USUAL = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


DETAIL = re.compile(
    r"^DETAIL:.*?(?=^(?:CONTEXT|HINT|LINE \d|QUERY|SCHEMA|\[SQL|\(Background|Traceback|The above|During)|\Z)",
    re.MULTILINE | re.DOTALL,
)


def without_rows(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take out of a formatted exception what PostgreSQL says of the row at fault: it holds names and numbers."""
    if isinstance(event.get("exception"), str):
        event["exception"] = DETAIL.sub("DETAIL:  (not logged)\n", event["exception"])
    return event


def configure() -> None:
    """Send our events and the libraries' warnings to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            without_rows,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")


def request(method: str, path: str, status: int, ms: float) -> None:
    """Write the line of one answered request; `path` as WSGI gives it (UTF-8 read as Latin-1).

    Put together by hand: it is written for every request, and the general way costs ten times as much.
    """
    told = json.dumps(path.encode("latin-1", "replace").decode("utf-8", "replace"), ensure_ascii=False)
    asked = f'"{method}"' if method in USUAL else json.dumps(method)  # a stranger's word may hold anything
    at = datetime.now(UTC).replace(tzinfo=None).isoformat()
    # A full disk or a reader that went away must not stop the answers: a lost line is the smaller harm.
    with suppress(OSError, ValueError):
        sys.stderr.write(
            f'{{"method": {asked}, "path": {told}, "status": {status}, "ms": {ms:.2f}, '
            f'"event": "request", "level": "info", "timestamp": "{at}Z"}}\n'
        )
