"""Attested controls: whether what people stated at a site or above it covers what the control wants today."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from licet.compliance.applying import Facts
from licet.compliance.controls import Control
from licet.compliance.measures import Judged
from licet.compliance.models import Attestation
from licet.sites.models import Site


class Attested:
    """All attestations that may matter to some sites, by control."""

    def __init__(self, rows: Mapping[str, Sequence[tuple[str, Attestation]]]) -> None:
        self._rows = rows

    def of(self, control: str, path: str) -> list[Attestation]:
        """Those made at the site with this path or above it, the newest first."""
        return [row for where, row in self._rows.get(control, ()) if path.startswith(where)]


def attestations(_sites: Sequence[Site]) -> Attested:
    """Every attestation that was not withdrawn; there are few, a site above may have any of them."""
    found: dict[str, list[tuple[str, Attestation]]] = defaultdict(list)
    rows = Attestation.objects.filter(withdrawn_at=None).select_related("site")
    for row in rows.order_by("-made_at", "-id"):
        found[row.control].append((row.site.path, row))
    return Attested(found)


def wanted_documents(control: Control, facts: Facts) -> tuple[str, ...]:
    """The kinds of document that a control wants where these facts hold."""
    more = [name for extra in control.extra if facts.get(extra.when) for name in extra.documents]
    return (*control.documents, *more)


def attested(control: Control, facts: Facts, rows: Sequence[Attestation], today: date) -> Judged:
    """``pass`` where current attestations cover every document and say what these must state, else ``manual`` with what is missing."""
    wanted = wanted_documents(control, facts)
    current = [row for row in rows if _current(row, today)]
    covered = {name for row in current for name in (row.covers or wanted)}
    missing = [name for name in wanted if name not in covered]
    unsaid = [name for name in control.must_state if not any(row.stated.get(name) for row in current)]
    if current and not missing and unsaid:
        return Judged("manual", "not_all_stated", {"missing": unsaid})
    if not missing and current:
        due = min(row.review_on for row in current)
        return Judged("pass", "attested", {"due": due.isoformat()}, tuple(("attestation", row.pk) for row in current))
    if rows and not current:
        last = max(min(row.review_on, row.effective_to or date.max) for row in rows)
        reason = "attestation_over" if last < today else "attestation_not_yet"
        return Judged("manual", reason, {"due": last.isoformat(), "documents": missing})
    return Judged("manual", "documents_missing" if current else "not_attested", {"documents": missing})


def _current(row: Attestation, today: date) -> bool:
    return row.effective_from <= today <= row.review_on and (row.effective_to is None or today <= row.effective_to)
