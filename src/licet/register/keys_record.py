"""Writes about licence keys: keeping and changing them, patterns, rules. One function = one transaction = one ledger entry."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from licet.ledger import record as ledger
from licet.register.intake.keytext import same_key
from licet.register.keys import check_key, holds_key
from licet.register.keys_check import Finding, NotAKey
from licet.register.keys_pattern import BadPattern, shape
from licet.register.models import KeyMark, KeyPattern, KeyRule, Licence, LicenceKey, Product
from licet.register.record import must
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting
from licet.vault import purpose
from licet.vault import record as vault

MOST = 1_000_000_000
_ENDED = frozenset({LicenceKey.State.REPLACED, LicenceKey.State.INVALID, LicenceKey.State.RETURNED})


@transaction.atomic
def put_key(
    actor: Actor,
    licence: Licence,
    text: str,
    *,
    quantity: int | None = None,
    state: str = LicenceKey.State.UNUSED,
    host: str = "",
    expires_on: date | None = None,
    again: bool = False,
) -> tuple[LicenceKey, tuple[Finding, ...]]:
    """Seal a key for a licence; returns it with what should be looked at. Raises :class:`NotPossible`.

    A key that another licence has is refused unless ``again`` says that it is meant. One that this licence has by its fingerprint
    alone is completed.
    """
    must(actor, licence.site)
    values = _checked(quantity=quantity, state=state, host=host)
    try:
        checked = check_key(actor, text, licence=licence)
    except NotAKey as error:
        raise NotPossible(str(error)) from None
    duplicate = next((one for one in checked.findings if one.code == "duplicate"), None)
    if duplicate is not None and not again:
        raise NotPossible(
            f"{duplicate.detail[0].upper()}{duplicate.detail[1:]}. To keep it for both on purpose, say so (--again)."
        )
    if same_key(text, host):
        raise NotPossible("The host is the key. Write where the key is used instead.")
    mark_text = vault.fingerprint(checked.looked.comparable)
    mark = KeyMark.objects.filter(licence=licence, fingerprint=mark_text).select_related("key").first()
    if mark is not None and hasattr(mark, "key"):
        raise NotPossible(f"This licence has that key already, as key {mark.key.pk}.")
    if mark is None:
        mark = KeyMark.objects.create(licence=licence, fingerprint=mark_text)
    secret = vault.put(purpose.LICENCE_KEY, text.strip())
    row = LicenceKey.objects.create(licence=licence, mark=mark, secret=secret, expires_on=expires_on, **values)
    _note(actor, "register:key:kept", row, after=_said(row) | ({"also_of": checked.duplicate_of} if duplicate else {}))
    return row, checked.findings


@transaction.atomic
def change_key(actor: Actor, row: LicenceKey, *, reason: str = "", **changes: Any) -> bool:
    """Change quantity, state, host or last day; False where nothing changed. Raises :class:`NotPossible`."""
    must(actor, row.licence.site)
    if unknown := changes.keys() - {"quantity", "state", "host", "expires_on"}:
        raise ValueError(f"a key has no {sorted(unknown)}")
    ends = changes.get("state") in _ENDED and row.state not in _ENDED
    if ends and not reason.strip():
        raise NotPossible("Say why the key is not used any more (reason).")
    if holds_key(reason):
        raise NotPossible("The reason holds a licence key. Write it without.")
    values = _checked(**{name: value for name, value in changes.items() if name != "expires_on"})
    if "expires_on" in changes:
        values["expires_on"] = changes["expires_on"]
    before = _said(row)
    for name, value in values.items():
        setattr(row, name, value)
    after = _said(row)
    if after == before:
        return False
    row.save(update_fields=[*values, "changed_at"])
    _note(
        actor,
        "register:key:changed",
        row,
        before=before,
        after=after,
        reason=fitting("reason", " ".join(reason.split()), 500),
    )
    return True


def retire_key(actor: Actor, row: LicenceKey, state: str, reason: str) -> None:
    """Mark a key as replaced, invalid or returned. It stays in the vault, and known as a duplicate. Raises :class:`NotPossible`."""
    if state not in _ENDED:
        raise NotPossible("A key is retired as replaced, invalid or returned.")
    if not change_key(actor, row, state=state, reason=reason):
        raise NotPossible(f"Key {row.pk} is {state} already.")


@transaction.atomic
def set_pattern(actor: Actor, product: str, text: str) -> None:
    """Set the shape of a product's keys; "" takes it away. Raises :class:`NotPossible`."""
    if not actor.may("administer", ""):
        raise NotPossible("You may not set patterns: they hold for all sites.")
    found = Product.objects.filter(code=product).first() or Product.objects.filter(name__iexact=product.strip()).first()
    if found is None:
        raise NotPossible(f"There is no product {product[:80]!r} in the catalogue.")
    old = KeyPattern.objects.filter(product=found).first()
    if text:
        try:
            shape(text)
        except BadPattern as error:
            raise NotPossible(str(error)) from None
        KeyPattern.objects.update_or_create(product=found, defaults={"pattern": text})
    elif old is None:
        raise NotPossible(f"No pattern is set for {found.name}.")
    else:
        old.delete()
    ledger.append(
        actor=actor.label,
        person=actor.person,
        action="register:key_pattern:set",
        object_type="product",
        object_id=found.pk,
        before={"pattern": old.pattern} if old else None,
        after={"pattern": text or None, "product": found.code},
    )


@transaction.atomic
def set_rule(actor: Actor, site: Site, *, two_people: bool, request_hours: int, notice_to: str) -> None:
    """Set how keys are shown at a site and below it. Raises :class:`NotPossible`."""
    if not actor.may("administer", site.path):
        raise NotPossible("You may not set rules at this site.")
    if not 1 <= request_hours <= 24 * 31:
        raise NotPossible("A request lasts between 1 hour and 31 days.")
    if notice_to:
        try:
            validate_email(notice_to)
        except ValidationError:
            raise NotPossible(f"{notice_to[:80]!r} is no e-mail address.") from None
    old = KeyRule.objects.filter(site=site).first()
    values = {"two_people": two_people, "request_hours": request_hours, "notice_to": notice_to}
    KeyRule.objects.update_or_create(site=site, defaults=values)
    ledger.append(
        actor=actor.label,
        person=actor.person,
        action="register:key_rule:set",
        object_type="site",
        object_id=site.pk,
        site=site.pk,
        before=_rule(old.two_people, old.request_hours, old.notice_to) if old else None,
        after=_rule(two_people, request_hours, notice_to),
    )


@transaction.atomic
def set_two_people(actor: Actor, licence: Licence, *, on: bool) -> None:
    """Ask for a second person whenever a key of this licence is shown. Taking it back needs an administrator."""
    if not actor.may("edit_register" if on else "administer", licence.site.path):
        raise NotPossible("You may not change that for this licence.")
    if licence.two_people == on:
        return
    Licence.objects.filter(pk=licence.pk).update(two_people=on)
    licence.two_people = on
    ledger.append(
        actor=actor.label,
        person=actor.person,
        action="register:licence:two_people_set",
        object_type="licence",
        object_id=licence.pk,
        site=licence.site_id,
        before={"two_people": not on},
        after={"two_people": on},
    )


def _rule(two_people: bool, request_hours: int, notice_to: str) -> dict[str, Any]:
    """A rule as the ledger keeps it: whether somebody is told, not his address."""
    return {"two_people": two_people, "request_hours": request_hours, "somebody_is_told": bool(notice_to)}


def _checked(**values: Any) -> dict[str, Any]:
    """The values as they are kept. Raises :class:`NotPossible`."""
    if "state" in values and values["state"] not in LicenceKey.State.values:
        raise NotPossible(
            f"{values['state']!r} is no state of a key. States are: {', '.join(LicenceKey.State.values)}."
        )
    quantity = values.get("quantity")
    if quantity is not None and not 0 < quantity <= MOST:
        raise NotPossible("A quantity is at least 1.")
    if "host" in values:
        values["host"] = " ".join(values["host"].split())[:200]
        if holds_key(values["host"]):
            raise NotPossible("The host is a licence key. Write where the key is used instead.")
    return values


def _said(row: LicenceKey) -> dict[str, Any]:
    return {
        "licence": row.licence_id,
        "quantity": row.quantity,
        "state": str(row.state),
        "host": row.host,
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def _note(
    actor: Actor,
    action: str,
    row: LicenceKey,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    ledger.append(
        actor=actor.label,
        person=actor.person,
        action=action,
        object_type="licence_key",
        object_id=row.pk,
        site=row.licence.site_id,
        reason=reason,
        before=before,
        after=after,
    )
