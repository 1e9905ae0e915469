"""An organisation's own fields of licences: defined at a site for it and all below, typed, checked where they are filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from licet.ledger import record as ledger
from licet.register.life_models import CustomField
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
KINDS = tuple(CustomField.Kind.values)
_MOST_FIELDS = 50
KINDS = tuple(CustomField.Kind.values)


@dataclass(frozen=True, slots=True)
class OwnField:
    """A field of one's own. ``kind`` is text, number, date, yes_no or choice."""

    id: int
    site: str
    code: str
    title: str
    kind: str
    choices: tuple[str, ...]
    required: bool


def fields_at(site: Site) -> list[OwnField]:
    """The fields that licences of a site have: defined there or above."""
    parts = site.path.strip("/").split("/")
    above = ["/" + "/".join(parts[:n]) + "/" for n in range(1, len(parts) + 1)]
    rows = CustomField.objects.filter(site__path__in=above, retired_at=None).select_related("site")
    return [_field(row) for row in rows]


def fields(actor: Actor) -> list[OwnField]:
    """The fields defined at sites in scope."""
    rows = CustomField.objects.visible_to(actor).filter(retired_at=None).select_related("site")
    return [_field(row) for row in rows]


def find_field(actor: Actor, pk: int) -> CustomField | None:
    """The field with this number, where its site is in scope."""
    return CustomField.objects.visible_to(actor).select_related("site").filter(pk=pk, retired_at=None).first()


def _field(row: CustomField) -> OwnField:
    return OwnField(row.pk, row.site.full_name, row.code, row.title, row.kind, tuple(row.choices), row.required)


@transaction.atomic
def define(
    actor: Actor,
    site: Site,
    title: str,
    kind: str,
    *,
    choices: tuple[str, ...] = (),
    required: bool = False,
    code: str = "",
) -> CustomField:
    """Define a field at a site. Raises :class:`NotPossible`."""
    if not actor.may("administer", site.path):
        raise NotPossible("Only an administrator of the site defines its fields.")
    title = title.strip()
    code = code or re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:40]
    if not title or len(title) > 80 or not _CODE.fullmatch(code):
        raise NotPossible("A field needs a title with at least one letter, 80 characters at most.")
    if kind not in KINDS:
        raise NotPossible(f"{kind!r} is no kind of field. Kinds are: {', '.join(KINDS)}.")
    wanted = tuple(dict.fromkeys(fitting("choice", choice, 80) for choice in choices if choice.strip()))
    if (kind == CustomField.Kind.CHOICE) != bool(wanted):
        raise NotPossible("A field with choices needs them; another kind has none.")
    known = fields_at(site)
    if (
        code in {one.code for one in known}
        or CustomField.objects.filter(site__path__startswith=site.path, code=code).exists()
    ):
        raise NotPossible(f"There is a field {code!r} already at this site, above or below it.")
    if len(known) >= _MOST_FIELDS:
        raise NotPossible(f"A site has {_MOST_FIELDS} fields of its own at most.")
    row = CustomField.objects.create(
        site=site, code=code, title=title, kind=kind, choices=list(wanted), required=required
    )
    _note(
        actor,
        row,
        "defined",
        {"code": code, "title": title, "kind": kind, "choices": list(wanted), "required": required},
    )
    return row


@transaction.atomic
def retire(actor: Actor, row: CustomField) -> None:
    """Take a field out of the forms. What licences hold of it stays."""
    if not actor.may("administer", row.site.path):
        raise NotPossible("Only an administrator of the site takes its fields away.")
    row.retired_at = datetime.now(UTC)
    row.save(update_fields=["retired_at"])
    _note(actor, row, "retired", {"code": row.code})


def checked(known: list[OwnField], given: Mapping[str, str], held: Mapping[str, Any]) -> dict[str, Any]:
    """Texts as the fields take them; "" takes a value away. ``held`` is what the licence has. Raises :class:`NotPossible`."""
    by_code = {one.code: one for one in known}
    if unknown := set(given) - set(by_code):
        raise NotPossible(f"There is no field {min(unknown)!r} here. Fields are: {', '.join(by_code) or 'none'}.")
    found = {code: _value(by_code[code], str(text).replace("\x00", "").strip()) for code, text in given.items()}
    after = {**held, **found}
    for one in known:
        if one.required and after.get(one.code) in (None, ""):
            raise NotPossible(f"{one.title} is needed.")
    return found


def _value(field: OwnField, text: str) -> Any:
    if not text:
        return None
    if field.kind == CustomField.Kind.NUMBER:
        try:
            number = Decimal(text)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > Decimal(10) ** 15:
            raise NotPossible(f"{field.title}: {text[:40]!r} is no number.")
        return str(number)
    if field.kind == CustomField.Kind.DATE:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise NotPossible(f"{field.title}: {text[:40]!r} is no date. Write it as 2027-12-31.") from None
    if field.kind == CustomField.Kind.YES_NO:
        if text.casefold() not in {"yes", "no", "true", "false", "1", "0"}:
            raise NotPossible(f"{field.title}: it is yes or no.")
        return text.casefold() in {"yes", "true", "1"}
    if field.kind == CustomField.Kind.CHOICE and text not in field.choices:
        raise NotPossible(f"{field.title}: {text[:40]!r} is none of {', '.join(field.choices)}.")
    return text[:1000]


def _note(actor: Actor, row: CustomField, verb: str, after: dict[str, Any]) -> None:
    ledger.append(
        actor=actor.label, action=f"register:field:{verb}", object_type="custom_field", object_id=row.pk, site=row.site_id,
        after=after,
    )  # fmt: skip
