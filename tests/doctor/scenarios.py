"""Each network cause, really made on loopback. The table of docs/reference/doctor-causes.md is this list."""

import contextlib
import datetime as dt
from dataclasses import dataclass
from typing import Any

from tests.doctor.world import (
    NAME,
    Authority,
    answering,
    cloud,
    dropping,
    error_body,
    free_port,
    http,
    listening,
    look,
    name_filter,
    resolver_that_cuts,
    resolvers,
    service,
    silent,
)

from licet.doctor.look import Place

PORTAL = b"<!DOCTYPE html><html><body><form>Sign in to the guest network</form></body></html>"


@dataclass(frozen=True)
class Scenario:
    """``how`` is told in the documentation; ``make`` gives the look inside a context."""

    cause: str
    how: str
    make: Any
    step: str


ALL = []


def scenario(cause, how, step):
    def keep(make):
        ALL.append(Scenario(cause, how, contextlib.asynccontextmanager(make), step))
        return make

    return keep


def named(step, cause, how, *says, **values):
    async def make(folder):
        async with resolvers(*says) as places:
            yield look(Place(NAME, 443, "https", **values), resolvers=places)

    scenario(cause, how, step)(make)


@scenario("name_of_this_machine", "a name that somebody typed leads to the machine Licet runs on", "name")
async def _(folder):
    async with resolvers(answering("127.0.0.9")) as places:
        yield look(Place(NAME, 443, "https"), resolvers=places, typed=True)


@scenario(
    "address_not_asked",
    "a device of the estate stands at an address at which clouds tell a machine its secrets",
    "name",
)
async def _(folder):
    yield look(Place("169.254.169.254", 80, "http"))


named("name", "dns_name_unknown", "a resolver of our own answers NXDOMAIN", answering(code=3))
named("name", "dns_failure", "a resolver answers SERVFAIL", answering(code=2))
named("name", "dns_failure", "a resolver answers REFUSED", answering(code=5))
named("name", "dns_unreachable", "a resolver takes the questions and never answers", silent)
named("name", "dns_no_address", "a resolver answers without any address", answering())
named("name", "dns_sinkhole", "a resolver answers 0.0.0.0", answering("0.0.0.0"))
named(
    "name",
    "dns_sinkhole",
    "a resolver answers 127.0.0.53 for a public name",
    answering("127.0.0.53"),
    public=True,
    vendor=True,
)
named(
    "name",
    "dns_sinkhole",
    "a resolver answers a private address for a public name",
    answering("10.9.9.9"),
    public=True,
    vendor=True,
)
named(
    "name",
    "dns_sinkhole",
    "one of two resolvers answers :: for a public name",
    answering("192.88.99.1"),
    answering("::"),
    public=True,
    vendor=True,
)
named(
    "name",
    "dns_filtered",
    "one resolver answers NXDOMAIN, another one an address",
    answering(code=3),
    answering("127.0.0.1"),
)


@scenario("dns_unreachable", "nothing listens at the resolver's port", "name")
async def no_resolver(folder):
    yield look(Place(NAME, 443, "https"), resolvers=(("127.0.0.1", free_port()),))


@scenario("dns_disagree", "two resolvers give different inside addresses", "name")
async def two_answers(folder):
    async with service(http()) as port, resolvers(answering("127.0.0.1"), answering("127.0.0.2")) as places:
        yield look(Place(NAME, port, "http"), resolvers=places)


@scenario("healthy", "a resolver cuts its UDP answer and gives the whole one over TCP", "name")
async def cut_answer(folder):
    async with service(http()) as port, resolver_that_cuts("127.0.0.1") as place:
        yield look(Place(NAME, port, "http"), resolvers=(place,))


@scenario("port_closed", "nothing listens at the port, another port of the host is open", "connection")
async def closed(folder):
    with listening() as other:
        yield look(Place("127.0.0.1", free_port(), "http"), other_ports=(other,))


@scenario("firewall_reject_or_host_policy", "every port that is tried is refused", "connection")
async def all_refused(folder):
    yield look(Place("127.0.0.9", free_port("127.0.0.9"), "http"), other_ports=(free_port("127.0.0.9"),))


@scenario("firewall_drop_port", "packets to the port are dropped (full queue), another port is open", "connection")
async def dropped(folder):
    with dropping() as port, listening() as other:
        yield look(Place("127.0.0.1", port, "http"), other_ports=(other,))


@scenario("unreachable_or_drop", "packets to every port are dropped (full queues)", "connection")
async def all_dropped(folder):
    with dropping("127.0.0.8") as port, dropping("127.0.0.8") as other:
        yield look(Place("127.0.0.8", port, "http"), other_ports=(other,))


def encrypted(cause, how, answer=None, days=(-1, 30), trusted=True, names=(NAME,), step="encryption", **values):
    @scenario(cause, how, step)
    async def make(folder):
        root = Authority(folder)
        private = root if trusted else Authority(folder, "Office Inspection Root")
        tls = private.context(*names, days=days)
        async with service(answer() if answer else http(), tls) as port, resolvers(answering("127.0.0.1")) as places:
            yield look(cloud(port, **values), resolvers=places, roots=str(root.file))


def days_from_now(days):
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


encrypted("healthy", "name, connection, certificate and answer are right")
encrypted(
    "tls_intercepted", "an interceptor with a private root issues a certificate for the vendor's host", trusted=False
)
encrypted("tls_wrong_name", "the vendor's host shows a certificate for another name", names=("portal.example.net",))
encrypted(
    "clock_wrong",
    "the certificate begins in 3 days, and the host's own clock agrees with it",
    lambda: http(date=days_from_now(4)),
    (3, 30),
)
encrypted(
    "clock_wrong",
    "the certificate ended 2 days ago, and the host's own clock says last week",
    lambda: http(date=days_from_now(-7)),
    (-30, -2),
)
encrypted("tls_expired", "the certificate ended 2 days ago, and the clocks agree", days=(-30, -2))
encrypted(
    "clock_wrong",
    "the vendor's host tells a time that is an hour away",
    lambda: http(date=days_from_now(1 / 24)),
    step="web",
)
encrypted(
    "service_level_error",
    "the service answers HTTP 200 with code 1100 in its body",
    lambda: error_body("1100"),
    step="web",
    expects="json",
)
encrypted(
    "captive_or_block_page",
    "a web page comes where JSON is due",
    lambda: http(body=PORTAL, kind="text/html"),
    step="web",
    expects="json",
)
encrypted(
    "captive_or_block_page",
    "the answer sends to a host of somebody else",
    lambda: http("302 Found", b"", headers=("Location: http://portal.example.net/login",)),
    step="web",
)
encrypted(
    "proxy_auth_required",
    "the service's place answers 407",
    lambda: http("407 Proxy Authentication Required", b""),
    step="web",
)


@scenario(
    "tls_sni_filtered", "the connection is cut after a ClientHello with this name, other names pass", "encryption"
)
async def sni(folder):
    root = Authority(folder)
    async with name_filter(NAME, root.context("www.example.org")) as port, resolvers(answering("127.0.0.1")) as places:
        yield look(cloud(port), resolvers=places, roots=str(root.file))


@scenario("tls_not_spoken", "plain HTTP is spoken at the port for TLS", "encryption")
async def plain(folder):
    async with service(http("400 Bad Request", b""), hasty=True) as port:
        yield look(Place("127.0.0.1", port, "https"))


@scenario("proxy_auth_required", "the proxy that is set answers CONNECT with 407", "proxy")
async def proxy(folder):
    async with service(http("407 Proxy Authentication Required", b"")) as port:
        yield look(Place("127.0.0.1", free_port(), "https"), proxy=("127.0.0.1", port))


@scenario("proxy_refuses", "the proxy that is set answers CONNECT with 403", "proxy")
async def proxy_no(folder):
    async with service(http("403 Forbidden", b"")) as port:
        yield look(Place("127.0.0.1", free_port(), "https"), proxy=("127.0.0.1", port))


@scenario("captive_or_block_page", "a web page comes over plain HTTP where XML is due", "web")
async def portal(folder):
    async with service(http(body=PORTAL, kind="text/xml")) as port:
        yield look(Place("127.0.0.1", port, "http", expects="xml"))


@scenario("http_silent", "the port takes the connection and says nothing", "web")
async def mute(folder):
    async with service(None) as port:
        yield look(Place("127.0.0.1", port, "http"))


@scenario("http_error", "the service answers 503", "web")
async def broken(folder):
    async with service(http("503 Service Unavailable", b"busy", "text/plain")) as port:
        yield look(Place("127.0.0.1", port, "http"))


@scenario("clock_wrong", "this machine's clock says 1970", "link")
async def seventies(folder):
    async with service(http()) as port:
        yield look(Place("127.0.0.1", port, "http"), now=lambda: dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
