import tempfile
from typing import Any
from urllib.parse import quote, urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.register import documents as read
from licet.register import scanning, storage
from licet.register.bundle import write_bundle
from licet.sites.record import NotPossible
from licet.web.base import words
from licet.web.base.asked import PageRequest, needs, takes, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query
from licet.web.documents import linking
from licet.web.licences.editing import editable_sites

# Nothing of a document runs, loads or reaches anything, whatever it is.
_SANDBOX = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
COLUMNS = (
    Column(gettext_lazy("Document"), "title"),
    Column(gettext_lazy("Kind"), ""),
    Column(gettext_lazy("About"), "", "p2"),
    Column(gettext_lazy("Scan"), "", "p3"),
    Column(gettext_lazy("Added"), "added_at"),
)


class AddForm(forms.Form):
    """A document to be kept."""

    file = forms.FileField(label=gettext_lazy("File"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(words.DOCUMENT_KINDS.items()))
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("The file's name, where it is empty."),
    )
    site = forms.ChoiceField(
        label=gettext_lazy("Site"), help_text=gettext_lazy("Who sees this site sees the document.")
    )

    def __init__(self, sites: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.fields["site"].choices = sites  # type: ignore[attr-defined]


class ReplaceForm(forms.Form):
    """A newer version."""

    file = forms.FileField(label=gettext_lazy("File"))


def documents(request: PageRequest) -> HttpResponse:
    """The documents as a list."""
    query = Query(request)
    found, total = read.documents(request.actor, _wanted(request, query))
    listing = Listing(
        title=_("Documents"),
        noun=ngettext("document", "documents", total.number),
        query=query,
        groups=[query.chips(_("Kind"), "kind", words.DOCUMENT_KINDS, None)],
        headings=query.headings(COLUMNS, "-added_at"),
        page=found,
        rows=list(found.rows),
        total=total,
        row_template="documents/rows.html",
        placeholder=_("Title, file name or SHA-256"),
        export="/documents/export/",
        empty=_("No document yet. Add invoices and certificates, so that what was bought can be proven."),
    )
    context = {
        "list": listing,
        "scanned": scanning.configured(),
        "may_add": request.actor.may_anywhere("edit_register"),
    }
    return render(request, "base/listing.html" if wants_part(request) else "documents/documents.html", context)


def export(request: PageRequest) -> HttpResponseBase:
    """The list as CSV."""
    headings = ["id", "title", "kind", "version", "file_name", "size", "sha256", "scan", "site", "added_at"]
    rows = read.every_document(request.actor, _wanted(request, Query(request)))
    cells = (
        (
            row.id,
            row.title,
            row.kind,
            row.version,
            row.file_name,
            row.size,
            row.sha256,
            row.scan,
            row.site,
            row.added_at,
        )
        for row in rows
    )
    return csv_response(request, "documents", headings, cells)


def bundle(request: PageRequest) -> HttpResponseBase:
    """All documents of the chosen site and below as a ZIP with an index."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it
    write_bundle(request.actor, request.scope, target)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"licet-documents-{timezone.now():%Y-%m-%d}.zip")


@takes(settings.LICET_DOCUMENT_BYTES)
@needs("edit_register")
def add(request: PageRequest) -> HttpResponse:
    """Keep a document."""
    known = editable_sites(request)
    about = _about(request)
    site = read.site_of(request.actor, about) or (request.scope.pk if request.scope else None)
    initial = {"site": str(site or ""), "kind": request.GET.get("kind", "invoice")}
    choices = [(str(one.pk), one.full_name) for one in known]
    form = AddForm(choices, request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = read.add_document(
                request.actor, next(one for one in known if str(one.pk) == data["site"]), data["file"].chunks(),
                file_name=data["file"].name, kind=data["kind"], title=data["title"], about=about,
            )  # fmt: skip
        except NotPossible as error:
            form.add_error("file", str(error))
        else:
            return _kept(request, row.pk)
    chosen = linking.linked(read.named(request.actor, about, "edit_register"))
    context = {
        "form": form,
        "title": _("Add a document"),
        "scanned": scanning.configured(),
        "most": _most(),
        "chosen": chosen,
        "choose": _picked([one["value"] for one in chosen], find=""),
        "choosing": None if request.method == "POST" else _choosing(request, chosen),
    }
    return render(request, "documents/add.html", context, status=422 if form.errors else 200)


def _choosing(request: PageRequest, chosen: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The step before the file: what it is about. Choosing loads a page, which would lose a file that was chosen already."""
    if "find" not in request.GET and (chosen or "file" in request.GET):
        return None
    values = [one["value"] for one in chosen]
    for one in chosen:
        one["without"] = _picked([value for value in values if value != one["value"]], find="")
    found = linking.offered(request, set(values))
    for one in found["offered"]:
        one["with"] = _picked([*values, one["value"]], find="")
    return {**found, "onward": _picked(values, file="1")}


@takes(settings.LICET_DOCUMENT_BYTES)
@needs("edit_register")
def replace(request: PageRequest, pk: int) -> HttpResponse:
    """Keep a newer version of a document."""
    old = read.find_document(request.actor, pk, "edit_register")
    if old is None:
        raise Http404
    form = ReplaceForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = read.add_document(
                request.actor, old.site, file.chunks(), file_name=file.name, kind=old.kind, replaces=old
            )
        except NotPossible as error:
            form.add_error("file", str(error))
        else:
            return _kept(request, row.pk)
    context = {
        "form": form,
        "title": _("A newer version"),
        "old": old,
        "scanned": scanning.configured(),
        "most": _most(),
    }
    return render(request, "documents/add.html", context, status=422 if form.errors else 200)


def document(request: PageRequest, pk: int) -> HttpResponse:
    """One document with its versions and what it is about."""
    found = read.document(request.actor, pk)
    if found is None:
        raise Http404
    editable = read.find_document(request.actor, pk, "edit_register") is not None
    may_edit = editable and not found.newer
    links = linking.linked(found.links)
    context = {
        "row": found, "links": links, "versions": read.versions(request.actor, pk), "may_edit": may_edit,
        **(linking.offered(request, {one["value"] for one in links}) if may_edit else {}),
    }  # fmt: skip
    return render(request, "documents/document.html", context)


def contents(request: PageRequest, pk: int) -> HttpResponseBase:
    """The contents: shown in place where they are a picture or PDF and that is asked for, else as a download."""
    row = read.document(request.actor, pk)
    if row is None:
        raise Http404
    try:
        file = storage.open_contents(row.sha256)
    except NotPossible:
        raise Http404 from None
    shown = row.shown and "show" in request.GET
    answer = FileResponse(file, content_type=row.media_type if shown else "application/octet-stream")
    answer["Content-Disposition"] = f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(row.file_name)}"
    answer["Content-Security-Policy"] = _SANDBOX
    answer["X-Content-Type-Options"] = "nosniff"
    answer["X-Frame-Options"] = "SAMEORIGIN" if shown else "DENY"
    return answer


def _wanted(request: PageRequest, query: Query) -> read.DocumentFilter:
    return read.DocumentFilter(
        text=query.text,
        kinds=query.many("kind", words.DOCUMENT_KINDS),
        site=request.scope,
        sort=query.sort,
        descending=query.descending if query.sort else True,
        cursor=query.cursor,
        size=query.size,
    )


def _kept(request: PageRequest, pk: int) -> HttpResponse:
    messages.success(request, _("The document is kept."))
    return HttpResponseRedirect(reverse("document", args=[pk]))


def _about(request: PageRequest) -> list[tuple[str, int]]:
    """The things that the address names: what was chosen so far, or what a link to this page is about."""
    named = [f"{kind}:{value}" for kind in linking.TITLES for value in request.GET.getlist(kind)]
    return list(dict.fromkeys(linking.things_in([*request.GET.getlist("about"), *named])))


def _picked(values: list[str], **step: str) -> str:
    """The address of the page that adds a document about these, at one of its two steps."""
    return f"{reverse('document-add')}?{urlencode([*(('about', value) for value in values), *step.items()])}"


def _most() -> int:
    return int(settings.LICET_DOCUMENT_BYTES) // 1_048_576
