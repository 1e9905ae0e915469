"""Credentials of devices: adding, replacing, giving to devices, taking away. Nothing here or elsewhere shows a password."""

from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from licet.estate.membership import must_edit
from licet.estate.models import Credential, Device
from licet.ledger import record as ledger
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.vault import purpose
from licet.vault import record as vault

LONGEST: Final = 120  # characters of a name and of a user name


@transaction.atomic
def add_credential(actor: Actor, site: Site, name: str, username: str, password: str) -> Credential:
    """Seal a device password for a site. Raises :class:`NotPossible`."""
    _must(actor, site)
    name, username = _fitting(name, "name"), _fitting(username, "user name")
    if not password:
        raise NotPossible("A credential needs a password.")
    if Credential.objects.filter(site=site, name=name).exists():
        raise NotPossible(
            f"There is already a credential {name!r} at {site}. Replace its password, or choose another name."
        )
    credential = Credential.objects.create(
        site=site, name=name, username=username, secret=vault.put(purpose.DEVICE_PASSWORD, password), mark=_mark(username, password)
    )  # fmt: skip
    _note(actor, "added", credential, {"name": name, "username": username})
    return credential


@transaction.atomic
def replace_credential(actor: Actor, credential: Credential, password: str, username: str | None = None) -> Credential:
    """Put a new password in place of the old one; each device may then be tried once again."""
    _must(actor, credential.site)
    if not password:
        raise NotPossible("The new password is empty.")
    credential = _locked(credential)
    username = _fitting(username or credential.username, "user name")
    old, mark = credential.secret, _mark(username, password)
    if mark == credential.mark:
        raise NotPossible("That is the password that is already stored; what refused it would refuse it again.")
    credential.secret = vault.put(purpose.DEVICE_PASSWORD, password)
    credential.version += 1
    credential.mark = mark
    credential.username = username
    credential.save(force_update=True)
    old.delete()
    _note(actor, "replaced", credential, {"name": credential.name, "username": username, "version": credential.version})
    return credential


@transaction.atomic
def use_credential(actor: Actor, credential: Credential, site: Site) -> int:
    """Give a credential to the devices of a site subtree that have none; returns how many. Raises :class:`NotPossible`."""
    _must(actor, site)
    must_send(actor, credential, site)
    given = without_one(actor, site).update(credential=credential)
    if given:
        _note(actor, "used", credential, {"devices": given}, site)
    return given


@transaction.atomic
def remove_credential(actor: Actor, credential: Credential, instead: Credential | None = None) -> list[int]:
    """Take a credential and its sealed password away; its devices have ``instead`` from then on. Returns the ids of those in use.

    Raises :class:`NotPossible`, also where a device is at a site that the actor may not edit or that ``instead`` does not open.
    """
    _must(actor, credential.site)
    if instead is not None and (instead.pk == credential.pk or not may_send(actor, instead, credential.site)):
        raise NotPossible("Give its devices another credential of its site, or of a site above it.")
    credential = _locked(credential)
    rows = Device.objects.filter(credential=credential)
    using = dict(rows.values_list("id", "retired_at"))
    must_edit(actor, using)
    rows.update(credential=instead)
    after = {"devices": len(using), "instead": instead.name if instead else None}
    _note(actor, "removed", credential, {"name": credential.name, "username": credential.username, **after})
    secret = credential.secret
    credential.delete()
    secret.delete()
    return sorted(pk for pk, retired_at in using.items() if retired_at is None)


def _locked(credential: Credential) -> Credential:
    """The row as it is now; until this transaction ends nobody else changes it or gives it to a device."""
    found = Credential.objects.select_for_update().filter(pk=credential.pk).first()
    if found is None:
        raise NotPossible("This credential was removed meanwhile.")
    return found


def may_send(actor: Actor, credential: Credential, site: Site) -> bool:
    """Whether somebody may have a password sent to addresses of a site: it is of that site or of one above, and he may edit there.

    Who chooses where a password is sent can have it sent to a place of his own and learn it (decision 017).
    """
    return site.path.startswith(credential.site.path) and actor.may("edit_estate", credential.site.path)


def is_lent(actor: Actor, device: Device) -> bool:
    """Whether a device has a credential of somebody else, which goes nowhere that he has not chosen."""
    return device.credential is not None and not may_send(actor, device.credential, device.site)


def must_send(actor: Actor, credential: Credential, site: Site) -> None:
    """Raise :class:`NotPossible` where :func:`may_send` says no, or somebody has just removed it. For use in the transaction that writes."""
    _locked(credential)
    if not may_send(actor, credential, site):
        raise NotPossible(
            "This credential is of another site, or of one above where you may not edit. Use one of the site itself, or let whoever "
            "edits the site above give it."
        )


def without_one(actor: Actor, site: Site) -> ScopedQuerySet[Device]:
    """The devices of a site subtree that have no credential, where the actor may edit them."""
    return Device.objects.visible_to(actor, "edit_estate").under(site).filter(credential=None, retired_at=None)


def _fitting(text: str, what: str) -> str:
    plain = text.strip()
    if not plain or len(plain) > LONGEST or not plain.isprintable():
        raise NotPossible(f"A credential needs a {what} of 1 to {LONGEST} characters on one line.")
    return plain


def _mark(username: str, password: str) -> str:
    return vault.fingerprint(f"{username}\0{password}")


def _must(actor: Actor, site: Site) -> None:
    if not actor.may("edit_estate", site.path):
        raise NotPossible("You may not do this at this site.")


def _note(actor: Actor, verb: str, credential: Credential, after: Mapping[str, Any], site: Site | None = None) -> None:
    ledger.append(
        actor=actor.label, action=f"estate:credential:{verb}", object_type="credential", object_id=credential.pk,
        site=site.pk if site else credential.site_id, after=after,
    )  # fmt: skip
