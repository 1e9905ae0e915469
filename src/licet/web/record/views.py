import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from licet.ledger import checkpoint, read
from licet.ledger.names import everybody
from licet.sites.paging import Counted, Page
from licet.sites.read import sites
from licet.web.base import words
from licet.web.base.asked import PageRequest, needs, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("No."), "", "num"),
    Column(gettext_lazy("When"), ""),
    Column(gettext_lazy("Who"), ""),
    Column(gettext_lazy("What"), ""),
    Column(gettext_lazy("Change"), ""),
    Column(gettext_lazy("Digest"), "", "p3"),
)
PARTS: dict[str, Any] = {
    "sites": gettext_lazy("Sites and people"),
    "estate": gettext_lazy("Estate"),
    "register": gettext_lazy("Register"),
    "authorization": gettext_lazy("Authorizations"),
    "access": gettext_lazy("Access"),
    "renewals": gettext_lazy("Renewals"),
    "alerts": gettext_lazy("Notifications"),
    "advisories": gettext_lazy("Updates"),
    "audits": gettext_lazy("Audits"),
    "compliance": gettext_lazy("Compliance"),
    "doctor": gettext_lazy("Doctor"),
    "vault": gettext_lazy("Secrets"),
    "sweep": gettext_lazy("Sweeps"),
    "web": gettext_lazy("Exports"),
    "ledger": gettext_lazy("The record itself"),
    "upkeep": gettext_lazy("Backup and moves"),
}


@needs("ledger")
def record(request: PageRequest) -> HttpResponse:
    """Who did what, newest first."""
    query = Query(request)
    listing = _listing(request, query)
    if wants_part(request):
        return render(request, "base/listing.html", {"list": listing})
    return render(request, "record/record.html", _context(request, query, listing) | {"list": listing})


@needs("ledger")
def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "seq", "at", "actor", "pseudonym", "action", "object_type", "object_id", "site", "reason", "before", "after", "digest",
    ]  # fmt: skip
    rows = read.every_entry(_wanted(request, Query(request)))
    return csv_response(request, "record", headings, ([_cell(row[name]) for name in headings] for row in rows))


@needs("ledger")
@require_POST
def verify(request: PageRequest) -> HttpResponse:
    """Check the whole chain and its signatures, and say what was found."""
    query = Query(request)
    listing = _listing(request, query)
    found = {"list": listing, "verdict": read.verify(), "signed": checkpoint.last(10)}
    return render(request, "record/record.html", _context(request, query, listing) | found)


def _context(request: PageRequest, query: Query, listing: Listing) -> dict[str, Any]:
    # Who reads the record of some sites only is not told the names of those who acted elsewhere.
    here = dict.fromkeys((row["pseudonym"], row["actor"]) for row in listing.rows)
    return {
        "people": everybody() if request.actor.prefixes("ledger") is None else list(here),
        "who": query.one("actor"),
        "since": _day(query.one("from")),
        "until": _day(query.one("to")),
        "object": query.one("object"),
        "signed": checkpoint.last(1),
    }


def _listing(request: PageRequest, query: Query) -> Listing:
    wanted = _wanted(request, query)
    total = read.count(wanted)
    return Listing(
        title=_("Record"),
        noun=ngettext("entry", "entries", total.number),
        query=query,
        groups=[query.chips(_("About"), "part", PARTS, None)],
        headings=query.headings(COLUMNS, ""),
        page=(found := _page(wanted, query)),
        rows=[entry | {"changes": list(_changes(entry))} for entry in found.rows],
        total=Counted(total.number, total.capped),
        row_template="record/rows.html",
        placeholder=_("Who, action, “device 12”, number, or words of a reason"),
        export="/record/export/",
        empty=_("No entry is here for you to see."),
    )


def _page(wanted: read.RecordFilter, query: Query) -> Page[dict[str, Any]]:
    """A page by entry numbers: ``b100`` = those before 100, ``a100`` = those after it."""
    back = query.cursor[:1] == "a"
    number = _number(query.cursor[1:]) if query.cursor[:1] in {"a", "b"} else None
    if number is None:
        found = read.latest(wanted, size=query.size + 1)
    else:
        found = read.latest(wanted, size=query.size + 1, **({"after": number} if back else {"before": number}))
    more = len(found) > query.size
    found = (found[1:] if back else found[:-1]) if more else found
    if not found:
        return Page(())
    newer = more if back else number is not None
    older = True if back else more
    return Page(
        tuple(found), before=f"a{found[0]['seq']}" if newer else "", after=f"b{found[-1]['seq']}" if older else ""
    )


def _wanted(request: PageRequest, query: Query) -> read.RecordFilter:
    seen = _sites(request)
    kind, _blank, key = query.one("object").strip().partition(" ")
    until = _day(query.one("to"))
    parts = query.many("part", PARTS)
    return read.RecordFilter(
        sites=None if seen is None else tuple(seen),
        actor=query.one("actor"),
        parts=parts,
        object_type=kind,
        object_id=key.strip(),
        since=_instant(_day(query.one("from"))),
        until=_instant(until + timedelta(days=1) if until and until < date.max else None),
        text=query.text,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _instant(day: date | None) -> datetime | None:
    """The begin of a day in the reader's zone; None also where no calendar has it in UTC."""
    if day is None or not date(1970, 1, 1) <= day <= date(9000, 1, 1):
        return None
    return datetime.combine(day, datetime.min.time(), timezone.get_current_timezone())


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


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


def _changes(entry: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    before, after = entry["before"] or {}, entry["after"] or {}
    for name in [*before, *(key for key in after if key not in before)]:
        old, new = before.get(name), after.get(name)
        if old != new:
            yield words.plain(name), _text(old), _text(new)


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value
