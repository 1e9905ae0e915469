"""The addresses that collectors speak to. They carry no session and no token: every message is signed."""

from datetime import UTC, datetime

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from licet.sweep.centre.answer import MOST_BYTES, answer
from licet.web.base.asked import public, takes


@takes(MOST_BYTES)
@public
@csrf_exempt
@require_POST
def machine(request: HttpRequest, kind: str) -> HttpResponse:
    """The signed answer to a collector's message."""
    if request.content_type == "multipart/form-data":  # which is no message, and was read as a form before it came here
        return HttpResponse(
            "A message is sent as it is, not in a form.\n", status=415, content_type="text/plain; charset=utf-8"
        )
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        body = request.body if length <= MOST_BYTES else None
    except (ValueError, RequestDataTooBig):
        body = None
    if body is None:
        return HttpResponse(
            f"A message has at most {MOST_BYTES:,} bytes. Bring centre and collector to the same version.\n",
            status=413,
            content_type="text/plain; charset=utf-8",
        )
    return HttpResponse(answer(kind, body, datetime.now(UTC)), content_type="application/octet-stream")
