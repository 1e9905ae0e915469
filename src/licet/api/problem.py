"""What is wrong with a request, as ``application/problem+json`` (RFC 9457): one shape for every error under ``/api/``."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

PREFIX: Final = "/api/"
FORM: Final = "application/problem+json"
MOST_BYTES: Final = 4 * 1024 * 1024  # of one request
FORM_DATA: Final = "multipart/form-data"
MOST_OF_A_FILE: Final = (
    33 * 1024 * 1024
)  # of a request with a file; what each file may have is said where files are taken
NO_JSON: Final = "Send JSON with Content-Type: application/json, or a file as multipart/form-data where one is taken."
_WRITES: Final = frozenset({"POST", "PUT", "PATCH"})
_PLAIN: Final[Mapping[int, str]] = {
    400: "The request cannot be read.",
    401: "Send a token: Authorization: Bearer lct_... It is made on the page of your account, or by: licet token add",
    403: "You may not do this.",
    404: "There is nothing at this address. What there is stands in /api/v1/openapi.json.",
    405: "This address does not take this method; Allow names those it takes.",
    409: "Somebody else made the same, or took away what it rests on, in the same moment. Nothing was done; look, then send it again.",
    503: "The database does not answer. Nothing was done; send it again when it is back.",
    500: "Licet failed. The number of the request (X-Request-ID) leads to the cause in its log.",
}


@dataclass(eq=False)
class Problem(Exception):
    """A request that cannot be done: its status, one sentence, and single places where they are known."""

    status: int
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def answer(self) -> HttpResponse:
        """As it is sent."""
        return problem(self.status, self.detail, self.errors, dict(self.headers))


def problem(
    status: int, detail: str, errors: Iterable[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """An error's answer."""
    found: dict[str, Any] = {
        "type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail,
        "errors": [{"where": where, "what": what} for where, what in errors],
    }  # fmt: skip
    if status == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="Licet"', **(headers or {})}
    sent = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})}
    return HttpResponse(json.dumps(found), status=status, content_type=FORM, headers=sent)


class ProblemMiddleware:
    """Around everything under ``/api/``: bodies that are too long or no JSON are refused, and every error is told as a problem.

    Most errors are made in :mod:`licet.api`; those of the middleware and of Django (an unknown token, too many requests, no such
    address, a failure) are turned here, so that a program meets one shape.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        response = _refused(request) or self.get_response(request)
        if response.status_code < 300 or response.status_code == 304:
            return response
        return response if response.headers.get("Content-Type", "").startswith(FORM) else _turned(response)


def _refused(request: HttpRequest) -> HttpResponse | None:
    if "HTTP_TRANSFER_ENCODING" in request.META and request.method in _WRITES:
        return problem(411, "Send the body at once with its Content-Length, not in chunks.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isascii() or not length.isdigit():
        return problem(400, "Content-Length is no number.")
    kind = (request.content_type or "").lower()
    most = MOST_OF_A_FILE if kind == FORM_DATA else MOST_BYTES
    if int(length) > most:
        return problem(413, f"The request has {length} bytes; {most} are taken at a time. Send it in parts.")
    if request.method in _WRITES and int(length) and kind not in {"application/json", FORM_DATA}:
        return problem(415, NO_JSON)
    return None


def _turned(response: HttpResponse) -> HttpResponse:
    """An answer made elsewhere, as a problem. Plain text is a sentence for who asks; a page is not."""
    status = 403 if response.status_code < 400 else response.status_code
    plain = response.headers.get("Content-Type", "").startswith("text/plain") and not response.streaming
    said = response.content.decode(errors="replace").strip()[:500] if plain else ""
    found = problem(status, said or _PLAIN.get(status, "It could not be done."))
    for name, value in response.headers.items():
        if name not in {"Content-Type", "Content-Length", "Location"}:
            found.headers[name] = value
    return found
