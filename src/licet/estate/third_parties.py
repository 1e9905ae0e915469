"""Writes of who else may act on devices, and of services and licence counts that a person enters. One function = one ledger entry."""

from datetime import date, datetime

from django.db import transaction

from licet.dates import day_in
from licet.estate.models import CloudAccount, Device, Installation, LicenceCount
from licet.estate.service_models import AppLicence, CloudService, EngineSlots, ThirdParty
from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting


@transaction.atomic
def add_third_party(
    actor: Actor,
    site: Site,
    kind: str,
    who: str,
    *,
    now: datetime,
    may: str = "",
    since: date | None = None,
    until: date | None = None,
    document: int | None = None,
    account: CloudAccount | None = None,
    device: Device | None = None,
) -> ThirdParty:
    """Enter somebody who may act: on a device, on what an account lists, or on a whole site. Raises :class:`NotPossible`."""
    _must(actor, site)
    if kind not in ThirdParty.Kind.values:
        raise NotPossible(f"{kind!r} is no way to act. Ways: {', '.join(ThirdParty.Kind.values)}.")
    if not who.strip():
        raise NotPossible("Name the company or person.")
    if since and until and until < since:
        raise NotPossible("The last day lies before the first.")
    row = ThirdParty.objects.create(
        site=site, kind=kind, who=fitting("name", who, 200), may=fitting("rights", may, 300), since=since, until=until, document=document,
        account=account, device=device, source="entered", observed_at=now,
    )  # fmt: skip
    _note(actor, "added", row)
    return row


@transaction.atomic
def confirm_third_party(actor: Actor, row: ThirdParty, *, until: date | None, document: int | None) -> ThirdParty:
    """Say until when somebody may act and by what contract; what was learnt counts as looked at from then on."""
    _must(actor, row.site)
    if row.since and until and until < row.since:
        raise NotPossible("The last day lies before the first.")
    if until is None and document is None:
        raise NotPossible("Say until when, or by which document (its number in the register).")
    row.until, row.document = until, document if document is not None else row.document
    row.save()
    _note(actor, "confirmed", row)
    return row


@transaction.atomic
def end_third_party(actor: Actor, row: ThirdParty, reason: str, *, now: datetime) -> ThirdParty:
    """The right is over: it was taken away where it was given. The row stays as history."""
    _must(actor, row.site)
    if row.ended_at is not None:
        raise NotPossible("It is ended already.")
    row.ended_at = now
    row.save()
    _note(actor, "ended", row, reason)
    return row


@transaction.atomic
def set_count(
    actor: Actor,
    installation: Installation,
    metric: str,
    total: int | None,
    used: int | None,
    *,
    source: str,
    now: datetime,
) -> LicenceCount:
    """What the licence page of the software says for one metric, with where it was read. Raises :class:`NotPossible`."""
    _must(actor, installation.site)
    row = write_count(installation, metric, total, used, source=source, now=now)
    ledger.append(
        actor=actor.label, action="estate:licence_count:set", object_type="installation", object_id=installation.pk,
        site=installation.site_id, after={"metric": metric, "total": total, "used": used},
    )  # fmt: skip
    return row


def write_count(
    installation: Installation, metric: str, total: int | None, used: int | None, *, source: str, now: datetime
) -> LicenceCount:
    """The write of :func:`set_count` alone; the caller has asked for the permission and writes the ledger entry."""
    if total is None and used is None:
        raise NotPossible("Say the total, the number in use, or both.")
    if not metric.isascii() or not metric.replace("_", "").isalnum() or len(metric) > 40:
        raise NotPossible("A metric is a word such as camera, door, anpr_camera.")
    if any(number is not None and not 0 <= number <= 10_000_000 for number in (total, used)):
        raise NotPossible("Numbers run from 0 to 10,000,000.")
    row, _made = LicenceCount.objects.update_or_create(
        installation=installation,
        metric=metric,
        defaults={"total": total, "used": used, "source": source[:80], "observed_at": now},
    )
    return row


@transaction.atomic
def set_service(
    actor: Actor,
    account: CloudAccount,
    code: str,
    ends_on: date | None,
    *,
    now: datetime,
    short_serial: str = "",
    channel: int = 0,
) -> CloudService:
    """Enter the term of a cloud service: of the account, or of one device or channel. None = it runs without an end."""
    _must(actor, account.site)
    row = write_service(account, code, ends_on, now=now, short_serial=short_serial, channel=channel, source="entered")
    ledger.append(
        actor=actor.label, action="estate:cloud_service:set", object_type="cloud_account", object_id=account.pk,
        site=account.site_id, after={"code": row.code, "ends_on": ends_on.isoformat() if ends_on else None},
    )  # fmt: skip
    return row


def write_service(
    account: CloudAccount,
    code: str,
    ends_on: date | None,
    *,
    now: datetime,
    short_serial: str,
    channel: int,
    source: str,
) -> CloudService:
    """The write of :func:`set_service` alone; the caller has asked for the permission and writes the ledger entry."""
    if not code.strip() or len(code) > 40:
        raise NotPossible("Name the service, for example health_monitoring or cloud_storage.")
    over = ends_on is not None and ends_on < day_in(account.site.time_zone, now)
    row, _made = CloudService.objects.update_or_create(
        account=account,
        code=code.strip(),
        short_serial=short_serial.strip().upper()[:20],
        channel=channel,
        defaults={
            "state": "expired" if over else "running", "ends_on": ends_on, "stated": True, "source": source[:80], "observed_at": now,
        },
    )  # fmt: skip
    return row


@transaction.atomic
def set_app_licence(
    actor: Actor, device: Device, app: str, *, now: datetime, until: date | None = None, document: int | None = None
) -> AppLicence:
    """Say that an on-camera app was bought for a device, until when and by which document. Raises :class:`NotPossible`."""
    _must(actor, device.site)
    if not app.strip() or len(app) > 120:
        raise NotPossible("Name the app as the device lists it.")
    row, _made = AppLicence.objects.update_or_create(
        device=device, app=app.strip(), defaults={"until": until, "document": document, "observed_at": now}
    )
    ledger.append(
        actor=actor.label, action="estate:app_licence:set", object_type="device", object_id=device.pk, site=device.site_id,
        after={"app": row.app, "until": until.isoformat() if until else None, "document": document},
    )  # fmt: skip
    return row


@transaction.atomic
def set_engine_slots(actor: Actor, device: Device, total: int, used: int, *, source: str, now: datetime) -> EngineSlots:
    """Say how many analytics engine slots a recorder has and how many are used. Raises :class:`NotPossible`."""
    _must(actor, device.site)
    if not 0 <= total <= 1024 or not 0 <= used <= 1024:
        raise NotPossible("A recorder has from 0 to 1024 engine slots.")
    row, _made = EngineSlots.objects.update_or_create(
        device=device, defaults={"total": total, "used": used, "source": source[:80], "observed_at": now}
    )
    ledger.append(
        actor=actor.label, action="estate:engine_slots:set", object_type="device", object_id=device.pk, site=device.site_id,
        after={"total": total, "used": used},
    )  # fmt: skip
    return row


def engine_slots(device: int) -> EngineSlots | None:
    """What was last said of a device's engine slots."""
    return EngineSlots.objects.filter(device=device).first()


def _must(actor: Actor, site: Site) -> None:
    if not actor.may("edit_estate", site.path):
        raise NotPossible("You may not do this at this site.")


def _note(actor: Actor, what: str, row: ThirdParty, reason: str = "") -> None:
    # Who it is may be a person: the entry refers to the row.
    after = {
        "kind": row.kind, "until": row.until.isoformat() if row.until else None, "document": row.document,
        "device": row.device_id, "account": row.account_id,
    }  # fmt: skip
    ledger.append(
        actor=actor.label, action=f"estate:third_party:{what}", object_type="third_party", object_id=row.pk,
        site=row.site_id, after=after, reason=reason,
    )  # fmt: skip
