"""How long the body of a request may be, by its page, judged before a byte of it is read.

A form's file would else be written whole to the temporary folder before anybody asks who sends it.
"""

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

FROM_NOBODY: Final = 1 << 20  # bytes from who is not signed in


class SizeMiddleware:
    """Refuses what is longer than its page takes (:func:`licet.web.base.asked.takes`), and what does not say how long it is.

    It stands before the check of a form's token, which reads the form. The API has a rule of its own.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """The refusal, where there is one."""
        if request.path_info.startswith("/api/"):
            return None
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return _refused(411, _("Send the form at once with its Content-Length, not in chunks."))
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return _refused(400, _("Content-Length is no number."))
        if int(length) <= FROM_NOBODY or int(length) <= (most := _most(request, view)):
            return None
        words = _("This is too long: the page takes at most %(most)s MB at a time.") % {"most": most >> 20}
        return _refused(413, words)


def _most(request: HttpRequest, view: Callable[..., HttpResponse]) -> int:
    marked: int | None = getattr(view, "most_bytes", None)
    if getattr(view, "needs_nobody", False):
        return marked or FROM_NOBODY
    if not request.user.is_authenticated:
        return FROM_NOBODY
    return marked or settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _refused(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
