"""Offer `landsvc db …`: the life of the embedded cluster; and `landsvc sql …`: the named statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from landsvc.core import access, migrate
from landsvc.core.cluster import ROLES, Cluster
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.config import Settings
from landsvc.core.errors import LandsvcError
from landsvc.core.secret_keys import file_of
from landsvc.core.sql import Statement, room_statements

if TYPE_CHECKING:
    from landsvc.core.backup_files import Fault

ROOMS = ("core", "identity", "geo", "cadastre", "planning", "finance", "registry", "portal")


class ManagedServer(LandsvcError):
    """The command is about the embedded cluster, and a managed server is configured."""

    slug = "managed-server"
    title = "This command is for the embedded database"
    detail = "LANDSVC_DATABASE_URL names a managed server."
    remedy = "Use that server's own tools, or name the data folder with --data."


@click.group("db")
def db() -> None:
    """Make, start, stop, migrate, back up the database."""


@db.command("init")
@data_option
def init(data: Path | None) -> None:
    """Make the data folder, the server in it, and all tables."""
    settings = settings_from(data)
    made = not settings.database_url and _embedded(settings).init()
    say(f"Made a database in {settings.data_dir}" if made else "The database is there already")
    _migrate(settings, "head")


@db.command("start")
@data_option
def start(data: Path | None) -> None:
    """Start the server and leave it running."""
    settings = settings_from(data)
    cluster = _embedded(settings)
    access.require_made(settings)
    say("Started" if cluster.start(keep=True) else "It runs already")


@db.command("stop")
@data_option
@click.option("--mode", type=click.Choice(["fast", "smart", "immediate"]), default="fast", show_default=True)
def stop(data: Path | None, mode: str) -> None:
    """Stop the server."""
    say("Stopped" if _embedded(settings_from(data)).stop(mode) else "It does not run")


@db.command("migrate")
@data_option
@click.option("--to", "revision", default="head", show_default=True, metavar="REV", help="Where to.")
def migrate_command(data: Path | None, revision: str) -> None:
    """Bring the tables to the newest revision, or to REV."""
    settings = settings_from(data)
    access.require_made(settings)
    _migrate(settings, revision)


def _migrate(settings: Settings, revision: str) -> None:
    with access.running(settings) as found:
        before, after = migrate.migrate(found.dsn, revision)
    say(f"At revision {after}" if before == after else f"Migrated from {before} to {after}")


@db.command("status")
@data_option
@json_option
def status(data: Path | None, as_json: bool) -> None:
    """Tell what is there; exit 1 when the server does not run or is not at the newest revision."""
    settings = settings_from(data)
    facts, good = _managed_facts(settings) if settings.database_url else _embedded_facts(settings)
    answer(facts, as_json=as_json)
    if not good:
        raise click.exceptions.Exit(1)


def _embedded_facts(settings: Settings) -> tuple[dict[str, object], bool]:
    found = _embedded(settings).status()
    facts: dict[str, object] = {
        "kind": "embedded",
        "data": str(found.data_dir),
        "socket": str(found.socket_dir),
        "made": found.made,
        "running": found.running,
        "pid": found.pid,
        "version": found.version,
    }
    if not found.running:
        return facts, False
    return _with_revision(facts, _embedded(settings).dsn())


def _managed_facts(settings: Settings) -> tuple[dict[str, object], bool]:
    return _with_revision({"kind": "managed"}, settings.database_url or "")


def _with_revision(facts: dict[str, object], dsn: str) -> tuple[dict[str, object], bool]:
    revision = migrate.current(dsn)
    head = migrate.head()
    return facts | {"revision": revision, "head": head, "srid": migrate.made_in(dsn)}, revision == head


@db.command("shell", context_settings={"ignore_unknown_options": True})
@data_option
@click.option("--role", type=click.Choice(ROLES), default="landsvc", show_default=True)
@click.argument("psql_arguments", nargs=-1, type=click.UNPROCESSED)
def shell(data: Path | None, role: str, psql_arguments: tuple[str, ...]) -> None:
    """Open psql on the running server; what follows goes to psql."""
    cluster = _embedded(settings_from(data))
    if not cluster.status().running:
        raise click.ClickException("The server does not run: landsvc db start")
    cluster.shell(role, *psql_arguments)


@db.command("backup")
@data_option
@json_option
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def backup_command(context: click.Context, data: Path | None, file: Path, as_json: bool) -> None:
    """Write everything into FILE (a gzipped base backup, then rasters and papers), while the service runs."""
    from landsvc.core.backup import backup
    from landsvc.core.backup_files import nothing_beside

    settings = settings_from(data)
    embedded = _embedded(settings)
    access.require_made(settings)
    hold = context.find_root().obj or nothing_beside
    with embedded.session() as cluster:
        made = backup(cluster, file.absolute(), hold)
    faults = [asdict(each) for each in made.faults]
    answer({"file": str(file), "bytes": made.size, "files": made.files, "faults": faults}, as_json=as_json)
    if not settings.secret_keys and (keys := file_of(settings)).is_file():
        say(f"The keys of protected numbers are not in it: keep a copy of {keys} somewhere else than the backup.")
    _tell_faults(made.faults, "not in the backup as the register knows it")


@db.command("restore")
@click.option(
    "--data", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new data folder."
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore_command(data: Path, file: Path) -> None:
    """Make the data folder --data from a backup FILE."""
    from landsvc.core.backup import restore

    settings = settings_from(data)
    restored = restore(_embedded(settings), file.absolute())
    say(f"Restored into {data}, {len(restored.files)} files; start it with: landsvc up --data {data}")
    if not settings.secret_keys and not file_of(settings).is_file():
        say(
            f"A backup holds no keys of protected numbers: put your copy at {file_of(settings)} before the start."
        )
    if not restored.told:
        say(
            "This backup says nothing of files: copy the folders rasters and documents beside it, if there were any."
        )
    _tell_faults(restored.faults, "not restored")


def _tell_faults(faults: Sequence[Fault], state: str) -> None:
    """Name the files that are not right, with the way out, and exit with 1; the database itself is well."""
    for each in faults:
        say(f"{each.name}: {each.what}, {state}")
    if faults:
        say(
            "The database is whole. Copy each file named from another copy of the data folder to its place, take it in"
            " again (landsvc import raster FILE --name CODE --replace), or: landsvc raster remove CODE"
        )
        raise click.exceptions.Exit(1)


def _embedded(settings: Settings) -> Cluster:
    if settings.database_url:
        raise ManagedServer()
    return access.cluster_of(settings)


@click.group("sql")
def sql() -> None:
    """Show the named SQL statements, and their plans on this database."""


@sql.command("list")
@json_option
def sql_list(as_json: bool) -> None:
    """List every named statement with what it answers."""
    every = {name: each.doc.partition("\n")[0] for name, each in sorted(named_statements().items())}
    answer(every, as_json=as_json)


@sql.command("show")
@click.argument("name")
def sql_show(name: str) -> None:
    """Print one statement with its parameters and the index it must use."""
    statement = _find(name)
    told = [f"{statement.room}.{statement.name}", *statement.doc.splitlines()]
    told += [f"params: {', '.join(statement.params)}", f"index: {', '.join(statement.index)}"]
    click.echo("\n".join(f"-- {line}".rstrip() for line in told))
    click.echo(statement.source + ";")


@sql.command("explain")
@data_option
@click.option(
    "--param", "params", multiple=True, metavar="K=V", help="A parameter; without any: the general plan."
)
@click.option("--analyze", is_flag=True, help="Run it too (in a transaction that is dropped).")
@click.argument("name")
def sql_explain(data: Path | None, params: tuple[str, ...], analyze: bool, name: str) -> None:
    """Print PostgreSQL's plan of one statement on this database."""
    import psycopg

    from landsvc.core import plans

    statement = _find(name)
    if not statement.has_plan:
        raise click.UsageError(f"{name} is a command of the transaction; PostgreSQL makes no plan for it.")
    given = _parameters(statement, params)
    settings = settings_from(data)
    access.require_made(settings)
    with access.running(settings) as found, psycopg.connect(found.dsn) as conn:
        migrate.check_current(found.dsn)
        if params or analyze:
            try:
                lines = plans.plan_for(conn, statement, given, analyze=analyze)
            except psycopg.DataError as error:
                reason = error.diag.message_primary or str(error)
                raise click.BadParameter(reason, param_hint="--param") from error
        else:
            lines = plans.general_plan(conn, statement)
        conn.rollback()
    click.echo("\n".join(lines))


def named_statements() -> dict[str, Statement]:
    """Return every named statement of every room as `room.name`."""
    found: dict[str, Statement] = {}
    for room in ROOMS:
        found |= {f"{room}.{name}": each for name, each in room_statements(room).items()}
    return found


def _find(name: str) -> Statement:
    every = named_statements()
    hits = [each for full, each in every.items() if name in {full, each.name}]
    if len(hits) != 1:
        choices = [full for full in every if name in full]
        hint = f" Did you mean: {', '.join(choices)}?" if choices else " See: landsvc sql list"
        raise click.UsageError(f"{len(hits)} statements are named {name!r}.{hint}")
    return hits[0]


def _parameters(statement: Statement, params: tuple[str, ...]) -> dict[str, str | None]:
    given: dict[str, str | None] = dict.fromkeys(statement.params)
    for each in params:
        key, separator, value = each.partition("=")
        if not separator or key not in given:
            raise click.BadParameter(
                f"{each!r}: write K=V with K one of {', '.join(given)}", param_hint="--param"
            )
        given[key] = value
    return given
