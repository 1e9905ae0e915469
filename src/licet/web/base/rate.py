"""How many requests a minute one account, or one address of nobody signed in, may make. Beyond it: 429 and when to come back."""

import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

_WINDOW: Final = 60  # seconds


class RateMiddleware:
    """Counts requests in windows of a minute. Sign-ins have a stricter count of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or say when to ask again."""
        now = int(time.time())
        who, most = _who(request)
        if _count(f"rate:{who}:{now // _WINDOW}") > most:
            left = _WINDOW - now % _WINDOW
            words = _("Too many requests. Wait a minute, then load the page again.")
            return HttpResponse(
                words, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": str(left)}
            )
        return self.get_response(request)


def _who(request: HttpRequest) -> tuple[str, int]:
    if request.user.is_authenticated:
        return f"account:{request.user.pk}", settings.LICET_REQUESTS_PER_ACCOUNT
    return f"address:{request.META.get('REMOTE_ADDR', '')}", settings.LICET_REQUESTS_PER_ADDRESS


def _count(key: str) -> int:
    if cache.add(key, 1, 2 * _WINDOW):
        return 1
    try:
        return cache.incr(key)
    except ValueError:  # it has just run out
        cache.set(key, 1, 2 * _WINDOW)
        return 1
