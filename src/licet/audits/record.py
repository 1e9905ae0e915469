"""Writes: waivers, owners and comments of findings, thresholds, schedules, sign-off. One function, one transaction, one ledger entry."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from licet.audits import looking, naming, waiving
from licet.audits.models import Comment, Finding, Run, Schedule, ThresholdGiven, Waiver
from licet.audits.rules import RULES
from licet.audits.seal import content_digest
from licet.audits.thresholds import THRESHOLDS
from licet.dates import day_in
from licet.ledger import record as ledger
from licet.ledger.by_site import append_by_site
from licet.ledger.signing import sign as signed
from licet.register.keys import without_key
from licet.sites import bulk
from licet.sites.models import Person, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor, may_work
from licet.sites.text import fitting

_LONGEST = 4000


@transaction.atomic
def ask_waiver(
    actor: Actor,
    rule: str,
    site: Site,
    *,
    subject: tuple[str, int] | None,
    reason: str,
    risk: str,
    compensating_measure: str,
    expires_on: date,
    now: datetime,
    renews: Waiver | None = None,
) -> Waiver:
    """Ask that a finding of one subject, or of a rule in a whole site subtree, be accepted until a day. It holds once approved."""
    _must_work(actor, site)
    if rule not in RULES:
        raise NotPossible(f"There is no rule {rule!r}. See: licet audit rules.")
    severity = RULES[rule].severity
    without_key(reason=reason, risk=risk, compensating_measure=compensating_measure)
    asked = waiving.Asked(severity, reason, risk, compensating_measure, expires_on)
    why = waiving.refusal(asked, day_in(site.time_zone, now))
    if why:
        raise NotPossible(why)
    if subject and not naming.stands(subject, site):
        raise NotPossible(waiving.not_there(site.full_name))
    waiver = Waiver.objects.create(
        rule=rule, severity=severity, kind=subject[0] if subject else "", subject=subject[1] if subject else None, site=site,
        reason=fitting("reason", reason, _LONGEST), risk=fitting("risk", risk, _LONGEST),
        compensating_measure=fitting("compensating_measure", compensating_measure, _LONGEST), expires_on=expires_on,
        requested_by_id=actor.person, requested_at=now, renews=renews,
    )  # fmt: skip
    _note(actor, "audits:waiver:asked", waiver, after={"rule": rule, "expires_on": expires_on.isoformat()})
    return waiver


def renew_waiver(actor: Actor, older: Waiver, *, now: datetime, **terms: Any) -> Waiver:
    """Ask for the same again, as a decision of its own; the older waiver stays as it was decided. Raises :class:`NotPossible`."""
    if why := waiving.renewal_refusal(older, now):
        raise NotPossible(why)
    subject = (older.kind, older.subject) if older.subject is not None else None
    return ask_waiver(actor, older.rule, older.site, subject=subject, **terms, now=now, renews=older)


@transaction.atomic
def approve_waiver(actor: Actor, waiver: Waiver, now: datetime) -> Waiver:
    """Approve: another person than the asker, with the right to administer there."""
    _must_decide(actor, waiver.site)
    why = waiving.approval_refusal(waiver.requested_by_id, actor.person) or _not_asked(waiver, now)
    why = why or _waived_already(waiver, now)
    if waiver.subject is not None and not naming.stands((waiver.kind, waiver.subject), waiver.site):
        why = why or waiving.not_there(waiver.site.full_name)
    if why:
        raise NotPossible(why)
    waiver.approved_by_id, waiver.approved_at = actor.person, now
    waiver.save(update_fields=["approved_by", "approved_at"])
    _note(actor, "audits:waiver:approved", waiver, after={"expires_on": waiver.expires_on.isoformat()})
    return waiver


@transaction.atomic
def end_waiver(actor: Actor, waiver: Waiver, why: str, now: datetime) -> Waiver:
    """Refuse a waiver that was asked for, or take an active one back."""
    _must_decide(actor, waiver.site)
    if waiver.ended_at is not None:
        raise NotPossible("It has ended already.")
    if not why.strip():
        raise NotPossible("Say why it ends.")
    without_key(reason=why)
    waiver.ended_at, waiver.ended_why = now, fitting("reason", why, _LONGEST)
    waiver.save(update_fields=["ended_at", "ended_why"])
    _note(actor, "audits:waiver:ended", waiver)
    return waiver


def _not_asked(waiver: Waiver, now: datetime) -> str:
    stands = waiving.state_of(waiver, now)
    return "" if stands is waiving.WaiverState.ASKED else f"It cannot be approved: it is {stands}."


def _waived_already(waiver: Waiver, now: datetime) -> str:
    """Why a waiver of the same rule, place and subject that holds as long makes this one needless; "" where none does."""
    same = Waiver.objects.filter(
        rule=waiver.rule, site=waiver.site, kind=waiver.kind, subject=waiver.subject, ended_at=None,
        expires_on__gte=waiver.expires_on,
    ).exclude(approved_at=None).exclude(pk=waiver.pk)  # fmt: skip
    other = next((one for one in same if waiving.state_of(one, now) is waiving.WaiverState.ACTIVE), None)
    return f"Waiver {other.pk} holds for the same until {other.expires_on} already; refuse this one." if other else ""


@transaction.atomic
def assign(actor: Actor, findings: Sequence[int], *, owner: Person | None, due_on: date | None) -> int:
    """Give findings (ids) an owner and a due day. The actor may review each of them, or none is changed.

    Raises :class:`NotPossible` for an owner who is none of :func:`licet.audits.looking.owners`, whoever he is.
    """
    if owner is not None and looking.owner(actor, owner.pk) is None:
        raise NotPossible("Nobody of this name or number can be given findings here.")
    touched: list[tuple[int | None, int | str]] = []
    for some in bulk.chunks(list(findings)):
        mine = Finding.objects.visible_to(actor, "review").filter(pk__in=some, closed_at=None)
        touched += mine.order_by("id").values_list("site_id", "id")
        mine.update(owner=owner, due_on=due_on)
    if len(touched) != len(findings) or not touched:
        raise NotPossible("Some of these findings are gone, or are not yours to assign. Nothing was changed.")
    append_by_site(
        touched, actor=actor.label, action="audits:finding:assigned", object_type="finding", things="findings",
        after={"owner": f"person:{owner.pk}" if owner else None, "due_on": due_on.isoformat() if due_on else None},
    )  # fmt: skip
    return len(touched)


@transaction.atomic
def comment(actor: Actor, finding: Finding, text: str, now: datetime) -> Comment:
    """Write under a finding."""
    _must_work(actor, finding.site)
    if not text.strip():
        raise NotPossible("A comment needs words.")
    without_key(comment=text)
    row = Comment.objects.create(
        finding=finding, author_id=actor.person, text=fitting("comment", text, _LONGEST), at=now
    )
    ledger.append(
        actor=actor.label,
        action="audits:finding:commented",
        object_type="finding",
        object_id=finding.pk,
        site=finding.site_id,
    )
    return row


@transaction.atomic
def set_threshold(actor: Actor, site: Site | None, name: str, value: int | None) -> None:
    """Set a threshold of a site subtree (everywhere for None); without a value, inherit it again."""
    if not actor.may("administer", site.path if site else ""):
        raise NotPossible("You may not set thresholds here.")
    threshold = THRESHOLDS.get(name)
    if threshold is None:
        raise NotPossible(f"There is no threshold {name!r}. There are: {', '.join(THRESHOLDS)}.")
    if value is not None and not threshold.least <= value <= threshold.most:
        raise NotPossible(f"{name} takes {threshold.least} to {threshold.most} {threshold.unit}.")
    old = ThresholdGiven.objects.filter(site=site, name=name).first()
    if value is None:
        ThresholdGiven.objects.filter(site=site, name=name).delete()
    else:
        ThresholdGiven.objects.update_or_create(site=site, name=name, defaults={"value": value})
    ledger.append(
        actor=actor.label, action="audits:threshold:set", object_type="threshold", object_id=name, site=site.pk if site else None,
        before={"value": old.value if old else None}, after={"value": value},
    )  # fmt: skip


@transaction.atomic
def schedule(actor: Actor, site: Site | None, rhythm: str, *, on: bool) -> None:
    """Have a site subtree audited by itself, or no longer."""
    if not actor.may("review", site.path if site else ""):
        raise NotPossible("You may not schedule audits here.")
    if rhythm not in Schedule.Rhythm.values:
        raise NotPossible(f"{rhythm!r} is no rhythm. There are: {', '.join(Schedule.Rhythm.values)}.")
    if on:
        Schedule.objects.get_or_create(site=site, rhythm=rhythm)
    else:
        Schedule.objects.filter(site=site, rhythm=rhythm).delete()
    ledger.append(
        actor=actor.label, action=f"audits:schedule:{'added' if on else 'removed'}", object_type="schedule", object_id=rhythm,
        site=site.pk if site else None,
    )  # fmt: skip


@transaction.atomic
def sign(actor: Actor, run: Run, statement: str, now: datetime) -> Run:
    """Attest a run: its findings are sealed by a digest, signed with the installation's key, and entered in the ledger."""
    if not actor.may("review", run.site.path if run.site else ""):
        raise NotPossible("You may not sign audits here.")
    if run.state != Run.State.DONE:
        raise NotPossible("Only an audit that is done can be signed.")
    if run.signed_at is not None:
        raise NotPossible("It is signed already.")
    if len(statement.strip()) < waiving.SHORTEST_REASON:
        raise NotPossible("Say in a sentence what you reviewed and conclude.")
    without_key(statement=statement)
    run.digest = content_digest(run)
    run.signature, run.public_key = signed(f"licet audit {run.pk} {run.digest}")
    run.signed_by, run.signed_at, run.statement = actor.label, now, fitting("statement", statement, _LONGEST)
    run.save(update_fields=["digest", "signature", "public_key", "signed_by", "signed_at", "statement"])
    ledger.append(
        actor=actor.label, action="audits:run:signed", object_type="audit", object_id=run.pk, site=run.site_id,
        after={"digest": run.digest},
    )  # fmt: skip
    return run


def _must_work(actor: Actor, site: Site) -> None:
    if not may_work(actor, site.path):
        raise NotPossible("You may not do that: you may only read here.")


def _must_decide(actor: Actor, site: Site) -> None:
    if not actor.may("administer", site.path):
        by_token = " A token needs the scope administer for it." if actor.token is not None else ""
        raise NotPossible(
            f"You may not decide about waivers at this site: that needs the right to administer it.{by_token}"
        )


def _must(actor: Actor, permission: str, site: Site) -> None:
    if not actor.may(permission, site.path):
        raise NotPossible("You may not do that at this site.")


def _note(actor: Actor, action: str, waiver: Waiver, after: dict[str, object] | None = None) -> None:
    ledger.append(
        actor=actor.label, action=action, object_type="waiver", object_id=waiver.pk, site=waiver.site_id, after=after
    )
