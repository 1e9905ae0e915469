"""What was done to many things at once, entered once for each site it touched, so that each site's auditor sees it."""

from collections.abc import Iterable, Mapping
from typing import Any

from licet.ledger.record import append

LISTED = 200  # things that one entry names; ``number`` counts all


def append_by_site(
    touched: Iterable[tuple[int | None, int | str]],
    *,
    actor: str,
    action: str,
    object_type: str,
    things: str,
    object_id: str | int | None = None,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    person: int | None = None,
) -> int:
    """One entry for each site of ``touched`` (site, thing), with the number of its things; returns how many entries.

    ``things`` names the list of them in ``after``, at most :data:`LISTED`. The object is the thing where there is one in all, else "many",
    unless ``object_id`` is given. Write it in the transaction of what it records.
    """
    by_site: dict[int | None, list[int | str]] = {}
    for site, thing in touched:
        by_site.setdefault(site, []).append(thing)
    whole = sum(map(len, by_site.values()))
    for site, some in sorted(by_site.items(), key=lambda one: one[0] or 0):
        append(
            actor=actor, action=action, object_type=object_type, site=site, reason=reason, before=before, person=person,
            object_id=object_id if object_id is not None else some[0] if whole == 1 else "many",
            after={**(after or {}), things: some[:LISTED], "number": len(some)},
        )  # fmt: skip
    return len(by_site)
