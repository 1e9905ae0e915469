"""The page that takes the firmware version of a device that cannot be asked."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.advisories.matching import match_devices
from licet.estate import read
from licet.estate.stated_version import state_version
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs


class VersionForm(forms.Form):
    """The version as it is written somewhere, and where."""

    version = forms.CharField(
        label=gettext_lazy("Firmware version"), max_length=80, help_text=gettext_lazy("As it is written: V5.7.15 build 230313")
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Read where"), max_length=60, help_text=gettext_lazy("Label, menu of the device, installer's report.")
    )  # fmt: skip


@needs("edit_estate")
def version(request: PageRequest, pk: int) -> HttpResponse:
    """Enter it, in the place of what is held."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back = reverse("device", args=[pk])
    form = VersionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        try:
            state_version(request.actor, row, said["version"], source=said["source"], now=now)
        except NotPossible as error:
            form.add_error("version", str(error))
        else:
            match_devices(now, [pk])
            messages.success(request, _("Kept as stated, and matched against the advisories."))
            return HttpResponseRedirect(back)
    context = {"form": form, "row": row, "back": back}
    return render(request, "estate/version.html", context, status=422 if form.errors else 200)
