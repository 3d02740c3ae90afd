"""Join the commands of all rooms under `landsvc`. A room is imported when one of its commands is used."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

import landsvc
from landsvc.core.errors import InvalidSetting, LandsvcError

if TYPE_CHECKING:
    from landsvc.core.backup_files import Beside


@dataclass(frozen=True)
class Lazy:
    """Where a command lives, and the line `--help` shows for it without importing it."""

    module: str
    attribute: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        found = getattr(import_module(self.module), self.attribute)
        if not isinstance(found, click.Command):
            raise TypeError(f"{self.module}.{self.attribute} is not a command")
        return found


class LazyGroup(click.Group):
    """A group whose commands are imported one by one, when used."""

    def __init__(self, *args: Any, lazy: Mapping[str, Lazy] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, imported or not."""
        return sorted({*super().list_commands(ctx), *self._lazy})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, importing its room."""
        if cmd_name in self._lazy:
            return self._lazy[cmd_name].load()
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing the rooms."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self._lazy:
                rows.append((name, self._lazy[name].help))
            elif (command := super().get_command(ctx, name)) is not None:
                rows.append((name, command.get_short_help_str(80)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


COMMANDS = {
    "up": Lazy("landsvc.up", "up", "Start the database, migrate, serve, until Ctrl-C."),
    "db": Lazy("landsvc.core.commands", "db", "Make, start, stop, migrate, back up the database."),
    "sql": Lazy("landsvc.core.commands", "sql", "Show the named SQL statements and their plans."),
    "raster": Lazy("landsvc.cadastre.raster_commands", "raster", "List and remove the rasters under the maps."),
    "events": Lazy("landsvc.core.outbox_commands", "events", "Show and settle events that could not be handled."),
    "record": Lazy("landsvc.cadastre.commands", "record", "List, show and undo records."),
    "defects": Lazy(
        "landsvc.cadastre.defects.commands", "defects", "Tell what is known to be wrong in old land."
    ),
    "map": Lazy("landsvc.portal.commands", "map_group", "Write a Folium map to a file."),
    "user": Lazy("landsvc.identity.commands", "user", "Make, list and disable accounts of people."),
    "branch": Lazy(
        "landsvc.identity.branch_commands", "branch", "Make branches and say which communes each covers."
    ),
    "client": Lazy("landsvc.identity.commands", "client", "Make, list and revoke API clients of machines."),
    "hook": Lazy("landsvc.finance.hooks.commands", "hook", "Push slips to machines, and see what nobody took."),
    "applications": Lazy(
        "landsvc.registry.applications.commands", "applications", "Forget drafts nobody touches."
    ),
    "secrets": Lazy("landsvc.registry.commands", "secrets", "Make and rotate the keys of protected numbers."),
    "channel": Lazy(
        "landsvc.finance.channels.commands", "channel", "List payment channels, and look after their keys."
    ),
    "prices": Lazy("landsvc.finance.prices.commands", "prices", "Place parcels in the table of land prices."),
    "demo": Lazy("landsvc.demo.commands", "demo", "Load a believable province."),
    "sandbox": Lazy("landsvc.sandbox", "make_sandbox", "Ten dossiers of the demo to try a tax machine with."),
    "sim": Lazy("landsvc.sim.commands", "sim", "Play the other offices, for trials."),
    "bench": Lazy("landsvc.bench.commands", "bench", "Measure against the database's own limit."),
}
IMPORTS = {
    "units": Lazy("landsvc.cadastre.commands", "import_units", "Administrative units, old and new."),
    "parcels": Lazy("landsvc.cadastre.commands", "import_parcels", "Parcels from any file GDAL reads."),
    "addresses": Lazy("landsvc.cadastre.houses.commands", "import_addresses", "House numbers and streets."),
    "plans": Lazy("landsvc.planning.commands", "import_plans", "Plans and the decisions behind them."),
    "zones": Lazy("landsvc.planning.commands", "import_zones", "Planning zones of one plan."),
    "prices": Lazy(
        "landsvc.finance.prices.commands", "import_prices", "A table of land prices, from Excel or CSV."
    ),
    "payments": Lazy(
        "landsvc.finance.files.commands", "import_payments", "A day's payments, of a tax office without a line."
    ),
    "register": Lazy(
        "landsvc.registry.legacy.commands", "import_register", "Parties, rights and mortgages of an older system."
    ),
    "raster": Lazy(
        "landsvc.cadastre.raster_commands", "import_raster", "An orthophoto, a scanned plan, an elevation model."
    ),
}
EXPORTS = {
    "parcels": Lazy("landsvc.cadastre.commands", "export_parcels", "The current parcels of a commune."),
    "tax-package": Lazy(
        "landsvc.registry.tax_package.commands",
        "export_tax_package",
        "The yearly data package for the tax office.",
    ),
}
CHECKS = {
    "fabric": Lazy(
        "landsvc.cadastre.commands", "check_fabric", "Parcels: valid, on the grid, noded, no overlap."
    ),
    "rights": Lazy("landsvc.registry.surveys.commands", "check_rights", "Every right has its land, or waits."),
    "audit": Lazy("landsvc.identity.trail_commands", "check_audit", "The hash chain over the audit trail."),
}


@contextmanager
def hold_files(data_dir: Path, dsn: str) -> Iterator[Callable[[], Sequence[Beside]]]:
    """Keep the files that rooms have beside the database while it is backed up: rasters, and papers of dossiers."""
    from landsvc.geo.raster.keeping import hold_rasters
    from landsvc.registry.dossiers.keeping import papers_beside

    with hold_rasters(data_dir, dsn) as rasters:
        yield lambda: [*rasters(), *papers_beside(data_dir, dsn)]


@click.group(cls=LazyGroup, lazy=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(landsvc.__version__, prog_name="landsvc")
@click.pass_context
def cli(context: click.Context) -> None:
    """Keep the land register of a province: parcels, planning, look-up."""
    context.obj = hold_files


@cli.group("import", cls=LazyGroup, lazy=IMPORTS)
def import_() -> None:
    """Take in files: units, parcels, plans, zones, rasters."""


@cli.group("export", cls=LazyGroup, lazy=EXPORTS)
def export() -> None:
    """Write what the office hands on: parcels, the yearly package of the tax office."""


@cli.group("check", cls=LazyGroup, lazy=CHECKS)
def check() -> None:
    """Prove the invariants again on stored data."""


def main() -> None:
    """Run `landsvc`: exit 0 done, 1 failed, 2 usage."""
    try:
        cli(prog_name="landsvc")
    except InvalidSetting as error:
        _fail(error.message(), error.way_out(), 2)
    except LandsvcError as error:
        _fail(error.message(), error.way_out(), 1)
    except Exception as error:
        from psycopg import OperationalError

        if not isinstance(error, OperationalError):
            raise
        _fail(
            f"The database does not answer: {error}", "Look at LANDSVC_DATABASE_URL, or `landsvc db status`.", 1
        )


def _fail(message: str, way_out: str, code: int) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    if way_out:
        click.echo(way_out, err=True)
    sys.exit(code)
