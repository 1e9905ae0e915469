"""One control: the law, what proves it, results, waivers; attesting it."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from licet.compliance import catalogue, read, record
from licet.compliance.controls import RESULTS, Control
from licet.compliance.judging import rejudge
from licet.compliance.policy import written
from licet.compliance.questions import limits
from licet.compliance.waivers import TABLE
from licet.compliance.words import NO_ADVICE, applies_where
from licet.register import documents
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.waivers import WaiverFilter
from licet.web.base.asked import PageRequest, needs, takes
from licet.web.base.days import DayField
from licet.web.compliance import words

_DAY = forms.DateInput(attrs={"type": "date"})
_TEXT = forms.Textarea(attrs={"rows": 2})


class AttestForm(forms.Form):
    """What is stated, for which site, with which document."""

    site = forms.ModelChoiceField(
        label=gettext_lazy("Site"),
        queryset=Site.objects.none(),
        help_text=gettext_lazy("It holds for the sites below it, too."),
    )
    file = forms.FileField(label=gettext_lazy("Document"), required=False)
    document = forms.IntegerField(
        label=gettext_lazy("Or a document of the register"),
        required=False,
        min_value=1,
        max_value=2**62,
        help_text=gettext_lazy("Its number."),
    )
    covers = forms.MultipleChoiceField(
        label=gettext_lazy("It is"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing ticked = all of them."),
    )
    statement = forms.CharField(label=gettext_lazy("Statement"), required=False, max_length=1000, widget=_TEXT)
    effective_from = DayField(label=gettext_lazy("First day"), required=False, widget=_DAY)
    effective_to = DayField(label=gettext_lazy("Last day"), required=False, widget=_DAY)
    review_on = DayField(label=gettext_lazy("To be reviewed on"), required=False, widget=_DAY)


def _control(code: str) -> Control:
    found = catalogue.current().controls.get(code)
    if found is None:
        raise Http404
    return found


def control(request: PageRequest, code: str) -> HttpResponse:
    """The law, what proves it, how it stands; of one that no catalogue has now, what was judged and stated."""
    now, all_ = timezone.now(), catalogue.current()
    found = all_.controls.get(code)
    stated = _stated(request, code, now)
    if found is None:
        rows = read.past(request.actor, code, request.scope, now)
        if not (rows or stated["attestations"] or stated["waivers"]):
            raise Http404
        return render(request, "compliance/gone.html", {**stated, "rows": [_shown(row) for row in rows]})
    counts = next(
        (
            one.counts
            for one in read.controls(request.actor, request.scope, now, code, applies=False)
            if one.control.code == code
        ),
        {},
    )
    listed = read.results(request.actor, read.ResultFilter(control=code, site=request.scope, size=25), now).rows
    context = {
        **stated,
        "control": found, "advice": NO_ADVICE, "severity": words.SEVERITIES[found.severity],
        "evidence": words.EVIDENCE[found.evidence], "group": words.GROUPS.get(found.group, found.group),
        "citations": [(one, words.regime(one.regime), all_.regimes[one.regime], words.FORCES.get(all_.regimes[one.regime].force, "")) for one in found.citations],
        "counts": [(words.TONES[one], words.RESULTS[one], counts[one], one) for one in RESULTS if counts.get(one)],
        "rows": [_shown(row) for row in listed],
        "data": [all_.data[name] for name in found.data], "params": [(one, written(one.value)) for one in limits(request.scope) if one.name in found.params],
        "where": applies_where(found.applies, read.means_of(all_)),
        "precedents": [(name, all_.precedents[name]) for name in found.precedents],
        "may_attest": found.evidence == "attested" and request.actor.may_anywhere("review"),

    }  # fmt: skip
    return render(request, "compliance/control.html", context)


def _shown(row: read.ResultRow) -> dict[str, Any]:
    return {"row": row, "tone": words.TONES[row.result], "title": words.RESULTS[row.result]}


def _stated(request: PageRequest, code: str, now: datetime) -> dict[str, Any]:
    """What people stated of a control: attestations and the newest waivers."""
    listed, total = TABLE.page(request.actor, WaiverFilter(of=code, site=request.scope, size=25), now)
    return {
        "code": code, "attestations": read.attestations_of(request.actor, code, request.scope),
        "waivers": TABLE.in_words(listed.rows, now), "waivers_more": total.number - len(listed.rows),
    }  # fmt: skip


@takes(settings.LICET_DOCUMENT_BYTES)
@needs("review")
def attest(request: PageRequest, code: str) -> HttpResponse:
    """Attest a control with a document."""
    found = _control(code)
    if found.evidence != "attested":
        raise Http404
    form = AttestForm(request.POST or None, request.FILES or None, initial={"site": request.scope})
    form.fields["site"].queryset = Site.objects.visible_to(request.actor, "review")  # type: ignore[attr-defined]
    wanted = list(dict.fromkeys((*found.documents, *(name for one in found.extra for name in one.documents))))
    form.fields["covers"].choices = [(name, name.replace("_", " ")) for name in wanted]  # type: ignore[attr-defined]
    for name in found.must_state:
        form.fields[f"state_{name}"] = forms.CharField(
            label=name.replace("_", " ").capitalize(), required=False, max_length=1000,
            help_text=_("What the document says of it; the control is met once each of these is stated."),
        )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            row = _attested(request, found, form)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            rejudge(row.site, timezone.now())
            messages.success(request, _("Attested; judged anew."))
            return HttpResponseRedirect(reverse("compliance-control", args=[code]))
    return render(
        request, "compliance/attest.html", {"form": form, "control": found}, status=422 if form.errors else 200
    )


def _attested(request: PageRequest, found: Control, form: AttestForm) -> Any:
    given, site = form.cleaned_data, form.cleaned_data["site"]
    if given["file"]:
        document = record.keep_document(
            request.actor, site, given["file"].chunks(), file_name=given["file"].name, control=found.code
        )
    else:
        number = given["document"]
        document = documents.find_document(request.actor, number) if number else None  # type: ignore[assignment]
        if document is None:
            raise NotPossible(_("Give a file, or the number of a document that the register has."))
    return record.attest(
        request.actor, found.code, site, document, now=timezone.now(), covers=given["covers"], statement=given["statement"],
        stated={name: given[f"state_{name}"] for name in found.must_state}, effective_from=given["effective_from"],
        effective_to=given["effective_to"], review_on=given["review_on"],
    )  # fmt: skip


@require_POST
@needs("review")
def withdraw(request: PageRequest, pk: int) -> HttpResponse:
    """Take an attestation back."""
    row = read.find_attestation(request.actor, pk, "review")
    if row is None:
        raise Http404
    try:
        record.withdraw(request.actor, row, request.POST.get("why", ""), timezone.now())
    except NotPossible as error:
        messages.error(request, str(error))
    else:
        rejudge(row.site, timezone.now())
        messages.success(request, _("Taken back; judged anew."))
    return HttpResponseRedirect(reverse("compliance-control", args=[row.control]))
