"""Say what can go wrong with a yearly package."""

from __future__ import annotations

from landsvc.core.errors import Conflict, InvalidInput, LandsvcError


class FolderHoldsAnother(Conflict):
    """The folder holds a package of another year or commune, or other files."""

    slug = "package-folder-taken"
    title = "The folder holds something else"
    detail = "{folder} holds {found}."
    remedy = "Give an empty folder, or ask for the same package again to go on with it."


class YearNotOver(InvalidInput):
    """The state on 1 January of that year is not known yet."""

    slug = "package-year-unknown"
    title = "There is no package of this year yet"
    detail = "A package tells the land on 1 January; {year} has not begun."
    remedy = "Give this year or an earlier one."


class PackageIncomplete(LandsvcError):
    """What was written does not come to what the register counts."""

    slug = "package-incomplete"
    title = "The package does not come to what the register has"
    detail = "{commune}: written {written}, counted {counted}."
    remedy = "Nothing was signed. Tell those who look after the service; the folder may be deleted."
