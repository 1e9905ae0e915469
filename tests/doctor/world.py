"""A small broken internet on loopback: resolvers, certificates, filters, portals and proxies that fail in one way each."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import struct

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from licet.doctor.look import ADDRESS, CLOUD, Look, Patience, Place

QUICK = Patience(dns=0.3, connect=0.3, tries=2, handshake=2.0, answer=1.0, datagram=0.1, step=20.0)
NAME = "cloud.example.org"


def free_port(address="127.0.0.1"):
    with socket.socket() as one:
        one.bind((address, 0))
        return one.getsockname()[1]


def look(place, **values):
    kind = CLOUD if place.vendor else ADDRESS
    return Look(str(place), kind, place, **{"patience": QUICK, "other_ports": (), **values})


# names


class _Resolver(asyncio.DatagramProtocol):
    def __init__(self, say):
        self.say = say

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        answer = self.say(data)
        if answer is not None:
            self.transport.sendto(answer, addr)


def answering(*addresses, code=0, cut=False, alias=False):
    """What a resolver says to every question: these addresses, or a code of failure."""

    def say(question):
        end = question.index(b"\0", 12) + 5
        kind = struct.unpack("!H", question[end - 4 : end - 2])[0]
        wanted = [one for one in addresses if (":" in one) == (kind == 28)]
        records = b""
        if alias:
            records += b"\xc0\x0c" + struct.pack("!2HIH", 5, 1, 60, 2) + b"\xc0\x0c"
        for one in wanted:
            raw = ipaddress.ip_address(one).packed
            records += b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 60, len(raw)) + raw
        flags = 0x8180 | code | (0x0200 if cut else 0)
        count = 0 if cut else len(wanted) + alias
        return question[:2] + struct.pack("!5H", flags, 1, count, 0, 0) + question[12:end] + (b"" if cut else records)

    return say


def silent(question):
    return None


@contextlib.asynccontextmanager
async def resolvers(*says):
    """A resolver for each answer; their places."""
    loop, opened = asyncio.get_running_loop(), []
    for say in says:
        transport, _ = await loop.create_datagram_endpoint(lambda say=say: _Resolver(say), local_addr=("127.0.0.1", 0))
        opened.append(transport)
    try:
        yield tuple(one.get_extra_info("sockname")[:2] for one in opened)
    finally:
        for one in opened:
            one.close()


@contextlib.asynccontextmanager
async def resolver_that_cuts(*addresses):
    """Over UDP the answer is cut, over TCP it is whole."""
    loop = asyncio.get_running_loop()

    async def serve(reader, writer):
        [length] = struct.unpack("!H", await reader.readexactly(2))
        answer = answering(*addresses, alias=True)(await reader.readexactly(length))
        writer.write(struct.pack("!H", len(answer)) + answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    place = server.sockets[0].getsockname()[:2]
    transport, _ = await loop.create_datagram_endpoint(lambda: _Resolver(answering(cut=True)), local_addr=place)
    try:
        yield place
    finally:
        transport.close()
        server.close()
        await server.wait_closed()


# certificates


def _key():
    return ec.generate_private_key(ec.SECP256R1())


def _name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """An authority of its own, and what it issues."""

    def __init__(self, folder, title="Example Root"):
        self.folder, self.key, self.title = folder, _key(), title
        self.certificate = self._signed(title, self.key.public_key(), _name(title), ca=True)
        self.file = folder / f"{title.replace(' ', '-')}.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _signed(self, title, public, issuer, *, ca=False, days=(-1, 365), names=()):
        now = dt.datetime.now(dt.UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(_name(title))
            .issuer_name(issuer)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=days[0]))
            .not_valid_after(now + dt.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            built = built.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False
            )
        return built.sign(self.key, hashes.SHA256())

    def context(self, *names, days=(-1, 30)):
        key = _key()
        issued = self._signed(names[0], key.public_key(), _name(self.title), days=days, names=names)
        file = self.folder / f"{names[0]}-{days[0]}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + issued.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


# services


def http(status="200 OK", body=b"{}", kind="application/json", headers=(), date=None):
    told = date or dt.datetime.now(dt.UTC)
    lines = [
        f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}",
        f"Date: {told:%a, %d %b %Y %H:%M:%S} GMT", *headers,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextlib.asynccontextmanager
async def service(answer=None, tls=None, address="127.0.0.1", *, hasty=False):
    """A service that gives one answer to everything; None = it takes the connection and says nothing. ``hasty`` = it answers the first byte. Its port."""
    writers = []

    async def serve(reader, writer):
        writers.append(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await (reader.read(1) if hasty else reader.readuntil(b"\r\n\r\n"))
            if answer is not None:
                writer.write(answer)
                await writer.drain()
                writer.close()

    server = await asyncio.start_server(serve, address, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await server.wait_closed()
        await asyncio.sleep(0.01)  # the aborted connections close in the loop's next turns


@contextlib.asynccontextmanager
async def name_filter(blocked, tls):
    """Cuts the connection right after a ClientHello that names the host, and lets any other name through."""

    async def serve(reader, writer):
        hello = await reader.read(4096)
        if blocked.encode() in hello:
            writer.transport.abort()
            return
        inner, outer = await asyncio.open_connection("127.0.0.1", inside)
        outer.write(hello)

        async def pipe(one, other):
            with contextlib.suppress(OSError):
                while part := await one.read(4096):
                    other.write(part)
            other.close()

        await asyncio.gather(pipe(reader, outer), pipe(inner, writer))

    async with service(http(), tls) as inside:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()


@contextlib.contextmanager
def dropping(address="127.0.0.1"):
    """A port whose queue is full, so that the system drops every further SYN: what a dropping firewall looks like from here."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind((address, 0))
        full.listen(0)
        for _ in range(3):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                one.connect(full.getsockname())
        yield full.getsockname()[1]


@contextlib.contextmanager
def listening(address="127.0.0.1"):
    with socket.socket() as one:
        one.bind((address, 0))
        one.listen(5)
        yield one.getsockname()[1]


def error_body(code):
    return http(body=json.dumps({"meta": {"code": code, "message": "refused"}}).encode())


def cloud(port, host=NAME, **values):
    return Place(host, port, "https", vendor=True, **values)
