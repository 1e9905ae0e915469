from datetime import UTC, datetime

from django.http import Http404, HttpRequest, HttpResponse

from licet.alerts.feed import calendar as made
from licet.alerts.feed import opened
from licet.web.base.asked import public
from licet.web.people import throttle


@public
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """A private calendar, answered without a session to whoever knows its address; as if there were none otherwise."""
    source = request.META.get("REMOTE_ADDR", "")
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
    if throttle.is_address_held(source):
        return HttpResponse(
            "Too many wrong addresses from here. Wait 15 minutes.", status=429, content_type="text/plain"
        )
    now = datetime.now(UTC)
    link = opened(token, now)
    if link is None:
        throttle.address_failed(source)
        raise Http404
    actor = link.person.actor()
    body = made(actor, now, link.site)
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'inline; filename="licet.ics"', "X-Robots-Tag": "noindex"},
    )
