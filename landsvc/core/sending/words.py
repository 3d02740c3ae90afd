"""Give messages the words of a language, and the address that links in them begin with, outside any request."""

from __future__ import annotations

from functools import cache
from gettext import NullTranslations
from pathlib import Path

from babel.support import Translations

from landsvc.core.config import Settings


def home(settings: Settings) -> str:
    """Return what links in messages begin with."""
    return settings.base_url or f"http://{settings.host}:{settings.port}"


@cache
def catalogue(web_dir: Path, language: str) -> NullTranslations:
    """Return the translations into a language."""
    return Translations.load(str(web_dir / "i18n"), [language])
