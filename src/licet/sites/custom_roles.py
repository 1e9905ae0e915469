"""Roles that an administrator puts together. Every change says first who gains and who loses what."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from licet.ledger import record as ledger
from licet.sites.access_models import Policy
from licet.sites.models import CustomRole, Membership
from licet.sites.record import NotPossible
from licet.sites.roles import PERMISSIONS, ROLES
from licet.sites.scope import Actor

_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role with what it carries and how often it is held. ``custom`` ones can be changed."""

    name: str
    title: str
    permissions: tuple[str, ...]
    held: int
    custom: bool


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of a role means for one person at one place."""

    person: str
    site: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]


def all_roles() -> list[RoleRow]:
    """The built-in roles, then the custom ones by name."""
    held: dict[str, int] = {}
    for role in Membership.objects.values_list("role", flat=True):
        held[role] = held.get(role, 0) + 1
    rows = [
        RoleRow(name, role.title, tuple(sorted(role.permissions)), held.get(name, 0), custom=False)
        for name, role in ROLES.items()
    ]
    made = [
        RoleRow(row.name, row.name.replace("_", " ").capitalize(), tuple(row.permissions), held.get(row.name, 0), True)
        for row in CustomRole.objects.all()
    ]
    return rows + made


def effects(name: str, permissions: Iterable[str] | None) -> list[Effect]:
    """Who gains and loses what if the custom role carried these permissions; None = if it were removed.

    What a person holds at the same place, or above it, by another role is not lost.
    """
    role = _custom(name)
    before, after = frozenset(role.permissions), frozenset(permissions or ())
    found = []
    rows = Membership.objects.filter(role=name).select_related("person", "site").order_by("person__username", "id")
    for row in rows:
        path = row.site.path if row.site else ""
        actor = row.person.actor()
        others = Actor(
            actor.label, tuple((at, held) for at, held in actor.grants if not (at == path and held == before))
        )
        gains = tuple(sorted(word for word in after - before if not others.may(word, path)))
        loses = tuple(sorted(word for word in before - after if not others.may(word, path)))
        if gains or loses:
            found.append(Effect(row.person.username, row.site.full_name if row.site else "everywhere", gains, loses))
    return found


@transaction.atomic
def add_role(actor: Actor, name: str, permissions: Iterable[str]) -> CustomRole:
    """Make a role. Raises :class:`NotPossible` (who may not, name taken or odd, no such permission)."""
    _may(actor)
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise NotPossible("A role's name has 2 to 40 small letters, digits and _, and begins with a letter.")
    if name in ROLES or CustomRole.objects.filter(name=name).exists():
        raise NotPossible(f"There is already a role {name!r}.")
    words = _checked(permissions)
    row = CustomRole.objects.create(name=name, permissions=words)
    ledger.append(
        actor=actor.label, action="sites:role:added", object_type="role", object_id=name, after={"permissions": words}
    )
    return row


@transaction.atomic
def change_role(actor: Actor, name: str, permissions: Iterable[str]) -> None:
    """Let a role carry other permissions, for everybody who holds it. Raises :class:`NotPossible` as giving and taking them would."""
    _may(actor)
    row, words = _custom(name), _checked(permissions)
    before = list(row.permissions)
    _must_hold(actor, set(before) ^ set(words))
    if before == words:
        return
    row.permissions = words
    row.save(update_fields=["permissions"])
    ledger.append(
        actor=actor.label, action="sites:role:changed", object_type="role", object_id=name,
        before={"permissions": before}, after={"permissions": words},
    )  # fmt: skip


@transaction.atomic
def remove_role(actor: Actor, name: str) -> int:
    """Remove a role; who held it no longer does. Returns how many memberships ended."""
    _may(actor)
    row = _custom(name)
    _must_hold(actor, row.permissions)
    number, _each = Membership.objects.filter(role=name).delete()
    for rule in Policy.objects.all():
        if name in rule.second_factor_for:
            rule.second_factor_for = [role for role in rule.second_factor_for if role != name]
            rule.save(update_fields=["second_factor_for"])
    before = {"permissions": list(row.permissions), "held": number}
    row.delete()
    ledger.append(actor=actor.label, action="sites:role:removed", object_type="role", object_id=name, before=before)
    return number


def _may(actor: Actor) -> None:
    if not actor.may_people(""):
        raise NotPossible("Only an administrator of all sites may make or change roles.")


def _must_hold(actor: Actor, permissions: Iterable[str]) -> None:
    """Nobody gets more by a role that he changes, nor takes away what he has not."""
    lacking = sorted(word for word in set(permissions) & PERMISSIONS if not actor.may(word, ""))
    if lacking:
        raise NotPossible(
            f"This changes who holds the permission {lacking[0]}, which you do not hold everywhere yourself."
        )


def _custom(name: str) -> CustomRole:
    row = CustomRole.objects.filter(name=name).first()
    if row is None:
        built_in = " Built-in roles do not change." if name in ROLES else ""
        raise NotPossible(f"{name!r} is no custom role.{built_in}")
    return row


def _checked(permissions: Iterable[str]) -> list[str]:
    words = sorted(set(permissions))
    if unknown := [word for word in words if word not in PERMISSIONS]:
        raise NotPossible(f"{unknown[0]!r} is no permission. Permissions are: {', '.join(sorted(PERMISSIONS))}.")
    if not words:
        raise NotPossible("A role needs at least one permission.")
    return words
