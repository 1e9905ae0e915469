"""Findings: the list with its filters, export, bulk change with a preview, and the page of one."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.audits import looking, read, record
from licet.audits.rules import RULES
from licet.sites.record import NotPossible
from licet.sites.scope import may_work
from licet.tabular.export import xlsx_bytes
from licet.web.audits.words import CHANGES, OWNERS, QUESTIONS, SEVERITIES, STATES
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.days import DayField
from licet.web.base.export import csv_response, note_export
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Finding"), "rank"),
    Column(gettext_lazy("About"), ""),
    Column(gettext_lazy("What to do"), "", "p2"),
    Column(gettext_lazy("Owner"), "due_on", "p2"),
    Column(gettext_lazy("Since"), "opened_at", "p3"),
)
HEADINGS = (
    "id", "severity", "question", "rule", "title", "kind", "subject", "part", "site", "detail", "remedy", "state",
    "waived_until", "owner", "due_on", "opened_at", "closed_at",
)  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SAMPLE = 12
# Where the page of a subject is.
_PAGES = {
    "device": "device",
    "licence": "licence",
    "pool": "pool",
    "key": "key",
    "installation": "installation",
    "credential": "credential",
}


class AssignForm(forms.Form):
    """Who does it, and until when. Both empty = nobody."""

    owner = forms.ChoiceField(label=gettext_lazy("Owner"), required=False)
    due_on = DayField(label=gettext_lazy("To be done by"), required=False, widget=forms.DateInput({"type": "date"}))

    def people(self, request: PageRequest) -> dict[str, Any]:
        """Offer the people of the reader's scope; name -> person."""
        known = {str(person.pk): person for person in looking.owners(request.actor)}
        choices = [("", _("Nobody")), *((pk, str(person)) for pk, person in known.items())]
        self.fields["owner"].choices = choices  # type: ignore[attr-defined]
        return known


def findings(request: PageRequest) -> HttpResponse:
    """The findings that are there now, or as an audit left them: a line for each rule, or one for each subject."""
    query, now = Query(request), timezone.now()
    wanted = _wanted(request, query)
    if not (wanted.rules or wanted.ids or wanted.text or query.one("by") == "subject"):
        if wants_part(request):  # it is no part of the list that htmx holds
            return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
        return _by_rule(request, query, wanted)
    page, facets = read.findings(request.actor, wanted, now), looking.facets(request.actor, wanted, now)
    rule = {code: RULES[code].title for code in wanted.rules}
    listing = Listing(
        title=_("Findings"),
        noun=ngettext("finding", "findings", facets.total.number),
        query=query,
        groups=[
            query.chips(_("Severity"), "severity", SEVERITIES, facets.severities),
            query.chips(_("Question"), "question", QUESTIONS, facets.questions),
            query.chips(_("State"), "state", STATES, facets.states),
            query.chips(_("Since the audit before"), "change", CHANGES, facets.changes),
            query.chips(_("Owner"), "owner", OWNERS, None),
            query.chips(_("Rule"), "rule", rule, None),
        ],
        headings=query.headings(COLUMNS, "rank"),
        page=page,
        rows=[(row, where_is(row)) for row in page.rows],
        total=facets.total,
        row_template="audits/finding_rows.html",
        placeholder=_("Name of a device, licence, pool ... or of a rule"),
        export=reverse("findings-export"),
        picks=True,
        acts="audits/finding_acts.html",
        which=("audit",),
        empty=_("No finding is open. Findings come from audits."),
    )
    context = {"list": listing, "run": wanted.run, "may_review": request.actor.may_anywhere("review")}
    return render(request, "base/listing.html" if wants_part(request) else "audits/findings.html", context)


def _by_rule(request: PageRequest, query: Query, wanted: read.FindingFilter) -> HttpResponse:
    """A line for each rule, "12 of 4,000"; each leads to its subjects."""
    now = timezone.now()
    facets = looking.facets(request.actor, wanted, now)
    lines = [(one, query.query(rule=[one.rule], sort="")) for one in read.by_rule(request.actor, wanted, now)]
    sorts = {"rank": _("Worst first"), "due_on": _("Next due first"), "opened_at": _("Oldest first")}
    groups = [
        query.chips(_("Severity"), "severity", SEVERITIES, facets.severities),
        query.chips(_("Question"), "question", QUESTIONS, facets.questions),
        query.chips(_("State"), "state", STATES, facets.states),
        query.chips(_("Since the audit before"), "change", CHANGES, facets.changes),
        query.chips(_("Owner"), "owner", OWNERS, None),
    ]
    context = {
        "lines": lines, "run": wanted.run, "total": facets.total, "query": query,
        "groups": groups, "filtered": any(chip.on for group in groups for chip in group.chips), "clear": query.only(("audit",)),
        "sorts": [(title, query.link(sort=name), (wanted.sort or "rank") == name) for name, title in sorts.items()],
        "subjects": query.link(by="subject", sort=""),
        "may_review": request.actor.may_anywhere("review"),
    }  # fmt: skip
    return render(request, "audits/findings_by_rule.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV or XLSX."""
    query, now = Query(request), timezone.now()
    rows = (cells(row) for row in read.every(request.actor, _wanted(request, query), now))
    if query.one("format") != "xlsx":
        return csv_response(request, "findings", HEADINGS, rows)
    listed = list(rows)
    note_export(request, "findings", len(listed))
    name = f'attachment; filename="licet-findings-{now:%Y-%m-%d}.xlsx"'
    return HttpResponse(
        xlsx_bytes("Findings", HEADINGS, listed), content_type=XLSX, headers={"Content-Disposition": name}
    )


@needs("review")
def assign(request: PageRequest) -> HttpResponse:
    """Show which findings are meant, and give them an owner and a day."""
    query, now = Query(request), timezone.now()
    wanted = _wanted(request, query)
    ids = looking.chosen(request.actor, wanted, now)
    form = AssignForm(request.POST if request.method == "POST" else None)
    known = form.people(request)
    if request.method == "POST" and form.is_valid():
        owner, due_on = known.get(form.cleaned_data["owner"]), form.cleaned_data["due_on"]
        try:
            number = record.assign(request.actor, ids, owner=owner, due_on=due_on)
        except NotPossible as error:
            form.add_error(None, str(error))
        else:
            said = ngettext("%(n)s finding is assigned.", "%(n)s findings are assigned.", number) % {"n": number}
            messages.success(request, said)
            return HttpResponseRedirect(f"{reverse('findings')}{query.query(id=[])}")
    sample = read.findings(request.actor, read.FindingFilter(ids=tuple(ids[:_SAMPLE])), now).rows if ids else ()
    context = {"form": form, "number": len(ids), "sample": sample, "more": len(ids) - len(sample)}
    return render(request, "audits/assign.html", context)


def finding(request: PageRequest, pk: int) -> HttpResponse:
    """One finding: why, evidence, remedy, history, comments, owner, waivers."""
    found = read.find(request.actor, pk)
    if found is None:
        raise Http404
    now = timezone.now()
    form = AssignForm(initial={"owner": str(found.owner_id or ""), "due_on": found.due_on})
    if request.method == "POST":
        form = AssignForm(request.POST)
    known = form.people(request)
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == "comment":
                record.comment(request.actor, found, request.POST.get("text", ""), now)
            else:
                owner, due_on = known.get(form.cleaned_data["owner"]), form.cleaned_data["due_on"]
                record.assign(request.actor, [found.pk], owner=owner, due_on=due_on)
        except NotPossible as error:
            messages.error(request, str(error))
        return HttpResponseRedirect(reverse("finding", args=[pk]))
    row = read.in_words(found, now)
    context = {
        "row": row,
        "rule": RULES.get(found.rule),
        "where": where_is(row),
        "evidence": looking.evidence(found),
        "comments": looking.comments(found),
        "periods": looking.periods(found),
        "waivers": looking.in_words(looking.about(found), now),
        "form": form,
        "may_review": request.actor.may("review", found.site.path),
        "may_work": may_work(request.actor, found.site.path),
    }
    return render(request, "audits/finding.html", context)


def where_is(row: read.FindingRow) -> str:
    """The address of the page of what a finding is about; "" where there is none."""
    name = _PAGES.get(row.kind)
    try:
        return reverse(name, args=[row.subject_id]) if name else ""
    except NoReverseMatch:
        return ""


def cells(row: read.FindingRow) -> tuple[Any, ...]:
    """A finding as a line of an export."""
    return (
        row.id, row.severity, row.question, row.rule, row.title, row.kind, row.subject, row.part, row.site, row.detail,
        row.remedy, row.state, row.waived_until, row.owner, row.due_on, row.opened_at, row.closed_at,
    )  # fmt: skip


def _wanted(request: PageRequest, query: Query) -> read.FindingFilter:
    """What the address asks for. An audit that is not in scope is as if it were none."""
    run = None
    if numbers := query.numbers("audit", 1):
        run = read.find_run(request.actor, numbers[0])
        if run is None:
            raise Http404
    owned = query.many("owner", OWNERS)
    return read.FindingFilter(
        severities=query.many("severity", SEVERITIES),
        rules=query.many("rule", RULES),
        questions=query.many("question", QUESTIONS),
        states=query.many("state", STATES),
        site=request.scope,
        run=run,
        changes=query.many("change", CHANGES),
        mine=request.user.pk if "mine" in owned else None,
        unowned="nobody" in owned and "mine" not in owned,
        overdue_on=timezone.now().date() if "overdue" in owned else None,
        text=query.text,
        ids=query.numbers("id"),
        sort=query.sort or "rank",
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )
