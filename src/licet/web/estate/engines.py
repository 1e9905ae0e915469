"""The page that takes a recorder's engine slots and the channels that use them; no known answer of a device tells both."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from licet.authorization import reconcile
from licet.estate import read
from licet.estate.third_parties import engine_slots, set_engine_slots
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs


class SlotsForm(forms.Form):
    """How many slots there are, and how many are used."""

    total = forms.IntegerField(
        label=gettext_lazy("Engine slots"), min_value=0, max_value=1024, help_text=gettext_lazy("As its data sheet or menu says.")
    )  # fmt: skip
    used = forms.IntegerField(
        label=gettext_lazy("Slots in use"), min_value=0, max_value=1024,
        help_text=gettext_lazy("Channels or tasks that are set to analyse: face comparison, perimeter, structuring."),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("Read where"), max_length=60, initial=gettext_lazy("menu of the recorder")
    )


@needs("edit_estate")
def slots(request: PageRequest, pk: int) -> HttpResponse:
    """Enter them, in the place of those before."""
    row = read.device_numbered(request.actor, pk, "edit_estate")
    if row is None:
        raise Http404
    back = reverse("device", args=[pk])
    known = engine_slots(pk)
    initial = {"total": known.total, "used": known.used} if known else {}
    form = SlotsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said, now = form.cleaned_data, timezone.now()
        try:
            set_engine_slots(
                request.actor, row, said["total"], said["used"], source=f"{said['source']} (entered)", now=now
            )
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            reconcile.judge_devices([pk], now)
            messages.success(request, _("Kept, with today as its time."))
            return HttpResponseRedirect(back)
    context = {"form": form, "row": row, "known": known, "back": back}
    return render(request, "estate/engines.html", context, status=422 if form.errors else 200)
