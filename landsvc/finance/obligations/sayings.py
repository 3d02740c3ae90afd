"""Say the steps of a working in Vietnamese and English, with numbers as each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from landsvc.finance.obligations.model import Step

SAYINGS: Mapping[str, tuple[str, str]] = {
    "land-value": (
        "Giá trị đất theo bảng giá: {area} × {price}/m² × K {coefficient}",
        "Value of the land by the price table: {area} × {price}/m² × K {coefficient}",
    ),
    "land-value-of-table": (
        "Giá trị đất theo bảng giá, không nhân hệ số: {area} × {price}/m²",
        "Value of the land by the price table, without coefficient: {area} × {price}/m²",
    ),
    "sum": ("Cộng", "Sum"),
    "house-value": ("Giá tính lệ phí trước bạ của nhà", "Value of the house for the registration fee"),
    "land-and-house": ("Đất và nhà", "Land and house"),
    "base-is-contract": (
        "Giá tính thuế là giá hợp đồng {contract}, không thấp hơn giá theo bảng",
        "The taxed price is that of the contract, {contract}, which is not below the tables",
    ),
    "base-is-table": (
        "Giá hợp đồng {contract} thấp hơn: giá tính thuế theo bảng giá",
        "The contract says less, {contract}: the taxed price is that of the tables",
    ),
    "contract-is-higher": (
        "Hợp đồng không tách riêng giá nhà và đất và cao hơn bảng giá: tính theo hợp đồng",
        "The contract has one price for land and house, higher than the tables: it counts",
    ),
    "rate": ("Nhân {rate}", "Times {rate}"),
    "cap": ("Không quá mức tối đa", "Not more than the cap"),
    "share": ("Phần của người này: {share}{assumed}", "This person's share: {share}{assumed}"),
    "threshold": (
        "Phần vượt trên {threshold}; mỗi lần nhận của mỗi người tính riêng",
        "What exceeds {threshold}; each person's receipt counts by itself",
    ),
    "only-home": (
        "Điều kiện: nhà ở, đất ở duy nhất, có quyền ít nhất {days} ngày, bán toàn bộ, người bán tự khai",
        "Condition: the only dwelling, held for at least {days} days, sold as a whole, as the seller declares",
    ),
    "exempt": ("Được miễn: {vi}", "Exempt: {en}"),
    "tier": ("{area} × {price}/m² × {rate}", "{area} × {price}/m² × {rate}"),
    "too-small": (
        "Không quá {limit} một năm: hộ gia đình, cá nhân được miễn, không cần hồ sơ",
        "Not more than {limit} a year: households are exempt without a file",
    ),
    "price-after": (
        "Giá sau khi chuyển mục đích: {price}/m² × K {coefficient}",
        "Price after the change: {price}/m² × K {coefficient}",
    ),
    "price-before": (
        "Giá trước khi chuyển mục đích: {price}/m² × K {coefficient}",
        "Price before the change: {price}/m² × K {coefficient}",
    ),
    "leased-yearly": (
        "Đất nông nghiệp thuê trả tiền hằng năm: giá trước tính bằng 0",
        "Farmland leased with yearly rent: the price before counts as 0",
    ),
    "lease-left": ("Thời hạn thuê còn lại: {share} thời hạn", "What is left of the lease: {share} of its term"),
    "difference": ("Chênh lệch cho mỗi m²", "Difference for each m²"),
    "no-difference": (
        "Giá sau không cao hơn giá trước: không phải nộp",
        "The price after is not higher than before: nothing is owed",
    ),
    "fee-tier": ("{area} × {price}/m² × {rate}", "{area} × {price}/m² × {rate}"),
}
"""What each step says, in Vietnamese and English."""
KINDS: Mapping[str, tuple[str, str]] = {
    "transfer-tax": ("Thuế thu nhập cá nhân từ chuyển nhượng", "Income tax on the transfer"),
    "gift-tax": ("Thuế thu nhập cá nhân từ thừa kế, tặng cho", "Income tax on the inheritance or gift"),
    "registration-fee": ("Lệ phí trước bạ", "Registration fee"),
    "residential-land-tax": ("Thuế sử dụng đất phi nông nghiệp một năm", "Non-agricultural land tax for a year"),
    "land-use-fee": ("Tiền sử dụng đất", "Land-use fee"),
    "rice-land": ("Tiền bảo vệ, phát triển đất trồng lúa", "Payment for the protection of rice land"),
}
"""What each kind of obligation is called."""
ASSUMED = (" (giả định bằng nhau)", " (assumed equal)")
LANGUAGES = ("vi", "en")


def said(step: Step, language: str) -> str:
    """Return a step as a sentence in `vi` or `en`."""
    at = LANGUAGES.index(language)
    return SAYINGS[step.key][at].format(
        **{name: _shown(name, value, language) for name, value in step.facts.items()}
    )


def kind_said(kind: str, language: str) -> str:
    """Return what a kind of obligation is called."""
    return KINDS[kind][LANGUAGES.index(language)]


def money(amount_vnd: int, language: str) -> str:
    """Return whole đồng as a language writes them."""
    return f"{format_decimal(amount_vnd, '#,##0', locale=language)}\N{NO-BREAK SPACE}đ"


def _shown(name: str, value: object, language: str) -> str:
    match name, value:
        case "assumed", bool():
            return ASSUMED[LANGUAGES.index(language)] if value else ""
        case "area", Decimal() | Fraction():
            return f"{_decimal(value, language, 2)}\N{NO-BREAK SPACE}m²"
        case "rate", Fraction():
            return f"{_decimal(value * 100, language, 4)}\N{NO-BREAK SPACE}%"
        case (("share" | "days"), Fraction()):
            return str(value)
        case "coefficient", Decimal():
            return _decimal(value, language, 4)
        case (("price" | "contract" | "threshold" | "limit"), int()):
            return money(value, language)
        case _:
            return str(value)


def _decimal(value: Decimal | Fraction, language: str, places: int) -> str:
    exact = value if isinstance(value, Decimal) else Decimal(value.numerator) / Decimal(value.denominator)
    return str(format_decimal(exact, "#,##0." + "#" * places, locale=language))
