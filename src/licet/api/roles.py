"""The organisation's own roles: made, changed and removed, with who gains and loses what told before."""

from typing import Annotated

from ninja import Path, Query, Schema
from pydantic import ConfigDict, Field

from licet.api.asked import PEOPLE, Asked, may_there, there
from licet.api.operation import MADE, Made, reads, writes
from licet.api.people import router
from licet.api.word import Given, Word
from licet.sites import custom_roles
from licet.sites.custom_roles import Effect, RoleRow
from licet.sites.roles import PERMISSIONS

RoleName = Annotated[str, Path(max_length=40, pattern=r"^[^/\x00]+$")]
Permission = Annotated[str, Word(tuple(sorted(PERMISSIONS)))]


class Permissions(Given):
    """What a role carries."""

    permissions: Annotated[list[Permission], Field(min_length=1, max_length=50)]


class NewRole(Permissions):
    """A role; its name stays."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$", max_length=40)]


class EffectQuery(Schema):
    """What the role would carry; nothing = it is removed."""

    model_config = ConfigDict(extra="forbid")

    permission: list[Permission] = []


@reads(router, "/roles/{name}", RoleRow, needs="administer")
def get_role(request: Asked, name: RoleName) -> RoleRow:  # noqa: ARG001 - ninja hands it in
    """One role, how often it is held, and whether it is the organisation's own (``custom``)."""
    return there(next((row for row in custom_roles.all_roles() if row.name == name), None), "role", name)


@reads(router, "/roles/{name}/effects", list[Effect], needs="administer", may_refuse=True)
def preview_role(request: Asked, name: RoleName, asking: Query[EffectQuery]) -> list[Effect]:
    """Who would gain and lose what where, if this role of your own carried these permissions, or none any more."""
    may_there(request, "administer", "")
    _custom(request, name)
    return custom_roles.effects(name, asking.permission or None)


@writes(router, "post", "/roles", RoleRow, needs=PEOPLE, status=MADE)
def add_a_role(request: Asked, given: NewRole) -> Made:
    """Make a role. It gives nobody anything until somebody who holds all of it gives it."""
    may_there(request, "administer", "")
    row = custom_roles.add_role(request.actor, given.name, given.permissions)
    return Made(get_role(request, row.name), f"/api/v1/roles/{row.name}")


@writes(router, "put", "/roles/{name}", RoleRow, needs=PEOPLE)
def change_a_role(request: Asked, name: RoleName, given: Permissions) -> RoleRow:
    """Let one of your own roles carry other permissions, for everybody who holds it. What changes you must hold yourself."""
    _custom(request, name)
    custom_roles.change_role(request.actor, name, given.permissions)
    return get_role(request, name)


@writes(router, "delete", "/roles/{name}", None, needs=PEOPLE, status=204)
def remove_a_role(request: Asked, name: RoleName) -> None:
    """Remove one of your own roles; who held it no longer does."""
    _custom(request, name)
    custom_roles.remove_role(request.actor, name)


def _custom(request: Asked, name: str) -> None:
    may_there(request, "administer", "")
    get_role(request, name)
