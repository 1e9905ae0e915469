"""How many requests a minute one account, or one address of nobody signed in, may make. Beyond it: 429 and when to come back."""

import threading
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from licet.sites import tally

_WINDOW: Final = 60  # seconds
_STEPS: Final = 15  # in so many steps a process tells the others of one account's requests up to its limit


class RateMiddleware:
    """Counts requests in windows of a minute. Sign-ins have a stricter count of their own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or say when to ask again."""
        now = int(time.time())
        who, most = _who(request)
        if _shared.count(who, now // _WINDOW, max(1, most // _STEPS)) > most:
            left = _WINDOW - now % _WINDOW
            words = _("Too many requests. Wait %(left)s seconds, then try again.") % {"left": left}
            return HttpResponse(
                words, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": str(left)}
            )
        return self.get_response(request)


def _who(request: HttpRequest) -> tuple[str, int]:
    if token := getattr(request, "token", None):
        return f"token:{token}", settings.LICET_REQUESTS_PER_ACCOUNT
    if request.user.is_authenticated:
        return f"account:{request.user.pk}", settings.LICET_REQUESTS_PER_ACCOUNT
    return f"address:{request.META.get('REMOTE_ADDR', '')}", settings.LICET_REQUESTS_PER_ADDRESS


class _Shared:
    """Counts that every process adds to now and then: a write for each request would make reading wait for whoever writes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._own: dict[str, int] = {}  # not told to the others yet
        self._all: dict[str, int] = {}  # as the database last said

    def count(self, who: str, window: int, at_once: int) -> int:
        """One more; how many there are in this window, short by at most ``at_once`` of each other process."""
        with self._lock:
            if window != self._window:
                self._window, self._own, self._all = window, {}, {}
            self._own[who] = own = self._own.get(who, 0) + 1
            if own < at_once:
                return self._all.get(who, 0) + own
            del self._own[who]
        try:
            total = tally.add(f"rate:{who}:{window}", 2 * _WINDOW, own)
        except OperationalError:  # the database is busy: this process goes on by what it knows
            total = self._all.get(who, 0) + own
        with self._lock:
            if window == self._window:
                self._all[who] = total
        return total


_shared = _Shared()
