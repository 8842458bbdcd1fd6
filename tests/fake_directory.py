"""A tiny OpenID Connect provider that says whatever a test wants it to, also what no real one would."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

KEY = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, parameters={"kid": "one", "use": "sig", "alg": "RS256"})
CLIENT, SECRET = "checklist", "a-secret-for-tests"

Claims = dict[str, Any]


class FakeDirectory:
    """`claims` is who signs in. `change` may alter the token's facts at the last moment; `signed` says how it is signed; `broken` breaks a step."""

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: Claims = {}
        self.change: Callable[[Claims], None] = lambda claims: None
        self.signed = "well"
        self.broken = ""
        self.now: Callable[[], float] = lambda: 0
        self.asked: dict[str, str] = {}

    def let_in(self, address: str) -> str:
        """What a browser is sent back with after its owner signed in at `address`; checks what the app asked for."""
        parts = urlsplit(address)
        self.asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert (self.asked["response_type"], self.asked["client_id"], self.asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert len(self.asked["nonce"]) >= 20
        assert len(self.asked["state"]) >= 20
        assert set(self.asked["scope"].split()) == {"openid", "email", "profile"}
        back = urlsplit(self.asked["redirect_uri"])
        return f"{back.path}?code=the-code&state={self.asked['state']}"

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        if self.broken in path and self.broken:
            return 500, {"error": "server_error"}
        if path.endswith("/.well-known/openid-configuration"):
            return 200, {
                "issuer": self.issuer + ("/other" if self.broken == "issuer" else ""), "authorization_endpoint": self.issuer + "/authorize", "token_endpoint": self.issuer + "/token",
                "jwks_uri": self.issuer + "/jwks", "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"], "code_challenge_methods_supported": ["S256"],
            }  # fmt: skip
        if path.endswith("/jwks"):
            return 200, {"keys": [KEY.as_dict(private=False)]}
        if (
            form.get("code") != "the-code"
            or _challenge(form["code_verifier"]) != self.asked["code_challenge"]
            or form["redirect_uri"] != self.asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": self._token()}
        if self.broken == "no id token":
            del answer["id_token"]
        return 200, answer

    def _token(self) -> str:
        now = int(self.now())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "s-1",
            "nonce": self.asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.claims,
        }
        self.change(claims)
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.signed == "by nobody":
            return ".".join(_packed(part) for part in ({"alg": "none"}, claims)) + "."
        if self.signed == "with the secret":
            return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
        if self.signed == "with its own key":
            return jwt.encode({"alg": "RS256", "kid": "one", "jwk": OTHER.as_dict(private=False)}, claims, OTHER)
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER if self.signed == "by somebody else" else KEY)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _packed(part: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[FakeDirectory]:
    directory = FakeDirectory()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(*directory.answer(urlsplit(self.path).path, {}))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._say(*directory.answer(urlsplit(self.path).path, {name: values[0] for name, values in parse_qs(sent).items()}))

        def _say(self, status: int, body: Any) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    directory.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield directory
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
