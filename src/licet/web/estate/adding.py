"""Adding devices by page: addresses are typed or pasted, looked through, and added once somebody has seen what that does."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from licet.estate.addresses import Line, read_lines
from licet.estate.credential_read import usable_credentials
from licet.estate.device_change import SCHEMES
from licet.estate.record import add_devices, ids_at
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs
from licet.web.base.at_site import AtSiteForm
from licet.web.credentials.forms import choices

AT_ONCE: Final = 4096  # addresses; more are added by command
_LONGEST: Final = 200_000  # characters of a paste
_LINES: Final = 200  # of a preview that are drawn
_DEVICES: Final = 100  # of those added that are linked
_ONLY: Final = "only"


class DevicesForm(AtSiteForm):
    """Where devices are, and how they are asked."""

    addresses = forms.CharField(
        label=gettext_lazy("Addresses"), max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy("One a line: 10.1.0.5, cam-12.example.org, 10.1.0.0/24 or 10.1.0.5-10.1.0.9."),
        error_messages={"max_length": gettext_lazy("This is too much at once; paste at most 200,000 characters.")},
    )  # fmt: skip
    scheme = forms.ChoiceField(
        label=gettext_lazy("Asked over"), choices=[(one, one.upper()) for one in SCHEMES],
        help_text=gettext_lazy("Of HTTPS the certificate that is shown first is taken for the device's own."),
    )  # fmt: skip
    port = forms.IntegerField(
        label=gettext_lazy("Port"), min_value=1, max_value=65_535, required=False,
        help_text=gettext_lazy("Empty is 80, or 443 over HTTPS."),
    )  # fmt: skip
    credential = forms.ChoiceField(label=gettext_lazy("Credential"))
    field_order = ("site", "addresses", "scheme", "port", "credential")

    def __init__(self, data: Any, request: PageRequest) -> None:
        super().__init__(data, request)
        self._request = request
        self.lines: list[Line] = []
        # With it browsers would cut a long paste in silence; the form says instead that it is too long.
        self.fields["addresses"].widget.attrs.pop("maxlength")
        self.anyone, named = choices(request.actor)
        field: Any = self.fields["credential"]
        field.choices = [(_ONLY, _("The site's only one")), *named, ("", _("None"))]
        field.required = False
        field.initial = _ONLY
        field.help_text = _("With none, devices are added and found, and what needs a sign-in stays unknown.")

    def clean(self) -> dict[str, Any]:
        """Everything read: the lines, the port, and the credential itself."""
        said: dict[str, Any] = super().clean() or {}
        try:
            if said.get("addresses"):
                self.lines = read_lines(said["addresses"].splitlines(), AT_ONCE)
                if not self.lines:
                    self.add_error("addresses", _("Write at least one address."))
        except NotPossible as error:
            self.add_error("addresses", str(error))
        if said.get("scheme") and not said.get("port"):
            said["port"] = 443 if said["scheme"] == "https" else 80
        if said.get("site"):
            said["credential"] = self._chosen(said["site"], said.get("credential", ""))
        return said

    def _chosen(self, site: Site, asked: str) -> Any:
        usable = usable_credentials(self._request.actor, site)
        if asked == _ONLY:
            return usable[0] if len(usable) == 1 else None
        found = next((row for row in usable if str(row.pk) == asked), None)
        if asked and found is None:
            self.add_error(
                "credential", _("%(site)s cannot use this one: it is of another site.") % {"site": site.full_name}
            )
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """A line, how many devices it adds, how many are there already, and the one that is where it is one address."""

    line: Line
    new: int
    known: int
    device: int | None


@needs("edit_estate")
@require_http_methods(["GET", "POST"])
def add(request: PageRequest) -> HttpResponse:
    """Add devices: first what each line would do, then doing it."""
    form = DevicesForm(request.POST if request.method == "POST" else None, request)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        hosts = [host for line in form.lines for host in line.hosts]
        known = ids_at(said["site"], hosts, said["port"])
        context |= _preview(form, known)
        if request.POST.get("do") == "add" and hosts:
            try:
                return _added(request, form, hosts, known)
            except NotPossible as error:
                form.add_error(None, str(error))
    return render(request, "estate/add.html", context, status=422 if form.errors else 200)


def _preview(form: DevicesForm, known: dict[str, int]) -> dict[str, Any]:
    """What each line would do; those that cannot be taken come first."""
    told = [_told(line, known) for line in form.lines]
    told.sort(key=lambda one: (not one.line.why, bool(one.new), one.line.number))
    said = form.cleaned_data
    return {
        "lines": told[:_LINES],
        "more": max(0, len(told) - _LINES),
        "new": sum(one.new for one in told),
        "known": len(known),
        "wrong": sum(1 for one in told if one.line.why),
        "said": said,
        "sent": {name: form.data.get(name, "") for name in form.fields},
    }


def _told(line: Line, known: dict[str, int]) -> Told:
    there = [known[host] for host in line.hosts if host in known]
    return Told(
        line, len(line.hosts) - len(there), len(there), there[0] if len(line.hosts) == len(there) == 1 else None
    )


def _added(request: PageRequest, form: DevicesForm, hosts: list[str], known: dict[str, int]) -> HttpResponse:
    said, site = form.cleaned_data, form.cleaned_data["site"]
    added, there = add_devices(
        request.actor, site, hosts, now=timezone.now(), port=said["port"], scheme=said["scheme"], credential=said["credential"]
    )  # fmt: skip
    there_now = ids_at(site, hosts, said["port"])
    new = [(host, there_now[host]) for host in hosts if host not in known]
    left = [line for line in form.lines if line.why]
    context = {
        "site": site, "added": added, "known": there, "devices": new[:_DEVICES], "more": max(0, len(new) - _DEVICES),
        "credential": said["credential"], "left": left, "may_sweep": request.actor.may("sweep", site.path),
        "sent": {name: form.data.get(name, "") for name in form.fields if name != "addresses"},
        "again": "\n".join(line.text for line in left),
    }  # fmt: skip
    return render(request, "estate/added.html", context)
