"""Time stamps, against a small RFC 3161 service on loopback (``openssl ts``)."""

import base64
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

pytest.importorskip("rfc3161_client", reason="the extra licet[timestamp] is not installed")

from licet.ledger import checkpoint, package
from licet.ledger.stamp import NoStamp, stamp, stamped_at

CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
"""
EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
)


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60, **more).stdout


def root_and_service(folder):
    """A root certificate, and a certificate for time stamps under it."""
    (folder / "ext").write_text(EXTENSIONS)
    (folder / "conf").write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl(
        "req", "-x509", *key, "-keyout", folder / "root.key", "-out", folder / "root.pem", "-subj", "/O=Example/CN=Root",
        "-days", "30", "-addext", "keyUsage=critical,keyCertSign",
    )  # fmt: skip
    openssl(
        "req", "-new", *key, "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr", "-subj", "/O=Example/CN=TSA"
    )
    openssl(
        "x509", "-req", "-in", folder / "tsa.csr", "-CA", folder / "root.pem", "-CAkey", folder / "root.key",
        "-CAcreateserial", "-days", "30", "-extfile", folder / "ext", "-out", folder / "tsa.pem",
    )  # fmt: skip


class Service(BaseHTTPRequestHandler):
    folder = None
    answer = None

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.answer
        if answer is None:
            (self.folder / "query").write_bytes(asked)
            arguments = ("-config", self.folder / "conf", "-section", "one", "-queryfile", self.folder / "query")
            openssl("ts", "-reply", *arguments, "-out", self.folder / "reply", cwd=self.folder)
            answer = (200, (self.folder / "reply").read_bytes())
        self.send_response(answer[0])
        self.send_header("Location", "http://127.0.0.1:1/")
        self.send_header("Content-Length", str(len(answer[1])))
        self.end_headers()
        self.wfile.write(answer[1])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def tsa(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    folder = tmp_path_factory.mktemp("tsa")
    root_and_service(folder)
    handler = type("Here", (Service,), {"folder": folder})
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", folder, handler
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


SIGNATURE = base64.b64encode(b"s" * 64).decode()


def test_a_checkpoint_carries_a_time_stamp_that_openssl_checks(write, tsa, tmp_path):
    address, folder, _ = tsa
    write(3)
    signed = checkpoint.make(stamp_by=address, root=str(folder / "root.pem"))
    assert stamped_at(signed.stamp, signed.signature, str(folder / "root.pem")).startswith("20")
    package.write(tmp_path / "record")
    [stamped] = (tmp_path / "record" / "checkpoints").glob("*.tsr")
    files = ("-in", stamped, "-data", stamped.with_suffix(".sig"), "-CAfile", folder / "root.pem")
    assert b"OK" in openssl("ts", "-verify", *files)


def test_a_time_stamp_of_something_else_is_not_believed(tsa):
    address, folder, _ = tsa
    text = stamp(address, SIGNATURE)
    with pytest.raises(NoStamp, match="not of this signature"):
        stamped_at(text, base64.b64encode(b"t" * 64).decode(), str(folder / "root.pem"))


def test_a_service_under_another_root_is_not_believed(tsa, tmp_path):
    root_and_service(tmp_path)
    with pytest.raises(NoStamp, match="not by a service under these root certificates"):
        stamp(tsa[0], SIGNATURE, str(tmp_path / "root.pem"))


def test_an_old_answer_played_again_is_refused(tsa, monkeypatch):
    address, folder, handler = tsa
    stamp(address, SIGNATURE)
    monkeypatch.setattr(handler, "answer", (200, (folder / "reply").read_bytes()))
    with pytest.raises(NoStamp, match="stamped something else"):
        stamp(address, SIGNATURE)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((500, b""), "HTTP status 500"),
        ((302, b""), "HTTP status 302"),
        ((200, b"<html>"), "no RFC 3161 time stamp"),
        ((200, b"x" * 200_000), "too long"),
        ((200, bytes.fromhex("30053003020102")), "refused"),
    ],
)
def test_a_service_that_gives_no_time_stamp_is_one_clear_sentence(tsa, monkeypatch, answer, said):
    monkeypatch.setattr(tsa[2], "answer", answer)
    with pytest.raises(NoStamp, match=said):
        stamp(tsa[0], SIGNATURE)


@pytest.mark.parametrize(
    ("address", "said"), [("ftp://example.org", "begins with http"), ("http://127.0.0.1:1/", "does not answer")]
)
def test_an_address_that_is_no_service_is_one_clear_sentence(address, said):
    with pytest.raises(NoStamp, match=said):
        stamp(address, SIGNATURE)
