"""What is looked at, how, and what the steps have seen so far. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from licet.doctor.known import Known
from licet.wire.digest import Login
from licet.wire.facts import Report

DEVICE, CLOUD, ADDRESS, SOFTWARE, SITE, KEY = "device", "cloud", "address", "installation", "site", "key"
WEB_PORTS = {"http": 80, "https": 443}


def utc_now() -> datetime:
    """The present instant, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """Time-outs in seconds and tries: short, because somebody waits (troubleshooting.md G.3)."""

    dns: float = 2.0
    connect: float = 3.0
    tries: int = 2
    handshake: float = 5.0
    answer: float = 5.0
    datagram: float = 0.7
    step: float = 45.0


@dataclass(frozen=True, slots=True)
class Place:
    """A host and port to look at. ``expects`` is json, xml or html where the answer must be that; "" = anything.

    ``vendor`` = a host of the vendor's list, whose certificate must come from a public authority; ``public`` = the name must not lead inside.
    """

    host: str
    port: int
    scheme: str = ""  # http, https, or "" = the port decides
    path: str = "/"
    expects: str = ""
    vendor: bool = False
    public: bool = False

    @property
    def tls(self) -> bool:
        """Whether TLS is spoken there."""
        return self.scheme == "https" or (not self.scheme and self.port in {443, 8443})

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(slots=True)
class Look:
    """One diagnosis under way. ``resolvers`` are (address, port) of DNS servers; () = those this machine is set to."""

    target: str
    kind: str
    place: Place | None = None
    resolvers: tuple[tuple[str, int], ...] = ()
    other_ports: tuple[int, ...] = (80, 443, 554, 8000)
    proxy: tuple[str, int] | None = None
    roots: str = ""  # a file of authorities instead of the system's
    discovery_port: int = 37020
    patience: Patience = Patience()
    now: Callable[[], datetime] = utc_now
    known: Known = field(default_factory=Known)
    login: Login | None = None
    no_login: str = ""
    remembered: str = ""  # password_refused_before or device_locked, where that is why nothing is tried
    fingerprint: str = ""
    typed: bool = False  # somebody typed the host: a name that leads to this machine is not followed
    legacy_tls: bool = False
    allow_basic: bool = False
    cloud_hosts: tuple[Place, ...] = ()  # asked for with --cloud
    sample: tuple[Place, ...] = ()  # some devices of a site, to try the way to them

    addresses: tuple[str, ...] = ()
    source: str = ""
    plain_body: bool = False
    report: Report | None = None
    cloud_reached: bool | None = None
    mark: str = ""  # stands for the credential that is tried
