"""The addresses of the API. Every one is open to the gate of pages: who may is decided by the operation."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, URLResolver, path

from licet.api.docs import docs
from licet.api.main import api


def _opened(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view of the API: no page's gate, no cookie's form token; HEAD is GET without its body."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        head = request.method == "HEAD"
        if head:
            request.method = "GET"
        response = view(request, *args, **given)
        if head and isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""
        return response

    run.needs_nobody = run.csrf_exempt = True  # type: ignore[attr-defined]
    return run


def _patterns() -> list[URLPattern]:
    found = []
    for one in api.urls[0]:
        assert isinstance(one, URLPattern)  # noqa: S101 - ninja gives no other
        found.append(URLPattern(one.pattern, _opened(one.callback), one.default_args, one.name))
    return found


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/docs", docs, name="api-docs"),
    path("v1/", (_patterns(), "api", "api")),
]
