"""Hosts and ports: the shipped list, and the owner's own entries."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.doctor import hosts as listed
from licet.doctor.own_hosts import put, remove
from licet.settings import data_folder
from licet.web.base.asked import PageRequest
from licet.web.base.days import DayField
from licet.web.doctor import words


class HostForm(forms.Form):
    """A host of the owner's."""

    host = forms.CharField(label=gettext_lazy("Host"), max_length=253)
    port = forms.IntegerField(label=gettext_lazy("Port"), min_value=1, max_value=65535, initial=443)
    use = forms.CharField(label=gettext_lazy("What for"), max_length=200)
    region = forms.CharField(label=gettext_lazy("Region"), max_length=60, required=False)
    confidence = forms.ChoiceField(
        label=gettext_lazy("How sure"), choices=[(one, words.CONFIDENCES[one]) for one in listed.CONFIDENCES], initial="unverified",
        help_text=gettext_lazy("What is not verified is never used for a verdict."),
    )  # fmt: skip
    source = forms.CharField(label=gettext_lazy("From where you know it"), max_length=200)
    checked = DayField(
        label=gettext_lazy("Last checked"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


def hosts(request: PageRequest) -> HttpResponse:
    """The list; by POST an entry is put or taken away."""
    may_edit = request.actor.prefixes("administer") is None
    folder = data_folder()
    form = HostForm()
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        if "remove" in request.POST:
            if remove(request.actor, folder, request.POST["remove"]):
                messages.success(request, _("Removed."))
            return HttpResponseRedirect(reverse("doctor-hosts"))
        form = HostForm(request.POST)
        if form.is_valid():
            day = form.cleaned_data["checked"]
            try:
                kept = put(request.actor, folder, form.cleaned_data | {"checked": day.isoformat() if day else ""})
            except listed.BadHosts as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Saved %(host)s.") % {"host": kept.host})
                return HttpResponseRedirect(reverse("doctor-hosts"))
    trouble = ""
    try:
        found = listed.hosts(folder)
    except listed.BadHosts as error:
        found, trouble = listed.hosts(), str(error)
    context = {
        "hosts": [(one, words.CONFIDENCES[one.confidence]) for one in found],
        "ports": [(one, words.CONFIDENCES[one.confidence]) for one in listed.ports()],
        "form": form if may_edit else None, "trouble": trouble,
    }  # fmt: skip
    return render(request, "doctor/hosts.html", context, status=422 if form.errors else 200)
