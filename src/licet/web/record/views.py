import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from licet.ledger import read
from licet.sites.read import sites
from licet.web.base.asked import PageRequest, needs

_SIZE = 50


@needs("ledger")
def record(request: PageRequest) -> HttpResponse:
    """Who did what, newest first."""
    return _page(request, None)


@needs("ledger")
@require_POST
def verify(request: PageRequest) -> HttpResponse:
    """Check the whole chain and say what was found."""
    return _page(request, read.verify())


def _page(request: PageRequest, verdict: Any) -> HttpResponse:
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    entries = read.latest(_wanted(request), before=before, size=_SIZE + 1)
    shown = entries[:_SIZE]
    context = {
        "entries": [entry | {"changes": list(_changes(entry))} for entry in shown],
        "older": shown[-1]["seq"] if len(entries) > _SIZE else None,
        "newest": before is None,
        "verdict": verdict,
    }
    return render(request, "record/record.html", context)


def _wanted(request: PageRequest) -> read.RecordFilter:
    sites = _sites(request)
    return read.RecordFilter(sites=None if sites is None else tuple(sites))


def _sites(request: PageRequest) -> list[int] | None:
    """The sites whose entries may be seen; None = all entries, also those of no site (for roles that hold everywhere)."""
    if request.scope is not None:
        return [site.pk for site in sites_with_ledger(request) if site.path.startswith(request.scope.path)]
    if request.actor.prefixes("ledger") is None:
        return None
    return [site.pk for site in sites_with_ledger(request)]


def sites_with_ledger(request: PageRequest) -> list[Any]:
    """The sites at which the asker may read the record."""
    return [site for site in sites(request.actor) if request.actor.may("ledger", site.path)]


def _changes(entry: dict[str, Any]) -> Any:
    before, after = entry["before"] or {}, entry["after"] or {}
    for name in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield name, _text(old), _text(new)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"
