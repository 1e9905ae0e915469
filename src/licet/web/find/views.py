from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from licet.register import read as register
from licet.search.read import Hit, find
from licet.sites.paging import Counted
from licet.web.base.asked import PageRequest

_SHOWN = 25
# kind -> its heading, the page of one by its own id or that of what it stands on, the list that searches the same
_KINDS: dict[str, tuple[str | Promise, str, str]] = {
    "device": (_("Devices"), "device", "estate"),
    "channel": (_("Channels"), "device", ""),
    "licence": (_("Licences"), "licence", "licences"),
    "order": (_("Orders"), "order", "orders"),
    "note": (_("Notes"), "licence", ""),
    "document": (_("Documents"), "document", "documents"),
    "site": (_("Sites"), "overview", ""),
    "installation": (_("Software installations"), "installation", ""),
    "cloud_account": (_("Cloud accounts"), "cloud-account", ""),
    "pool": (_("Pools"), "pool", ""),
}


@dataclass(frozen=True, slots=True)
class Part:
    """The matches of one kind as drawn: how many, the first with their addresses, and the list with all of them."""

    kind: str
    title: str | Promise
    number: Counted
    rows: list[tuple[Hit, str]]
    all: str


def search(request: PageRequest) -> HttpResponse:
    """What a text finds in the chosen site, by kind with how many of each."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    context: dict[str, object] = {"searched": text}
    if text:
        found = {one.kind: one for one in find(request.actor, text, request.scope, size=_SHOWN)}
        pools = _pools_of(request) if "installation" in found else {}
        parts = []
        for kind, (title, _page, listed) in _KINDS.items():
            if kind not in found:
                continue
            rows = [(hit, pools.get((hit.site_id, hit.title), "") or _address(hit)) for hit in found[kind].hits]
            if kind == "pool":  # an installation is told of on the page of its pool, which then stands once
                rows = [row for row in rows if (row[0].site_id, row[0].title) not in pools]
            if rows:
                parts.append(Part(kind, title, found[kind].number, rows, reverse(listed) if listed else ""))
        context["parts"] = parts
    return render(request, "find/search.html", context)


def _address(hit: Hit) -> str:
    """The page of a hit, "" where it has none."""
    name = "order" if hit.kind == "order_note" else _KINDS[hit.kind][1]
    if hit.kind == "site":
        return f"{reverse(name)}?site={hit.id}"
    try:
        return reverse(name, args=[hit.parent or hit.id])
    except NoReverseMatch:
        return ""


def _pools_of(request: PageRequest) -> dict[tuple[int, str], str]:
    """Pages of the pools that belong to an installation, by site and name."""
    pools = register.pools(request.actor, request.scope)
    return {(pool.site_id, pool.name): reverse("pool", args=[pool.id]) for pool in pools if pool.product}
