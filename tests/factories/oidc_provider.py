"""A small OpenID provider as a process of its own: strict about what it gets, and able to misbehave.

    python tests/factories/oidc_provider.py PORT

`PUT /behaviour` says how it answers from there on; what is not said is right:
`sub`, `alg` (RS256, ES256, none, HS256), `kid`, `claims` (put into the ID token; null takes one out), `deny`, `iss`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import sys
import time
from urllib.parse import urlencode

from flask import Flask, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

CLIENT, SECRET = "landsvc", "a secret: of two"
KEYS = {
    "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
    "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
    "HS256": OctKey.import_key(SECRET),
}
app = Flask(__name__)
behaviour: dict = {}
codes: dict[str, dict[str, str]] = {}


@app.put("/behaviour")
def behave():
    behaviour.clear()
    behaviour.update(request.json)
    return "", 204


@app.get("/.well-known/openid-configuration")
def describe():
    here = request.host_url.rstrip("/")
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/authorize?kept=1",
        "token_endpoint": f"{here}/token",
        "jwks_uri": f"{here}/jwks",
        "authorization_response_iss_parameter_supported": True,
    }


@app.get("/jwks")
def jwks():
    listed = KeySet([KEYS["RS256"], KEYS["ES256"]]).as_dict()["keys"]
    return {"keys": [*listed, {"kty": "of another kind"}]}


@app.get("/authorize")
def authorize():
    asked = request.args
    assert (asked["client_id"], asked["response_type"], asked["kept"]) == (CLIENT, "code", "1")
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "S256")
    answer = {"state": asked["state"], "iss": behaviour.get("iss", request.host_url.rstrip("/"))}
    if behaviour.get("deny"):
        return redirect(f"{asked['redirect_uri']}?{urlencode(answer | {'error': 'access_denied'})}")
    code = secrets.token_urlsafe(16)
    codes[code] = dict(asked)
    return redirect(f"{asked['redirect_uri']}?{urlencode(answer | {'code': code})}")


@app.post("/token")
def token():
    sent = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    if request.headers.get("Authorization") != f"Basic {sent}":
        return {"error": "invalid_client"}, 401
    asked = codes.pop(request.form["code"], None)
    if asked is None or request.form["redirect_uri"] != asked["redirect_uri"]:
        return {"error": "invalid_grant"}, 400
    digest = hashlib.sha256(request.form["code_verifier"].encode()).digest()
    if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]:
        return {"error": "invalid_grant"}, 400
    return {"access_token": "x", "token_type": "Bearer", "id_token": id_token(asked["nonce"])}


def id_token(nonce: str) -> str:
    now = int(time.time())
    claims = {
        "iss": request.host_url.rstrip("/"),
        "sub": behaviour.get("sub", "an-at-provider"),
        "aud": CLIENT,
        "iat": now,
        "exp": now + 300,
        "nonce": nonce,
    } | behaviour.get("claims", {})
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithm = behaviour.get("alg", "RS256")
    if algorithm == "none":
        parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
    key = KEYS[algorithm]
    kid = behaviour.get("kid", key.kid)
    return jwt.encode({"alg": algorithm} | ({"kid": kid} if kid else {}), claims, key, [algorithm])


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app.run("127.0.0.1", int(sys.argv[1]))
