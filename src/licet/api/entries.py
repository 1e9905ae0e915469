from dataclasses import dataclass
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads
from licet.api.word import Instant, ShortText, Text, Word
from licet.ledger import read
from licet.sites.paging import Page
from licet.sites.read import sites

router = Router()


class EntryQuery(Filtering):
    """Which entries of the record. ``part`` is the part of Licet that wrote it, the first word of its action."""

    part: list[Annotated[str, Word(read.PARTS)]] = []
    text: Annotated[
        Text,
        Field(
            max_length=500,
            description="The number of an entry; an action with its colons, or its beginning (sweep:collector:refused, register:key); a thing (12, device 12);"
            " who did it; part of a reason. Of each kind the newest 500 are found",
        ),
    ] = ""
    object_type: ShortText = ""
    object_id: Annotated[ShortText, Field(description="With object_type: the entries about one thing")] = ""
    since: Instant | None = None
    until: Annotated[Instant | None, Field(description="Not included")] = None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry of the record: who did what to what, when, and what it was before. ``digest`` chains it to ``previous``."""

    seq: int
    at: str  # in the very form that the digest covers
    actor: str
    pseudonym: str
    action: str
    object_type: str
    object_id: str
    site: int | None
    reason: str
    before: Any
    after: Any
    previous: str
    digest: str


@reads(router, "/record", Listed[EntryRow], needs="ledger")
def list_record(request: Asked, asking: Query[EntryQuery]) -> Listed[EntryRow]:
    """The record of every change, the newest first."""
    after = cursor_in(request, asking)
    wanted = read.RecordFilter(
        sites=_sites(request, asking.site), parts=tuple(asking.part), object_type=asking.object_type,
        object_id=asking.object_id, since=asking.since, until=asking.until, text=asking.text,
    )  # fmt: skip
    found = read.latest(wanted, before=int(after) if after else None, size=asking.limit + 1)
    rows = tuple(EntryRow(**{name: one[name] for name in EntryRow.__slots__}) for one in found[: asking.limit])
    more = len(found) > asking.limit
    return listed(request, Page(rows, after=str(rows[-1].seq) if more else ""))


def _sites(request: Asked, number: int | None) -> tuple[int, ...] | None:
    """The sites whose entries may be read; None = every entry, also those of no site."""
    chosen = site_in(request, number)
    if chosen is None and request.actor.prefixes("ledger") is None:
        return None
    return tuple(
        one.pk
        for one in sites(request.actor)
        if request.actor.may("ledger", one.path) and (chosen is None or one.path.startswith(chosen.path))
    )
