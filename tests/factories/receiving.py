"""A machine that receives pushes over real HTTP, in a thread of its own, and answers as a test wants it to."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Receiver:
    """What came in, and what is answered: a status, or a function that answers by itself."""

    address: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: int | Callable[[BaseHTTPRequestHandler], None] = 204
    released: threading.Event = field(default_factory=threading.Event)

    def ids(self) -> list[str]:
        """Return the ids of what came in, in order."""
        return [headers["webhook-id"] for headers, _body in self.got]

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Answer nothing until the test is over."""
        self.released.wait(30)

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """Send one byte of an answer after the other, without an end."""
        for each in b"HTTP/1.1 200 OK" * 100:
            if self.released.is_set():
                return
            handler.wfile.write(bytes([each]))
            handler.wfile.flush()
            time.sleep(0.05)


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Receive on a free port of this machine, over TLS where a context is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if callable(receiver.answer):
                with suppress(OSError):  # the other side may have left
                    receiver.answer(self)
                return
            self.send_response(receiver.answer)
            if receiver.answer in {301, 302, 307, 308}:
                self.send_header("Location", receiver.address + "/elsewhere")
            said = b"" if receiver.answer == 204 else b"said \x01 no"
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.handle_error = lambda *_: None  # type: ignore[method-assign] # who does not trust us leaves
    receiver.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        receiver.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
