"""One key: what is noted of it, and the only page that ever holds a key, the answer to the form that asks for it."""

import secrets
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from licet.register import keys as read
from licet.register.keys_reveal import Refused, ask, needs_second, own_request, reveal_key
from licet.sites import tally
from licet.sites.permit import RECENT
from licet.vault.record import CannotOpen
from licet.web.base.asked import PageRequest
from licet.web.keys.forms import STATE_TITLES, ChangeForm, RevealForm
from licet.web.people.recent import authenticated_at

HIDDEN_AFTER = 30  # seconds
_FORM_LASTS = 3600  # seconds
_REASON = "reveal_reason"
_NOT_KEPT = {"Cache-Control": "no-store, max-age=0, private", "Pragma": "no-cache", "Referrer-Policy": "no-referrer"}


def key(request: PageRequest, pk: int) -> HttpResponse:
    """Everything about one key but the key."""
    return _page(request, pk, None)


@sensitive_variables("text")
def reveal(request: PageRequest, pk: int) -> HttpResponse:
    """Show the key once, in the answer to this form alone; or ask a second person first."""
    row = read.find_key(request.actor, pk)
    if row is None:
        raise Http404
    if request.method != "POST":
        return HttpResponseRedirect(reverse("key", args=[pk]))
    allowed = request.actor.may("reveal", row.licence.site.path)
    # Of forms sent twice at once the database takes one.
    if allowed and not tally.forget(_form(request, pk, request.POST.get("once", ""))):
        messages.info(request, _("That was shown once. To see it again, say why again."))
        return HttpResponseRedirect(reverse("key", args=[pk]))
    now, proved = datetime.now(UTC), authenticated_at(request)
    reason = request.POST.get("reason", "")
    try:
        if needs_second(row) and own_request(request.actor, row, now) is None:
            ask(request.actor, row, reason=reason, authenticated_at=proved, now=now)
            messages.success(request, _("A second person has been asked. Come back when somebody has agreed."))
            return HttpResponseRedirect(reverse("key", args=[pk]))
        text = reveal_key(request.actor, row, reason=reason, authenticated_at=proved, now=now)
    except Refused as refused:
        if refused.code == "not_recent":
            request.session[_REASON] = "" if read.holds_key(reason) else reason[:500]
            where = urlencode({"next": reverse("key", args=[pk])})
            return HttpResponseRedirect(f"{reverse('confirm-identity')}?{where}")
        return _page(request, pk, refused)
    except CannotOpen as error:
        return _page(request, pk, Refused("cannot_open", str(error)))
    context = {"text": text, "row": read.key(request.actor, pk), "seconds": HIDDEN_AFTER}
    answer = render(request, "keys/shown.html", context)
    for name, value in _NOT_KEPT.items():
        answer.headers[name] = value
    return answer


def _page(request: PageRequest, pk: int, refused: Refused | None) -> HttpResponse:
    row = read.find_key(request.actor, pk)
    if row is None:
        raise Http404
    now, proved = datetime.now(UTC), authenticated_at(request)
    path = row.licence.site.path
    may_reveal, may_change = request.actor.may("reveal", path), request.actor.may("edit_register", path)
    second = needs_second(row)
    typed = "" if refused and refused.code == "key_in_reason" else request.POST.get("reason", "")
    reason = typed or request.session.pop(_REASON, "")
    context: dict[str, Any] = {
        "row": read.key(request.actor, pk),
        "state_title": STATE_TITLES[row.state],
        "may_reveal": may_reveal,
        "recent": proved is not None and now - proved <= RECENT,
        "second": second,
        "asked": own_request(request.actor, row, now) if second and may_reveal else None,
        "form": RevealForm(initial={"reason": reason}),
        "refused": refused,
        "change": _change_form(row) if may_change else None,
        "shown": read.shown(row) if may_reveal or request.actor.may("ledger", path) else None,
    }
    if may_reveal and context["recent"]:
        context["once"] = once = secrets.token_urlsafe(16)
        tally.add(_form(request, pk, once), _FORM_LASTS)
    return render(request, "keys/key.html", context, status=403 if refused else 200)


def _form(request: PageRequest, pk: int, once: str) -> str:
    return f"reveal:{request.user.pk}:{pk}:{once}"


def _change_form(row: Any) -> ChangeForm:
    return ChangeForm(
        initial={"quantity": row.quantity, "state": row.state, "host": row.host, "expires_on": row.expires_on}
    )
