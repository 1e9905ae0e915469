"""What a document is about: chosen by a part of a name or serial number, linked and taken away again."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from licet.register import documents as read
from licet.register.document_models import Document
from licet.search.choosing import choices
from licet.sites.record import NotPossible
from licet.web.base.asked import PageRequest, needs, number_in

# what the search calls it -> what a link calls it
_ABOUT: Final = {
    "device": "device", "licence": "licence", "order": "order", "installation": "installation", "site": "site",
    "cloud_account": "account",
}  # fmt: skip
TITLES: Final[dict[str, Any]] = {
    "device": gettext_lazy("device"),
    "licence": gettext_lazy("licence"),
    "order": gettext_lazy("order"),
    "installation": gettext_lazy("software installation"),
    "site": gettext_lazy("site"),
    "account": gettext_lazy("cloud account"),
}
_PAGES: Final = {
    "device": "device", "licence": "licence", "order": "order", "installation": "installation", "account": "cloud-account",
}  # fmt: skip


def linked(things: list[tuple[str, int, str]] | tuple[tuple[str, int, str], ...]) -> list[dict[str, Any]]:
    """Things as a page draws them: their words, and the address of their page."""
    return [
        {
            "value": f"{about}:{pk}", "title": title, "kind": TITLES[about],
            "address": reverse(_PAGES[about], args=[pk]) if about in _PAGES else f"{reverse('overview')}?site={pk}",
        }
        for about, pk, title in things
    ]  # fmt: skip


def documents_of(request: PageRequest, about: str, pk: int, path: str) -> dict[str, Any]:
    """What ``documents/of_thing.html`` shows: the current documents about a thing of the site at ``path``, and adding one."""
    may_add = request.actor.may("edit_register", path)
    return {"documents": read.about_thing(request.actor, about, pk), "add_document": f"{about}={pk}" if may_add else ""}


def offered(request: PageRequest, known: set[str]) -> dict[str, Any]:
    """What the search field of a page found (``find`` of its address), without what is linked already."""
    text = request.GET.get("find", "").replace("\x00", "").strip()[:100]
    hits, more = choices(request.actor, text, frozenset(_ABOUT), "edit_register") if text else ((), False)
    found = [{"value": f"{_ABOUT[hit.kind]}:{hit.id}", "hit": hit, "kind": TITLES[_ABOUT[hit.kind]]} for hit in hits]
    return {
        "find": text, "offered": [one for one in found if one["value"] not in known], "more_offered": more,
        "all_known": bool(found) and all(one["value"] in known for one in found),
    }  # fmt: skip


def things_in(values: list[str]) -> list[tuple[str, int]]:
    """The things that the values of a form or an address name; what names none is left out."""
    found = []
    for value in values[:100]:
        about, _colon, number = value.partition(":")
        if about in TITLES and number_in(number):
            found.append((about, number_in(number)))
    return found


@needs("edit_register")
@require_POST
def about(request: PageRequest, pk: int) -> HttpResponse:
    """Say that a document is about something too, or not about it any more; the document itself stays."""
    document = read.find_document(request.actor, pk, "edit_register")
    if document is None:
        raise Http404
    chosen = things_in(request.POST.getlist("about"))
    try:
        told = _noted(request, document, chosen) if chosen else _("Choose first what the document is about.")
        messages.success(request, told)
    except NotPossible as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("document", args=[pk]))


def _noted(request: PageRequest, document: Document, chosen: list[tuple[str, int]]) -> str:
    if "unlink" in request.POST:
        read.unlink(request.actor, document, chosen[0])
        return _("The document is not about that any more. It is kept.")
    read.link(request.actor, document, chosen)
    return _("It is noted what the document is about.")
