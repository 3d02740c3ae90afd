"""The bank's counter on this machine: a page to scan a code with, and the same for programs, over plain HTTP.

GET  /                     a form for the text of a code, and what was taken
POST /pay                  {"qr": "…"} → 201 and the payment; also the form
POST /refunds              {"refundNo": "HT-…", "orderCode": "LP-…", "amountVnd": 28000}: fees paid back for the office
GET  /books                everything in the books
POST /statements/DAY       send the list of a day, {"missing": 1, "extra": 1, "different": 1} on request
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from email import message_from_bytes
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from landsvc.core.errors import LandsvcError
from landsvc.sim.bank import LOOPBACK, Bank, Spoilt
from landsvc.sim.bank_books import Taken

MOST_BYTES = 64 * 2**10
SHOWN = 50
DAY = re.compile(r"/statements/(\d{4}-\d{2}-\d{2})")
PAGE = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{channel}: ngân hàng mô phỏng</title><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>{channel}: ngân hàng mô phỏng <span lang="en">(simulated bank)</span></h1>
<p>Không có tiền thật. <span lang="en">No real money moves here.</span></p>{told}
<form method="post" action="/pay" enctype="multipart/form-data">
<label for="qr">Nội dung mã VietQR <span lang="en">(text of the VietQR code)</span></label>
<textarea id="qr" name="qr" rows="4" spellcheck="false"></textarea>
<label for="file">hoặc tệp văn bản <span lang="en">(or a text file)</span></label>
<input id="file" name="file" type="file" accept="text/plain">
<button>Thanh toán <span lang="en">(pay)</span></button></form>
<h2>Sổ sách <span lang="en">(books)</span></h2>{rows}</main></body></html>"""
TABLE = """<div class="wide"><table><thead><tr><th>Số tham chiếu</th><th>Mục đích</th><th>Số tiền (đồng)</th>
<th>Thời điểm</th><th>Cơ quan đăng ký</th><th>Cơ quan thuế</th></tr></thead><tbody>{rows}</tbody></table></div>"""
STYLE = """body{font:16px/1.5 system-ui,sans-serif;margin:0;color:#1b1b1b;background:#fff}
main{max-width:80rem;margin:auto;padding:1rem}textarea,input{display:block;width:100%;box-sizing:border-box;font:inherit;
padding:.5rem;margin:.25rem 0 1rem}textarea{font-family:monospace}button{font:inherit;padding:.6rem 1.2rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;
border-bottom:1px solid #bbb}td{white-space:nowrap}td.n{text-align:right}
.told{border-left:4px solid #005a9c;padding:.5rem 1rem}
"""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def open_counter(bank: Bank, channel: str, port: int) -> ThreadingHTTPServer:
    """Return the counter of a bank, bound to this machine alone; `serve_forever` serves."""
    return ThreadingHTTPServer(
        ("127.0.0.1", port), type("Counter", (Counter,), {"bank": bank, "channel": channel})
    )


class Counter(BaseHTTPRequestHandler):
    """Answers one request."""

    bank: Bank
    channel: str
    timeout = 20

    def do_GET(self) -> None:
        """Give the page, its style, or the books."""
        if not self._is_ours():
            return
        if self.path == "/":
            self._page(200, "")
        elif self.path == "/style.css":
            self._answer(200, STYLE, "text/css")
        elif self.path == "/books":
            told = [asdict(taken) | {"told": dict(whom)} for taken, whom in self.bank.books.all()]
            repaid = [asdict(each) for each in self.bank.books.repaid()]
            self._json(200, {"payments": told, "refunds": repaid, "counts": dict(self.bank.counts)})
        else:
            self._json(404, {"code": "not-found"})

    def do_POST(self) -> None:
        """Take a payment, or send the list of a day."""
        if not self._is_ours():
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self._json(413, {"code": "too-large"})
            return
        body = self.rfile.read(int(length))
        try:
            if self.path == "/pay":
                self._pay(body)
            elif self.path == "/refunds":
                self._pay_back(json.loads(body))
            elif found := DAY.fullmatch(self.path):
                status, told = self.bank.send_statement(date.fromisoformat(found[1]), _spoilt(body))
                self._json(status or 502, told)
            else:
                self._json(404, {"code": "not-found"})
        except LandsvcError as error:
            if self._is_form():
                self._page(400, escape(error.message()))
            else:
                self._json(400, {"code": error.slug, "detail": error.message()})
        except (ValueError, TypeError, KeyError):
            self._json(400, {"code": "malformed"})

    def _pay(self, body: bytes) -> None:
        taken = self.bank.pay(_scanned(self.headers.get("Content-Type", ""), body))
        if self._is_form():
            self._page(201, f"Đã thu {taken.amount_vnd:,} đồng, số tham chiếu {escape(taken.reference)}.")
        else:
            self._json(201, asdict(taken))

    def _pay_back(self, told: Mapping[str, Any]) -> None:
        amount = told["amountVnd"]
        if type(amount) is not int or amount <= 0:
            raise ValueError("no whole đồng")
        self._json(201, asdict(self.bank.pay_back(str(told["refundNo"]), str(told["orderCode"]), amount)))

    def _is_ours(self) -> bool:
        """Refuse what a page of another site asks through somebody's browser."""
        host = self.headers.get("Host", "").rpartition(":")[0].strip("[]")
        origin = self.headers.get("Origin")
        if host in LOOPBACK and origin in {None, f"http://{self.headers.get('Host')}"}:
            return True
        self._json(403, {"code": "forbidden"})
        return False

    def _is_form(self) -> bool:
        return not self.headers.get("Content-Type", "").startswith("application/json")

    def _page(self, status: int, told: str) -> None:
        lines = [_row(*each) for each in reversed(self.bank.books.all()[-SHOWN:])]
        rows = TABLE.format(rows="".join(lines)) if lines else "<p>Chưa thu khoản nào.</p>"
        note = f'<p class="told" role="status">{told}</p>' if told else ""
        self._answer(status, PAGE.format(channel=escape(self.channel), told=note, rows=rows), "text/html")

    def _json(self, status: int, told: Any) -> None:
        self._answer(status, json.dumps(told, ensure_ascii=False), "application/json")

    def _answer(self, status: int, text: str, kind: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": f"{kind}; charset=utf-8"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing of each request."""


def _scanned(kind: str, body: bytes) -> str:
    """Return the text of a code from JSON or a form, of a file where one is given; raise ValueError."""
    if kind.startswith("application/json"):
        return str(json.loads(body)["qr"]) if isinstance(json.loads(body), dict) else ""
    if kind.startswith("multipart/form-data"):
        parts = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
        found = {
            str(each.get_param("name", header="content-disposition")): each.get_payload(decode=True)
            for each in parts.walk()
            if not each.is_multipart()
        }
        given = found.get("file") or found.get("qr") or b""
        return given.decode("ascii", "replace") if isinstance(given, bytes) else ""
    return parse_qs(body.decode("ascii", "replace")).get("qr", [""])[0]


def _spoilt(body: bytes) -> Spoilt:
    told = json.loads(body or b"{}")
    return Spoilt(**{name: int(value) for name, value in told.items()})


def _row(taken: Taken, told: Mapping[str, str]) -> str:
    what = taken.order_code or taken.obligation_id or "?"
    cells = (taken.reference, f"{taken.purpose} {what} {taken.dossier or ''}")
    rest = (taken.paid_at[:19], told.get("registry", "…"), told.get("tax", "…"))
    amount = f'<td class="n">{taken.amount_vnd:,}</td>'
    return f"<tr>{_cells(cells)}{amount}{_cells(rest)}</tr>"


def _cells(texts: tuple[str, ...]) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)
