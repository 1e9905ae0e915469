"""The version of software that cannot be asked, stated by page."""

from datetime import UTC, datetime

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from licet.advisories.matching import match_all
from licet.estate.stated_version import LONGEST, state_software_version
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.installations import chosen


class VersionForm(forms.Form):
    """What its About page says."""

    version = forms.CharField(
        label=gettext_lazy("Version"), max_length=LONGEST, help_text=gettext_lazy("As its About page says it, for example V3.0.1.")
    )  # fmt: skip


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def version(request: PageRequest, pk: int) -> HttpResponse:
    """State which version runs; the notices about it are judged anew."""
    row = chosen.installation(request, pk, "edit_estate")
    back = reverse("installation", args=[pk])
    form = VersionForm(request.POST or None, initial={"version": row.version})
    if request.method == "POST" and form.is_valid():
        try:
            state_software_version(request.actor, row, form.cleaned_data["version"])
        except NotPossible as error:
            form.add_error("version", str(error))
        else:
            match_all(datetime.now(UTC))
            messages.success(request, _("Kept, and the notices about it are judged anew."))
            return HttpResponseRedirect(back)
    context = {"form": form, "title": _("State the version"), "above": back, "of": row.name, "act": _("Keep it")}
    return render(request, "installations/add.html", context, status=422 if form.errors else 200)
