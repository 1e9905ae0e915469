"""For supervisors and monitoring: whether this process lives, whether it can work, and its numbers."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from licet.upkeep.health import checks
from licet.upkeep.metrics import of_installation, of_requests
from licet.web.base import durations
from licet.web.base.address import among, networks
from licet.web.base.asked import public

_FORM = "text/plain; version=0.0.4; charset=utf-8"


@public
@require_safe
def live(_request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; it asks nothing of the database."""
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@public
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """200 where all of it holds, else 503; which of it does not, and no more: anybody may ask."""
    found = checks()
    said = {name: "ok" if holds else "failed" for name, holds in found.items()}
    return JsonResponse({"ready": all(found.values()), "checks": said}, status=200 if all(found.values()) else 503)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The numbers, for a token that may read everywhere, or from a network that the operator named."""
    actor = getattr(request, "token_actor", None)
    near = among(request.META.get("REMOTE_ADDR", ""), networks(settings.LICET_METRICS_FROM))
    if not near and actor is None:
        words = "Send a token with the scope read (Authorization: Bearer ...), or name this network in LICET_METRICS_FROM.\n"
        return HttpResponse(
            words,
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="Licet"'},
            content_type="text/plain; charset=utf-8",
        )
    if not near and actor is not None and actor.prefixes("view") is not None:
        words = "The numbers are of all sites; this token does not read all of them.\n"
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")
    return HttpResponse(of_installation() + of_requests(durations.counted(), durations.STEPS), content_type=_FORM)
