"""Guess which field of a file holds what, from the names Vietnamese survey programs give them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landsvc.core.errors import InvalidInput

Targets = Mapping[str, tuple[str, ...]]
"""Our names, and for each the names met in files: folded, the surest first."""
TARGETS: Targets = {
    "commune": (
        *("commune", "communecode", "maxa", "maxaphuong", "xa", "kvhc", "maxp", "mahc", "maxathitran"),
        *("dvhc", "madvhc", "madvhcxa", "maphuongxa", "xaid", "kvhcid", "madonvihanhchinh", "madvhccapxa"),
    ),
    "sheet_no": (
        *("sheetno", "sheet", "shbando", "sohieutoban", "sohieutobando", "sotobd", "soto", "tobando", "tobd"),
        *("sototbd", "sotobando", "mapsheet", "sobando", "tbd", "shbd", "shtobando", "tobandoso", "toso", "to"),
    ),
    "parcel_no": (
        *("parcelno", "parcel", "shthua", "sothua", "sohieuthua", "sothututhua", "thua", "thuaso", "sott", "stt"),
        *("sothuadat", "parcelnumber", "sothutu", "shthuadat", "sohieuthuadat", "thuadat", "thuadatso"),
        *("number", "so"),
    ),
    "legal_area_m2": (
        *("legalaream2", "arealegal", "legalarea", "dientichpl", "dtpl", "dtphaply", "dientichphaply"),
        *(
            "dientichgcn",
            "dtgcn",
            "dientich",
            "dientichm2",
            "dtich",
            "dt",
            "dientichthua",
            "dientichthuadat",
            "area",
        ),
    ),
    "use_code": (
        *("usecode", "landuse", "khloaidat", "loaidat", "maloaidat", "mld", "mdsd", "mucdich", "mucdichsudung"),
        *("mdsd2003", "kyhieuloaidat", "kihieuloaidat", "khmdsd", "kyhieumdsd", "mamdsd", "mamucdichsudung"),
        *("mdsd2014", "mdsd2013", "mucdichsudungdat", "ld", "mucdichsd", "loaidatcu"),
    ),
    "holder": (
        *("holder", "owner", "tenchu", "chusudung", "tenchusdd", "chusd", "tenchusudung", "tenchusudungdat"),
        *("chusdd", "hotenchu", "tennguoisudung", "tennguoisudungdat", "nguoisudung", "nguoisudungdat"),
        *("chusohuu", "hoten", "ten"),
    ),
    "address": (
        *("address", "diachithua", "diachithuadat", "diachitd", "dcthua", "diachi", "xudong", "vitri"),
        *("diachichu",),
    ),
    "certificate_serial": (
        *("certificateserial", "sogcn", "soserial", "serial", "sohieugcn", "sophathanh", "sophathanhgcn"),
        *("soseri", "seri", "sogiaychungnhan", "gcn", "sovaoso"),
    ),
}
"""Our names, and the names met in files: folded (no tone marks, no signs, lower case), the surest first."""
NOT_KEPT = frozenset({"holder", "certificate_serial"})
"""Personal data: rights belong to another room. Only a row in quarantine keeps them, as it came."""
DBF_NAME = 10
"""A Shapefile cuts the names of its fields after so many letters."""


class UnknownTarget(InvalidInput):
    """`--map` names a target that such rows do not have."""

    slug = "unknown-import-target"
    title = "The field mapping names something these rows do not have"
    detail = "--map {given}: {target} is not one of {targets}."
    remedy = "Write --map OURS=THEIRS with one of: {targets}."


class UnknownField(InvalidInput):
    """`--map` names a field that the layer does not have."""

    slug = "unknown-import-field"
    title = "The layer has no such field"
    detail = "--map {target}={named}: the layer's fields are {fields}."
    remedy = "Name one of the fields the layer has, or leave the mapping out to have it guessed."


@dataclass(frozen=True)
class FieldMapping:
    """Which field fills which target, and which of these were guessed."""

    fields: Mapping[str, str]
    guessed: frozenset[str]


def fold(name: str) -> str:
    """Return a field name without tone marks, signs and case."""
    plain = unicodedata.normalize("NFD", name.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^a-z0-9]", "", plain.encode("ascii", "ignore").decode().lower())


def choose(fields: Iterable[str], given: Mapping[str, str], targets: Targets = TARGETS) -> FieldMapping:
    """Return the mapping: what was given, and a guess for the rest of `targets`.

    Raise `UnknownTarget` or `UnknownField`. A target given as empty (`--map address=`) is left out.
    """
    names = list(fields)
    chosen = dict(_checked(names, given, targets))
    guessed = set()
    taken = set(chosen.values())
    by_fold: dict[str, str] = {}
    for name in names:
        by_fold.setdefault(fold(name), name)
    for target, known in targets.items():
        if target in given:
            continue
        keys = (key for name in known for key in (name, name[:DBF_NAME]))
        found = next((by_fold[key] for key in keys if by_fold.get(key, "") not in ("", *taken)), None)
        if found is not None:
            chosen[target] = found
            guessed.add(target)
            taken.add(found)
    return FieldMapping(chosen, frozenset(guessed))


def _checked(names: list[str], given: Mapping[str, str], targets: Targets) -> Iterable[tuple[str, str]]:
    for target, field in given.items():
        if target not in targets:
            raise UnknownTarget(field="map", given=f"{target}={field}", target=target, targets=", ".join(targets))
        if not field:
            continue
        exact = field if field in names else {name.casefold(): name for name in names}.get(field.casefold())
        if exact is None:
            raise UnknownField(field="map", target=target, named=field, fields=", ".join(names) or "none")
        yield target, exact
