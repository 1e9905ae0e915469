"""Step 5: HTTP, judged by the body and not by the status: proxies, captive portals, errors of the service itself (G.3, 5)."""

import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from licet.doctor.exchange import NotHttp, Page, fetch
from licet.doctor.look import ADDRESS, CLOUD, DEVICE, SOFTWARE, WEB_PORTS, Look, Place
from licet.doctor.step import Seen, Step, fine, left_out, note, problem

_OFF_SECONDS: Final = 300
_GOOD: Final = {"0", "200", "ok", "success", "none", ""}
_MOVED: Final = {301, 302, 303, 307, 308}


async def _run(look: Look) -> Seen | None:
    place = look.place
    if place is None or not look.addresses:
        return None
    web = place.scheme in WEB_PORTS or place.port in {80, 443, 8080, 8443} or place.expects
    if not web:
        return left_out(f"port {place.port} is not known as a web port")
    return await judged(look, place, look.addresses[0])


async def judged(look: Look, place: Place, address: str) -> Seen:
    """One GET without a sign-in, and what the answer means."""
    context = None
    if place.tls:
        context = ssl.create_default_context(cafile=look.roots or None)
        context.check_hostname, context.verify_mode = (
            False,
            ssl.CERT_NONE,
        )  # what the certificate is worth was judged before
    try:
        page = await fetch(
            address, place.port, str(place), place.path, tls=context, name=place.host, seconds=look.patience.answer
        )
    except TimeoutError:
        return problem(
            "http_silent", f"{place} took the connection and did not answer within {look.patience.answer:g} s"
        )
    except (NotHttp, OSError):
        return problem("http_silent", f"{place} took the connection and answered nothing that is HTTP")
    return _judge(look, place, page)


def _judge(look: Look, place: Place, page: Page) -> Seen:
    if page.status == 407:
        return problem("proxy_auth_required", f"{place} answers 407")
    if away := _elsewhere(place, page):
        return problem("captive_or_block_page", f"{place} sends to {away}")
    if place.expects in {"json", "xml"} and page.kind == "html" and page.status < 400:
        return problem("captive_or_block_page", f"{place} answers a web page where {place.expects.upper()} is due")
    if page.kind == "json" and (code := error_code(page.body)):
        return problem("service_level_error", f"{place} answers HTTP {page.status} and says: {code}")
    if page.status >= 500:
        return problem("http_error", f"{place} answers HTTP {page.status}")
    off = _off(page)
    if off is not None and abs(off) > _OFF_SECONDS and look.kind in {CLOUD, ADDRESS, SOFTWARE}:
        text = f"the clocks of {place} and of this machine are {abs(off) // 60} minutes apart"
        if place.vendor:
            return problem("clock_wrong", text, stops=False)
        return note(text, "clock_wrong")
    return fine(f"{place} answers (HTTP {page.status})")


def _elsewhere(place: Place, page: Page) -> str:
    """The host to which an answer sends, where that is another one and the target is no web page by nature; else ""."""
    if page.status not in _MOVED or not (place.expects or place.vendor):
        return ""
    host = urlsplit(page.headers.get("location", "")).hostname or ""
    same = not host or host == place.host or _family(host) == _family(place.host)
    return "" if same else host[:120]


def _family(host: str) -> str:
    return ".".join(host.lower().split(".")[-2:])


def _off(page: Page) -> int | None:
    try:
        told = parsedate_to_datetime(page.headers["date"])
    except (KeyError, ValueError):
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return round((told - datetime.now(UTC)).total_seconds())


def error_code(body: bytes) -> str:
    """The error code inside a body that came with a good status (case C027); "" where the body says success or nothing."""
    try:
        answer: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if not isinstance(answer, dict):
        return ""
    meta = answer.get("meta")
    places = (meta, answer) if isinstance(meta, dict) else (answer,)
    for one in places:
        for name in ("code", "errorCode", "resultCode", "retcode"):
            code = one.get(name)
            if isinstance(code, str | int) and not isinstance(code, bool) and str(code).lower() not in _GOOD:
                words = "".join(sign for sign in str(code)[:40] if sign.isalnum() or sign in "-_.")
                return f"{name} {words}"
    return ""


STEP = Step("web", "The web service (HTTP)", 50, frozenset({DEVICE, CLOUD, ADDRESS, SOFTWARE}), _run)
