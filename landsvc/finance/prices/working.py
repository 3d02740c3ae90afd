"""Write how a price came about, line by line, in Vietnamese and English: what a citizen can follow with a pencil."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from landsvc.finance.prices.entries import Factor, PricedPart, PriceTable, Segment, Standing

KINDS = {
    "market": ("hệ số thị trường", "market coefficient"),
    "planning": ("hệ số quy hoạch", "planning coefficient"),
    "other": ("hệ số khác", "other coefficient"),
    "corner": ("hệ số thửa góc", "corner coefficient"),
}
Line = tuple[str, str]


def lines(
    table: PriceTable,
    standing: Standing,
    segment: Segment | None,
    alley: Segment | None,
    parts: Sequence[PricedPart],
    factors: Sequence[Factor],
    value_vnd: int,
) -> list[Line]:
    """Return the working of a price."""
    found = [
        (
            f"Bảng giá đất theo Quyết định {table.decision_no} ngày {table.decided_on:%d/%m/%Y} ({table.authority})",
            f"Table of land prices, decision {table.decision_no} of {table.decided_on.isoformat()} ({table.authority})",
        ),
        _place(standing, segment, alley),
        *[_part(part) for part in parts],
    ]
    found += [
        (
            f"K: {KINDS[each.kind][0]} {_vi(each.factor)} ({each.legal_basis})",
            f"K: {KINDS[each.kind][1]} {_plain(each.factor)} ({each.legal_basis})",
        )
        for each in factors
    ]
    sums_vi = " + ".join(f"{_vi(part.area_m2)} m² × {_vi(part.unit_price_vnd)} đồng" for part in parts)
    sums_en = " + ".join(f"{_en(part.area_m2)} m² × {_en(part.unit_price_vnd)} đồng" for part in parts)
    k_vi = "".join(f" × {_vi(each.factor)}" for each in factors)
    k_en = "".join(f" × {_plain(each.factor)}" for each in factors)
    found.append(
        (
            f"Giá trị: ({sums_vi}){k_vi} = {_vi(value_vnd)} đồng",
            f"Value: ({sums_en}){k_en} = {_en(value_vnd)} đồng",
        )
    )
    return found


def _place(standing: Standing, segment: Segment | None, alley: Segment | None) -> Line:
    place = standing.place
    vi, en = [f"Vị trí {place.position}"], [f"Position {place.position}"]
    if segment is not None:
        vi.append(f"đường {segment.street} (đoạn {segment.code})")
        en.append(f"street {segment.street} (segment {segment.code})")
    if place.frontage_m:
        vi.append(f"mặt tiền {_vi(_metres(place.frontage_m))} m")
        en.append(f"frontage {_en(_metres(place.frontage_m))} m")
    if alley is not None and place.alley_width_m is not None and place.alley_along_m is not None:
        vi.append(f"hẻm {alley.street} rộng {_vi(_metres(place.alley_width_m))} m, ")
        vi[-1] += f"cách đầu hẻm {_vi(_metres(place.alley_along_m))} m"
        en.append(f"alley {alley.street}, {_en(_metres(place.alley_width_m))} m wide, ")
        en[-1] += f"{_en(_metres(place.alley_along_m))} m from its mouth"
    if place.distance_m:
        vi.append(f"cách mép đường {_vi(_metres(place.distance_m))} m")
        en.append(f"{_en(_metres(place.distance_m))} m from the edge of the street")
    sure = ("đã được xác nhận", "confirmed") if standing.confirmed else ("mới đề xuất", "proposed, not confirmed")
    return "; ".join([*vi, sure[0]]), "; ".join([*en, sure[1]])


def _part(part: PricedPart) -> Line:
    vi = f"{_vi(part.area_m2)} m²{_reach(part, 'từ', 'm trở đi')}: "
    en = f"{_en(part.area_m2)} m²{_reach(part, 'from', 'm on')}: "
    if part.named:
        price = f"{part.unit_price_vnd:,}"
        return f"{vi}{_vi(part.unit_price_vnd)} đồng/m² theo bảng", f"{en}{price} đồng/m² as the table says"
    shares = [each for each in (part.position_pct, part.band_pct) if each != 100]
    by_vi = "".join(f" × {_vi(each)}%" for each in shares)
    by_en = "".join(f" × {_plain(each)}%" for each in shares)
    return (
        f"{vi}{_vi(part.base_vnd)} đồng/m²{by_vi} = {_vi(part.unit_price_vnd)} đồng/m²",
        f"{en}{_en(part.base_vnd)} đồng/m²{by_en} = {_en(part.unit_price_vnd)} đồng/m²",
    )


def _reach(part: PricedPart, since: str, on: str) -> str:
    if part.from_m is None or (part.from_m == 0 and part.to_m is None):
        return ""
    if part.to_m is None:
        return f" ({since} {part.from_m:g} {on})"
    return f" ({part.from_m:g}-{part.to_m:g} m)"


def _metres(measured: float) -> Decimal:
    return Decimal(str(round(measured, 1)))


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _en(value: Decimal | int) -> str:
    whole, _, rest = _plain(Decimal(value)).partition(".")
    return f"{int(whole):,}" + (f".{rest}" if rest else "")


def _vi(value: Decimal | int) -> str:
    return _en(value).translate(str.maketrans(",.", ".,"))
