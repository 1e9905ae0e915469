"""Gathers what a support bundle holds around a target, and what must be masked in it. Reads only what the actor may see."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q

from licet.access.models import Account
from licet.doctor.bundle import Bundle, Material, made
from licet.doctor.diagnosis import Diagnosis
from licet.doctor.masking import Mask
from licet.doctor.models import Run
from licet.estate.models import CloudAccount, Credential, Device, Fact, Installation, Subject
from licet.estate.service_models import Connection, ThirdParty
from licet.ledger.read import RecordFilter, latest
from licet.register.documents import DocumentFilter, documents
from licet.register.models import Licence
from licet.sites.models import Person, Site
from licet.sites.scope import Actor
from licet.vault import record as vault
from licet.vault.models import Secret
from licet.vault.record import CannotOpen

_ENTRIES: Final = 50
_MOST_NAMES: Final = 5000  # of each kind; beyond that the nearest to the target count


def bundle(actor: Actor, run: Run, looks: list[Diagnosis], now: datetime) -> Bundle:
    """The bundle of a kept diagnosis, with those from other places behind it."""
    device = (
        Device.objects.visible_to(actor).filter(pk=run.device).select_related("site").first() if run.device else None
    )
    server = _installation(actor, run, device)
    material = Material(
        device=_device(device, looks), server=_server(server), cloud=_cloud(actor, run),
        ledger=_ledger(actor, run), documents=_documents(actor, run, server),
    )  # fmt: skip
    return made(looks, material, mask_for(run, looks), now)


def mask_for(run: Run, looks: list[Diagnosis]) -> Mask:
    """A mask that knows the names, user names and serial numbers that could stand in texts. It asks no scope: what one may not see is masked, too."""
    found = Mask()
    found.add(_stored(run), "stored secret")
    found.add((look.vantage.split(" (")[0] for look in looks), "machine")
    below = Site.objects.all()
    if run.site is not None:
        top = run.site.path.strip("/").split("/")[0]
        below = below.filter(path__startswith=f"/{top}/")
    found.add(Person.objects.values_list("username", flat=True)[:_MOST_NAMES], "person")
    found.add(Person.objects.values_list("full_name", flat=True)[:_MOST_NAMES], "person")
    found.add(Credential.objects.values_list("username", flat=True).distinct()[:_MOST_NAMES], "account")
    found.add(Account.objects.filter(site__in=below).values_list("name", flat=True).distinct()[:_MOST_NAMES], "account")
    found.add(CloudAccount.objects.values_list("owner", flat=True)[:_MOST_NAMES], "owner")
    found.add(CloudAccount.objects.values_list("name", flat=True)[:_MOST_NAMES], "cloud account")
    found.add(ThirdParty.objects.values_list("who", flat=True)[:_MOST_NAMES], "company")
    found.add(below.values_list("name", flat=True)[:_MOST_NAMES], "site")
    found.add(below.values_list("full_name", flat=True)[:_MOST_NAMES], "site")
    rows = Device.objects.filter(pk=run.device) if run.device else Device.objects.filter(site__in=below).order_by("pk")
    for name, number, short in rows.values_list("name", "serial_number", "short_serial")[:_MOST_NAMES]:
        found.add([name] if name != number else [], "device")
        found.add_serials(one for one in (number, short) if one)
    # Words of our own would be torn out of sentences.
    for word in ("admin", "device", "camera", "cameras", "cloud", "site", "installation", "network"):
        found.known.pop(word, None)
    return found


def _stored(run: Run) -> Iterator[str]:
    """What the vault holds to sign in at the target: an answer could repeat it."""
    devices = Device.objects.filter(pk=run.device).exclude(credential=None) if run.device else Device.objects.none()
    for device in devices.select_related("credential__secret__wrapping_key"):
        if device.credential is not None:
            yield from _opened(device.credential.secret)
    asked = Q(installation=run.installation) if run.installation else Q(pk=None)
    if run.site is not None:
        asked |= Q(account__isnull=False, site__path__startswith=run.site.path)
    for row in Connection.objects.filter(asked).select_related("key", "secret", "session")[:20]:
        for one in (row.key, row.secret, row.session):
            yield from _opened(one)


def _opened(secret: Secret | None) -> Iterator[str]:
    if secret is not None:
        with suppress(CannotOpen):
            yield vault.use(secret)


def _device(row: Device | None, looks: list[Diagnosis]) -> dict[str, Any]:
    if row is None:
        return {}
    facts = looks[0].facts
    now = {name: facts[name] for name in ("time", "ezviz", "isup", "device_info", "activation") if name in facts}
    return {
        "model": row.model, "serial_number": row.serial_number or "", "short_serial": row.short_serial, "region": row.region,
        "kind": row.kind, "firmware_version": row.firmware_version,
        "firmware_build": row.firmware_build.isoformat() if row.firmware_build else "", "activated": row.activated,
        "hik_connect": {"enabled": row.ezviz_enabled, "registered": row.ezviz_registered, "bound": row.ezviz_bound},
        "isup": {"enabled": row.isup_enabled, "server": row.isup_server}, "last_answered_at": row.last_answered_at, "said_now": now,
    }  # fmt: skip


def _installation(actor: Actor, run: Run, device: Device | None) -> Installation | None:
    rows = Installation.objects.visible_to(actor).filter(retired_at=None)
    if run.installation:
        return rows.filter(pk=run.installation).first()
    return rows.filter(members__device=device).first() if device is not None else None


def _server(row: Installation | None) -> dict[str, Any]:
    if row is None:
        return {}
    host = Fact.objects.filter(
        subject_type=Subject.INSTALLATION, subject_id=row.pk, topic="host", superseded_at=None
    ).first()
    seen = host.value if host else {}
    licences = Licence.objects.filter(pool__installation=row, returned_on=None)
    return {
        "product": row.product, "version": row.version, "activated_on": row.activated_on, "os": seen.get("os", ""),
        "virtual": seen.get("vm"), "virtual_kind": seen.get("vm_kind", ""), "host_changed": list(row.host_changed),
        "host_changed_at": row.host_changed_at, "devices": row.members.count(),
        "licences": [
            {"title": title, "kind": kind, "units": units, "expires_on": ends, "maintenance_until": until, "activation": state}
            for title, kind, units, ends, until, state in licences.values_list(
                "title", "kind", "units", "expires_on", "maintenance_until", "activation"
            )[:200]
        ],
    }  # fmt: skip


def _cloud(actor: Actor, run: Run) -> list[dict[str, Any]]:
    rows = CloudAccount.objects.visible_to(actor).filter(retired_at=None)
    if run.site is not None:
        rows = rows.under(run.site)
    told = rows.annotate(
        state=F("connection__state"),
        code=F("connection__code"),
        says=F("connection__sentence"),
        asked=F("connection__asked_at"),
    )
    return [dict(row) for row in told.values("platform", "ours", "listed_at", "state", "code", "says", "asked")[:20]]


def _ledger(actor: Actor, run: Run) -> list[dict[str, Any]]:
    """The last entries about the target: what was done to which fields and when; neither who, nor why, nor the values."""
    if run.site is None or not actor.may("ledger", run.site.path):
        return []
    kind, number = ("device", run.device) if run.device else ("installation", run.installation)
    if not number:
        return []
    return [
        {
            "seq": row["seq"],
            "at": row["at"],
            "action": row["action"],
            "fields": sorted({*(row["before"] or {}), *(row["after"] or {})}),
        }
        for row in latest(RecordFilter(object_type=kind, object_id=str(number)), size=_ENTRIES)
    ]


def _documents(actor: Actor, run: Run, server: Installation | None) -> list[dict[str, Any]]:
    """Kinds and days of the documents at hand; their titles and file names may hold names."""
    about = ("installation", server.pk) if server is not None else ("site", run.site_id) if run.site_id else None
    if about is None:
        return []
    found, _ = documents(actor, DocumentFilter(about=about, size=100))
    return [{"kind": str(row.kind), "added_at": row.added_at, "bytes": row.size} for row in found.rows]
