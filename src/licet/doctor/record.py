"""Makes a diagnosis and keeps what it learnt: the run, and above all a refusal or a lock, so that no password is tried twice."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import DatabaseError, transaction

from licet.authorization import reconcile
from licet.doctor.diagnosis import Diagnosis, Result
from licet.doctor.look import KEY, Look
from licet.doctor.models import Run
from licet.doctor.plain import as_plain
from licet.doctor.run import diagnosing, shortened
from licet.estate import folding
from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.sites.scope import Actor
from licet.wire.facts import Reach

KEPT: Final = 500  # runs; the oldest go
_LEARNT: Final = {Reach.ANSWERED, Reach.REFUSED, Reach.LOCKED_OUT, Reach.NOT_ACTIVATED}


def diagnosed(actor: Actor, look: Look) -> Iterator[Result | Diagnosis | Run]:
    """Each step's result as it comes, then the diagnosis, then the run as it was kept (none for a key)."""
    learnt = False
    try:
        for piece in diagnosing(look):
            if not learnt and look.report is not None:
                learnt = True
                _learn(look)
            yield piece
            if isinstance(piece, Diagnosis) and look.known.device is not None and not learnt:
                # It ended, and nobody signed in: the try that was said ahead was not made.
                Device.objects.filter(pk=look.known.device).update(tried_at=None)
            if isinstance(piece, Diagnosis) and look.kind != KEY:
                yield keep(actor, look, shortened(piece))
    finally:
        # Somebody who walks away in the middle must not make us forget that a device refused.
        if not learnt and look.report is not None:
            _learn(look)


def _learn(look: Look) -> None:
    report, device = look.report, look.known.device
    if report is None or device is None:
        return
    if report.reach not in _LEARNT:
        Device.objects.filter(pk=device).update(tried_at=None)
        return
    marks = {device: look.mark} if look.mark else {}
    try:
        with transaction.atomic():
            folded = folding.fold({device: report}, report.started_at, marks)
            touched = folding.touched_installations(folded.recorders)
            reconcile.changed(
                report.started_at,
                devices=sorted({*folded.devices, device}),
                installations=sorted(touched),
                actor="doctor",
            )
    except (DatabaseError, ValueError, ArithmeticError, TypeError):
        # What it said cannot be stored; that it refused or locked still is.
        from dataclasses import replace  # noqa: PLC0415

        with transaction.atomic():
            folding.fold({device: replace(report, facts=(), asked=(), detail="")}, report.started_at, marks)


@transaction.atomic
def keep(actor: Actor, look: Look, found: Diagnosis) -> Run:
    """Keep a run, let the oldest go, and write down that it was made."""
    known = look.known
    row = Run.objects.create(
        site_id=known.site, person_id=actor.person, target=found.target[:300], kind=found.kind, vantage=found.vantage[:300],
        cause=found.verdict.cause, confidence=found.verdict.confidence, at=found.at, device=known.device,
        installation=known.installation, result=as_plain(found),
    )  # fmt: skip
    oldest = Run.objects.order_by("-pk").values_list("pk", flat=True)[KEPT : KEPT + 1].first()
    if oldest is not None:
        Run.objects.filter(pk__lte=oldest).delete()
    ledger.append(
        actor=actor.label, person=actor.person, action="doctor:run:made", object_type=_object(look), object_id=_number(look) or row.pk,
        site=known.site, after={"cause": row.cause, "confidence": row.confidence, "steps": len(found.steps)},
    )  # fmt: skip
    return row


@transaction.atomic
def note_bundle(actor: Actor, row: Run | None, name: str, masked: int, now: datetime) -> None:
    """Write down that a support bundle left the house."""
    ledger.append(
        actor=actor.label, person=actor.person, action="doctor:bundle:made", object_type="doctor run",
        object_id=row.pk if row else name, site=row.site_id if row else None, after={"masked": masked, "at": now.isoformat()},
    )  # fmt: skip


def _object(look: Look) -> str:
    known = look.known
    return (
        "device"
        if known.device
        else "installation"
        if known.installation
        else "cloud account"
        if known.account
        else "doctor run"
    )


def _number(look: Look) -> int | None:
    return look.known.device or look.known.installation or look.known.account
