"""The support bundle of a look: first a preview of every file as it would leave the house, then the zip."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy

from licet.doctor.diagnosis import Diagnosis
from licet.doctor.material import bundle as gather
from licet.doctor.plain import NotADiagnosis, read_file
from licet.doctor.read import run_numbered
from licet.doctor.record import note_bundle
from licet.web.base.asked import PageRequest, needs, takes

_LARGEST = 1_000_000


class OtherForm(forms.Form):
    """The same look from another place."""

    other = forms.FileField(
        label=gettext_lazy("The same look from another place"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("There: licet doctor TARGET --format json > second.json"),
    )
    kept = forms.CharField(required=False, max_length=_LARGEST, widget=forms.HiddenInput)

    def looks(self) -> tuple[list[Diagnosis], str]:
        """The looks from elsewhere, and their text to hand on to the next step."""
        chosen = self.cleaned_data.get("other")
        text = chosen.read(_LARGEST + 1) if chosen else self.cleaned_data.get("kept", "").encode()
        return ([read_file(text)], text.decode("utf-8-sig")) if text else ([], "")


@takes(2 * _LARGEST)
@needs("sweep")
def bundle(request: PageRequest, pk: int) -> HttpResponse:
    """The preview; by POST with ``save`` the zip itself."""
    found = run_numbered(request.actor, pk, "sweep")
    if found is None:
        raise Http404
    row, made = found
    form = OtherForm(request.POST or None, request.FILES or None)
    others: list[Diagnosis] = []
    kept = ""
    if request.method == "POST" and form.is_valid():
        try:
            others, kept = form.looks()
        except NotADiagnosis as error:
            form.add_error("other", str(error))
    now = timezone.now()
    ready = gather(request.actor, row, [made, *others], now)
    if "save" in request.POST and not form.errors:
        note_bundle(request.actor, row, ready.name, sum(ready.masked.values()), now)
        response = HttpResponse(ready.content(), content_type="application/zip")
        response["Content-Disposition"] = f'attachment; filename="{ready.name}"'
        response["Cache-Control"] = "no-store"
        return response
    context: dict[str, Any] = {
        "run": row, "form": form, "kept": kept, "others": others, "masked": ready.masked,
        "request_text": ready.files["support-request.txt"],
        "files": [(name, text, len(text.encode())) for name, text in ready.files.items() if name != "support-request.txt"],
    }  # fmt: skip
    return render(request, "doctor/bundle.html", context, status=422 if form.errors else 200)
