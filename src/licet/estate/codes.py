"""Verification codes of devices, into the vault and out of it again. Nothing here or elsewhere shows one."""

from datetime import datetime

from django.db import transaction

from licet.estate.code_models import VerificationCode
from licet.estate.models import Device
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import purpose
from licet.vault import record as vault

LONGEST = 64


@transaction.atomic
def keep_code(actor: Actor, device: Device, code: str, *, now: datetime) -> None:
    """Seal a device's verification code, in the place of the one before. Raises :class:`NotPossible` for what is none."""
    _must(actor, device)
    text = code.strip()
    if not text or len(text) > LONGEST or not text.isprintable() or any(char.isspace() for char in text):
        raise NotPossible(
            f"A verification code is one word of at most {LONGEST} characters, as the label of the device says."
        )
    replaced = _remove(device)
    VerificationCode.objects.create(device=device, secret=vault.put(purpose.VERIFICATION_CODE, text), kept_at=now)
    _note(actor, device, "estate:verification_code:kept", replaced=replaced)


@transaction.atomic
def remove_code(actor: Actor, device: Device) -> None:
    """Take a device's verification code out of the vault. Raises :class:`NotPossible` where there is none."""
    _must(actor, device)
    if not _remove(device):
        raise NotPossible("There is no verification code of this device.")
    _note(actor, device, "estate:verification_code:removed")


def kept_at(device: int) -> datetime | None:
    """Since when the vault has the code of this device; None = it has none."""
    return VerificationCode.objects.filter(device=device).values_list("kept_at", flat=True).first()


def _remove(device: Device) -> bool:
    row = VerificationCode.objects.select_related("secret").filter(device=device).first()
    if row is None:
        return False
    row.delete()
    row.secret.delete()
    return True


def _must(actor: Actor, device: Device) -> None:
    if not actor.may("edit_estate", device.site.path):
        raise NotPossible("You may not change devices at this site.")


def _note(actor: Actor, device: Device, action: str, **after: bool) -> None:
    ledger.append(
        actor=actor.label, action=action, object_type="device", object_id=device.pk, site=device.site_id,
        after=after or None,
    )  # fmt: skip
