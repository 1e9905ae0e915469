"""The version of a device or of software that cannot be asked, as a person read it: a fact with source and time, until one is measured."""

from datetime import datetime
from typing import Final

from django.db import transaction

from licet.estate.models import Device, Fact, Installation, Subject
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.wire.firmware import read_firmware

TOPIC: Final = "firmware_stated"
LONGEST: Final = 40


@transaction.atomic
def state_version(actor: Actor, device: Device, text: str, *, source: str, now: datetime) -> None:
    """State the firmware of a device, ``V5.7.15 build 230313``, and where it was read. What a sweep reads later takes its place.

    Matching it against the advisories is left to the caller. Raises :class:`NotPossible`.
    """
    if not actor.may("edit_estate", device.site.path):
        raise NotPossible("You may not do this at this site.")
    read = read_firmware(text[:200])
    if read is None or not read.version or len(read.version) > LONGEST:
        raise NotPossible(f"{text[:60]!r} is no version. Write it as the label does: V5.7.15 build 230313")
    if not source.strip():
        raise NotPossible("Say where it was read: label, menu, installer's report.")
    build = read.build.isoformat() if read.build else None
    Fact.objects.filter(
        subject_type=Subject.DEVICE, subject_id=device.pk, topic=TOPIC, superseded_at=None
    ).update(superseded_at=now)  # fmt: skip
    Fact.objects.create(
        subject_type=Subject.DEVICE, subject_id=device.pk, topic=TOPIC, source=f"{source.strip()[:100]} (entered)",
        value={"firmware_version": read.version, "firmware_build": build}, observed_at=now, confirmed_at=now,
    )  # fmt: skip
    before = {
        "firmware_version": device.firmware_version,
        "firmware_build": device.firmware_build and device.firmware_build.isoformat(),
    }
    device.firmware_version, device.firmware_build = read.version, read.build
    device.save(update_fields=["firmware_version", "firmware_build"])
    ledger.append(
        actor=actor.label, action="estate:device:version_stated", object_type="device", object_id=device.pk, site=device.site_id,
        before=before, after={"firmware_version": read.version, "firmware_build": build},
    )  # fmt: skip


@transaction.atomic
def state_software_version(actor: Actor, installation: Installation, text: str) -> None:
    """State the version of software, ``V3.0.1``, in the place of the one before; a server that is asked overrules it.

    Matching it against the advisories is left to the caller. Raises :class:`NotPossible`.
    """
    if not actor.may("edit_estate", installation.site.path):
        raise NotPossible("You may not do this at this site.")
    version = text.strip()
    if not version.isprintable() or len(version) > LONGEST or not any(sign.isdigit() for sign in version):
        raise NotPossible(f"{version[:60]!r} is no version. Write it as its About page does: V3.0.1")
    before, installation.version = installation.version, version
    installation.save(update_fields=["version"])
    ledger.append(
        actor=actor.label, action="estate:installation:version_stated", object_type="installation", object_id=installation.pk,
        site=installation.site_id, before={"version": before}, after={"version": version},
    )  # fmt: skip
