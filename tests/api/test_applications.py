"""A person applies from home with pictures of the papers; an officer receives what they lodged, once and whole."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from landsvc.core.filestore import FileStore
from landsvc.core.web import EXTENSION
from landsvc.registry.applications import forgetting
from landsvc.registry.applications.service import Room, forms_to_write, lacking
from landsvc.registry.dossiers import tracking
from landsvc.registry.dossiers.keeping import papers_beside
from tests.conftest import as_role, settings_for
from tests.factories import hostile
from tests.factories.dossiers import HERE, lay, office
from tests.factories.wire import words_of_pdf

SECRET = re.compile(r"\b[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}\b")
DRAFT = re.compile(r"\bDN-\d{4}-\d{6}-\d{2}\b")
DOSSIER = re.compile(r"\bHS-\d{4}-\d{6}-\d{2}\b")
SAID = {
    "applicant": "Trần Thị Bưởi",
    "contact": "0987 654 321",
    "representative": "",
    "parcels": f"{HERE}-12-345",
    "wish": "Bán cả thửa cho ông Nguyễn Văn An",
    "returnBy": "post",
}


@pytest.fixture(scope="module")
def person(module_db, tmp_path_factory):
    lay(module_db)
    with office(module_db, DATA=str(tmp_path_factory.mktemp("data"))) as person:
        yield person


@pytest.fixture(scope="module")
def home(person):
    """A stranger's browser."""
    client = person("hoa").client.application.test_client()
    client.get("/services?lang=vi")
    return client


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    monkeypatch.setattr("landsvc.core.throttle.Throttle.check", lambda self, address: None)


def begin(home, code: str = "CN", **more: str) -> tuple[str, str]:
    asked = home.get(f"/services/{code}/apply").text
    form_key = re.search(r'name="formKey" value="([^"]+)"', asked)[1]
    page = home.post(f"/services/{code}/apply", data={"formKey": form_key, **more})
    assert page.status_code == 200, page.text
    return DRAFT.search(page.text)[0], SECRET.search(page.text)[0]


def send(home, code: str, key: str, document: str, content: bytes, name: str = "ảnh.jpg"):
    data = {"key": key, "document": document, "file": (io.BytesIO(content), name)}
    return home.post(f"/applications/{code}/papers", data=data, content_type="multipart/form-data")


def filled(home) -> tuple[str, str]:
    code, key = begin(home)
    assert home.post(f"/applications/{code}/details", data=SAID | {"key": key}).status_code == 200
    for document in ("certificate", "deed-transfer"):
        assert send(home, code, key, document, hostile.with_place(), f"{document}.jpg").status_code == 200
    return code, key


def lodged(home) -> tuple[str, str]:
    code, key = filled(home)
    page = home.post(f"/applications/{code}/lodge", data={"key": key}).text
    return DOSSIER.search(page)[0], SECRET.search(page)[0]


def test_what_is_lodged_from_home_is_received_by_an_officer_with_its_papers(person, home):
    assert 'href="/services/CN/apply"' in home.get("/services/CN").text
    code, key = begin(home)
    empty = home.post(f"/applications/{code}/lodge", data={"key": key})
    assert empty.status_code == 422
    assert all(text in empty.text for text in ("Còn thiếu", "họ tên người nộp đơn", "Bản gốc giấy chứng nhận"))
    page = home.post(f"/applications/{code}/details", data=SAID | {"key": key}).text
    assert all(text in page for text in ("Trần Thị Bưởi", "Bán cả thửa", f"{HERE}-12-345"))
    for document in ("certificate", "deed-transfer"):
        page = send(home, code, key, document, hostile.with_place(), f"../{document}.jpg").text
        assert f"✓ {document}.jpg" in page
    again = home.post("/applications", data={"code": code.lower(), "key": key.lower()}).text
    assert "Đã đủ." in again
    page = home.post(f"/applications/{code}/lodge", data={"key": key})
    dossier, secret = DOSSIER.search(page.text)[0], SECRET.search(page.text)[0]
    assert "Trần Thị Bưởi" not in page.text
    for repeated in (
        home.post(f"/applications/{code}/lodge", data={"key": key}),
        home.post("/applications", data={"code": code, "key": key}),
    ):
        assert (DOSSIER.search(repeated.text)[0], SECRET.search(repeated.text)[0]) == (dossier, secret)

    followed = home.post("/dossiers", data={"code": dossier, "key": secret}).text
    assert "Chi nhánh Tây" in followed
    lan = person("lan")
    page = lan.client.get(f"/office/dossiers/{dossier}?lang=vi").text
    assert "mức 1: không đăng nhập" in page
    found = lan.read(dossier)
    assert (found["state"], found["channel"], found["returnBy"]) == ("SUBMITTED", "portal", "post")
    assert found["applicants"][0]["name"] == "Trần Thị Bưởi"
    papers = {each["document"]: each for each in found["documents"]}
    assert set(papers) == {"form-18", "certificate", "deed-transfer"}
    form = lan.client.get(f"/api/v1/dossiers/{dossier}/documents/{papers['form-18']['id']}")
    said = words_of_pdf(form.data)
    assert all(text in said for text in ("MẪU 18", "Trần Thị Bưởi", "Bán cả thửa cho ông Nguyễn Văn An", code))
    picture = lan.client.get(f"/api/v1/dossiers/{dossier}/documents/{papers['certificate']['id']}").data
    assert picture.startswith(b"\xff\xd8\xff")
    assert b"Secret" not in picture
    assert lan.move(dossier, "receive").status_code == 200
    assert "Đã tiếp nhận" in home.post("/dossiers", data={"code": dossier, "key": secret}).text


def test_lodged_at_once_from_two_windows_it_is_one_dossier(home, module_db):
    code, key = filled(home)
    clients = [home.application.test_client() for _ in range(4)]
    with ThreadPoolExecutor(4) as windows:
        pages = list(
            windows.map(lambda one: one.post(f"/applications/{code}/lodge", data={"key": key}).text, clients)
        )
    assert len({DOSSIER.search(page)[0] for page in pages}) == 1
    with psycopg.connect(module_db) as conn:
        (count,) = conn.execute(
            "SELECT count(*) FROM registry.dossier_applicant a JOIN registry.application p USING (dossier_id)"
            " WHERE p.code = %s",
            [code],
        ).fetchone()
    assert count == 1


def test_the_same_form_sent_twice_begins_one_draft(home):
    form_key = re.search(r'name="formKey" value="([^"]+)"', home.get("/services/TN/apply").text)[1]
    pages = [home.post("/services/TN/apply", data={"formKey": form_key}).text for _ in range(2)]
    assert len({DRAFT.search(page)[0] for page in pages}) == 1
    assert home.post("/services/TN/apply", data={"formKey": "short"}).status_code == 400


def test_without_its_secret_a_draft_tells_takes_and_lodges_nothing(home):
    code, key = filled(home)
    other, _ = begin(home)
    for path, data in (
        ("/applications", {"code": code}),
        (f"/applications/{code}/details", SAID | {"applicant": "Kẻ Gian"}),
        (f"/applications/{code}/papers/drop", {"paper": "1"}),
        (f"/applications/{code}/lodge", {}),
    ):
        for wrong in ("", "AAAA-AAAA-AAAA"):
            answer = home.post(path, data=data | {"key": wrong})
            assert answer.status_code == 404, path
            assert "Bưởi" not in answer.text
    assert send(home, other, key, "certificate", hostile.picture()).status_code == 404
    assert "Kẻ Gian" not in home.post("/applications", data={"code": code, "key": key}).text


def test_a_refused_file_leaves_the_draft_as_it_was(home):
    code, key = begin(home)
    for content, word in (
        (b"MZ\x90\x00", "PDF"),
        (hostile.picture() + hostile.archive(), "giấu"),
        (hostile.picture()[:300], "Không đọc được"),
        (hostile.bomb(), "quá lớn"),
    ):
        answer = send(home, code, key, "certificate", content)
        assert answer.status_code == 400
        assert word in answer.text
        assert "✓" not in answer.text
    assert send(home, code, key, "deed-gift", hostile.picture()).status_code == 422
    taken = send(home, code, key, "certificate", hostile.picture()).text
    paper = re.search(r'name="paper" value="(\d+)"', taken)[1]
    gone = home.post(f"/applications/{code}/papers/drop", data={"key": key, "paper": paper}).text
    assert "✓" not in gone


def test_the_other_language_of_each_page_is_a_page(home):
    code, key = begin(home)
    for page in (
        home.post("/applications", data={"code": code, "key": key}),
        home.post(f"/applications/{code}/details", data={"key": key}),
        home.post(f"/applications/{code}/papers/drop", data={"key": key}),
        home.post(f"/applications/{code}/lodge", data={"key": key}),
        home.post("/dossiers/HS-2026-000001-16/papers", data={"key": "x"}),
        home.post("/dossiers/HS-2026-000001-16/rating", data={"key": "x"}),
    ):
        other = re.search(r'<a class="language"\s+href="([^"]+)"', page.text)[1].replace("&amp;", "&")
        answer = home.get(other)
        assert answer.status_code == 200, other
        assert 'name="key"' in answer.text
        home.get("/services?lang=vi")


def test_a_body_too_large_is_told_in_a_page(home):
    code, key = begin(home)
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n' + bytes(22 * 2**20)
    answer = home.post(
        f"/applications/{code}/papers", data=body + b"\r\n--x--", content_type="multipart/form-data; boundary=x"
    )
    assert answer.status_code == 400
    assert "</html>" in answer.text
    assert "20971520" in answer.text


def test_what_only_authorities_do_and_what_is_not_online_cannot_be_begun(home, module_db):
    assert home.get("/services/KB/apply").status_code == 404
    with psycopg.connect(module_db, autocommit=True) as conn:
        conn.execute("UPDATE registry.online_service SET level = 3 WHERE procedure = 'TG'")
    assert home.get("/services/TG/apply").headers["Location"].startswith("/account/sign-in")
    with psycopg.connect(module_db, autocommit=True) as conn:
        conn.execute("DELETE FROM registry.online_service WHERE procedure = 'TG'")
    assert home.get("/services/TG/apply").status_code == 422
    assert 'href="/services/TG/apply"' not in home.get("/services/TG").text


def test_a_supplement_is_brought_from_home_and_the_office_sees_it(person, home):
    dossier, secret = lodged(home)
    refused = home.post(f"/dossiers/{dossier}/papers", data={"key": secret, "document": "mandate"})
    assert refused.status_code == 200 or "Không có yêu cầu bổ sung" in refused.text
    assert "Không có yêu cầu bổ sung" in refused.text
    lan = person("lan")
    asked = lan.move(dossier, "request_supplement", items=["Chữ ký của chồng"], papers=["mandate"])
    assert asked.status_code == 200, asked.text
    page = home.post("/dossiers", data={"code": dossier, "key": secret}).text
    assert all(text in page for text in ("Chữ ký của chồng", "Văn bản ủy quyền", "Gửi giấy tờ này"))
    for key, document, status in (
        (secret, "certificate", "Hãy chọn"),
        ("AAAA-AAAA-AAAA", "mandate", "Không có hồ sơ"),
    ):
        data = {"key": key, "document": document, "file": (io.BytesIO(hostile.picture()), "x.jpg")}
        assert "Đã nhận giấy tờ" not in home.post(f"/dossiers/{dossier}/papers", data=data).text, status
    data = {"key": secret, "document": "mandate", "file": (io.BytesIO(hostile.picture()), "uy-quyen.jpg")}
    page = home.post(f"/dossiers/{dossier}/papers", data=data).text
    assert "Đã nhận giấy tờ" in page
    assert "đã nhận" in page
    assert "mandate" in {each["document"] for each in lan.read(dossier)["documents"]}


def test_how_one_was_served_is_said_once_and_only_at_the_end(person, home, module_db):
    dossier, secret = lodged(home)
    at = f"/dossiers/{dossier}/rating"
    home.post(at, data={"key": secret, "stars": "1"})
    assert person("lan").move(dossier, "refuse", reason="Không đúng thửa").status_code == 200
    assert "phục vụ thế nào" in home.post("/dossiers", data={"code": dossier, "key": secret}).text
    home.post(at, data={"key": "AAAA-AAAA-AAAA", "stars": "1"})
    assert "Hãy chọn từ 1" in home.post(at, data={"key": secret, "stars": "9"}).text
    said = home.post(at, data={"key": secret, "stars": "4", "words": "Nhanh"}).text
    assert "Cảm ơn" in said
    assert "phục vụ thế nào" not in said
    home.post(at, data={"key": secret, "stars": "1"})
    with psycopg.connect(module_db) as conn:
        told = conn.execute(
            "SELECT r.stars, r.words FROM registry.service_rating r JOIN registry.dossier d ON d.id = r.dossier_id"
            " WHERE d.code = %s",
            [dossier],
        ).fetchall()
    assert told == [(4, "Nhanh")]


def test_what_was_lodged_does_not_change(home, module_db):
    lodged(home)
    with psycopg.connect(module_db) as conn, pytest.raises(psycopg.Error, match="What was lodged"):
        conn.execute("UPDATE registry.application SET wish = 'x' WHERE dossier_id IS NOT NULL")


def test_the_role_of_strangers_reads_no_application_without_its_secret(home, module_db):
    code, _ = filled(home)
    with psycopg.connect(as_role(module_db, "landsvc_tracker"), autocommit=True) as conn:
        told = conn.execute("SELECT registry.application_told(%s, 'AAAAAAAAAAAA')", [code]).fetchone()
        assert told in {None, (None,)}
        for table in ("application", "application_paper", "service_rating"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(f"SELECT FROM registry.{table}")


TEXTS = st.text(max_size=80)


TYPED = ("applicant", "contact", "wish", "parcels", "case", "returnBy")


@settings(max_examples=25)
@example(dict.fromkeys(TYPED, "\0"))
@given(st.fixed_dictionaries(dict.fromkeys(TYPED, TEXTS)))
def test_whatever_is_typed_is_kept_whole_or_refused_with_the_draft_unharmed(home, typed):
    global _draft
    code, key = _draft = globals().get("_draft") or begin(home)
    answer = home.post(f"/applications/{code}/details", data=typed | {"key": key})
    assert answer.status_code in {200, 400}, answer.text
    assert home.post("/applications", data={"code": code, "key": key}).status_code == 200


def test_what_is_lacking_is_each_paper_always_asked_for_but_the_forms_we_write():
    need = {"kind": "deed", "needed": "always"}
    application = {
        "applicant": "a", "contact": "", "parcels": [],
        "needs": [
            need | {"document": "d1"},
            need | {"document": "d2", "needed": "if"},
            need | {"document": "f", "kind": "form"},
        ],
        "papers": [],
    }  # fmt: skip
    assert lacking(application) == ["contact", "parcels", "d1"]
    assert [each["document"] for each in forms_to_write(application)] == ["f"]
    assert lacking(application | {"papers": [{"document": "d1"}]}) == ["contact", "parcels"]


def aged(dsn, code: str, days: int = 91) -> None:
    with psycopg.connect(dsn) as conn:
        conn.execute(
            "UPDATE registry.application SET changed_at = now() - make_interval(days => %s) WHERE code = %s",
            (days, code),
        )


def files_of(dsn, code: str) -> list[str]:
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT sha256 FROM registry.application_paper p JOIN registry.application a ON a.id = p.application_id"
            " WHERE a.code = %s ORDER BY p.id",
            [code],
        ).fetchall()
    return [digest for (digest,) in rows]


def room_used(dsn) -> tuple[int, int]:
    with psycopg.connect(dsn) as conn:
        return conn.execute(
            "SELECT r.bytes, (SELECT coalesce(sum(f.size_bytes), 0) FROM registry.application_paper p"
            " JOIN registry.application a ON a.id = p.application_id AND a.dossier_id IS NULL"
            " JOIN registry.stored_file f ON f.sha256 = p.sha256) FROM registry.draft_room r"
        ).fetchone()


def test_a_draft_nobody_touches_is_forgotten_at_night_with_its_files_and_no_others(person, home, module_db):
    parts = person("lan").client.application.extensions[EXTENSION]
    store = FileStore(parts.settings)
    (old, key), (young, young_key), (sent, sent_key) = begin(home), begin(home), begin(home)
    own, shared, lodged_too = (
        hostile.picture(size=(100 + 1, 80)),
        hostile.picture(size=(100 + 2, 80)),
        hostile.picture(size=(100 + 3, 80)),
    )
    for code, secret, contents in ((old, key, (own, shared, lodged_too)), (young, young_key, (shared,))):
        for content in contents:
            assert send(home, code, secret, "certificate", content).status_code == 200
    first, second, third = files_of(module_db, old)
    home.post(f"/applications/{sent}/details", data=SAID | {"key": sent_key})
    for document in ("certificate", "deed-transfer"):
        send(home, sent, sent_key, document, lodged_too)
    assert DOSSIER.search(home.post(f"/applications/{sent}/lodge", data={"key": sent_key}).text)
    assert forgetting.forget(parts.database, parts.settings, rest_s=0).drafts == 0
    aged(module_db, old)
    assert forgetting.forget(parts.database, parts.settings) == forgetting.Forgotten(1, 0), "within a day"
    assert store.place(first).exists()
    known = {each.sha256 for each in papers_beside(parts.settings.data_dir, module_db)}
    assert first not in known and {second, third} <= known  # noqa: PT018 - one list
    assert forgetting.forget(parts.database, parts.settings, rest_s=0) == forgetting.Forgotten(0, 1)
    assert [store.place(each).exists() for each in (first, second, third)] == [False, True, True]
    assert home.post("/applications", data={"code": old, "key": key}).status_code == 404
    assert "✓" in home.post("/applications", data={"code": young, "key": young_key}).text
    assert forgetting.forget(parts.database, parts.settings, rest_s=0) == forgetting.Forgotten(0, 0)
    used, counted = room_used(module_db)
    assert used == counted


def test_a_file_kept_again_meanwhile_stays(tmp_path, module_db):
    store = FileStore(settings_for(module_db, DATA=str(tmp_path)))
    digest = store.put(b"one")
    assert not store.discard(digest, 3600)
    assert store.read(digest) == b"one"
    os.utime(store.place(digest), (0, 0))
    store.put(b"one")
    assert not store.discard(digest, 3600), "it was wanted a moment ago"
    os.utime(store.place(digest), (0, 0))
    assert store.discard(digest, 3600)
    assert store.discard(digest, 3600)
    assert list(store.place(digest).parent.iterdir()) == []


def test_heads_read_how_people_were_served_and_no_names(person, home, module_db, monkeypatch):
    for stars, words in ((5, "Rất nhanh"), (2, "Gọi bà Nguyễn Thị Lan mãi không được"), (4, "")):
        dossier, secret = lodged(home)
        assert person("lan").move(dossier, "refuse", reason="Không đúng thửa").status_code == 200
        home.post(f"/dossiers/{dossier}/rating", data={"key": secret, "stars": stars, "words": words})
    heads = person("mai").client
    page = heads.get("/office/ratings?lang=vi")
    assert page.status_code == 200
    assert "Rất nhanh" in page.text
    assert "Nguyễn Thị Lan" not in page.text
    assert "1 ý kiến được bỏ" in page.text
    assert dossier not in page.text
    with psycopg.connect(module_db) as conn:
        many, mean = conn.execute("SELECT count(*), round(avg(stars), 2) FROM registry.service_rating").fetchone()
    assert f"<td>{many}</td><td>{str(mean).replace('.', ',')}</td>" in page.text
    assert heads.get("/office/ratings.xlsx").data.startswith(b"PK")
    many_asked = replace(heads.application.extensions[EXTENSION].settings, ratings_least=1000)
    with monkeypatch.context() as patch:
        patch.setattr("landsvc.office.rating_pages.settings", lambda: many_asked)
        few = heads.get("/office/ratings?lang=vi").text
        assert "dưới 1000" in few
        assert str(mean).replace(".", ",") not in few
        assert heads.get("/office/ratings.xlsx").data.startswith(b"PK")
    assert "Chưa có ai" in heads.get("/office/ratings?first=2001-01-01&last=2001-01-02").text
    assert heads.get("/office/ratings?first=2026-02-01&last=2026-01-01").status_code == 400
    assert person("hoa").client.get("/office/ratings").status_code == 403


def test_what_comes_as_a_supplement_is_bounded_and_what_is_refused_goes(person, home, module_db, monkeypatch):
    dossier, secret = lodged(home)
    lan = person("lan")
    lan.move(dossier, "request_supplement", items=["Chữ ký của chồng"], papers=["mandate"])
    parts = lan.client.application.extensions[EXTENSION]
    forgetting.forget(parts.database, parts.settings, rest_s=0)
    first, second = (hostile.picture(size=(170 + n, 80)) for n in (1, 2))

    def bring(content: bytes) -> str:
        data = {"key": secret, "document": "mandate", "file": (io.BytesIO(content), "x.jpg")}
        return home.post(f"/dossiers/{dossier}/papers", data=data).text

    assert "Đã nhận giấy tờ" in bring(first)
    with psycopg.connect(module_db) as conn:
        ((taken,),) = conn.execute(
            "SELECT f.size_bytes FROM registry.stored_file f JOIN registry.dossier_document h USING (sha256)"
            " ORDER BY h.id DESC LIMIT 1"
        ).fetchall()
    monkeypatch.setattr("landsvc.portal.tracking_pages.Room.of", lambda _settings: Room(taken + 10, 10**12))
    assert "Giấy tờ gửi từ nhà quá lớn" in bring(second)
    monkeypatch.undo()
    assert forgetting.forget(parts.database, parts.settings, rest_s=0).files == 1
    documents = [each["document"] for each in lan.read(dossier)["documents"]]
    assert documents.count("mandate") == 1


def test_files_that_nothing_names_leave_the_folder_and_one_that_cannot_stops_no_night(
    person, home, module_db, monkeypatch
):
    parts = person("lan").client.application.extensions[EXTENSION]
    store = FileStore(parts.settings)
    code, key = begin(home)
    assert send(home, code, key, "certificate", hostile.picture(size=(180, 80))).status_code == 200
    (named,) = files_of(module_db, code)
    forgetting.forget(parts.database, parts.settings, rest_s=0)
    left, stuck, young = store.put(b"kept and then killed"), store.put(b"cannot go"), store.put(b"kept of late")
    half, aside = store.place(left).with_name("tmphalf"), store.place("ab" * 32).with_suffix(".going")
    aside.parent.mkdir(exist_ok=True)
    for place in (half, aside):
        place.write_bytes(b"x")
    for place in (store.place(left), store.place(stuck), store.place(named), half, aside):
        os.utime(place, (0, 0))
    # Somebody may look at an older database beside this folder: what it does not name stays for the days of a draft.
    ten_days_ago = time.time() - 10 * 86_400
    os.utime(store.place(young), (ten_days_ago, ten_days_ago))
    discard = FileStore.discard

    def fails(self: FileStore, digest: str, older_than_s: float) -> bool:
        if digest == stuck:
            raise PermissionError("read-only folder")
        return discard(self, digest, older_than_s)

    monkeypatch.setattr(FileStore, "discard", fails)
    assert forgetting.forget(parts.database, parts.settings) == forgetting.Forgotten(0, 1, 1)
    monkeypatch.undo()
    assert [store.place(each).exists() for each in (left, stuck, young, named)] == [False, True, True, True]
    assert not half.exists()
    assert store.place("ab" * 32).exists(), "what was set aside is put back; the next night looks at it"
    assert forgetting.forget(parts.database, parts.settings) == forgetting.Forgotten(0, 2, 0)
    store.place(young).unlink()


def test_a_folder_that_cannot_be_read_ends_no_night(person, monkeypatch):
    parts = person("lan").client.application.extensions[EXTENSION]

    def unread(self: FileStore, older_than_s: float) -> Iterator[str]:
        yield from ()
        raise OSError("input/output error")

    monkeypatch.setattr(FileStore, "old", unread)
    assert forgetting.forget(parts.database, parts.settings).failed == 1


def test_a_backup_takes_a_picture_of_a_report_that_a_draft_had_too(person, home, module_db):
    parts = person("lan").client.application.extensions[EXTENSION]
    picture = hostile.picture(size=(190, 80))
    form = home.get("/feedback").text
    key = re.search(r'name="formKey" value="([^"]+)"', form)[1]
    body = {"formKey": key, "category": "map", "place": f"{HERE}-12-345", "words": "Sai tên đường"}
    sent = home.post("/feedback", data=body | {"photo": (io.BytesIO(picture), "a.jpg")})
    assert sent.status_code == 200
    with psycopg.connect(module_db) as conn:
        ((digest,),) = conn.execute("SELECT photo FROM registry.feedback WHERE form_key = %s", [key]).fetchall()
        conn.execute("SELECT registry.drop_file(%s)", [digest])
    assert digest in {each.sha256 for each in papers_beside(parts.settings.data_dir, module_db)}


def test_a_paper_taken_out_and_sent_again_at_once_is_no_deadlock(home, module_db):
    """Both take the application first; taking out held the paper, and sending it waited for that."""
    code, key = filled(home)
    with psycopg.connect(module_db) as conn:
        ((paper,),) = conn.execute(
            "SELECT p.id FROM registry.application_paper p JOIN registry.application a"
            " ON a.id = p.application_id WHERE a.code = %s ORDER BY p.id LIMIT 1",
            [code],
        ).fetchall()
    drop = "SELECT registry.drop_application_paper(%s, %s, %s)"
    secret = tracking.plain(key)
    with psycopg.connect(module_db) as one, psycopg.connect(module_db) as two, ThreadPoolExecutor(1) as pool:
        one.execute("SELECT FROM registry.application WHERE code = %s FOR UPDATE", [code])
        waiting = pool.submit(two.execute, drop, [code, secret, paper])
        time.sleep(0.3)
        # Who holds the application finds the paper free: who takes it out waits for the application alone.
        one.execute("SELECT FROM registry.application_paper WHERE id = %s FOR UPDATE NOWAIT", [paper])
        one.commit()
        assert waiting.result(10).fetchone() == (True,)
        two.commit()
        assert one.execute("SELECT FROM registry.application_paper WHERE id = %s", [paper]).fetchone() is None


def test_people_take_away_what_they_lodged(home):
    code, key = filled(home)
    draft = home.post(f"/applications/{code}/lodged.pdf", data={"key": key})
    assert (draft.status_code, "chưa được nộp" in draft.text) == (409, True)
    page = home.post(f"/applications/{code}/lodge", data={"key": key}).text
    dossier = DOSSIER.search(page)[0]
    paper = home.post(f"/applications/{code}/lodged.pdf", data={"key": key})
    assert paper.content_type == "application/pdf"
    assert paper.headers["Cache-Control"] == "no-store"
    words = words_of_pdf(paper.data)
    for told in (dossier, "Trần Thị Bưởi", f"{HERE}-12-345", f"/dossiers/{dossier}"):
        assert told in words
    for told in ("Phí, lệ phí tại cơ quan đăng ký", "Mất bao lâu", "ngày làm việc", "Hỏi ở đâu"):
        assert told in words, told
    assert home.post(f"/applications/{code}/lodged.pdf", data={"key": "0" * 12}).status_code == 404
    assert home.get(f"/applications/{code}/lodged.pdf").status_code == 200


def test_how_long_drafts_are_kept_is_told_from_the_settings(home, person):
    days = person("lan").client.application.extensions[EXTENSION].settings.draft_days
    assert f"sau {days} ngày" in home.get("/services/CN/apply").text


def test_what_is_refused_leaves_the_folder_at_night_too(person, home, module_db, monkeypatch):
    parts = person("lan").client.application.extensions[EXTENSION]
    code, key = begin(home)
    monkeypatch.setattr("landsvc.portal.application_pages.Room.of", lambda _settings: Room(10, 10**12))
    refused = send(home, code, key, "certificate", hostile.picture(size=(100 + 7, 80)))
    assert refused.status_code == 422
    assert "Giấy tờ quá lớn" in refused.text
    monkeypatch.setattr("landsvc.portal.application_pages.Room.of", lambda _settings: Room(10**9, 10))
    assert send(home, code, key, "certificate", hostile.picture(size=(100 + 8, 80))).status_code == 503
    assert files_of(module_db, code) == []
    assert forgetting.forget(parts.database, parts.settings, rest_s=0).files == 2
    monkeypatch.undo()
    assert room_used(module_db)[0] == room_used(module_db)[1]


def test_an_unfinished_application_is_told_what_lacks_by_names(home):
    code, key = begin(home)
    page = home.post(f"/applications/{code}/lodge", data={"key": key}).text
    assert "cần có: họ tên người nộp đơn, số điện thoại, thửa đất, Bản gốc giấy chứng nhận" in page
    assert "certificate," not in page


def test_a_paper_taken_out_meanwhile_is_not_lodged(home, module_db):
    code, key = filled(home)
    with psycopg.connect(module_db) as conn:
        whole = "SELECT a.changed_at, min(p.id) FROM registry.application a JOIN registry.application_paper p"
        whole += " ON p.application_id = a.id WHERE a.code = %s GROUP BY a.changed_at"
        ((before, paper),) = conn.execute(whole, [code]).fetchall()
    assert home.post(f"/applications/{code}/papers/drop", data={"key": key, "paper": paper}).status_code == 200
    with psycopg.connect(module_db) as conn:
        assert conn.execute(
            "SELECT changed_at > %s FROM registry.application WHERE code = %s", (before, code)
        ).fetchone() == (True,)
