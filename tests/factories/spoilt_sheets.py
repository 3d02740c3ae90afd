"""Spoil a sheet in one way at a time, and say what an import must report of it.

A finding is: rule, key of the row or note, the other row's key, and the middle of its place in the plan of the
sheet (metres from its corner; None where it has no place).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.factories.sheet import LABEL, Drawn, Line, Text, at, label, parcel

Found = tuple[str, str | None, str | None, tuple[float, float] | None]


@dataclass(frozen=True)
class Spoilt:
    """One way a sheet can be wrong, how many rows it then has, and the findings in the order of the report."""

    name: str
    spoil: Callable[[Drawn], None]
    rows: int
    findings: tuple[Found, ...]
    refused: bool = True
    notes: tuple[str, ...] = ()


CASES: list[Spoilt] = []


def _case(
    name: str, *findings: Found, rows: int = 42, refused: bool = True, notes: tuple[str, ...] = ()
) -> Callable[[Callable[[Drawn], None]], Callable[[Drawn], None]]:
    def kept(spoil: Callable[[Drawn], None]) -> Callable[[Drawn], None]:
        CASES.append(Spoilt(name, spoil, rows, findings, refused, notes))
        return spoil

    return kept


@_case("clean", refused=False)
def _clean(drawn: Drawn) -> None:
    """Leave it."""


@_case("narrow gap", ("IMP-LINE-JOINED", "12/8", "row: 12/7", (24, 39.985)), refused=False, notes=("0.030 m",))
def _narrow_gap(drawn: Drawn) -> None:
    drawn.lines["side 0.1.2"].points = [at(24, 20), at(24, 39.97)]


@_case("facing ends", ("IMP-LINE-JOINED", "12/?", None, (130, 80)), refused=False, notes=("0.040 m",))
def _facing_ends(drawn: Drawn) -> None:
    drawn.lines["canal"].points[-1:] = [at(130.02, 80)]
    drawn.lines["canal end"] = Line([at(129.98, 80), at(128, 80)])


@_case("overshoot", ("IMP-LINE-TRIMMED", "12/?", None, (-0.02 + 60.04, 20)), refused=False, notes=("0.040 m",))
def _overshoot(drawn: Drawn) -> None:
    drawn.lines["row 0.1"].points[1] = at(60.04, 20)


@_case(
    "wide gap",
    ("IMP-LINE-OPEN", "0.800 m", None, (24, 39.6)),
    ("IMP-LABEL-TWICE", "12/8", "row: 12/7", (24 + 6, 30 + 1)),
    ("IMP-NO-GEOMETRY", "12/8", None, None),
    ("IMP-AREA-DIFF", "12/7", None, (24, 30)),
)
def _wide_gap(drawn: Drawn) -> None:
    drawn.lines["side 0.1.2"].points = [at(24, 20), at(24, 39.2)]


@_case(
    "line ends in the middle",
    ("IMP-LINE-OPEN", "6.000 m", None, (113, 70)),
)
def _stray_line(drawn: Drawn) -> None:
    """A path that leads into parcel 39 (from 104 to 116 metres, 60 to 80) and stops 6 m from its side."""
    drawn.lines["path"] = Line([at(104, 70), at(110, 70)])


@_case(
    "missing line",
    ("IMP-LABEL-TWICE", "12/28", "row: 12/29", (98, 30)),
    ("IMP-NO-GEOMETRY", "12/28", None, None),
    ("IMP-AREA-DIFF", "12/29", None, (104, 30)),
)
def _missing_line(drawn: Drawn) -> None:
    del drawn.lines["side 1.1.3"]


@_case(
    "label outside",
    ("IMP-LABEL-OUTSIDE", "12/25", None, (140, 10)),
    ("IMP-LABEL-MISSING", None, None, (122, 10)),
    ("IMP-NO-GEOMETRY", "12/25", None, None),
    ("IMP-NO-AREA", None, None, None),
    rows=43,
)
def _label_outside(drawn: Drawn) -> None:
    drawn.texts["25"].x, drawn.texts["25"].y = at(140, 10)


@_case(
    "two labels",
    ("IMP-LABEL-TWICE", "12/77", "row: 12/30", (122, 25)),
    ("IMP-NO-GEOMETRY", "12/77", None, None),
    rows=43,
)
def _two_labels(drawn: Drawn) -> None:
    drawn.texts["again"] = Text("ODT / 77 / 99.0", *at(122, 25))


@_case(
    "no label",
    ("IMP-LABEL-MISSING", None, None, (54, 10)),
    ("IMP-NO-AREA", None, None, None),
)
def _no_label(drawn: Drawn) -> None:
    for part in ("5", "5 use", "5 area"):
        del drawn.texts[part]


@_case(
    "unreadable label",
    ("IMP-LABEL-UNREADABLE", None, None, (122, 10)),
    ("IMP-NO-AREA", None, None, None),
    notes=("25?? m",),
)
def _unreadable_label(drawn: Drawn) -> None:
    drawn.texts["25"].text = "25?? m"


@_case("other area", ("IMP-AREA-DIFF", "12/25", None, (122, 10)), refused=False)
def _other_area(drawn: Drawn) -> None:
    label(drawn, 25, area=parcel(25).area + 12.5)


@_case("number twice", ("IMP-DUPLICATE", "12/1", None, (6, 10)), notes=("number",))
def _number_twice(drawn: Drawn) -> None:
    drawn.texts["2"].text = "1"


@_case("unknown code", ("IMP-USE-UNKNOWN", "12/40", None, (122, 70)))
def _unknown_code(drawn: Drawn) -> None:
    drawn.texts["40"].text = drawn.texts["40"].text.replace("ODT", "QQQ")


@_case(
    "curved boundary",
    ("IMP-CURVE", "12/6", None, (5.7, 30)),
    ("IMP-AREA-DIFF", "12/6", None, (5.7, 30)),
    refused=False,
)
def _curve(drawn: Drawn) -> None:
    """The western side of parcel 6 swings out by a metre; its label still says what the straight one had."""
    drawn.lines["west 0"] = Line([at(0, 80), at(0, 40)])
    drawn.lines["bow"] = Line([at(0, 40), at(-1, 30), at(0, 20)], arc=True)
    drawn.lines["west below"] = Line([at(0, 20), at(0, 0)])


@_case(
    "line drawn twice",
    ("IMP-LINE-DOUBLE", None, None, (110, 40.02)),
    ("IMP-SLIVER", None, None, (110, 40.02)),
    ("IMP-NO-AREA", None, None, None),
    rows=43,
)
def _double(drawn: Drawn) -> None:
    """The line between parcels 29 and 34 again, 6 cm off in the middle."""
    drawn.lines["again"] = Line([at(104, 40), at(110, 40.06), at(116, 40)])


@_case("line that parts nothing", ("IMP-LINE-UNUSED", "2.000 m", None, (67, 70)), rows=43, refused=False)
def _bridge(drawn: Drawn) -> None:
    """A kerb in the road closes in itself and hangs on a block by one line."""
    drawn.lines["island"] = Line([at(64, 69), at(66, 69), at(66, 71), at(64, 71), at(64, 69)])
    drawn.lines["bridge"] = Line([at(66, 70), at(68, 70)])
    drawn.texts["island"] = Text("DGT 4.0", *at(65, 70), LABEL)
