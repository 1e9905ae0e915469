from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def docs(request: HttpRequest) -> HttpResponse:
    """Every operation, to be read and tried; its files come from here. Open, as the schema is: neither holds anything of an estate."""
    return render(request, "api/docs.html", {"nonce": getattr(request, "nonce", "")})


docs.needs_nobody = True  # type: ignore[attr-defined]
