"""The only way in which a secret reaches a person."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from licet.ledger import record as ledger
from licet.sites.permit import Permit, Refused
from licet.vault import purpose as purposes
from licet.vault.models import Secret
from licet.vault.record import use

__all__ = ["reveal"]


def reveal(
    secret: Secret,
    permit: Permit,
    *,
    object_type: str,
    object_id: int,
    site: int,
    said: Mapping[str, Any] | None = None,
) -> str:
    """The text, after the ledger has kept that it was shown to whom and why; ``said`` is what the entry says besides.

    Raises :class:`licet.sites.permit.Refused` for a permit of another secret or one that is too old, and for a purpose that is never
    shown (device passwords are used, not shown); :class:`licet.vault.seal.CannotOpen` where no key opens it.
    """
    if secret.purpose not in purposes.SHOWN:
        raise Refused("never_shown", f"A {secret.purpose} is used by Licet and never shown to anybody.")
    permit.must_allow(secret.pk, datetime.now(UTC))
    text = use(secret)
    # Durable: the entry is committed before anybody has the text, whatever the caller does afterwards.
    with transaction.atomic(durable=True):
        ledger.append(
            actor=permit.actor.label,
            person=permit.actor.person,
            action="vault:secret:revealed",
            object_type=object_type,
            object_id=object_id,
            site=site,
            reason=permit.reason,
            after={
                **(said or {}),
                "purpose": secret.purpose,
                "approved_by": f"person:{permit.approved_by}" if permit.approved_by else None,
            },
        )
    return text
