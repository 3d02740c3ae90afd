"""Read days as the files of offices write them."""

from __future__ import annotations

import re
from datetime import date
from typing import Any


def read_day(value: Any) -> date | None:
    """Return a date of a file (ISO, dd/mm/yyyy, a date or an instant), None for nothing; raise ValueError."""
    told = str(value if value is not None else "").strip()
    if told in {"", "nan", "NaT", "None"}:
        return None
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", told)
    return date(int(found[3]), int(found[2]), int(found[1])) if found else date.fromisoformat(told[:10])
