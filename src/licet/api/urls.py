"""The addresses of the API. What answers them is made at the first request: a process that serves pages alone never pays for it."""

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, URLPattern, URLResolver, path
from django.urls.resolvers import RegexPattern

from licet.api.docs import docs


def answer(request: HttpRequest, rest: str) -> HttpResponseBase:
    """Have the operation at this address answer. HEAD is GET without its body."""
    try:
        match = _operations().resolve(rest)
    except Resolver404:
        raise Http404 from None
    head = request.method == "HEAD"
    if head:
        request.method = "GET"
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    if head and isinstance(response, HttpResponse):
        response.headers["Content-Length"] = str(len(response.content))
        response.content = b""
    return response


# No page's gate, no cookie's form token: who may is decided by the operation.
answer.needs_nobody = answer.csrf_exempt = True  # type: ignore[attr-defined]


@cache
def _operations() -> URLResolver:
    from licet.api.main import api  # noqa: PLC0415 - it takes seconds

    found: list[Any] = list(api.urls[0])
    return URLResolver(RegexPattern("^"), found)


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/docs", docs, name="api-docs"),
    path("v1/<path:rest>", answer, name="api"),
]
