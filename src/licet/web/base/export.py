"""A list as a CSV file: exactly what is filtered, written while it is read; who took it out is in the record."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.http import StreamingHttpResponse
from django.utils import timezone

from licet.ledger import record as ledger
from licet.register.keys import holds_key
from licet.tabular.export import csv_lines
from licet.web.base.asked import PageRequest
from licet.web.base.lists import filters_of


def csv_response(
    request: PageRequest, name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """The rows as a download called ``name`` with today's date. One ledger entry tells list, filter and number of rows."""
    file_name = f"licet-{name}-{timezone.now():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        csv_lines(headings, _recorded(request, name, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


def _recorded(request: PageRequest, name: str, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """The rows; once they are out, or the reader has gone, the entry that says how many."""
    number, complete = 0, False
    try:
        for row in rows:
            number += 1
            yield row
        complete = True
    finally:
        note_export(request, name, number, complete=complete)


@transaction.atomic
def note_export(request: PageRequest, name: str, number: int, *, complete: bool = True) -> None:
    """Write down that a list was taken out."""
    # What the list read of the address, and no more: anybody can write anything behind the question mark.
    chosen = {
        key: list(found)[:50] for key, found in sorted(filters_of(request).items()) if not any(map(holds_key, found))
    }
    # Free text may name a person: it is kept beside the chain, with the reason, where it can age out.
    text = request.GET.get("q", "").strip()[:100]
    if holds_key(text):
        text = "a licence key"  # what somebody pasted into a search box does not go into the record
    ledger.append(
        actor=request.actor.label,
        action="web:list:exported",
        object_type="list",
        object_id=name,
        site=request.scope.pk if request.scope else None,
        reason=f"searched for: {text}" if text else "",
        after={"rows": number, "complete": complete, "filter": chosen},
    )
