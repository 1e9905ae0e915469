"""Changing a licence that is kept already: what differs goes into the record with what it was before."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from licet.register.catalogue import grants_of
from licet.register.keys import without_key
from licet.register.models import Grant, Licence, Pool
from licet.register.record import LENGTHS, Catalogue, check_dates, must, note, order_numbered
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

TEXTS: Final[Mapping[str, int]] = {"currency": 3} | {
    name: most for name, most in LENGTHS.items() if name not in ("order", "vendor")
}
DATES: Final = (
    "purchased_on", "starts_on", "expires_on", "terminates_on", "notice_on", "maintenance_until", "activated_on",
)  # fmt: skip
WORDS: Final[Mapping[str, Any]] = {"kind": Licence.Kind, "term": Licence.Term, "activation": Licence.Activation}
OTHERS: Final = (
    "units",
    "site_wide",
    "notice_period_days",
    "auto_renew",
    "price",
    "order",
    "pool",
    "sku",
    "grants",
    "custom",
)
FIELDS: Final = (*TEXTS, *DATES, *WORDS, *OTHERS)
# What may name a person stands in the register and not in the chain of the record.
_PERSONAL: Final = frozenset({"assignee", "contact", "note"})
_MOST = 1_000_000_000


@transaction.atomic
def change_licence(actor: Actor, licence: Licence, changes: Mapping[str, Any], reason: str = "") -> tuple[str, ...]:
    """Change fields of a licence; returns the names of those that differ. Raises :class:`NotPossible`.

    ``changes`` are of :data:`FIELDS`: ``order`` a number or "", ``pool`` a :class:`Pool` or None, ``sku`` a code or "",
    ``units`` None = unlimited, ``grants`` pairs (metric, quantity), ``custom`` the own fields that change (None takes one away).
    Another number of units, or part number, changes what the licence gives, unless ``grants`` says it.
    """
    if unknown := set(changes) - set(FIELDS):
        raise ValueError(f"a licence has no {sorted(unknown)}")
    must(actor, licence.site)
    if licence.returned_on is not None and set(changes) - {"note", "custom", "contact", "cost_centre"}:
        raise NotPossible(f"It was returned on {licence.returned_on} and is closed; only notes and own fields change.")
    without_key(**{name: str(value or "") for name, value in changes.items() if name in TEXTS})
    without_key(**{name: value for name, value in changes.get("custom", {}).items() if isinstance(value, str)})
    before = _values(licence)
    old_units = licence.units
    _set(licence, changes)
    _check(licence)
    grants = _grants(licence, changes, old_units)
    after = _values(licence)
    differs = tuple(name for name in after if after[name] != before[name])
    if grants is not None and grants != _granted(licence):
        before |= {"grants": _granted(licence)}
        after |= {"grants": grants}
        differs = (*differs, "grants")
        _give(licence, grants)
    if not differs:
        return ()
    licence.save()
    note(
        actor, "register:licence:changed", licence, reason=reason,
        before=_told(before, differs, "text"), after=_told(after, differs, "another text"),
    )  # fmt: skip
    return differs


def _set(licence: Licence, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if name in TEXTS:
            setattr(licence, name, text(name, value))
        elif name in _SETTERS:
            _SETTERS[name](licence, value)
        elif name in WORDS:
            if value not in WORDS[name].values:
                raise NotPossible(f"{value!r} is no {name}. It is one of: {', '.join(WORDS[name].values)}.")
            setattr(licence, name, value)
        elif name != "grants":
            setattr(licence, name, value)
    if licence.expires_on is not None:
        licence.term = Licence.Term.DATED
    elif licence.term == Licence.Term.DATED:
        licence.term = Licence.Term.NOT_STATED
    if "activated_on" in changes and "activation" not in changes and licence.activated_on is not None:
        licence.activation = Licence.Activation.ACTIVE


def _set_order(licence: Licence, number: str) -> None:
    licence.order = order_numbered(licence.site, number) if number else None


def _set_pool(licence: Licence, pool: Pool | None) -> None:
    if pool is not None and not pool.site.path.startswith(licence.site.path):
        raise NotPossible(f"The pool {pool.name} is at another site. Transfer the licence there first.")
    licence.pool = pool


def _set_custom(licence: Licence, changes: Mapping[str, Any]) -> None:
    kept = {**licence.custom, **changes}
    licence.custom = {code: value for code, value in kept.items() if value not in (None, "")}


def text(name: str, value: Any) -> str:
    """A text as its field takes it. Raises :class:`NotPossible`."""
    found = fitting(name, value, TEXTS[name])
    return found.upper() if name == "currency" else found


def _set_sku(licence: Licence, code: str) -> None:
    if not code:
        licence.sku = None
        return
    sku = Catalogue.read().skus.get(code)
    if sku is None:
        raise NotPossible(f"The catalogue knows no part number {code!r}.")
    licence.sku, licence.product = sku, sku.product


_SETTERS: Final[Mapping[str, Callable[[Licence, Any], None]]] = {
    "order": _set_order,
    "pool": _set_pool,
    "sku": _set_sku,
    "custom": _set_custom,
}


def _check(licence: Licence) -> None:
    if not licence.title:
        raise NotPossible("A licence needs a product.")
    check_dates(
        licence.starts_on, licence.expires_on, licence.purchased_on, licence.terminates_on, licence.notice_on,
        licence.maintenance_until, licence.activated_on,
    )  # fmt: skip
    if licence.units is not None and abs(licence.units) > _MOST:
        raise NotPossible(f"{licence.units} units are more than any licence has; unlimited is a choice of its own.")
    if licence.units is not None and licence.units < 0 and licence.kind != Licence.Kind.CORRECTION:
        raise NotPossible("A negative quantity is a correction (credit note); choose that kind.")
    if licence.site_wide and licence.units is not None:
        raise NotPossible("A licence for the whole site has no quantity: make it unlimited.")
    if licence.site_wide and licence.pool is not None:
        raise NotPossible("A licence for the whole site serves every pool there: take its pool away.")
    if licence.site_wide and licence.product is None:
        raise NotPossible("A licence for the whole site needs a product or part number of the catalogue.")
    if licence.price is not None and not licence.currency:
        raise NotPossible("A price needs its currency, as EUR.")


def _grants(licence: Licence, changes: Mapping[str, Any], old_units: int | None) -> dict[str, int | None] | None:
    """What the licence gives now; None where nothing of that changes."""
    if "grants" in changes:
        return dict(changes["grants"])
    if "sku" in changes and licence.sku is not None:
        return dict(grants_of(licence.sku.metric, licence.sku.quantity, licence.units))
    if "units" not in changes or licence.units == old_units:
        return None
    if licence.sku is not None and licence.sku.metric and licence.sku.quantity is not None:
        return dict(grants_of(licence.sku.metric, licence.sku.quantity, licence.units))
    if licence.units is None:
        return dict.fromkeys(_granted(licence))
    found: dict[str, int | None] = {}
    for metric, quantity in _granted(licence).items():
        if quantity is None or not old_units:
            found[metric] = licence.units
        elif quantity * licence.units % old_units:
            raise NotPossible(f"{quantity} {metric} for {old_units} units does not divide; say what it gives (grants).")
        else:
            found[metric] = quantity * licence.units // old_units
    return found


def _give(licence: Licence, grants: Mapping[str, int | None]) -> None:
    """Make the grants these. One with allocations stays what the allocations hang on; a smaller one leaves some over."""
    for metric, quantity in grants.items():
        Grant.objects.update_or_create(licence=licence, metric=metric, defaults={"quantity": quantity})
    gone = licence.grants.exclude(metric__in=list(grants))
    if gone.filter(allocations__isnull=False).exists():
        raise NotPossible("Places of what it would not give any more are allocated by hand. Release them first.")
    gone.delete()


def _granted(licence: Licence) -> dict[str, int | None]:
    return dict(licence.grants.values_list("metric", "quantity"))


def _values(licence: Licence) -> dict[str, Any]:
    names = [name for name in FIELDS if name not in {"order", "pool", "sku", "grants"}]
    found = {name: _plain(getattr(licence, name)) for name in names}
    found["order"] = licence.order.number if licence.order else ""
    found["pool"] = licence.pool_id
    found["sku"] = licence.sku.code if licence.sku else ""
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.2f}" if isinstance(value, Decimal) else str(value) if isinstance(value, str) else value


def _told(values: Mapping[str, Any], differs: tuple[str, ...], word: str) -> dict[str, Any]:
    """What the record keeps; of a text that may name somebody only that there is one."""
    found = {name: values.get(name) for name in differs}
    for name in _PERSONAL & set(found):
        found[name] = word if found[name] else ""
    if "custom" in found:
        found["custom"] = sorted(found["custom"] or ())
    return found
