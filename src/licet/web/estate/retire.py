"""Pages that take a device, a channel or an installation out of service: they show first what that changes."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization.reconcile import changed
from licet.estate import read, record
from licet.sites.record import NotPossible
from licet.sweep.after_device import judge_changed_devices
from licet.web.base.asked import PageRequest, needs


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        help_text=gettext_lazy("The record keeps it, with your name and the time."),
    )


@needs("edit_estate")
def device(request: PageRequest, pk: int) -> HttpResponse:
    """Take a device out of the estate, or take that back."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back, here = row.retired_at is not None, reverse("device", args=[pk])
    if _done_already(request, retired=back):
        return HttpResponseRedirect(here)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason, now = form.cleaned_data["reason"], timezone.now()
        try:
            if back:
                record.restore_device(request.actor, row, reason)
            else:
                record.retire_device(request.actor, row, reason, now=now)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            judge_changed_devices([pk], now, installations=read.managed_by(row), actor=request.actor.label)
            messages.success(request, _("Done. What follows from it is judged anew."))
            return HttpResponseRedirect(here)
    told = (
        _("It is asked and judged again, as before it was retired.")
        if back
        else _(
            "It is asked no more and needs no licence. Its history stays; discovering it again, or you, bring it back."
        )
    )
    title = _("Bring the device back") if back else _("Retire the device")
    return _page(request, form, title, str(row), told, here, retire=not back)


@needs("edit_estate")
def channel(request: PageRequest, pk: int) -> HttpResponse:
    """Take a channel out, or take that back."""
    row = read.channel_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back = row.retired_at is not None
    if _done_already(request, retired=back):
        return HttpResponseRedirect(reverse("device", args=[row.device_id]))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        try:
            if back:
                record.restore_channel(request.actor, row, reason)
            else:
                record.retire_channel(request.actor, row, reason, now=timezone.now())
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _done(request, reverse("device", args=[row.device_id]), read.managed_by(row.device), ())
    told = (
        _("It is listed and licensed again, as its recorder says.")
        if back
        else _("It needs no licence any more, also while its recorder goes on listing it. Its history stays.")
    )
    title = _("Take back that it is retired") if back else _("Retire the channel")
    return _page(request, form, title, str(row), told, reverse("device", args=[row.device_id]), retire=not back)


@needs("edit_estate")
def installation(request: PageRequest, pk: int) -> HttpResponse:
    """Take software out of service."""
    row = read.installation_numbered(request.actor, pk, "edit_estate")
    if row is None or row.retired_at is not None:
        raise Http404
    members = sorted(read.members_of(row))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            record.retire_installation(request.actor, row, form.cleaned_data["reason"], now=timezone.now())
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            return _done(request, reverse("pools"), [row.pk], members)
    told = ngettext(
        "%(number)s device is then managed by nothing. The licences of its pool stay, and can be transferred.",
        "%(number)s devices are then managed by nothing. The licences of its pool stay, and can be transferred.",
        len(members),
    ) % {"number": len(members)}
    return _page(request, form, _("Retire the installation"), row.name, told, reverse("pools"))


def _done_already(request: PageRequest, *, retired: bool) -> bool:
    """Whether what the form was for is so by now: a second click, or a colleague's, does not do the opposite."""
    wanted = request.POST.get("retire", "") if request.method == "POST" else ""
    if wanted != ("yes" if retired else "no"):
        return False
    messages.info(request, _("It is retired already.") if retired else _("It is in use already."))
    return True


def _done(request: PageRequest, where: str, installations: Sequence[int], devices: Sequence[int]) -> HttpResponse:
    changed(timezone.now(), installations=installations, devices=devices, actor=request.actor.label)
    messages.success(request, _("Done. What follows from it is judged anew."))
    return HttpResponseRedirect(where)


def _page(
    request: PageRequest, form: ReasonForm, title: str, name: str, told: str, back: str, *, retire: bool = True
) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "name": name,
        "told": told,
        "back": back,
        "retire": "yes" if retire else "no",
    }
    return render(request, "estate/retire.html", context, status=422 if form.errors else 200)
