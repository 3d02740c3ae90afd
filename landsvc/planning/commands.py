"""`landsvc import plans|zones`: take in what an office planned."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from landsvc.cadastre.commands import mapping_option
from landsvc.core.access import opened
from landsvc.core.commandline import data_option, json_option, say, settings_from
from landsvc.core.progress import on_console
from landsvc.planning.models import LEVELS, STATUSES

DAY = click.DateTime(["%Y-%m-%d"])
FACTS = ("level", "name", "decision", "decided_on", "authority", "status", "source_scale", "accuracy_m", "link")
TIMES = ("valid_from", "valid_to")


def _options(*made: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(made):
            command = option(command)
        return command

    return add


file_options = _options(
    click.option("--layer", help="Layer of the file, when it has several."),
    click.option("--srid", type=int, help="Reference system of the file's coordinates."),
    click.option("--encoding", help="Encoding of the text: UTF-8, TCVN3, VNI, windows-1258."),
    mapping_option,
    click.option("--plan", help="Code of the plan the rows belong to."),
    click.option("--theme", help="Theme of the rows, such as land_use_plan or zoning."),
)
plan_options = _options(
    click.option("--level", type=click.Choice(LEVELS), help="Who planned."),
    click.option("--name", help="Name of the plan."),
    click.option("--decision", help="Number of the decision, such as 1234/QĐ-UBND."),
    click.option("--decided-on", type=DAY, help="Date of the decision."),
    click.option("--authority", help="Who decided."),
    click.option("--link", help="Where the decision can be read: https://..."),
    click.option("--status", type=click.Choice(STATUSES), help="approved, unless said otherwise."),
    click.option(
        "--scale", "source_scale", type=click.IntRange(1, 10_000_000), help="Scale of the source: 5000."
    ),
    click.option(
        "--accuracy",
        "accuracy_m",
        type=click.FloatRange(0, 10_000),
        help="Metres; 0.3 mm at --scale if not said.",
    ),
    click.option("--valid-from", type=DAY, help="First day it holds."),
    click.option("--valid-to", type=DAY, help="First day it holds no more."),
)
run_options = _options(
    click.option("--dry-run", is_flag=True, help="Do everything, report, and leave the database as it was."),
    click.option(
        "--report", "report_file", type=click.Path(path_type=Path, dir_okay=False), help="Write it as JSON."
    ),
    data_option,
    json_option,
)


@click.command("zones")
@click.argument("file", type=click.Path(path_type=Path))
@file_options
@plan_options
@click.option(
    "--corridor",
    "corridor_m",
    type=click.FloatRange(0, 5_000, min_open=True),
    help="Width on each side of lines, around points: metres.",
)
@click.option(
    "--coverage",
    default="zones",
    show_default=True,
    help="Where the plan speaks: zones, none, communes, commune codes, or a file of areas.",
)
@click.option("--onto", type=click.Choice(["empty", "add", "replace"]), default="empty", show_default=True)
@click.option(
    "--on-defect", type=click.Choice(["refuse", "quarantine", "admit"]), default="refuse", show_default=True
)
@click.option("--defects", type=click.Path(path_type=Path, dir_okay=False), help="Write a GeoPackage of defects.")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@run_options
def import_zones(
    file: Path,
    data: Path | None,
    as_json: bool,
    report_file: Path | None,
    defects: Path | None,
    lang: str,
    **given: Any,
) -> None:
    """Take in the zones of FILE, in one transaction. The plan is made if it is not known."""
    from landsvc.planning.importing.options import ZONE_TARGETS, Options, make_reading
    from landsvc.planning.importing.run import import_zones as run

    settings = settings_from(data)
    options = Options(path=file, facts=_facts(given), **given)
    reading = make_reading(options, targets=ZONE_TARGETS, working=settings.srid, variant=settings.datum_shift)
    for line in reading.lines():
        say(line)
    with opened(settings, make=True) as database:
        report = run(database, reading, gis_data=settings.gis_data_dir, on_step=on_console())
    say("")
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        click.echo("\n".join(report.lines(lang)))
    if report_file is not None:
        report.write_json(report_file)
    if defects is not None:
        report.write_defects(defects)
    if report.judged.refused:
        sys.exit(1)


@click.command("plans")
@click.argument("file", type=click.Path(path_type=Path))
@file_options
@plan_options
@run_options
def import_plans(file: Path, data: Path | None, as_json: bool, report_file: Path | None, **given: Any) -> None:
    """Take in the plans listed in FILE: one row is one plan, a surface is where it speaks."""
    from landsvc.planning.importing.options import Options
    from landsvc.planning.importing.plan_rows import import_plans as run
    from landsvc.planning.importing.plan_rows import read_plans

    settings = settings_from(data)
    options = Options(path=file, facts=_facts(given), **given)
    plans = read_plans(options, working=settings.srid, variant=settings.datum_shift)
    for line in plans.lines:
        say(line)
    with opened(settings, make=True) as database:
        told = run(database, plans, gis_data=settings.gis_data_dir, on_step=on_console()).as_json()
    say("")
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        click.echo("\n".join(f"{key:<18} {value}" for key, value in told.items() if key != "findings"))
    if report_file is not None:
        report_file.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")


def _facts(given: dict[str, Any]) -> Any:
    """Take what is said of the plan out of the options."""
    from landsvc.planning.importing.options import PlanFacts

    said: dict[str, Any] = {name: _day(given.pop(name)) for name in (*FACTS, *TIMES)}
    return PlanFacts(**said)


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value
