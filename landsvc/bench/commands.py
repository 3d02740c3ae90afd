"""Offer `landsvc bench`."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import click

from landsvc.bench import batch, dossiers, editing, extracts, ground, package, report, runner
from landsvc.bench.load import Tools
from landsvc.core import clock, progress
from landsvc.core.commandline import data_option, say, settings_from

IMPORT_ROWS = 100_000


def free_port() -> int:
    """Return a port of the loopback address nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Sizes(click.ParamType[tuple[int, ...]]):
    """Numbers of parcels, separated by commas."""

    name = "N,N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Return the sizes in ascending order."""
        if isinstance(value, tuple):
            return value
        words = [word.strip().replace("_", "") for word in str(value).split(",")]
        if not all(word.isdecimal() and 1_000 <= int(word) <= 1_200_000 for word in words):
            self.fail("give sizes from 1000 to 1200000, such as 10000,1000000", param, ctx)
        return tuple(sorted({int(word) for word in words}))


@click.command("bench")
@click.option("--sizes", "--parcels", type=Sizes(), default="10000", show_default=True, help="How many parcels.")
@click.option(
    "--seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Length of each run."
)
@click.option(
    "--rounds", type=click.IntRange(1, 50), default=5, show_default=True, help="Alternations; medians count."
)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of the service under load; a free one if not said."
)
@click.option(
    "--bulk/--no-bulk", default=True, show_default=True, help="Also time the fabric check and an import."
)
@click.option("--only", default="", metavar="WORDS", help="Only questions whose name holds this, such as tile.")
@click.option("--fresh", is_flag=True, help="Load the demo anew even if this size is there.")
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here."
)
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the table here too; a page with figure marks keeps what is around them.",
)
@data_option
def bench(
    sizes: tuple[int, ...],
    seconds: float,
    rounds: int,
    port: int | None,
    bulk: bool,
    only: str,
    fresh: bool,
    json_file: Path | None,
    markdown: Path | None,
    data: Path | None,
) -> None:
    """Measure our answers beside the database's own limit, in one run, and their growth with the land.

    Works in a database cluster of its own under the data folder, which it keeps for the next run.
    """
    settings = settings_from(data, port=port or free_port(), host="127.0.0.1")
    result = report.Result("landsvc " + " ".join(sys.argv[1:]), clock.now(), report.machine())
    with ground.cluster_in(settings, settings.data_dir / "bench") as cluster:
        tools = Tools.find(cluster.bin)
        for size in sizes:
            if fresh:
                ground.drop_database(cluster, ground.database_name(size))
            place = ground.prepare(cluster, tools, size, say=say, progress=progress.on_console())
            say(f"{size:,} parcels: question, limit/s, ours/s, ratio")
            measured, facts = runner.measure(
                place, settings, tools, seconds=seconds, rounds=rounds, only=only, say=say
            )
            result.measured += measured
            result.facts[size] = facts | (
                {} if place.load_seconds is None else {"loadSeconds": place.load_seconds}
            )
            if extracts.wanted(only):
                say("Issuing planning extracts ...")
                result.edited += extracts.measure(place, settings, tools, seconds=seconds, say=say)
            if editing.wanted(only):
                say("Copying the database, for officers to edit ...")
                result.edited += editing.measure(cluster, place, settings, tools, seconds=seconds, say=say)
            if dossiers.wanted(only):
                say("Copying the database, for an office with a register ...")
                edited, imported = dossiers.measure(cluster, place, settings, tools, seconds=seconds, say=say)
                result.edited += edited
                result.batches.append(imported)
            if package.wanted(only):
                say("Writing the yearly package for the tax office ...")
                result.batches += package.measure(cluster, place, settings, say=say)
            if bulk:
                say("Timing the fabric check ...")
                result.batches.append(batch.check_fabric(place, settings))
        if bulk:
            say("Timing an import ...")
            rows = min(IMPORT_ROWS, sizes[-1])
            result.batches.append(batch.import_parcels(cluster, place, settings, rows))
    lines = "\n".join(report.table(result)) + "\n"
    click.echo(lines)
    if json_file:
        json_file.write_text(json.dumps(report.as_json(result), indent=1) + "\n")
    if markdown:
        report.write_page(markdown, lines)
    if any(one.http.errors for one in result.measured) or any(one.http.errors for one in result.edited):
        raise SystemExit(1)
