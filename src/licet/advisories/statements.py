"""Statements of the owner: an advisory does not affect these devices here, is mitigated, or is accepted until a day."""

from datetime import date, datetime
from typing import Any, Final

from django.db import transaction

from licet.advisories.models import Advisory, Exposure, Statement
from licet.advisories.read import firmware_text
from licet.advisories.standing import apply_statements, holds
from licet.advisories.vex import Publisher, Stated, csaf_vex, open_vex
from licet.estate.models import Device, Installation, Subject
from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

# The labels that CSAF 2.0 and OpenVEX 0.2.0 share for "not affected".
JUSTIFICATIONS: Final = (
    "component_not_present",
    "inline_mitigations_already_exist",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_not_present",
)
STATUSES: Final = tuple(Statement.Status.values)
MAX_YEARS_AHEAD: Final = 5


@transaction.atomic
def add_statement(
    actor: Actor,
    code: str,
    *,
    site: Site,
    status: str,
    reason: str,
    now: datetime,
    device: Device | None = None,
    model: str = "",
    justification: str = "",
    valid_to: date | None = None,
) -> Statement:
    """Make a statement for a device, a model in a site subtree, or a whole subtree. Raises :class:`NotPossible`.

    Needs ``review`` at the site. ``valid_to`` is inclusive; an accepted risk must have it.
    """
    if not actor.may("review", site.path):
        raise NotPossible(f"a statement needs the permission to review at {site.full_name}")
    advisory = Advisory.objects.filter(code__iexact=code.strip()).first()
    if advisory is None:
        raise NotPossible(f"no advisory {code!r} is held")
    _check(status, justification, reason, valid_to, now)
    if device is not None and not device.site.path.startswith(site.path):
        raise NotPossible("the device is not at that site")
    row = Statement.objects.create(
        advisory=advisory, site=site, device=device, model=fitting("model", model, 120), status=status, justification=justification,
        reason=reason.strip(), person_id=actor.person, made_at=now, valid_to=valid_to,
    )  # fmt: skip
    ledger.append(
        actor=actor.label, action="advisories:statement:made", object_type="advisory", object_id=advisory.code, site=site.pk,
        reason=row.reason, person=actor.person,
        after={
            "statement": row.pk, "status": status, "justification": justification, "device": device.pk if device else None,
            "model": row.model, "valid_to": valid_to.isoformat() if valid_to else None,
        },
    )  # fmt: skip
    apply_statements(now, everything=True)
    return row


def _check(status: str, justification: str, reason: str, valid_to: date | None, now: datetime) -> None:
    if status not in STATUSES:
        raise NotPossible(f"a statement is one of {', '.join(STATUSES)}")
    if justification and (status != Statement.Status.NOT_AFFECTED or justification not in JUSTIFICATIONS):
        raise NotPossible(f"a justification goes with not_affected and is one of {', '.join(JUSTIFICATIONS)}")
    if len(reason.strip()) < 10:
        raise NotPossible("say the reason in ten letters at least: an auditor will read it")
    if len(reason) > 1000:
        raise NotPossible("the reason has more than 1000 letters")
    if status == Statement.Status.ACCEPTED and valid_to is None:
        raise NotPossible("an accepted risk needs a last day")
    if valid_to is not None and not now.date() <= valid_to <= now.date().replace(
        year=now.year + MAX_YEARS_AHEAD, day=1
    ):
        raise NotPossible(f"the last day is not between today and {MAX_YEARS_AHEAD} years from now")


@transaction.atomic
def withdraw_statement(actor: Actor, row: Statement, reason: str, *, now: datetime) -> None:
    """Withdraw a statement; the exposures it stood for are open again. Raises :class:`NotPossible`."""
    if not actor.may("review", row.site.path):
        raise NotPossible(f"withdrawing needs the permission to review at {row.site.full_name}")
    if row.withdrawn_at is not None:
        raise NotPossible("the statement is withdrawn already")
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    ledger.append(
        actor=actor.label, action="advisories:statement:withdrawn", object_type="advisory", object_id=row.advisory.code,
        site=row.site_id, reason=fitting("reason", reason, 1000), person=actor.person, before={"statement": row.pk, "status": row.status},
    )  # fmt: skip
    apply_statements(now, everything=True)


def statements(
    actor: Actor, *, code: str = "", site: Site | None = None, now: datetime
) -> list[tuple[Statement, bool]]:
    """The statements in scope, newest first, each with whether it stands."""
    rows = Statement.objects.visible_to(actor).under(site).select_related("advisory", "site", "device", "person")
    if code:
        rows = rows.filter(advisory__code__iexact=code)
    return [(row, holds(row, now)) for row in rows]


def stated(
    actor: Actor, *, code: str = "", site: Site | None = None, now: datetime
) -> list[tuple[Statement, str, str]]:
    """The statements that stand, each with every distinct model and version that it stands for. For the VEX export."""
    found = []
    for row, stands in statements(actor, code=code, site=site, now=now):
        if not stands:
            continue
        rows = Exposure.objects.filter(statement=row, ended_at=None)
        devices = Device.objects.filter(pk__in=rows.filter(subject_type=Subject.DEVICE).values("subject_id")).order_by()
        seen = [(one.model, firmware_text(one)) for one in devices.only("model", "firmware_version", "firmware_build")]
        servers = Installation.objects.filter(
            pk__in=rows.filter(subject_type=Subject.INSTALLATION).values("subject_id")
        )
        seen += [(one.product, one.version) for one in servers]
        found += [(row, model, version) for model, version in sorted(set(seen))]
    return found


def statement(actor: Actor, pk: int) -> Statement | None:
    """The statement of this number in scope."""
    return Statement.objects.visible_to(actor).select_related("site", "advisory").filter(pk=pk).first()


def export(
    actor: Actor,
    kind: str,
    *,
    publisher: str,
    namespace: str,
    number: str,
    now: datetime,
    code: str = "",
    site: Site | None = None,
) -> dict[str, Any]:
    """The statements that stand as a "csaf" or "openvex" document. Raises ``ValueError`` where there is none."""
    said = [
        Stated(
            row.advisory.code, row.advisory.title, row.status, row.justification, row.reason,
            row.valid_to.isoformat() if row.valid_to else "", row.made_at, model, version or "version not known", row.site.full_name,
        )
        for row, model, version in stated(actor, code=code, site=site, now=now)
    ]  # fmt: skip
    who = Publisher(publisher.strip()[:200] or "The owner", namespace)
    number = number or f"licet-vex-{now:%Y-%m-%d}"
    return csaf_vex(said, who, number, now) if kind == "csaf" else open_vex(said, who, number, now)
