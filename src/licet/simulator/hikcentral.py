"""A HikCentral Professional server on loopback, built from what its public clients expect (hikcentral-openapi.md 7).

It checks the signature from the headers it received, echoes the text it signed on failure, and can be made to lie.
"""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from licet.simulator.service import Reply, Request

API: Final = "/artemis/api"
Row = Callable[[], dict[str, Any]]
DAY_OF_BUILD: Final = "20240511"


@dataclass(frozen=True, slots=True)
class Listed:
    """One device the server manages: ``cameras`` or ``doors`` behind it."""

    code: str
    name: str
    address: str = ""
    serial_number: str = ""
    cameras: int = 1
    doors: int = 0
    online: int | None = 1
    region: str = "1"


@dataclass(slots=True)
class Quirks:
    """How the server misbehaves. ``fail`` maps the last word of a path to a code; ``fail_page`` a page number to a code."""

    most_rows: int = 500  # the server caps pageSize at this
    first_page_only: bool = False  # every page is the first one (case C116)
    total_says: Callable[[int, int], int] | None = None  # (true total, page) -> what it claims
    fail: dict[str, str] = field(default_factory=dict)
    fail_page: dict[int, str] = field(default_factory=dict)
    unauthorized_status: int = 200  # some versions answer 401
    clock_skew: float = 0.0
    enforce_skew: float = 0.0  # seconds of X-Ca-Timestamp beyond which it refuses; 0 = it does not look
    slow_seconds: float = 0.0
    number_codes: bool = False  # ``code`` as a number instead of text


class HikCentralServer:
    """Answers for one server; pass :meth:`handle` to a ``LoopbackService``. ``tries`` counts requests it refused."""

    def __init__(
        self,
        devices: Sequence[Listed],
        *,
        key: str,
        secret: str,
        version: str = f"V2.6.0.{DAY_OF_BUILD}",
        quirks: Quirks | None = None,
    ) -> None:
        self.devices = list(devices)
        self.key = key
        self.secret = secret
        self.version = version
        self.quirks = quirks or Quirks()
        self.tries = 0
        self.asked: list[str] = []
        self.forbidden: list[str] = []
        self._rows: dict[str, list[Row]] = {}

    def handle(self, request: Request) -> Reply:
        """One answer."""
        word = request.path.rpartition("/")[2]
        self.asked.append(word)
        if request.method != "POST" or word not in _READS:
            self.forbidden.append(f"{request.method} {request.path}")
            return self._said({}, "7", "not for readers")
        refusal = self._refusal(request)
        if refusal is not None:
            self.tries += 1
            return refusal
        if word in self.quirks.fail:
            return self._said("", self.quirks.fail[word], "failed")
        if word == "version":
            return self._said({"produceName": "HikCentral Professional", "softVersion": self.version})
        return self._listed(word, request.json())

    def _refusal(self, request: Request) -> Reply | None:
        given = request.headers
        status = self.quirks.unauthorized_status
        if "x-ca-key" not in given:
            return self._said("", "0x02401000", "no appKey", status)
        if given["x-ca-key"] != self.key:
            return self._said("", "0x02401001", "Invalid appKey", status)
        if "x-ca-signature" not in given:
            return self._said("", "0x02401002", "no signature", status)
        text = self._text(request)
        right = b64encode(hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(right, given["x-ca-signature"]) or self._late(given):
            shown = text.replace("\n", "\\n")
            message = f"appKey {self.key} Invalid Signature! and StringToSign: {shown}"
            return self._said("", "0x02401003", message, status)
        return None

    def _late(self, given: Any) -> bool:
        if not self.quirks.enforce_skew:
            return False
        sent = int(given.get("x-ca-timestamp", "0")) / 1000
        return abs(sent - time.time() - self.quirks.clock_skew) > self.quirks.enforce_skew

    def _text(self, request: Request) -> str:
        """The text to sign from the headers as they came (hikcentral-openapi.md 2), written apart from the client's."""
        given = request.headers
        parts = [request.method]
        parts += [given[name] for name in ("accept", "content-md5", "content-type", "date") if name in given]
        names = given.get("x-ca-signature-headers", "")
        parts += [f"{name}:{given.get(name, '')}" for name in sorted(n.strip().lower() for n in names.split(",") if n)]
        query = "&".join(sorted(request.query.split("&"))) if request.query else ""
        parts.append(f"{request.path}?{query}" if query else request.path)
        return "\n".join(parts)

    def _listed(self, word: str, question: dict[str, Any]) -> Reply:
        number, size = question.get("pageNo"), question.get("pageSize")
        if not isinstance(number, int) or not isinstance(size, int):
            return self._said("", "0x00072001", "parameter missing")
        if not 0 < size <= 500 or number < 1:
            return self._said("", "0x00072002", "parameter range")
        if number in self.quirks.fail_page:
            return self._said("", self.quirks.fail_page[number], "failed")
        size = min(size, self.quirks.most_rows)
        rows = self._rows.get(word)
        if rows is None:
            rows = self._rows[word] = _READS[word](self.devices)
        start = 0 if self.quirks.first_page_only else (number - 1) * size
        claim = self.quirks.total_says
        total = claim(len(rows), number) if claim else len(rows)
        return self._said(
            {"total": total, "pageNo": number, "pageSize": size, "list": [row() for row in rows[start : start + size]]}
        )

    def _said(self, data: Any, code: str = "0", message: str = "Success", status: int = 200) -> Reply:
        shown: Any = int(code) if self.quirks.number_codes and code.isdigit() else code
        body = {"code": shown, "msg": message, "data": data}
        return Reply(body, status, self.quirks.slow_seconds, self.quirks.clock_skew)


def _encoding(devices: Sequence[Listed]) -> list[Row]:
    return [lambda one=one: _encoding_row(one) for one in devices if not one.doors]  # type: ignore[misc]


def _encoding_row(one: Listed) -> dict[str, Any]:
    row: dict[str, Any] = {
        "encodeDevIndexCode": one.code,
        "encodeDevName": one.name,
        "encodeDevPort": "8000",
        "encodeDevCode": one.serial_number,
        "regionIndexCode": one.region,
        "customFiledName": "",
    }
    if one.address:  # one device without an address is ordinary
        row["encodeDevIp"] = one.address
    if one.online is not None:
        row["status"] = one.online
    return row


def _cameras(devices: Sequence[Listed]) -> list[Row]:
    return [
        lambda one=one, n=n: {  # type: ignore[misc]
            "cameraIndexCode": f"{one.code}-{n}",
            "cameraName": f"{one.name} {n}",
            "encodeDevIndexCode": one.code,
            "regionIndexCode": one.region,
            "status": 1,
        }
        for one in devices
        if not one.doors
        for n in range(1, one.cameras + 1)
    ]


def _access(devices: Sequence[Listed]) -> list[Row]:
    return [
        lambda one=one: {  # type: ignore[misc]
            "acsDevIndexCode": one.code,
            "acsDevName": one.name,
            "acsDevIp": one.address,
            "acsDevPort": "8000",
            "acsDevCode": one.serial_number,
            "status": one.online,
        }
        for one in devices
        if one.doors
    ]


def _doors(devices: Sequence[Listed]) -> list[Row]:
    return [
        lambda one=one, n=n: {"doorIndexCode": f"{one.code}-{n}", "doorName": f"{one.name} {n}", "acsDevIndexCode": one.code}  # type: ignore[misc]
        for one in devices
        for n in range(1, one.doors + 1)
    ]  # fmt: skip


def _regions(devices: Sequence[Listed]) -> list[Row]:
    """A root, its children, and two regions that are each other's parent."""
    known = sorted({one.region for one in devices} | {"1"})
    rows: list[Row] = [lambda: {"indexCode": "1", "name": "Root", "parentIndexCode": "-1"}]
    rows += [
        lambda code=code: {"indexCode": code, "name": f"Region {code}", "parentIndexCode": "1"}  # type: ignore[misc]
        for code in known
        if code != "1"
    ]
    rows.append(lambda: {"indexCode": "round-a", "name": "Round A", "parentIndexCode": "round-b"})
    rows.append(lambda: {"indexCode": "round-b", "name": "Round B", "parentIndexCode": "round-a"})
    return rows


_READS: Final[dict[str, Callable[[Sequence[Listed]], list[Row]]]] = {
    "version": lambda _devices: [],
    "encodeDeviceList": _encoding,
    "cameras": _cameras,
    "acsDeviceList": _access,
    "acsDoorList": _doors,
    "regions": _regions,
}


def made_up(number: int, *, doors: int = 0) -> list[Listed]:
    """So many invented devices, every tenth a recorder with eight cameras, and some door controllers; one has no address."""
    found = [
        Listed(
            code=str(10_000 + n),
            name=f"Camera {n:05}" if n % 10 else f"Recorder {n:05}",
            address="" if n == 3 else f"198.{18 + n // 65536}.{n // 256 % 256}.{n % 256}",
            serial_number=f"DS-2CD2146G2-ISU20240101AAWRS{n:08}",
            cameras=1 if n % 10 else 8,
            online=2 if n % 50 == 7 else 1,
            region=str(1 + n % 4),
        )
        for n in range(1, number + 1)
    ]
    found += [
        Listed(
            str(900_000 + n), f"Door unit {n}", f"198.19.200.{n % 250}", f"DS-K2604T20240101AAWRK{n:08}", 0, 2 + n % 3
        )
        for n in range(1, doors + 1)
    ]
    return found
