"""Saying on a licence's page which documents are about it."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from licet.register.documents import DocumentFilter, DocumentRow, documents, find_document, link, unlink
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in
from licet.web.licences.editing import editable

_OFFERED: Final = 10


def offered(request: PageRequest, linked: Iterable[int]) -> dict[str, Any]:
    """The documents that the page's search field found (``document`` of its address), without those linked already."""
    text = request.GET.get("document", "").replace("\x00", "").strip()[:100]
    rows: list[DocumentRow] = []
    if text:
        known = set(linked)
        asked = [DocumentFilter(ids=(number_in(text),))] if number_in(text) else []
        found = [row for one in [*asked, DocumentFilter(text=text)] for row in documents(request.actor, one)[0].rows]
        rows = list({row.id: row for row in found if row.id not in known}.values())
    return {"text": text, "rows": rows[:_OFFERED]}


@needs("edit_register")
@require_POST
def papers(request: PageRequest, pk: int) -> HttpResponse:
    """Link a document that is kept already, or take one away; the document itself stays."""
    editable(request, pk)
    asked = request.POST.get("document", "").strip()
    number = number_in(asked)
    document = find_document(request.actor, number, "edit_register")
    if document is None and "unlink" in request.POST:
        raise Http404
    if document is None:
        messages.error(request, _("There is no document of this number that you may change."))
        return HttpResponseRedirect(reverse("licence", args=[pk]))
    try:
        if "unlink" in request.POST:
            unlink(request.actor, document, ("licence", pk))
            messages.success(request, _("The document is not about this licence any more. It is kept."))
        else:
            link(request.actor, document, [("licence", pk)])
            messages.success(request, _("The document is about this licence too."))
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("licence", args=[pk]))
