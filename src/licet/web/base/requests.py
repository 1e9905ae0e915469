"""Around every request: its id, its line in the log, and how long it took."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from licet.settings.log_lines import REQUEST
from licet.web.base import durations

log = logging.getLogger("licet.request")
_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class RequestMiddleware:
    """Gives each request an id, that of a proxy where it sent one (``X-Request-ID``), and tells it in the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and note it."""
        given = request.headers.get("X-Request-ID", "")
        request.reference = reference = given if _ID.fullmatch(given) else secrets.token_hex(8)  # type: ignore[attr-defined]
        held, begun = REQUEST.set(reference), time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - begun
            durations.note(request.method or "", response.status_code, seconds)
            told = {"method": request.method, "path": _place(request), "status": response.status_code}
            log.info("answered", extra={**told, "milliseconds": round(seconds * 1000, 1)})
        finally:
            REQUEST.reset(held)
        response.headers["X-Request-ID"] = reference
        return response


def _place(request: HttpRequest) -> str:
    """The path; of a link that opens something by a token in it, only its form."""
    match = request.resolver_match
    return f"/{match.route}" if match is not None and any("token" in name for name in match.kwargs) else request.path
