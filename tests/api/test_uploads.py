"""Files from strangers: what is no plain picture or paper is refused in clear words, and nothing of it stays."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace

import pytest
from flask import Flask, jsonify
from hypothesis import given
from hypothesis import strategies as st
from landsvc.core import problem
from landsvc.core.config import Settings
from landsvc.core.errors import LandsvcError
from landsvc.core.filestore import FileTooLarge, FileUnfit
from landsvc.core.upload_check import Refused, looked_at
from landsvc.core.uploads import (
    IMAGES,
    FileActive,
    FileBroken,
    FileHidesAnother,
    FileLocked,
    ImageTooManyPixels,
    Uploads,
    label_of,
)
from PIL import Image
from pyhanko.pdf_utils import generic
from tests.factories import hostile
from tests.factories.papers import PDF


def door(folder, per_minute: int = 0, **changes) -> Uploads:
    return Uploads(replace(Settings.from_env({"LANDSVC_DATA": str(folder)}), **changes), per_minute)


def left_in(folder) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_anew_and_stays_the_same_picture(tmp_path, kind):
    uploads = door(tmp_path)
    kept = uploads.take(hostile.picture(kind), "đất.jpg").kept
    assert kept.media_type == ("image/png" if kind == "PNG" else "image/jpeg")
    shown = Image.open(io.BytesIO(uploads.store.read(kept.sha256))).convert("RGB")
    assert shown.size == (120, 80)
    for place, colour in (((10, 40), (200, 30, 30)), ((110, 40), (30, 30, 200))):
        assert all(abs(a - b) < 12 for a, b in zip(shown.getpixel(place), colour, strict=True))


def test_where_and_with_what_a_picture_was_taken_is_not_kept_and_it_stands_upright(tmp_path):
    uploads = door(tmp_path)
    sent = hostile.with_place()
    assert b"SecretMaker" in sent
    content = uploads.store.read(uploads.take(sent, "x").kept.sha256)
    assert b"Secret" not in content
    assert b"Exif" not in content
    shown = Image.open(io.BytesIO(content))
    assert shown.size == (80, 120)
    assert shown.getpixel((40, 10))[0] > 150


def test_a_large_picture_is_kept_no_larger_than_a_page_needs(tmp_path):
    uploads = door(tmp_path)
    kept = uploads.take(hostile.picture(size=(6000, 3000)), "x").kept
    assert Image.open(io.BytesIO(uploads.store.read(kept.sha256))).size == (4000, 2000)


def test_a_plain_paper_is_kept_as_it_came(tmp_path):
    uploads = door(tmp_path)
    for paper in (PDF, hostile.paper()):
        assert uploads.store.read(uploads.take(paper, "x").kept.sha256) == paper


JPEG, PNG = hostile.picture(), hostile.picture("PNG")
SCRIPT = hostile.action("JavaScript", JS=hostile.text("app.alert(1)"))
NAMES = generic.DictionaryObject(
    {
        generic.pdf_name("/EmbeddedFiles"): generic.DictionaryObject(
            {generic.pdf_name("/Names"): generic.ArrayObject()}
        )
    }
)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", FileTooLarge),
        (b"GIF89a" + bytes(40), FileUnfit),
        (b"<svg onload='x'/>", FileUnfit),
        (hostile.archive(), FileUnfit),
        (b"MZ\x90\x00", FileUnfit),
        (b"\xff\xd8\xff\xe0", FileBroken),
        (JPEG[: len(JPEG) // 2], FileBroken),
        (PNG[: len(PNG) // 2], FileBroken),
        (b"RIFF\x10\x00\x00\x00AVI LIST", FileBroken),
        (JPEG + hostile.archive(), FileHidesAnother),
        (PNG + hostile.archive(), FileHidesAnother),
        (JPEG + PDF, FileHidesAnother),
        (JPEG[:2] + b"\xff\xfe\x00\x1a%PDF-1.4 <!-- hidden -->" + JPEG[2:], FileHidesAnother),
        (JPEG + b"<ScRiPt>alert(1)</script>", FileHidesAnother),
        (PNG + b"<html><body>", FileHidesAnother),
        (PDF + hostile.archive(), FileHidesAnother),
        (hostile.bomb(), ImageTooManyPixels),
        (PDF[:60], FileBroken),
        (PDF[:60] + b"%%EOF", FileBroken),
        (hostile.paper(OpenAction=SCRIPT), FileActive),
        (hostile.paper(OpenAction=hostile.action("Launch", F=hostile.text("cmd.exe"))), FileActive),
        (hostile.paper(OpenAction=hostile.action("GoToR", F=hostile.text("//evil/x"))), FileActive),
        (hostile.paper(Names=NAMES), FileActive),
        (hostile.paper(AA=generic.DictionaryObject()), FileActive),
        (hostile.locked_paper(), FileLocked),
    ],
)
def test_what_is_no_plain_picture_or_paper_is_refused_and_nothing_stays(tmp_path, content, error):
    with pytest.raises(error) as refused:
        door(tmp_path).take(content, "x", field="photo")
    assert refused.value.field == "photo"
    assert refused.value.remedy
    assert left_in(tmp_path) == []


def test_a_paper_is_no_picture_where_pictures_are_asked_for(tmp_path):
    with pytest.raises(FileUnfit):
        door(tmp_path).take(PDF, "x", IMAGES)


def test_a_paper_that_swells_ends_only_the_process_that_looks(tmp_path):
    uploads = door(tmp_path)
    swelling = hostile.swelling_paper(2_000)
    assert len(swelling) < 20 * 2**20
    with pytest.raises((FileBroken, ImageTooManyPixels)):
        uploads.take(swelling, "x")
    assert left_in(tmp_path) == []
    assert uploads.take(JPEG, "x").kept.size_bytes


@given(st.binary(max_size=200), st.sampled_from([JPEG, PNG, PDF]), st.integers(0, 400))
def test_the_look_itself_ends_in_a_file_or_a_refusal_whatever_is_sent(noise, whole, at):
    with suppress(Refused):
        looked_at(whole[:at] + noise + whole[at + len(noise) :], frozenset({"JPEG", "PNG", "PDF"}), 1)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\giấy tờ.pdf", "giấy tờ.pdf"),
        ("/tmp/x\x00.png", "x.png"),
        ("a<script>.jpg", "a script .jpg"),
        ("....", ""),
        ("\u202egnp.exe", "gnp.exe"),
        ("d" * 500, "d" * 80),
    ],
)
def test_a_name_is_a_label_and_never_a_path(name, label):
    assert label_of(name) == label


@given(st.text(max_size=300))
def test_no_label_leads_anywhere(name):
    label = label_of(name)
    assert len(label) <= 80
    assert not set(label) & set("/\\\0\r\n\"'<>;")
    assert not label.startswith(".")


@pytest.fixture
def site(tmp_path):
    app = Flask(__name__)
    uploads = door(tmp_path, per_minute=20, document_megabytes=1)

    @app.errorhandler(LandsvcError)
    def refused(error):
        return {"type": error.slug}, problem.status_of(error)

    @app.post("/send")
    def send():
        uploads.bound()
        taken = uploads.sent("photo")
        return jsonify(taken.label if taken else None)

    app.folder = tmp_path
    return app


def test_a_body_that_is_too_large_is_not_read_and_leaves_nothing(site):
    client = site.test_client()
    for length in (2**20 + 1, 3 * 2**20):
        head = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="x.jpg"\r\n\r\n'
        sent = client.post(
            "/send",
            data=head + JPEG + bytes(length) + b"\r\n--x--",
            content_type="multipart/form-data; boundary=x",
        )
        assert sent.status_code in {400, 413}
    assert client.post("/send", data={"photo": (io.BytesIO(JPEG), "../x.jpg")}).json == "x.jpg"
    assert client.post("/send", data={}).json is None
    assert len(left_in(site.folder)) == 1


def test_ten_thousand_in_a_minute_are_refused_and_the_door_stays_open_to_others(site, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 120.0)
    client = site.test_client()
    answers = [client.post("/send", data={"photo": (io.BytesIO(b"MZ"), "x")}).status_code for _ in range(10_000)]
    assert (answers.count(400), answers.count(429)) == (20, 9_980)
    other = client.post(
        "/send", data={"photo": (io.BytesIO(JPEG), "x.jpg")}, environ_base={"REMOTE_ADDR": "10.0.0.9"}
    )
    assert other.status_code == 200
    assert len(left_in(site.folder)) == 1
