"""The second person: requests to see a key, and the answers."""

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from licet.register.keys_reveal import Refused, find_request
from licet.register.keys_reveal import answer as give
from licet.register.keys_reveal import requests as asked
from licet.web.base.asked import PageRequest, needs
from licet.web.people.recent import authenticated_at

ANSWERS: dict[str, Any] = {
    "open": gettext_lazy("Waits"),
    "approved": gettext_lazy("Approved"),
    "declined": gettext_lazy("Declined"),
    "lapsed": gettext_lazy("Lapsed"),
}


def requests(request: PageRequest) -> HttpResponse:
    """What waits for an answer, the reader's own requests, and what was answered lately."""
    rows = [(row, ANSWERS[row.answer]) for row in asked(request.actor, datetime.now(UTC))]
    return render(
        request, "keys/requests.html", {"rows": rows, "may_answer": request.actor.may_anywhere("approve_reveal")}
    )


@needs("approve_reveal")
@require_POST
def answer(request: PageRequest, pk: int) -> HttpResponse:
    """Agree, or decline."""
    row = find_request(request.actor, pk)
    if row is None:
        raise Http404
    approve = request.POST.get("answer") == "approve"
    try:
        give(request.actor, row, approve=approve, authenticated_at=authenticated_at(request), now=datetime.now(UTC))
    except Refused as refused:
        if refused.code == "not_recent":
            where = urlencode({"next": reverse("key-requests")})
            return HttpResponseRedirect(f"{reverse('confirm-identity')}?{where}")
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Approved. It serves once.") if approve else _("Declined."))
    return HttpResponseRedirect(reverse("key-requests"))
