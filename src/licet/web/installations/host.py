"""The host of software: what the reader command printed there is taken in, and a changed host is accepted."""

from pathlib import Path
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

import licet
from licet.estate import hosts
from licet.sites.record import NotPossible
from licet.sites.uploads import Refused, accept
from licet.web.base.asked import PageRequest, needs, takes
from licet.web.installations import chosen

_READER: Final = Path(licet.__file__).parent / "hostreader.py"


class AcceptForm(forms.Form):
    """Why a changed host is right."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is right"), max_length=300, help_text=gettext_lazy("For example the ticket of the move.")
    )  # fmt: skip


def reader(request: PageRequest) -> HttpResponse:  # noqa: ARG001 - the same file for everybody
    """The reader command itself: one Python file for the software's host. It reads only and sends nothing."""
    return HttpResponse(
        _READER.read_bytes(), content_type="text/x-python; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="hostreader.py"'},
    )  # fmt: skip


@takes(hosts.MOST_BYTES)
@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def host(request: PageRequest, pk: int) -> HttpResponse:
    """Take in what the reader printed, or accept the host as it is now."""
    row = chosen.installation(request, pk, "edit_estate")
    back, problem = HttpResponseRedirect(reverse("installation", args=[pk])), ""
    form = AcceptForm(request.POST if request.POST.get("do") == "accept" else None)
    try:
        if form.is_bound and form.is_valid():
            hosts.accept(request.actor, row, form.cleaned_data["reason"])
            messages.success(request, _("The host is accepted as it is now."))
            return back
        if request.method == "POST" and not form.is_bound:
            _taken(request, row)
            return back
    except (NotPossible, Refused) as error:
        problem = str(error)
    context = {"row": row, "form": form, "problem": problem}
    return render(request, "installations/host.html", context, status=422 if problem or form.errors else 200)


def _taken(request: PageRequest, row: Any) -> None:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list):
        raise Refused(_("Choose a file first."))
    now = timezone.now()
    facts = hosts.read_host_file(accept(file, {"text"}, hosts.MOST_BYTES), now)
    changed = hosts.take_in(request.actor, row, facts, now=now, source=f"reader command, file {file.name}")
    if changed:
        messages.error(
            request, _("Re-host risk: changed since it was accepted: %(what)s.") % {"what": ", ".join(changed)}
        )
    else:
        messages.success(
            request, _("It runs on %(host)s; nothing that licences bind to has changed.") % {"host": facts.name}
        )
