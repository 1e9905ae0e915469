"""The page that takes a device to another site: first what that changes, then doing it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from licet.estate import read
from licet.estate.device_move import Place
from licet.sites.record import NotPossible
from licet.sweep.device_move import move, what_changes
from licet.web.base.asked import PageRequest, needs
from licet.web.base.at_site import AtSiteForm
from licet.web.estate.retire import ReasonForm


class MoveForm(AtSiteForm, ReasonForm):
    """Where it goes, how it is asked there, and why."""

    address = forms.CharField(
        label=gettext_lazy("Address there"), max_length=253, required=False,
        help_text=gettext_lazy("One address or host name. Empty: not known yet; a sweep or a discovery of the site finds it."),
    )  # fmt: skip
    port = forms.IntegerField(label=gettext_lazy("Port there"), min_value=1, max_value=65_535)
    field_order = ("site", "address", "port", "reason")

    def __init__(self, data: Any, request: PageRequest, row: Any) -> None:
        super().__init__(data, request)
        self._sites.pop(row.site_id, None)
        field: Any = self.fields["site"]
        field.choices = [(pk, site.full_name) for pk, site in self._sites.items()]
        self.initial = {"site": request.GET.get("site"), "address": row.address, "port": row.port}


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def device(request: PageRequest, pk: int) -> HttpResponse:
    """Take it to another site, and a retired one back into use there."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back = reverse("device", args=[pk])
    form = MoveForm(request.POST if request.method == "POST" else None, request, row)
    context: dict[str, Any] = {"form": form, "row": row, "back": back}
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        place = Place(said["address"], said["port"])
        try:
            if request.POST.get("do") == "move":
                move(request.actor, row, said["site"], reason=said["reason"], now=now, place=place)
                messages.success(request, _("The device is at %(site)s now.") % {"site": said["site"].full_name})
                return HttpResponseRedirect(back)
            context |= {
                "told": what_changes(request.actor, row, said["site"], now=now, place=place),
                "sent": {name: form.data.get(name, "") for name in form.fields},
            }  # fmt: skip
        except NotPossible as error:
            form.add_error(None, str(error))
    return render(request, "estate/move.html", context, status=422 if form.errors else 200)
