from datetime import UTC, datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from licet.alerts import channels, feed, read, record
from licet.sites.record import NotPossible
from licet.web.alerts.forms import HoursForm, LinkForm
from licet.web.base.asked import PageRequest


def mine(request: PageRequest) -> HttpResponse:
    """One's own hours, calendars and a test to one's own address."""
    do = request.POST.get("do", "")
    hours = HoursForm(request.POST) if do == "hours" else HoursForm.of(read.preference(request.user))
    link = LinkForm(request.actor, request.POST if do == "link" else None)
    address = ""
    if request.method == "POST":
        if do == "link":
            address = _link(request, link)
            if address:
                link = LinkForm(request.actor)
        elif _done(request, do, hours):
            return HttpResponseRedirect(reverse("alert-mine"))
    context = {
        "hours": hours, "link": link, "links": feed.links(request.user), "address": address, "state": read.state(),
        "administers": request.actor.may_anywhere("administer"), "tab": "mine",
    }  # fmt: skip
    return render(request, "alerts/mine.html", context)


def _link(request: PageRequest, form: LinkForm) -> str:
    """The address of a new calendar, shown this once; "" where it could not be made."""
    if not form.is_valid():
        return ""
    try:
        _row, token = feed.add_link(
            request.actor, request.user, form.cleaned_data["name"], datetime.now(UTC), site=form.place()
        )
    except NotPossible as error:
        form.add_error(None, str(error))
        return ""
    base = read.state().public_url or request.build_absolute_uri("/").rstrip("/")
    return f"{base}{reverse('calendar', args=[token])}"


def _done(request: PageRequest, do: str, form: HoursForm) -> bool:
    now = datetime.now(UTC)
    try:
        if do == "hours":
            if not form.is_valid():
                return False
            given = form.cleaned_data
            record.set_preference(
                request.actor, request.user, digest_hour=int(given["digest_hour"]), weekly=given["weekly"],
                quiet_from=_hour(given["quiet_from"]), quiet_to=_hour(given["quiet_to"]), critical_breaks=given["critical_breaks"],
            )  # fmt: skip
            messages.success(request, _("Kept."))
        elif do == "revoke":
            number = request.POST.get("link", "")
            row = (
                feed.find_link(request.actor, int(number))
                if number.isascii() and number.isdigit() and len(number) < 19
                else None
            )
            if row is None:
                raise Http404
            feed.revoke_link(request.actor, row, now)
            messages.success(request, _("Nobody can open that calendar any more."))
        elif do == "test":
            message = channels.send_test(request.actor, now, person=request.user)
            if message.state == "sent":
                messages.success(request, _("The test went out to %(to)s.") % {"to": message.to})
            else:
                messages.error(request, _("The test did not go out: %(why)s") % {"why": message.last_error})
    except NotPossible as error:
        messages.error(request, str(error))
    return True


def _hour(text: str) -> int | None:
    return int(text) if text else None
