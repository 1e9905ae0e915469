from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from licet.authorization import read
from licet.authorization.rights import RIGHTS
from licet.register import read as register
from licet.sites.paging import Counted, Page
from licet.web.authorizations.counts import kept_counts
from licet.web.authorizations.links import addresses
from licet.web.base import words
from licet.web.base.asked import PageRequest, wants_part
from licet.web.base.export import csv_response
from licet.web.base.lists import Column, Listing, Query

COLUMNS = (
    Column(gettext_lazy("Subject"), ""),
    Column(gettext_lazy("Right"), ""),
    Column(gettext_lazy("Status"), ""),
    Column(gettext_lazy("Why, and what to do")),
    Column(gettext_lazy("Changes by itself"), "valid_until", "p3"),
)
RIGHT_TITLES = {code: right.title for code, right in RIGHTS.items()}
_COMING = 200  # rows shown of a coming day; the export has all


def authorizations(request: PageRequest) -> HttpResponse:
    """Every subject and right with its status, now or on a past day."""
    query = Query(request)
    wanted = _wanted(request, query)
    page, total, coming = _found(request, wanted)
    narrowed = wanted.on or wanted.text or wanted.pool or wanted.rights
    tally = None if narrowed else kept_counts(request)
    where = addresses(request.actor, page.rows)
    statuses = {code: words.STATUSES[code] for code in words.WORST_FIRST}
    listing = Listing(
        title=_("Authorizations"),
        noun=ngettext("authorization", "authorizations", total.number),
        query=query,
        groups=[
            query.chips(_("Status"), "status", statuses, _by_status(tally, wanted.kinds)),
            query.chips(_("Kind"), "kind", words.KINDS, _by_kind(tally, wanted.statuses)),
        ],
        headings=query.headings(COLUMNS, "id"),
        page=page,
        rows=[(row, where.get((row.subject_type, row.subject_id), "")) for row in page.rows],
        total=total,
        row_template="authorizations/rows.html",
        placeholder=_("Device by name, serial number, model or address"),
        export="/authorizations/export/",
        empty=_("Nothing has been decided yet. Decisions follow a sweep or an import by themselves."),
    )
    pools = {str(row.id): row.name for row in register.pools(request.actor, request.scope)}
    context = {
        "list": listing,
        "on": wanted.on,
        "coming": coming,
        "pools": pools,
        "pool": query.one("pool"),
        "rights": RIGHT_TITLES,
        "right": wanted.rights[0] if wanted.rights else "",
    }
    template = "base/listing.html" if wants_part(request) else "authorizations/authorizations.html"
    return render(request, template, context)


def _found(request: PageRequest, wanted: read.AuthorizationFilter) -> tuple[Page[read.AuthorizationRow], Counted, bool]:
    """A page, how many match, and whether it is of a coming day, of which the first rows are shown without further pages."""
    if wanted.on is None or wanted.on <= datetime.now(UTC).date():
        return *read.authorizations(request.actor, wanted), False
    rows = tuple(islice(read.all_authorizations(request.actor, wanted), _COMING + 1))
    return Page(rows[:_COMING]), Counted(min(len(rows), _COMING), capped=len(rows) > _COMING), True


def export(request: PageRequest) -> HttpResponseBase:
    """Exactly what is filtered, as CSV."""
    headings = [
        "subject", "subject_type", "site", "kind", "right", "status", "reason", "detail", "remedy", "pool", "valid_from",
        "valid_to", "valid_until",
    ]  # fmt: skip
    rows = read.all_authorizations(request.actor, _wanted(request, Query(request)))
    return csv_response(request, "authorizations", headings, (_cells(row) for row in rows))


def _wanted(request: PageRequest, query: Query) -> read.AuthorizationFilter:
    pool = query.numbers("pool")
    return read.AuthorizationFilter(
        text=query.text,
        kinds=query.many("kind", words.KINDS),
        statuses=query.many("status", words.WORST_FIRST),
        rights=query.many("right", RIGHT_TITLES),
        site=request.scope,
        pool=pool[0] if pool else None,
        on=_day(query.one("on")),
        sort=query.sort,
        descending=query.descending,
        cursor=query.cursor,
        size=query.size,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _by_status(tally: dict[str, dict[str, int]] | None, kinds: tuple[str, ...]) -> dict[str, int] | None:
    if tally is None:
        return None
    found: dict[str, int] = {}
    for kind, statuses in tally.items():
        for status, n in statuses.items():
            if not kinds or kind in kinds:
                found[status] = found.get(status, 0) + n
    return found


def _by_kind(tally: dict[str, dict[str, int]] | None, statuses: tuple[str, ...]) -> dict[str, int] | None:
    if tally is None:
        return None
    return {
        kind: sum(n for status, n in found.items() if not statuses or status in statuses)
        for kind, found in tally.items()
    }


def _cells(row: read.AuthorizationRow) -> tuple[Any, ...]:
    return (
        row.subject, row.type_name, row.site, row.kind, row.right, row.status, row.reason, row.detail, row.remedy,
        row.pool, row.valid_from, row.valid_to, row.valid_until,
    )  # fmt: skip
