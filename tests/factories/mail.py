"""A mail server of the tests: a real SMTP conversation (RFC 5321) over a socket, in threads of its own.

It offers STARTTLS where a certificate is given, and AUTH PLAIN where a password is; what it answers can be set.
"""

from __future__ import annotations

import email
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer


@dataclass
class MailServer:
    """What came in, and what is answered otherwise than usual: `says["RCPT"] = "550 no such user"`."""

    port: int = 0
    certificate: Path | None = None
    password: str | None = None
    says: dict[str, str] = field(default_factory=dict)
    hangs_up_after_data: int = 0
    """So many messages are taken, and their answer is lost."""
    got: list[tuple[str, bool, EmailMessage]] = field(default_factory=list)
    """To whom, whether it came encrypted, and the message."""
    signed_in: list[str] = field(default_factory=list)


class _Handler(StreamRequestHandler):
    server: _Server
    is_encrypted = False

    def handle(self) -> None:
        self.ours = self.server.mail
        self.to: list[str] = []
        self.say(self.ours.says.get("HELLO", "220 tests ESMTP"))
        with suppress(OSError, ValueError):
            while line := self.rfile.readline().decode("ascii").strip():
                verb = line.split(" ")[0].split(":")[0].upper()
                if verb in self.ours.says:
                    self.say(self.ours.says[verb])
                elif not getattr(self, f"on_{verb.lower()}", self.unknown)(line):
                    return

    def finish(self) -> None:
        super().finish()
        with suppress(OSError):
            self.connection.close()  # TLS took the socket over from the server

    def say(self, *lines: str) -> bool:
        for line in lines:
            self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()
        return True

    def unknown(self, _line: str) -> bool:
        return self.say("502 unknown")

    def on_ehlo(self, _line: str) -> bool:
        offers = ["250-tests"]
        if self.ours.certificate and not self.is_encrypted:
            offers.append("250-STARTTLS")
        if self.ours.password and (self.is_encrypted or not self.ours.certificate):
            offers.append("250-AUTH PLAIN")
        return self.say(*offers, "250 8BITMIME")

    def on_starttls(self, _line: str) -> bool:
        self.say("220 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(str(self.ours.certificate))
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.is_encrypted = True
        return True

    def on_auth(self, line: str) -> bool:
        _, user, password = b64decode(line.split(" ")[2]).decode().split("\0")
        if password != self.ours.password:
            return self.say("535 5.7.8 no")
        self.ours.signed_in.append(user)
        return self.say("235 welcome")

    def on_mail(self, _line: str) -> bool:
        self.to = []
        return self.say("250 ok")

    def on_rcpt(self, line: str) -> bool:
        self.to.append(line.partition("<")[2].partition(">")[0])
        return self.say("250 ok")

    def on_rset(self, _line: str) -> bool:
        return self.say("250 ok")

    def on_data(self, _line: str) -> bool:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        message = email.message_from_bytes(b"".join(lines), policy=default)
        self.ours.got.append((", ".join(self.to), self.is_encrypted, message))
        if self.ours.hangs_up_after_data:
            self.ours.hangs_up_after_data -= 1
            return False
        return self.say("250 taken")

    def on_quit(self, _line: str) -> bool:
        self.say("221 bye")
        return False


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mail: MailServer

    def handle_error(self, *_who: object) -> None:
        """Say nothing of who left in the middle."""


@contextmanager
def mail_server(certificate: Path | None = None, password: str | None = None) -> Iterator[MailServer]:
    """Take mail on a free port of this machine."""
    found = MailServer(certificate=certificate, password=password)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.mail = found
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
