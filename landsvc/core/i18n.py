"""Choose the reader's language, and write numbers, areas and dates the way that language does.

Message ids are English. Vietnamese is the default; `?lang=en` switches and is remembered in a cookie.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from babel.numbers import format_decimal
from flask import Flask, Response, has_request_context, request
from flask_babel import Babel, get_locale
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext

LOCALES = ("vi", "en")
DEFAULT_LOCALE = "vi"
COOKIE = "lang"
YEAR_SECONDS = 365 * 24 * 3600


def choose_locale() -> str:
    """Return the language of this request: `?lang=`, then the cookie, then (API only) Accept-Language."""
    if not has_request_context():
        return DEFAULT_LOCALE
    for asked in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if asked in LOCALES:
            return asked
    if request.path.startswith("/api/"):
        return request.accept_languages.best_match(LOCALES) or DEFAULT_LOCALE
    return DEFAULT_LOCALE


def gettext(message: str, **facts: object) -> str:
    """Return an English message id in the reader's language, its `%(name)s` places filled."""
    return str(_gettext(message, **facts))


def ngettext(one: str, many: str, num: int) -> str:
    """Return the form of a message for `num` things; `%(num)s` stands for the number."""
    return str(_ngettext(one, many, num))


def current_language() -> str:
    """Return the two letters of the language in use."""
    return str(get_locale() or DEFAULT_LOCALE)[:2]


def remember_language(response: Response) -> Response:
    """Keep a language asked for with `?lang=` for a year."""
    asked = request.args.get("lang")
    if asked in LOCALES and request.cookies.get(COOKIE) != asked:
        response.set_cookie(COOKIE, asked, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return response


def install(app: Flask, web_dir: Path) -> None:
    """Give `app` the catalogues in `web_dir`/i18n, the language of each request, and numbers as readers write them."""
    Babel(
        app,
        default_locale=DEFAULT_LOCALE,
        default_translation_directories=str(web_dir / "i18n"),
        locale_selector=choose_locale,
    )
    app.jinja_env.filters.update(percent=percent, number=number, area=area, day=day)


def number(value: float, decimals: int = 1) -> str:
    """Write a number with exactly `decimals` places, in the reader's language."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, pattern, locale=current_language()))


def area(value_m2: float, decimals: int = 1) -> str:
    """Write an area given in m²."""
    return f"{number(value_m2, decimals)}\N{NO-BREAK SPACE}m²"


def money(value_vnd: int) -> str:
    """Write whole đồng."""
    return f"{number(value_vnd, 0)}\N{NO-BREAK SPACE}đồng"


def percent(value: float) -> str:
    """Write a share already in percent; one that is small but not zero never reads as nothing."""
    if 0 < value < 0.1:
        return f"< {number(0.1)}\N{NO-BREAK SPACE}%"
    return f"{number(value, 0 if value in (0, 100) else 1)}\N{NO-BREAK SPACE}%"


def day(value: date | str | None) -> str:
    """Write a day as dd/MM/yyyy, in both languages; an ISO text is read first."""
    if not value:
        return ""
    known = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return known.strftime("%d/%m/%Y")
