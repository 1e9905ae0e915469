"""Supervisors and load balancers ask by address, not by name: what they hear names no host and builds no link."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_ASKED: Final = frozenset({"/health/live", "/health/ready"})


class AnyHostMiddleware:
    """Answers whether it lives and is ready under every host name; everything else only under those of ``LICET_HOSTS``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if request.path_info in _ASKED:
            request.META["HTTP_HOST"] = next(iter(settings.ALLOWED_HOSTS), "").lstrip(".").replace("*", "localhost")
        return self.get_response(request)
