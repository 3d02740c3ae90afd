"""Let administrators add minimum plots (diện tích tối thiểu tách thửa) with their decision, one by one or from a table.

A row is only ever added: what holds or held is never edited. Of rows for the same land, that of the latest day counts,
and of two of one day the one entered later; so another decision, or a mended figure, is another row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy.orm import Session

from landsvc.cadastre.drafts import settings_queries as queries
from landsvc.cadastre.drafts.settings_errors import MinimumThere, UnfitMinimum
from landsvc.cadastre.drafts.settings_queries import LandUse, MinimumLine
from landsvc.core import clock
from landsvc.core.errors import N_, Phrase
from landsvc.core.times import FIRST_DAY, LAST_DAY
from landsvc.core.typed_tables import read_rows
from landsvc.identity.actors import Actor
from landsvc.identity.service import trace

KINDS = ("phường", "xã", "đặc khu", "thị trấn")
COLUMNS = (
    *("use_code", "commune_kind", "commune_code", "min_area_m2", "min_frontage_m", "precedence"),
    *("valid_from", "valid_to", "legal_basis"),
)
NEEDED = ("use_code", "min_area_m2", "valid_from", "legal_basis")
MOST_ROWS = 2000
MOST_AREA_M2, MOST_FRONTAGE_M, MOST_PRECEDENCE = Decimal(10**9), Decimal(10_000), 99


@dataclass(frozen=True)
class NewMinimum:
    """A row to add: for a use or group of uses, in communes of a kind, in one commune, or everywhere."""

    use_code: str
    commune_kind: str | None
    commune_code: str | None
    area_m2: Decimal
    frontage_m: Decimal | None
    precedence: int
    valid_from: date
    valid_to: date | None
    legal_basis: str


@dataclass(frozen=True)
class Taken:
    """What became of a table: the rows that are new, and how many were there already."""

    added: list[NewMinimum]
    known: int


def list_minimums(session: Session) -> list[MinimumLine]:
    """Return every row, those of one use together, the latest first."""
    return queries.minimums_told(session, on_date=clock.today())


def list_uses(session: Session) -> list[LandUse]:
    """Return what a minimum can be for: every land-use type and group."""
    return queries.uses_of_land(session)


def read_row(typed: Mapping[str, str | None], place: Phrase | str = "") -> NewMinimum:
    """Read a row as it was typed, with decimal comma or point; raise `UnfitMinimum` naming the column."""
    cells = {name: (value or "").strip() for name, value in typed.items() if name in COLUMNS}
    for name in NEEDED:
        if not cells.get(name):
            raise UnfitMinimum(
                field=name, place=place, given="", wanted=Phrase(N_("a value for {column}"), column=name)
            )
    kind, commune = cells.get("commune_kind") or None, cells.get("commune_code") or None
    if kind is not None and kind not in KINDS:
        raise UnfitMinimum(
            field="commune_kind",
            place=place,
            given=kind,
            wanted=Phrase(N_("one of {names}"), names=", ".join(KINDS)),
        )
    if kind and commune:
        raise UnfitMinimum(
            field="commune_code", place=place, given=commune, wanted=Phrase(N_("empty beside a kind of commune"))
        )
    since, until = _day(cells, "valid_from", place), _day(cells, "valid_to", place)
    if since is None or (until is not None and until < since):
        raise UnfitMinimum(
            field="valid_to", place=place, given=cells["valid_to"], wanted=Phrase(N_("a day behind the first"))
        )
    frontage = cells.get("min_frontage_m")
    return NewMinimum(
        cells["use_code"],
        kind,
        commune,
        _number(cells, "min_area_m2", place, 1, MOST_AREA_M2),
        _number(cells, "min_frontage_m", place, 2, MOST_FRONTAGE_M) if frontage else None,
        _precedence(cells, place),
        since,
        until,
        cells["legal_basis"][:500],
    )


def read_table(text: str) -> list[NewMinimum]:
    """Read a table as `gis_data/codelists/minimum_plots.csv` is written, with commas or semicolons between cells.

    Raises `UnfitMinimum` naming line and column.
    """
    rows = read_rows(text, columns=COLUMNS, needed=NEEDED, most=MOST_ROWS, unfit=UnfitMinimum)
    return [read_row(cells, place) for place, cells in rows]


def add_minimum(session: Session, new: NewMinimum, *, actor: Actor) -> int:
    """Add a row and return its number; raise `UnfitMinimum` or `MinimumThere`."""
    _refuse_unknown(session, [new])
    if queries.is_there(session, asdict(new)):
        raise MinimumThere
    return _add(session, new, actor)


def take_table(session: Session, rows: Sequence[NewMinimum], *, actor: Actor) -> Taken:
    """Add the rows of a table that are not there yet, all or none; raise `UnfitMinimum`."""
    _refuse_unknown(session, rows)
    fresh = [new for new in dict.fromkeys(rows) if not queries.is_there(session, asdict(new))]
    for new in fresh:
        _add(session, new, actor)
    return Taken(fresh, len(rows) - len(fresh))


def _add(session: Session, new: NewMinimum, actor: Actor) -> int:
    made = queries.add_minimum(session, asdict(new))
    told = {name: str(value) for name, value in asdict(new).items() if value is not None}
    trace(session, "minimum-plot.added", who=actor, on=f"minimum-plot:{made}", details=told)
    return made


def _refuse_unknown(session: Session, rows: Sequence[NewMinimum]) -> None:
    uses = {use.code for use in queries.uses_of_land(session)}
    asked = {new.commune_code for new in rows if new.commune_code}
    communes = queries.known_communes(session, codes=sorted(asked))
    for new in rows:
        if new.use_code not in uses:
            wanted = Phrase(N_("the code of a land-use type or group"))
            raise UnfitMinimum(field="use_code", place="", given=new.use_code, wanted=wanted)
        if new.commune_code and new.commune_code not in communes:
            raise UnfitMinimum(
                field="commune_code", place="", given=new.commune_code, wanted=Phrase(N_("a commune's code"))
            )


def _number(cells: Mapping[str, str], name: str, place: Phrase | str, decimals: int, most: Decimal) -> Decimal:
    wanted = Phrase(
        N_("a number above 0 and below {most} with at most {decimals} decimals"), most=most, decimals=decimals
    )
    try:
        number = Decimal(cells[name].replace(",", "."))
    except InvalidOperation:
        raise UnfitMinimum(field=name, place=place, given=cells[name][:40], wanted=wanted) from None
    if not number.is_finite() or not 0 < number < most or number != round(number, decimals):
        raise UnfitMinimum(field=name, place=place, given=cells[name][:40], wanted=wanted)
    return round(number, decimals)


def _precedence(cells: Mapping[str, str], place: Phrase | str) -> int:
    text = cells.get("precedence") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:3]) <= MOST_PRECEDENCE and len(text) < 3):
        raise UnfitMinimum(field="precedence", place=place, given=text[:40], wanted=f"1–{MOST_PRECEDENCE}")
    return int(text)


def _day(cells: Mapping[str, str], name: str, place: Phrase | str) -> date | None:
    text = cells.get(name) or ""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UnfitMinimum(
            field=name, place=place, given=text[:40], wanted=Phrase(N_("a day such as 2026-11-22"))
        )
    return day
