"""Writes: answers, limits, attestations, waivers, worksheets, requests. One function, one transaction, one ledger entry."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from licet.compliance import catalogue as catalogues
from licet.compliance.due import REQUESTS, dates_of
from licet.compliance.models import Answer, Attestation, Limit, Request, Waiver, Worksheet
from licet.compliance.policy import value_refusal
from licet.compliance.read import stands
from licet.dates import day_in
from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.register import documents
from licet.register.document_models import Document
from licet.register.keys import without_key
from licet.sites import waiving
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor, may_work
from licet.sites.text import fitting

_LONGEST = 4000


@transaction.atomic
def answer(
    actor: Actor, site: Site | None, name: str, *, value: bool | None, now: datetime, note: str = ""
) -> Answer | None:
    """Answer a question for a site subtree, or (no site) for the organisation; None takes an answer back. The older one stays."""
    _must(actor, "review", site)
    word = catalogues.current().facts.get(name)
    if word is None or word.auto:
        raise NotPossible(f"There is no question {name!r}. See: licet compliance questions.")
    if word.scope == "organisation" and site is not None and site.parent_id is not None:
        raise NotPossible(f"{name} is about the organisation: answer it for all, or for a site at the top.")
    old = Answer.objects.filter(site=site, name=name, superseded_at=None).first()
    if old is not None and old.value == value and old.note == note.strip():
        return old
    if old is not None:
        old.superseded_at = now
        old.save(update_fields=["superseded_at"])
    row = Answer.objects.create(
        site=site, name=name, value=value, note=fitting("note", note, 500), person_id=actor.person,
        signed_by="" if actor.person else actor.label[:150], answered_at=now,
    )  # fmt: skip
    _note(
        actor, "answer:given", "answer", row.pk, site, before={"value": old.value if old else None},
        after={"question": name, "value": value},
    )  # fmt: skip
    return row


@transaction.atomic
def set_limit(actor: Actor, site: Site | None, name: str, value: Any, *, now: datetime, citation: str = "") -> None:
    """Set a parameter of a site subtree (everywhere for None) with the rule it rests on; value None = inherit again."""
    _must(actor, "administer", site)
    parameter = catalogues.current().parameters.get(name)
    if parameter is None:
        raise NotPossible(f"There is no parameter {name!r}. See: licet compliance limits.")
    if value is not None and (why := value_refusal(parameter, value)):
        raise NotPossible(why)
    old = Limit.objects.filter(site=site, name=name).first()
    if value is None:
        Limit.objects.filter(site=site, name=name).delete()
    else:
        Limit.objects.update_or_create(
            site=site,
            name=name,
            defaults={"value": value, "citation": fitting("citation", citation, 300), "set_at": now},
        )
    _note(
        actor, "limit:set", "limit", name, site, before={"value": _short(old.value if old else None)},
        after={"value": _short(value)},
    )  # fmt: skip


def _short(value: Any) -> Any:
    """What the record keeps of a value: lists by their number, since they may name accounts."""
    return {"entries": len(value)} if isinstance(value, list | dict) else value


def keep_document(actor: Actor, site: Site, chunks: Iterable[bytes], *, file_name: str, control: str) -> Document:
    """Keep the document of an attestation, by its SHA-256, in the register. Whoever may attest at the site may file it there."""
    _must(actor, "review", site)
    known = catalogues.current().controls.get(control)
    if known is None or known.evidence != "attested":
        raise NotPossible(f"There is no control {control!r} that is attested. See: licet compliance controls.")
    filing = replace(actor, grants=(*actor.grants, (site.path, frozenset({"edit_register"}))))
    return documents.add_document(
        filing, site, chunks, file_name=file_name, kind="other", title=f"{known.code} {known.title}"[:200],
        about=[("site", site.pk)],
    )  # fmt: skip


@transaction.atomic
def attest(
    actor: Actor,
    code: str,
    site: Site,
    document: Document,
    *,
    now: datetime,
    covers: Collection[str] = (),
    stated: Mapping[str, str] | None = None,
    statement: str = "",
    effective_from: date | None = None,
    effective_to: date | None = None,
    review_on: date | None = None,
) -> Attestation:
    """State that a control is met at a site and below, with a document of the register. Raises :class:`NotPossible`."""
    _must(actor, "review", site)
    control = catalogues.current().controls.get(code)
    if control is None:
        raise NotPossible(f"There is no control {code!r}. See: licet compliance controls.")
    if control.evidence != "attested":
        raise NotPossible(f"{code} is measured, not attested. What falls short can be waived.")
    known = {*control.documents, *(name for extra in control.extra for name in extra.documents)}
    if odd := sorted(set(covers) - known):
        raise NotPossible(f"{code} does not ask for {odd[0]}. It asks for: {', '.join(sorted(known))}.")
    if odd := sorted(set(stated or {}) - set(control.must_state)):
        raise NotPossible(f"{code} does not ask to state {odd[0]}. It asks for: {', '.join(control.must_state)}.")
    today = day_in(site.time_zone, now)
    begins = effective_from or today
    latest = max(begins, today) + timedelta(days=control.review_days)
    review = review_on or latest
    if not begins <= review <= latest:
        raise NotPossible(f"The review of {code} lies between {begins} and {latest}.")
    if effective_to is not None and effective_to < begins:
        raise NotPossible("It would end before it begins.")
    without_key(statement=statement)
    without_key(**(stated or {}))
    row = Attestation.objects.create(
        control=code, site=site, document=document, covers=sorted(covers),
        stated={name: fitting(name, text, 1000) for name, text in (stated or {}).items() if text.strip()},
        statement=fitting("statement", statement, 1000), person_id=actor.person, signed_by="" if actor.person else actor.label[:150],
        effective_from=begins, effective_to=effective_to, review_on=review, made_at=now,
    )  # fmt: skip
    _note(
        actor, "attestation:made", "attestation", row.pk, site,
        after={"control": code, "document": document.pk, "sha256": document.sha256, "review_on": review.isoformat()},
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw(actor: Actor, row: Attestation, why: str, now: datetime) -> None:
    """Take an attestation back; it stays on file with its end."""
    _must(actor, "review", row.site)
    if row.withdrawn_at is not None:
        raise NotPossible("It was taken back already.")
    if not why.strip():
        raise NotPossible("Say why it is taken back.")
    without_key(reason=why)
    row.withdrawn_at, row.withdrawn_why = now, fitting("reason", why, 300)
    row.save(update_fields=["withdrawn_at", "withdrawn_why"])
    _note(actor, "attestation:withdrawn", "attestation", row.pk, row.site, after={"control": row.control})


@transaction.atomic
def ask_waiver(
    actor: Actor,
    code: str,
    site: Site,
    *,
    subject: tuple[int, int] | None,
    reason: str,
    risk: str,
    compensating_measure: str,
    expires_on: date,
    now: datetime,
    renews: Waiver | None = None,
) -> Waiver:
    """Ask that a failed control of one subject (kind, id), or of a site subtree, be accepted until a day. It holds once approved."""
    if not may_work(actor, site.path):
        raise NotPossible("You may not do that: you may only read here.")
    found = catalogues.current()
    control = found.controls.get(code)
    if control is None:
        raise NotPossible(f"There is no control {code!r}. See: licet compliance controls.")
    if code in found.not_waivable:
        raise NotPossible(f"{code} cannot be waived: a prohibited practice cannot be accepted as a risk.")
    without_key(reason=reason, risk=risk, compensating_measure=compensating_measure)
    asked = waiving.Asked(control.severity, reason, risk, compensating_measure, expires_on)
    if why := waiving.refusal(asked, day_in(site.time_zone, now)):
        raise NotPossible(why)
    if subject and not stands(subject, site):
        raise NotPossible(waiving.not_there(site.full_name))
    row = Waiver.objects.create(
        control=code, severity=control.severity, kind=subject[0] if subject else None, subject=subject[1] if subject else None,
        site=site, reason=fitting("reason", reason, _LONGEST), risk=fitting("risk", risk, _LONGEST),
        compensating_measure=fitting("compensating_measure", compensating_measure, _LONGEST), expires_on=expires_on,
        requested_by_id=actor.person,
        requested_at=now, renews=renews,
    )  # fmt: skip
    after = {"control": code, "expires_on": expires_on.isoformat()} | ({"renews": renews.pk} if renews else {})
    _note(actor, "waiver:asked", "waiver", row.pk, site, after=after)
    return row


def renew_waiver(actor: Actor, older: Waiver, *, now: datetime, **terms: Any) -> Waiver:
    """Ask for the same again, as a decision of its own; the older waiver stays as it was decided. Raises :class:`NotPossible`."""
    if why := waiving.renewal_refusal(older, now):
        raise NotPossible(why)
    subject = (older.kind, older.subject) if older.kind is not None and older.subject is not None else None
    return ask_waiver(actor, older.control, older.site, subject=subject, **terms, now=now, renews=older)


@transaction.atomic
def approve_waiver(actor: Actor, row: Waiver, now: datetime) -> None:
    """Approve: another person than the asker, with the right to administer there."""
    _must(actor, "administer", row.site)
    state = waiving.state_of(row, now)
    why = waiving.approval_refusal(row.requested_by_id, actor.person)
    if why or state is not waiving.WaiverState.ASKED:
        raise NotPossible(why or f"It cannot be approved: it is {state}.")
    if row.kind is not None and row.subject is not None and not stands((row.kind, row.subject), row.site):
        raise NotPossible(waiving.not_there(row.site.full_name))
    row.approved_by_id, row.approved_at = actor.person, now
    row.save(update_fields=["approved_by", "approved_at"])
    _note(
        actor, "waiver:approved", "waiver", row.pk, row.site,
        after={"control": row.control, "expires_on": row.expires_on.isoformat()},
    )  # fmt: skip


@transaction.atomic
def end_waiver(actor: Actor, row: Waiver, why: str, now: datetime) -> None:
    """Refuse a waiver that was asked for, or take an active one back."""
    _must(actor, "administer", row.site)
    if row.ended_at is not None:
        raise NotPossible("It has ended already.")
    if not why.strip():
        raise NotPossible("Say why it ends.")
    without_key(reason=why)
    row.ended_at, row.ended_why = now, fitting("reason", why, 300)
    row.save(update_fields=["ended_at", "ended_why"])
    _note(actor, "waiver:ended", "waiver", row.pk, row.site, after={"control": row.control})


@transaction.atomic
def keep_worksheet(actor: Actor, site: Site, form: str, fields: Mapping[str, str], now: datetime) -> Worksheet:
    """Keep a new version of a site's form; the older ones stay."""
    _must(actor, "review", site)
    if form not in Worksheet.Form.values:
        raise NotPossible(f"{form!r} is no form. There are: {', '.join(Worksheet.Form.values)}.")
    without_key(**fields)
    last = Worksheet.objects.filter(site=site, form=form).order_by("-version").first()
    kept = {name[:40]: fitting(name, text, _LONGEST) for name, text in fields.items()}
    if last is not None and last.fields == kept:
        return last
    row = Worksheet.objects.create(
        site=site, form=form, fields=kept, version=last.version + 1 if last else 1, person_id=actor.person, made_at=now
    )
    _note(actor, "worksheet:kept", "worksheet", row.pk, site, after={"form": form, "version": row.version})
    return row


def state_controller(actor: Actor, site: Site, text: str, now: datetime) -> Worksheet:
    """State who answers for the processing at a site and below it: it stands in the record of processing and on the sign there."""
    if not text.replace("\x00", "").strip():
        raise NotPossible("State the controller: name and address, representative, data protection officer.")
    last = Worksheet.objects.filter(site=site, form=Worksheet.Form.PROCESSING).order_by("-version").first()
    return keep_worksheet(
        actor, site, Worksheet.Form.PROCESSING, {**(last.fields if last else {}), "controller": text}, now
    )


@transaction.atomic
def add_request(
    actor: Actor,
    site: Site,
    *,
    reference: str,
    what: str,
    regime: str,
    received_on: date,
    now: datetime,
    cameras: Sequence[Device] = (),
    filmed_from: datetime | None = None,
    filmed_to: datetime | None = None,
) -> Request:
    """Log a request of a filmed person; the due days follow from the regime. Who asked is kept elsewhere, under the reference."""
    _must(actor, "review", site)
    if not reference.strip():
        raise NotPossible("Give the request a reference, without anybody's name.")
    without_key(reference=reference)
    if what not in REQUESTS:
        raise NotPossible(f"{what!r} is no kind of request. There are: {', '.join(REQUESTS)}.")
    if received_on > day_in(site.time_zone, now):
        raise NotPossible("It cannot have been received in the future.")
    if filmed_from and filmed_to and filmed_to < filmed_from:
        raise NotPossible("The filmed period would end before it begins.")
    try:
        dates = dates_of(regime, what, received_on)
    except KeyError:
        raise NotPossible(f"For {regime!r} no time is known. There are: gdpr, ukgdpr, ccpa.") from None
    row = Request.objects.create(
        site=site, reference=fitting("reference", reference, 80), what=what, regime=regime, received_on=received_on,
        acknowledge_on=dates.acknowledge_on, due_on=dates.due_on, filmed_from=filmed_from, filmed_to=filmed_to,
        person_id=actor.person, made_at=now,
    )  # fmt: skip
    row.cameras.set(cameras)
    _note(
        actor, "request:logged", "request", row.pk, site,
        after={"what": what, "regime": regime, "due_on": dates.due_on.isoformat(), "cameras": len(cameras)},
    )  # fmt: skip
    return row


@transaction.atomic
def change_request(actor: Actor, row: Request, now: datetime, **changes: Any) -> Request:
    """Write down the steps: identity_checked_on, redaction, answered_on, outcome, or ``extended=True`` once."""
    _must(actor, "review", row.site)
    if row.answered_on is not None:
        raise NotPossible("It was answered already.")
    if changes.pop("extended", False) and not row.extended:
        row.extended = True
        row.due_on = dates_of(row.regime, row.what, row.received_on).extended_to
    today = day_in(row.site.time_zone, now)
    for name in ("identity_checked_on", "answered_on"):
        day = changes.get(name)
        if day is not None and not row.received_on <= day <= today:
            raise NotPossible("The day lies between the receipt and today.")
    if changes.get("answered_on") and not (changes.get("outcome") or row.outcome):
        raise NotPossible("Say how it was answered.")
    without_key(**{name: value for name, value in changes.items() if isinstance(value, str)})
    for name, value in changes.items():
        if name not in ("identity_checked_on", "redaction", "answered_on", "outcome"):
            raise ValueError(name)
        setattr(row, name, fitting(name, value, 300) if isinstance(value, str) else value)
    row.save()
    _note(
        actor, "request:changed", "request", row.pk, row.site,
        after={"due_on": row.due_on.isoformat(), "answered_on": row.answered_on.isoformat() if row.answered_on else None},
    )  # fmt: skip
    return row


def _must(actor: Actor, permission: str, site: Site | None) -> None:
    if not actor.may(permission, site.path if site else ""):
        raise NotPossible("You may not do that here.")


def _note(
    actor: Actor,
    action: str,
    what: str,
    pk: int | str,
    site: Site | None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    ledger.append(
        actor=actor.label, action=f"compliance:{action}", object_type=what, object_id=pk, site=site.pk if site else None,
        before=before, after=after, person=actor.person,
    )  # fmt: skip
