"""Say in the reader's language what an application lacks, and what its papers are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from landsvc.core import i18n
from landsvc.core.i18n import gettext


def lacking_names(application: Mapping[str, Any], lacking: list[str]) -> list[str]:
    """Return what is lacking, by names: fields, and kinds of papers as the procedure calls them."""
    names = {each["document"]: paper_name(each) for each in application["needs"]}
    fields = {
        "applicant": gettext("the name of the applicant"),
        "contact": gettext("a telephone number"),
        "parcels": gettext("the parcel"),
    }
    return [fields.get(each) or names.get(each, each) for each in lacking]


def paper_name(need: Mapping[str, Any]) -> str:
    """Return what a kind of paper is called; in Vietnamese where it has no English name."""
    english = need.get("nameEn") if i18n.current_language() == "en" else None
    return str(english or need.get("nameVi") or "")
