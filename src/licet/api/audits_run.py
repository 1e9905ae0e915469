"""Audits begun and signed by programs."""

from typing import Annotated

from django.utils import timezone
from pydantic import Field

from licet.api.asked import Asked, may_there, site_where, there
from licet.api.audits import RunRow, get_audit, router
from licet.api.operation import MADE, Made, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Given, Number, RowNumber, Text
from licet.audits import read, record
from licet.audits.run import Running, begin
from licet.sweep.kinds import put_audit


class AuditWanted(Given):
    """A site and what is below it; null = everything."""

    site: Number | None = None


class Signature(Given):
    """What whoever signs attests."""

    statement: Annotated[Text, Field(min_length=1, max_length=4000, pattern=FILLED)]


@writes(router, "post", "/audits", RunRow, needs="review", status=MADE)
def begin_audit(request: Asked, given: AuditWanted) -> Made:
    """Begin an audit; a job carries it out. Follow it at its address."""
    site = site_where(request, given.site, "review") if given.site else None
    if site is None:
        may_there(request, "review", "")
    try:
        run = begin(request.actor, site=site, now=timezone.now())
    except Running as running:
        raise Problem(409, f"Audit {running.run.pk} of this place runs already.") from None
    put_audit(request.actor, run)
    return Made(get_audit(request, run.pk), f"/api/v1/audits/{run.pk}")


@writes(router, "post", "/audits/{int:number}/sign", RunRow, needs="review")
def sign_audit(request: Asked, number: RowNumber, given: Signature) -> RunRow:
    """Attest an audit: its findings are sealed and signed."""
    run = there(read.find_run(request.actor, number), "audit", number)
    may_there(request, "review", run.site.path if run.site else "")
    record.sign(request.actor, run, given.statement, timezone.now())
    return get_audit(request, number)
