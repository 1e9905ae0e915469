"""Certificates made here, on loopback: pinned, changed, not confirmed, outdated, and plain HTTP on the TLS port."""

import asyncio
import socket
import ssl
import warnings
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.wire.scripted import Device, Server, camera

from licet.wire.errors import NoAnswerError, PolicyError
from licet.wire.facts import Outcome, Reach, Topic
from licet.wire.isapi.client import Target, ask
from licet.wire.tls import TlsPolicy, tls_failure
from licet.wire.transport import Transport

FEW = frozenset({Topic.DEVICE_INFO})


@pytest.fixture
def certificate(tmp_path):
    """A self-signed certificate for another name, as devices ship it: (server context, fingerprint)."""

    def make(name: str = "DS-2CD2146G2-ISU") -> tuple[ssl.SSLContext, str]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        start = datetime.now(UTC) - timedelta(days=1)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=3650))
            .sign(key, hashes.SHA256())
        )
        path = tmp_path / f"{made.serial_number}.pem"
        encoding = serialization.Encoding.PEM
        path.write_bytes(
            made.public_bytes(encoding)
            + key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        make.paths.append(path)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context, sha256(made.public_bytes(serialization.Encoding.DER)).hexdigest()

    make.paths = []
    return make


def target(device, **more) -> Target:
    return Target("127.0.0.1", device.port, "https", **more)


async def test_case_c030_the_first_certificate_is_reported_for_pinning(certificate, login):
    context, fingerprint = certificate()
    async with Device(camera(), tls=context) as device, Transport() as transport:
        report = await ask(target(device), transport, login, FEW)
    assert (report.reach, report.fingerprint, report.credentials_accepted) == (Reach.ANSWERED, fingerprint, True)
    assert device.connections == 1


async def test_case_c030_the_pinned_certificate_is_accepted_in_any_spelling(certificate, login):
    context, fingerprint = certificate()
    spelled = ":".join(fingerprint[i : i + 2] for i in range(0, 64, 2)).upper()
    async with Device(camera(), tls=context) as device, Transport(tls=TlsPolicy(pin_on_first_use=False)) as transport:
        report = await ask(target(device, pinned_fingerprint=spelled), transport, login, FEW)
    assert report.reach is Reach.ANSWERED


async def test_case_c030_another_certificate_gets_no_request_at_all(certificate, login):
    context, fingerprint = certificate()
    _, other = certificate()
    async with Device(camera(), tls=context) as device, Transport() as transport:
        report = await ask(target(device, pinned_fingerprint=other), transport, login, FEW)
    assert (report.reach, report.reason, report.fingerprint) == (Reach.POLICY, "certificate_changed", fingerprint)
    assert {asked.topic: asked.outcome for asked in report.asked}[Topic.ACTIVATION] is Outcome.POLICY
    assert device.requests == []
    assert report.credential_tries == 0


async def test_case_c030_an_unconfirmed_certificate_is_shown_and_nothing_is_asked(certificate, login):
    context, fingerprint = certificate()
    async with Device(camera(), tls=context) as device, Transport(tls=TlsPolicy(pin_on_first_use=False)) as transport:
        report = await ask(target(device), transport, login, FEW)
    assert (report.reach, report.reason, report.fingerprint) == (Reach.POLICY, "certificate_unpinned", fingerprint)
    assert device.requests == []


async def test_a_certificate_that_changes_inside_one_talk_ends_it(certificate, login):
    context, _ = certificate()
    certificate("another")

    def script(request):
        context.load_cert_chain(certificate.paths[-1])
        reply = camera()(request)
        reply.close = True
        return reply

    async with Device(script, tls=context) as device, Transport() as transport:
        report = await ask(target(device), transport, login, FEW)
    assert (report.reach, report.reason) == (Reach.POLICY, "certificate_changed")
    assert len(device.requests) == 1


OUTDATED = "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"  # no authenticated encryption: not in the strict list


def outdated(context: ssl.SSLContext) -> ssl.SSLContext:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(OUTDATED)
    return context


async def test_case_c031_outdated_encryption_is_refused_with_its_reason(certificate, login):
    context, _ = certificate()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, pytest.raises(ssl.SSLError):
            outdated(context).wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        served = asyncio.get_running_loop().run_in_executor(None, serve, listener)
        async with Transport() as transport:
            where = Target("127.0.0.1", listener.getsockname()[1], "https")
            report = await ask(where, transport, login, FEW)
        await served
    assert (report.reach, report.reason, report.requests) == (Reach.POLICY, "tls_outdated", 1)
    assert "newer firmware" in report.detail


async def test_case_c031_a_handshake_that_the_device_breaks_off_says_what_it_may_be(certificate, login):
    async with Device(camera(), tls=outdated(certificate()[0])) as device, Transport() as transport:
        report = await ask(target(device), transport, login, FEW)
    assert (report.reach, report.reason, device.requests) == (Reach.UNREACHABLE, "no_answer", [])
    assert "outdated encryption" in report.detail


async def test_case_c031_the_exception_for_one_device_lets_it_be_asked(certificate, login):
    async with Device(camera(), tls=outdated(certificate()[0])) as device, Transport() as transport:
        report = await ask(target(device, legacy_tls=True), transport, login, FEW)
    assert report.reach is Reach.ANSWERED


async def test_case_c031_a_device_with_tls_1_0_only_is_asked_by_exception_only(certificate, login):
    context, _ = certificate()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with Device(camera(), tls=context) as device, Transport() as transport:
        strict = await ask(target(device), transport, login, FEW)
        asked = len(device.requests)
        legacy = await ask(target(device, legacy_tls=True), transport, login, FEW)
    assert (strict.reach is Reach.ANSWERED, asked) == (False, 0)
    assert legacy.reach is Reach.ANSWERED


async def test_case_c031_the_legacy_exception_still_pins(certificate, login):
    context, _ = certificate()
    _, other = certificate()
    async with Device(camera(), tls=context) as device, Transport() as transport:
        report = await ask(target(device, legacy_tls=True, pinned_fingerprint=other), transport, login, FEW)
    assert (report.reason, device.requests) == ("certificate_changed", [])


async def test_case_c033_plain_http_on_the_tls_port_is_told_after_one_connection(login):
    heard = []

    async def serve(reader, writer):
        heard.append(await reader.read(1000))
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with Server(serve) as server, Transport() as transport:
        report = await ask(target(server), transport, login, FEW)
    assert (report.reach, report.reason) == (Reach.POLICY, "plain_http_on_tls_port")
    assert report.detail == f"plain HTTP answers on port {server.port}; HTTPS is expected on 443"
    assert len(heard) == 1
    assert b"Authorization" not in heard[0]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("[SSL: DH_KEY_TOO_SMALL] dh key too small", "tls_outdated"),
        ("[SSL: SSLV3_ALERT_HANDSHAKE_FAILURE] sslv3 alert handshake failure", "tls_outdated"),
        ("[SSL: UNSUPPORTED_PROTOCOL] unsupported protocol", "tls_outdated"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "plain_http_on_tls_port"),
        ("[SSL: HTTP_REQUEST] http request", "plain_http_on_tls_port"),
        ("[SSL: SOMETHING_NEW] something new", "no_answer"),
    ],
)
def test_words_of_the_handshake_have_their_reason(error, reason):
    failure = tls_failure(ssl.SSLError(1, error), "https://192.0.2.45:443", 443)
    assert failure.reason == reason
    assert isinstance(failure, NoAnswerError if reason == "no_answer" else PolicyError)
