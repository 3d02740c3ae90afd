"""A client that a public generator writes from our OpenAPI document, and nothing else of ours."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from copy import copy
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "generated_tax_client"
MANNER = {
    # Two values of a code list may differ by case alone, which names of Python's enums do not.
    "literal_enums": True,
    "package_name_override": PACKAGE,
    "post_hooks": [],
    "content_type_overrides": {"application/pdf": "application/octet-stream"},
}


class Generated:
    """The generated package, used as its own documentation says."""

    def __init__(self, address: str, folder: Path) -> None:
        """Generate it from the document that a running service publishes; raise when the generator refuses."""
        with urllib.request.urlopen(f"{address}/api/v1/openapi.json", timeout=30) as answer:
            (folder / "openapi.json").write_bytes(answer.read())
        (folder / "manner.json").write_text(json.dumps(MANNER))
        program = Path(sys.executable).with_name("openapi-python-client")
        done = subprocess.run(
            [program, "generate", "--path", folder / "openapi.json", "--config", folder / "manner.json",
             "--output-path", folder / PACKAGE, "--meta", "none"],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        self.warnings = [line for line in done.stdout.splitlines() if line.startswith("WARNING parsing")]
        sys.path.insert(0, str(folder))
        invalidate_caches()
        self._address, self._token = address, ""

    def module(self, path: str) -> ModuleType:
        """Return one module of it."""
        return import_module(f"{PACKAGE}.{path}")

    def model(self, name: str) -> Any:
        """Return one of its shapes."""
        return getattr(self.module("models"), name)

    def signed_in(self, client_id: str, secret: str, scope: str) -> Generated:
        """Return it with a token that it got itself."""
        body = self.model("OauthTokenBody")("client_credentials", client_id, secret, scope)
        with self.module("client").Client(self._address) as anybody:
            answer = self.module("api.signing_in.oauth_token").sync_detailed(client=anybody, body=body)
        assert answer.status_code == 200, answer.content
        return self.with_token(answer.parsed.access_token)

    def with_token(self, token: str) -> Generated:
        """Return it with a token."""
        same = copy(self)
        same._token = token
        return same

    def ask(self, operation: str, *path: object, ok: int = 200, **given: Any) -> Any:
        """Do one operation, named `tag.operation`; return what it answered, as the shape the document names."""
        with self.module("client").AuthenticatedClient(self._address, self._token) as client:
            answer = self.module(f"api.{operation}").sync_detailed(*path, client=client, **given)
        assert answer.status_code == ok, answer.content
        assert answer.parsed is not None, f"the document does not tell this answer: {answer.content!r}"
        return answer.parsed
