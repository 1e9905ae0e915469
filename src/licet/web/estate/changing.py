"""The page that changes a device: what it is called, where it is asked, and with which credential."""

import json
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
from licet.estate.credential_read import usable_credentials
from licet.estate.device_change import CHANGED, LONGEST_NAME, SCHEMES, change_device
from licet.sites.record import NotPossible
from licet.sweep.after_device import judge_changed_devices
from licet.web.base.asked import PageRequest, needs
from licet.web.credentials.forms import titled


class DeviceForm(forms.Form):
    """A device as a person may change it."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=LONGEST_NAME, required=False,
        help_text=gettext_lazy("Until the device tells its own name; that takes its place."),
    )  # fmt: skip
    address = forms.CharField(
        label=gettext_lazy("Address"), max_length=253, help_text=gettext_lazy("One address or host name.")
    )
    scheme = forms.ChoiceField(label=gettext_lazy("Asked over"), choices=[(one, one.upper()) for one in SCHEMES])
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65_535)
    credential = forms.ChoiceField(
        label=gettext_lazy("Credential"), required=False,
        help_text=gettext_lazy("With none, what needs a sign-in stays unknown. A password that it refused is not tried again."),
    )  # fmt: skip

    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, request: PageRequest, row: Any) -> None:
        shown = {**{name: getattr(row, name) for name in CHANGED}, "credential": row.credential_id or ""}
        super().__init__(
            data, initial={**shown, "was": json.dumps({name: str(value) for name, value in shown.items()})}
        )
        self._usable = {str(one.pk): one for one in usable_credentials(request.actor, row.site)}
        field: Any = self.fields["credential"]
        field.choices = [("", _("None")), *((pk, titled(one)) for pk, one in self._usable.items())]
        if row.credential is not None and str(row.credential_id) not in self._usable:
            self._usable[str(row.credential_id)] = row.credential
            field.choices.append((str(row.credential_id), _("That of a site above, as now; at another address none")))

    def wanted(self) -> dict[str, Any]:
        """What is other than this page showed: what somebody changed meanwhile stays as he left it."""
        try:
            was = json.loads(self.cleaned_data["was"] or "{}")
        except ValueError:
            was = {}
        return {
            name: self.cleaned_data[name]
            for name in CHANGED
            if not isinstance(was, dict) or was.get(name) != str(self.data.get(name, "")).strip()
        }

    def clean_credential(self) -> Any:
        """The credential itself."""
        return self._usable.get(self.cleaned_data["credential"])


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Change it; what is decided of it is judged anew."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None or row.retired_at is not None:
        raise Http404
    back = reverse("device", args=[pk])
    form = DeviceForm(request.POST if request.method == "POST" else None, request, row)
    if request.method == "POST" and form.is_valid():
        try:
            wanted = form.wanted()
            differs = change_device(request.actor, row, wanted)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            if differs:
                judge_changed_devices([pk], timezone.now(), actor=request.actor.label)
            messages.success(request, _("The device is changed.") if differs else _("Nothing was different."))
            if "credential" in differs and "credential" not in wanted:
                messages.warning(
                    request,
                    _(
                        "It has no credential now: that of a site above is sent only where somebody who may edit there says so."
                    ),
                )
            return HttpResponseRedirect(back)
    context = {"form": form, "row": row, "back": back}
    return render(request, "estate/change.html", context, status=422 if form.errors else 200)
