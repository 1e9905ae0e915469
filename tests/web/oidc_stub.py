"""An OpenID Connect provider on loopback: discovery, keys, token endpoint with PKCE. Each fault that a test needs can be switched on."""

import base64
import hashlib
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "licet", "Example-Client-Secret"


def _key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.key, self.other = _key(), _key()
        self.codes = {}
        self.claims = {}  # what the next token says on top of, or instead of, what is right
        self.sign = {"key": self.key, "algorithm": "RS256", "headers": {"kid": "one"}}
        self.discovery = {}
        self.asked = []

    def grant(self, address, **claims):
        """What the provider does once the person has signed in there: a code for the question in ``address``."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(12)
        self.codes[code] = (asked, claims)
        return code, asked["state"]

    def token(self, form, authorization):
        """The token endpoint: one use a code, the right client, the right verifier."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
        asked, claims = self.codes.pop(form.get("code", ""), ({}, {}))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        same = asked.get("code_challenge") == challenge and asked.get("code_challenge_method") == "S256"
        if (
            [unquote(part) for part in pair] != [CLIENT, SECRET]
            or not same
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **claims,
            **self.claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        return 200, {"access_token": "unused", "token_type": "Bearer", "id_token": jwt.encode(said, **self.sign)}


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def do_GET(self):
        server = self.server
        server.asked.append(self.path)
        if self.path == "/.well-known/openid-configuration":
            base = server.issuer
            self._say(200, {
                "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/keys", **server.discovery,
            })  # fmt: skip
        elif self.path == "/keys":
            entry = jwt.algorithms.RSAAlgorithm.to_jwk(server.key.public_key(), as_dict=True)
            self._say(200, {"keys": [{**entry, "kid": "one", "use": "sig", "alg": "RS256"}]})
        elif self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/keys")
            self.end_headers()
        else:
            self._say(404, {})

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(content).items()}
        self._say(*self.server.token(form, self.headers.get("Authorization", "")))

    def _say(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def start():
    server = Provider()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
