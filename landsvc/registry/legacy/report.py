"""Tell what an import of an old register did: to a person, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_ROWS = 200
"""Rows listed for each reason in the JSON; the counts are of all, and the file of unmatched rows has all."""

MALFORMED, WITHOUT_DAY, OF_NO_FORM, KNOWN = (
    *("serial-malformed", "serial-without-day"),
    *("serial-of-no-form", "serial-known"),
)
REASONS: Mapping[str, tuple[str, str]] = {
    "parcel-missing": ("Dòng không nêu thửa đất", "The row names no parcel"),
    "parcel-unknown": ("Không tìm thấy thửa đất", "No parcel has this code or number"),
    "parcel-ambiguous": ("Nhiều thửa hiện hành có số này", "Several current parcels have this number"),
    "parcel-retired": ("Thửa đất đã không còn hiện hành", "The parcel has ended"),
    "right-twice": (
        "Thửa đã có quyền, hoặc hai quyền cùng một thửa",
        "The parcel bears a right, or two name it",
    ),
    "right-before-land": (
        "Quyền có từ trước ngày thửa được tách, hợp",
        "The right is older than the parcel, which came of a split or merge",
    ),
    "holder-missing": ("Thiếu tên chủ", "The name of the holder is missing"),
    "holder-twice": ("Một người được ghi hai lần", "Somebody is named twice"),
    "holder-of-another-name": (
        "Số giấy tờ đã thuộc người khác tên",
        "The number belongs to somebody of another name",
    ),
    "holder-kind-unknown": ("Loại chủ không nhận ra", "The kind of holder is not known"),
    "number-kind-unknown": ("Loại giấy tờ không nhận ra", "The kind of document is not known"),
    "number-malformed": ("Số giấy tờ không hợp lệ", "The number has not the form of its document"),
    "shares-incomplete": ("Có người thiếu phần quyền", "Some have a share and some have none"),
    "shares-not-one": ("Tổng phần quyền khác 1", "The shares do not sum to 1"),
    "share-malformed": ("Phần quyền không đọc được", "A share is no fraction"),
    # Before certificates were entered a serial number stopped its right: such rights may still wait.
    "serial-malformed": ("Số phát hành không đúng mẫu", "The serial number has not the form of any"),
    "day-malformed": ("Ngày không đọc được", "A day cannot be read"),
    "day-out-of-range": ("Ngày trước 1900 hoặc trong tương lai", "A day lies before 1900 or in the future"),
    "term-malformed": ("Thời hạn không đọc được", "The term cannot be read"),
    "birth-malformed": ("Ngày, năm sinh không đọc được", "A birth cannot be read"),
    "amount-malformed": ("Số tiền không đọc được", "An amount cannot be read"),
    "changed": ("Đã nhập trước đây, nay nội dung khác", "Taken in before, and the file says something else now"),
}
"""Why a right was not taken in, in Vietnamese and English."""
SERIAL_REASONS: Mapping[str, tuple[str, str]] = {
    MALFORMED: REASONS[MALFORMED],
    WITHOUT_DAY: ("Có số phát hành mà thiếu ngày cấp", "The day of issue is missing"),
    OF_NO_FORM: (
        "Ngày cấp không hợp với mẫu giấy của số phát hành",
        "No form of certificate had such a number on its day of issue",
    ),
    KNOWN: ("Giấy chứng nhận có số này đã được đăng ký", "A certificate with this number is known already"),
    "serial-twice": (
        "Nhiều quyền trong sổ ghi cùng số phát hành",
        "Several rights of the register name this number",
    ),
}
"""Why the certificate of a right that was taken in was not entered."""
UNREADABLE = ("-missing", "-malformed", "kind-unknown", "-of-range")
OF_THE_ROW = frozenset(name for name in REASONS if name.endswith(UNREADABLE))
"""What only another file can mend: the row itself cannot be read."""
KEPT = {"taken": "taken in", "known": "taken in before", "aside": "put aside by a person before"}


@dataclass(frozen=True)
class Unmatched:
    """A row that was not taken in; `place` is the parcel as the register names it. No name of a person is in it."""

    row: int
    reason: str
    key: str
    place: str


@dataclass
class Report:
    """What an import of a register did."""

    file: str
    source: str
    mapping: Mapping[str, str]
    guessed: frozenset[str]
    encoding: str
    dry_run: bool
    record: str | None = None
    rows: int = 0
    rights: dict[str, int] = field(default_factory=dict)
    """Rights by what became of them: taken, known, aside, or a reason."""
    rows_by_reason: dict[str, int] = field(default_factory=dict)
    matched: dict[str, int] = field(default_factory=dict)
    """Parcels of rights taken in by how they were found: code, number, old number."""
    parties_new: int = 0
    parties_known: int = 0
    mortgages: int = 0
    certificates: int = 0
    serials_left: dict[str, tuple[int, list[int]]] = field(default_factory=dict)
    """Serial numbers whose certificate was not entered, by reason: how many, and the first rows."""
    areas_differ: int = 0
    unmatched: list[Unmatched] = field(default_factory=list)

    @property
    def waiting(self) -> dict[str, int]:
        """Return the reasons why rights were not taken in, with how many."""
        return {name: many for name, many in self.rights.items() if name not in KEPT}

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is published."""
        shown: dict[str, list[dict[str, Any]]] = {name: [] for name in self.waiting}
        for each in self.unmatched:
            if len(shown[each.reason]) < MOST_ROWS:
                shown[each.reason].append({"row": each.row, "key": each.key, "parcel": each.place})
        return {
            "file": self.file,
            "source": self.source,
            "encoding": self.encoding,
            "mapping": dict(self.mapping),
            "mappingGuessed": sorted(self.guessed),
            "dryRun": self.dry_run,
            "read": self.rows,
            "rights": {name: self.rights.get(name, 0) for name in KEPT} | {"waiting": sum(self.waiting.values())},
            "matchedBy": self.matched,
            "parties": {"new": self.parties_new, "known": self.parties_known},
            "mortgages": self.mortgages,
            "certificates": self.certificates,
            "serialFindings": [
                {"reason": name, "text": dict(zip(("vi", "en"), SERIAL_REASONS[name], strict=True))}
                | {"rights": many, "rows": rows}
                for name, (many, rows) in self.serials_left.items()
            ],
            "areasDiffer": self.areas_differ,
            "findings": [
                {
                    "reason": name,
                    "text": dict(zip(("vi", "en"), REASONS[name], strict=True)),
                    "rights": many,
                    "rows": self.rows_by_reason[name],
                    "sample": shown[name],
                }
                for name, many in self.waiting.items()
            ],
            "record": self.record,
        }

    def lines(self, language: str = "vi") -> list[str]:
        """Say the report to a person."""
        told = [f"{'read':<14} {self.rows:>10,} rows, {sum(self.rights.values()):,} rights"]
        told += [
            f"{name:<14} {self.rights[name]:>10,} {what}" for name, what in KEPT.items() if name in self.rights
        ]
        told += [f"{'by ' + how:<14} {many:>10,} parcels" for how, many in self.matched.items()]
        told.append(f"{'parties':<14} {self.parties_new:>10,} new, {self.parties_known:,} known")
        told.append(f"{'mortgages':<14} {self.mortgages:>10,}")
        told.append(f"{'certificates':<14} {self.certificates:>10,} entered")
        for name, (many, rows) in self.serials_left.items():
            text = SERIAL_REASONS[name][0 if language == "vi" else 1]
            told.append(f"  {name:<22} {many:>10,} serial numbers: {text} (row {rows[0]})")
        if self.areas_differ:
            told.append(f"{'areas':<14} {self.areas_differ:>10,} differ by more than a tenth from the map")
        told.append(f"{'not taken in':<14} {sum(self.waiting.values()):>10,}")
        for name, many in self.waiting.items():
            text = REASONS[name][0 if language == "vi" else 1]
            told.append(f"  {name:<24} {many:>8,} rights, {self.rows_by_reason[name]:,} rows: {text}")
        told.append(f"record         {self.record}" if self.record else "Nothing was written.")
        return told

    def write_json(self, path: Path) -> None:
        """Write the report to a file."""
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1), "utf-8")
