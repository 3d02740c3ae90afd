"""Play a bank's day from a file: one step a line, as a JSON object.

{"pay": "000201…"}                                a customer scans a code
{"refund": "HT-…", "order": "LP-…", "amount": 28000}   fees are paid back for the office
{"wait": 1.5}                                     seconds
{"settle": 30}                                    until everybody was told of everything, at most so many seconds
{"statement": "today", "missing": 1}              the list of a day (or "2026-11-23"), spoilt on request
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from landsvc.sim.bank import REGISTRY, Bank, Spoilt
from landsvc.sim.bank_books import VIETNAM
from landsvc.sim.errors import ScriptUnreadable


def play(bank: Bank, path: Path, say: Callable[[str], None]) -> None:
    """Play a script to its end; raise `ScriptUnreadable` or `CodeUnreadable`."""
    for number, step in _steps(path):
        try:
            say(_play(bank, step))
        except (KeyError, TypeError, ValueError):
            raise ScriptUnreadable(line=number, reason="no such step, or a value of another kind") from None


def _steps(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError:
            raise ScriptUnreadable(line=number, reason="no JSON") from None
        if not isinstance(found, dict):
            raise ScriptUnreadable(line=number, reason="no object")
        yield number, found


def _play(bank: Bank, step: Mapping[str, Any]) -> str:
    match step:
        case {"pay": str(code)}:
            return f"pay {bank.pay(code).reference}"
        case {"refund": str(number), "order": str(order), "amount": int(amount)}:
            return f"refund {bank.pay_back(number, order, amount).reference}"
        case {"wait": int() | float() as seconds}:
            sleep(seconds)
            return f"wait {seconds}"
        case {"settle": int() | float() as seconds}:
            return f"settle: {settle(bank, seconds)} left"
        case {"statement": str(day), **spoilt}:
            when = datetime.now(VIETNAM).date() if day == "today" else date.fromisoformat(day)
            return f"statement {when}: {bank.send_statement(when, Spoilt(**spoilt))[0]}"
    raise KeyError


def settle(bank: Bank, seconds: float) -> int:
    """Wait until the service was told of everything; return how much it was not."""
    deadline = monotonic() + seconds
    while bank.books.waiting(REGISTRY) and monotonic() < deadline:
        sleep(0.05)
    return len(bank.books.waiting(REGISTRY))
