"""A stub that speaks the transit engine's HTTP interface (OpenBao, HashiCorp Vault) on loopback, for one key."""

import base64
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.example-token"


class KeyServer:
    """``state`` is "" or what is wrong with it: sealed, denied, gone, garbage, slow. ``asked`` are the paths, in order."""

    def __init__(self):
        self.versions = {1: os.urandom(32)}
        self.lowest, self.state, self.asked = 1, "", []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method, path, token, body):
        self.asked.append(path)
        if self.state == "sealed":
            return 503, {"errors": ["Vault is sealed"]}
        if self.state == "denied" or token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        if self.state == "gone":
            return 404, {"errors": []}
        if self.state == "broken":
            return 500, {"errors": ["internal error"]}
        if path == "/v1/transit/keys/licet" and method == "GET":
            return 200, {"data": {"latest_version": max(self.versions), "min_decryption_version": self.lowest}}
        if path == "/v1/transit/keys/licet/rotate":
            self.versions[max(self.versions) + 1] = os.urandom(32)
            return 200, {"data": {"latest_version": max(self.versions)}}
        turn = {"encrypt": self._encrypt, "decrypt": self._decrypt, "rewrap": self._rewrap}[path.split("/")[3]]
        results = [turn(item) for item in body["batch_input"]]
        return (400 if all("error" in one for one in results) else 200), {"data": {"batch_results": results}}

    def _encrypt(self, item):
        version, nonce = item["key_version"], os.urandom(12)
        sealed = nonce + AESGCM(self.versions[version]).encrypt(nonce, base64.b64decode(item["plaintext"]), None)
        return {"ciphertext": f"vault:v{version}:{base64.b64encode(sealed).decode()}", "key_version": version}

    def _decrypt(self, item):
        _, version, text = item["ciphertext"].split(":")
        if int(version[1:]) < self.lowest:
            return {"error": "ciphertext or signature version is disallowed by policy (too old)"}
        sealed = base64.b64decode(text)
        try:
            plain = AESGCM(self.versions[int(version[1:])]).decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, KeyError):
            return {"error": "cipher: message authentication failed"}
        return {"plaintext": base64.b64encode(plain).decode()}

    def _rewrap(self, item):
        found = self._decrypt(item)
        return found if "error" in found else self._encrypt({**found, "key_version": item["key_version"]})

    def _handler(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self):
                text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, document = outer.answer(
                    self.command, self.path, self.headers.get("X-Vault-Token"), json.loads(text or b"{}")
                )
                body = b"<html>" if outer.state == "garbage" else json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names the server looks for

            def log_message(self, *arguments):
                pass

        return Handler
