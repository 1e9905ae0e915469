"""The digest that stands for a run's findings: one canonical line each, in a fixed order, so that any change is noticed."""

import hashlib
import json
from collections.abc import Iterator

from licet.audits.models import Run
from licet.audits.run import findings_at


def lines(run: Run) -> Iterator[str]:
    """The canonical text of a run: its head, then each finding."""
    head = {
        "audit": run.pk, "site": run.site_id, "on": run.on.isoformat(), "started_at": run.started_at.isoformat(),
        "thresholds": run.thresholds, "counts": run.counts,
    }  # fmt: skip
    yield _canonical(head)
    rows = findings_at(run).order_by("rule", "kind", "subject", "part", "id")
    for row in rows.values_list("rule", "severity", "kind", "subject", "part", "site_id", "opened_at").iterator(5000):
        yield _canonical([*row[:6], row[6].isoformat()])


def content_digest(run: Run) -> str:
    """SHA-256 over the lines, each with its line end, in hex."""
    found = hashlib.sha256()
    for line in lines(run):
        found.update(f"{line}\n".encode())
    return found.hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
