"""Put load on for some seconds and read what came of it: pgbench for SQL, wrk for HTTP. Loopback only."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from landsvc.bench.questions import Question
from landsvc.core.errors import Unavailable
from landsvc.core.sql import room_statements

CLIENTS = 2
CONNECTIONS = 4
SAMPLED = 0.1
"""Share of pgbench's transactions whose time is written down: all would slow it."""
HEADROOM_SECONDS = 30

WRK_SCRIPT = """
local paths = {}
function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = line end
  math.randomseed(os.time() + tonumber(tostring(paths):sub(8), 16) % 100000)
end
function request()
  return wrk.format("GET", paths[math.random(#paths)], {["Accept-Encoding"] = "gzip"})
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("RESULT {\\"requests\\": %d, \\"us\\": %d, \\"bytes\\": %d, \\"p50\\": %f, \\"p95\\": %f, "
    .. "\\"errors\\": %d}\\n", summary.requests, summary.duration, summary.bytes, latency:percentile(50) / 1000,
    latency:percentile(95) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True)
class Rate:
    """What one run of load reached."""

    per_second: float
    p50_ms: float
    p95_ms: float
    errors: int = 0
    statement_ms: float = 0.0
    """Mean time of the last statement of the script alone (pgbench only)."""


class ToolMissing(Unavailable):
    """A program of the benchmark is not installed."""

    slug = "bench-tool-missing"
    title = "A program of the benchmark is missing"
    detail = "{program} was not found."
    remedy = "Install the Debian package {package}."


@dataclass(frozen=True)
class Tools:
    """Where the programs are."""

    pgbench: Path
    psql: Path
    wrk: Path

    @classmethod
    def find(cls, pg_bin: Path) -> Tools:
        """Find PostgreSQL's programs beside its server, wrk on the path; raise `ToolMissing`."""
        wrk = shutil.which("wrk")
        if wrk is None:
            raise ToolMissing(program="wrk", package="wrk")
        for program in ("pgbench", "psql"):
            if not (pg_bin / program).exists():
                raise ToolMissing(program=program, package="postgresql-contrib")
        return cls(pg_bin / "pgbench", pg_bin / "psql", Path(wrk))

    def sql(self, dsn: str, script: Path, seconds: float, options: str = "", **variables: int) -> Rate:
        """Run one pgbench script with prepared statements; return its transactions a second.

        `options` are settings of its sessions, as in PGOPTIONS.
        """
        with tempfile.TemporaryDirectory(prefix="landsvc-bench-") as folder:
            given = [part for name, value in variables.items() for part in ("-D", f"{name}={value}")]
            done = subprocess.run(
                [
                    *(self.pgbench, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(CLIENTS)),
                    *(
                        "-r",
                        "-T",
                        str(max(1, round(seconds))),
                        "-f",
                        script,
                        "-l",
                        "--sampling-rate",
                        str(SAMPLED),
                    ),
                    *("--log-prefix", f"{folder}/t", *given, dsn),
                ],
                env={**os.environ, "PGOPTIONS": options},
                capture_output=True,
                text=True,
                timeout=seconds + HEADROOM_SECONDS,
                check=False,
            )
            rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
            if done.returncode or rate is None:
                raise RuntimeError(f"pgbench {script.name}: {done.stderr.strip()[:500]}")
            times = _logged_ms(Path(folder))
        p50, p95 = np.percentile(times, [50, 95]).tolist()
        return Rate(float(rate.group(1)), p50, p95, statement_ms=_last_statement_ms(done.stdout))

    def http(self, address: str, paths: Sequence[str], seconds: float) -> Rate:
        """Ask random ones of these addresses over four connections; return answers a second."""
        with tempfile.TemporaryDirectory(prefix="landsvc-bench-") as folder:
            script, listed = Path(folder, "ask.lua"), Path(folder, "paths")
            script.write_text(WRK_SCRIPT)
            listed.write_text("\n".join(paths) + "\n")
            done = subprocess.run(
                [
                    *(self.wrk, "-t", "2", "-c", str(CONNECTIONS), "-d", f"{max(1, round(seconds))}s"),
                    *("--timeout", "20s", "-s", script, address, "--", listed),
                ],
                capture_output=True,
                text=True,
                timeout=seconds + HEADROOM_SECONDS,
                check=False,
            )
        found = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
        if done.returncode or found is None:
            raise RuntimeError(f"wrk: {done.stderr.strip()[-500:]}")
        told = json.loads(found.group(1))
        return Rate(told["requests"] / (told["us"] / 1e6), told["p50"], told["p95"], told["errors"])


def _last_statement_ms(report: str) -> float:
    """Return the last line of pgbench's "statement latencies in milliseconds"."""
    lines = report.partition("statement latencies")[2].splitlines()[1:]
    return float([line for line in lines if line.strip()][-1].split()[0])


def _logged_ms(folder: Path) -> np.ndarray:
    lines = [line.split()[2] for path in sorted(folder.glob("t*")) for line in path.read_text().splitlines()]
    return np.array(lines or ["nan"], dtype=float) / 1000


def own_script(question: Question) -> str:
    """Return our statement as a pgbench script: fetch a random row of bench.ours, then ask with its values."""
    statement = room_statements(question.room)[question.statement]
    drawn = {name: value for name, value in question.values.items() if "o." in value}
    given = [f":{name}" if name in drawn else f"({question.values[name]})" for name in statement.params]
    text = re.sub(r"'(?:[^']|'')*'|--[^\n]*", _plain_to_pgbench, statement.numbered)
    text = re.sub(r"\$(\d+)", lambda place: given[int(place.group(1)) - 1], text).replace("\n", " ")
    columns = ", ".join(f"{value} AS {name}" for name, value in drawn.items())
    draw = f"SELECT {columns} FROM bench.ours o WHERE o.i = :i \\gset"  # noqa: S608  # nosec B608 - our own words
    return f"\\set i random(1, :k)\n{draw}\n{text};\n"


def _plain_to_pgbench(found: re.Match[str]) -> str:
    """Hide colons in text constants: pgbench would take what follows for one of its variables."""
    text = found.group()
    if text.startswith("--"):
        return ""
    return "E" + text.replace("\\", "\\\\").replace(":", "\\x3a") if ":" in text else text


def sample_paths(dsn: str, question: Question) -> list[str]:
    """Return our addresses of all samples."""
    columns = sorted(set(re.findall(r"\{(\w+)\}", question.path)))
    query = psycopg.sql.SQL("SELECT {} FROM bench.ours ORDER BY i").format(
        psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
    )
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(query).fetchall()
    return [question.path.format(**dict(zip(columns, map(_quoted, row), strict=True))) for row in rows]


def _quoted(value: object) -> str:
    from urllib.parse import quote

    return f"{value:.7f}" if isinstance(value, float) else quote(str(value), safe="")
