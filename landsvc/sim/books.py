"""Keep the simulated tax office's own books: what it received, sent and was answered. They outlive `kill -9`.

One JSON object a line, each on the disk before anything goes on. A line that was cut off by a crash is left
out: what it was to say did not happen for us, and is done again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from landsvc.sim.paper import NOTICES, day_of


class Books:
    """What one tax office knows of its own; in memory only where no file is named."""

    def __init__(self, path: Path | None = None) -> None:
        self.after = 0
        self.slips: dict[str, dict[str, Any]] = {}
        """Slips received, by number."""
        self.sent: dict[str, dict[str, Any]] = {}
        """Messages that were answered, by key: way, body, status and the `id` that was answered."""
        self.codes: dict[str, str] = {}
        """Obligations by the payment codes that the service gave them."""
        self.pushes: set[str] = set()
        """Ids of pushes that were taken."""
        self._lock = Lock()
        self._path = path
        if path is not None:
            for entry in _entries(path):
                self._take(entry)

    def write(self, kind: str, **facts: Any) -> None:
        """Write an entry down, on the disk when this returns."""
        entry = {"kind": kind, **facts}
        with self._lock:
            if self._path is not None:
                with self._path.open("ab") as file:
                    file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
                    file.flush()
                    os.fsync(file.fileno())
            self._take(entry)

    def write_push(self, data: Mapping[str, Any], delivery: str) -> bool:
        """Write a pushed slip down, once for its id; return whether it is new. What is pulled later says its state."""
        if delivery in self.pushes:
            return False
        told = {name: data[name] for name in ("seq", "slipNo", "dossier", "version", "issuedAt", "sha256")}
        known = self.slips.get(data["slipNo"], {"state": "issued"})
        self.write("slip", **told, state=known["state"], pushed=delivery)
        return True

    def id_of(self, key: str) -> int | None:
        """Return the id the service answered to a message; None while it did not take it."""
        found = self.sent.get(key)
        return found["id"] if found else None

    def taken(self, path: str) -> Iterator[Mapping[str, Any]]:
        """Return the bodies of messages to one address that were taken, each once."""
        for each in self.sent.values():
            if each["path"] == path and each["id"] is not None:
                yield each["body"]

    def notice_of(self, named: str) -> tuple[str, Mapping[str, Any], int] | None:
        """Return key and body of the newest notice that was taken with an obligation, and the number of its line.

        The obligation is named by its id, or by the payment code the service answered.
        """
        obligation = self.codes.get(named, named)
        for key, each in reversed(self.sent.items()):
            if each["path"] == NOTICES and each["id"] is not None:
                for line in each["body"]["lines"]:
                    if line.get("obligationId") == obligation:
                        return key, each["body"], int(line["lineNo"])
        return None

    def days(self) -> list[str]:
        """Return the days in Vietnam on which slips or notices were issued, the first first."""
        notices = {str(each["issuedOn"]) for each in self.taken(NOTICES)}
        return sorted(notices | {day_of(each).isoformat() for each in self.slips.values()})

    def slip_of(self, dossier: str) -> dict[str, Any] | None:
        """Return the newest slip of a dossier."""
        found = [each for each in self.slips.values() if each["dossier"] == dossier]
        return max(found, key=lambda each: int(each["version"]), default=None)

    def _take(self, entry: Mapping[str, Any]) -> None:
        if entry["kind"] == "slip":
            self.slips[entry["slipNo"]] = {name: value for name, value in entry.items() if name != "kind"}
            if "pushed" in entry:
                self.pushes.add(entry["pushed"])
            if entry.get("pulled"):
                self.after = max(self.after, entry["seq"])
        elif entry["kind"] == "sent" and (entry["id"] is not None or entry["key"] not in self.sent):
            self.sent[entry["key"]] = dict(entry)
            self.codes |= entry.get("codes", {})


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    """Read every whole line, and cut off what a crash left of the last one."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)
    for line in content[:whole].splitlines():
        yield json.loads(line)
