"""The log and the counters stay sound whatever a caller sends and wherever the log goes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from landsvc.core import log
from landsvc.core.envelope import Envelope
from prometheus_client import REGISTRY
from werkzeug.test import Client
from werkzeug.wrappers import Response


def plain(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"x"]


def logged(capsys: pytest.CaptureFixture[str]) -> list[Any]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("method", ["GET", 'A"B', "A\n{", 'X", "status": 200, "y": "', "Ơ", "\udcff"])
def test_a_method_makes_one_line_of_the_log(capsys, method: str) -> None:
    log.request(method, "/x", 405, 1.0)
    assert [line["method"] for line in logged(capsys)] == [method]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ('/a"\n{"level": "error"}\r\x00\x1b[31m', '/a"\n{"level": "error"}\r\x00\x1b[31m'),
        ("/xã".encode().decode("latin-1"), "/xã"),
        ("/\xff\xfe", "/\ufffd\ufffd"),
        ("/\ud800", "/?"),
    ],
)
def test_a_path_makes_one_line_of_the_log(capsys, path: str, told: str) -> None:
    log.request("GET", path, 200, 1.0)
    assert [line["path"] for line in logged(capsys)] == [told]


class Full(io.StringIO):
    """A log on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_answers_go_on_when_the_log_cannot_be_written(monkeypatch) -> None:
    monkeypatch.setattr("sys.stderr", Full())
    assert Client(Envelope(plain)).get("/").status_code == 200
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr("sys.stderr", closed)
    assert Client(Envelope(plain)).get("/").status_code == 200


def test_an_answer_without_a_type_may_run_nothing() -> None:
    answer = Client(Envelope(plain)).get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_stream_and_a_failure_in_its_start_pass_through() -> None:
    def streamed(environ: dict[str, Any], start_response: Any) -> Any:
        response = Response((part for part in (b"a", b"b")), content_type="text/plain")
        return response(environ, start_response)

    assert Client(Envelope(streamed)).get("/").data == b"ab"

    def broken(environ: dict[str, Any], start_response: Any) -> Any:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        Client(Envelope(broken)).get("/")


def test_strange_methods_and_paths_make_no_counters_of_their_own() -> None:
    wrapped = Client(Envelope(plain))
    wrapped.get("/first")
    before = len(list(REGISTRY.collect())), _samples()
    for number in range(20):
        wrapped.open(f"/none-{number}", method=f"M{number}")
    assert (len(list(REGISTRY.collect())), _samples()) == before


def _samples() -> int:
    return sum(len(metric.samples) for metric in REGISTRY.collect() if metric.name.startswith("landsvc"))
