"""Credentials of devices by programs. A password goes in and never comes out."""

from dataclasses import dataclass
from typing import Annotated

from django.utils import timezone
from ninja import Query, Schema
from pydantic import ConfigDict, Field

from licet.api.asked import Asked, site_where, there, to_change
from licet.api.devices import router
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, LARGEST, Given, Number, RowNumber, Text
from licet.estate.credential_read import CredentialRow, credential_numbered, credential_row, every_credential
from licet.estate.credential_record import (
    LONGEST,
    add_credential,
    remove_credential,
    replace_credential,
    use_credential,
)
from licet.sweep.after_device import judge_changed_devices

Name = Annotated[Text, Field(min_length=1, max_length=LONGEST, pattern=FILLED)]
Password = Annotated[Text, Field(min_length=1, max_length=500, description="It is sealed, and never shown again")]


class NewCredential(Given):
    """A user name and password for the devices of a site and of those below it."""

    site: Number
    name: Name
    username: Name
    password: Password


class NewPassword(Given):
    """Another password. A user name that is left out stays."""

    password: Password
    username: Name | None = None


class Use(Given):
    """The site whose devices (and those below it) get the credential where they have none."""

    site: Number


class Removal(Schema):
    """What the devices have instead."""

    model_config = ConfigDict(extra="forbid")

    instead: Annotated[int | None, Field(ge=1, le=LARGEST, description="Another credential; none = they have none")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Used:
    """To how many devices a credential was given."""

    devices: int


@reads(router, "/credentials", list[CredentialRow])
def list_credentials(request: Asked) -> list[CredentialRow]:
    """The credentials in scope, without their passwords."""
    return list(every_credential(request.actor))


@reads(router, "/credentials/{int:number}", CredentialRow)
def get_credential(request: Asked, number: RowNumber) -> CredentialRow:
    """One credential: how many devices use it, refused its password when asked last, and are locked."""
    return credential_row(there(credential_numbered(request.actor, number), "credential", number))


@writes(router, "post", "/credentials", CredentialRow, needs="edit_estate", status=MADE)
def add_a_credential(request: Asked, given: NewCredential) -> Made:
    """Seal a password for the devices of a site."""
    site = site_where(request, given.site, "edit_estate")
    row = add_credential(request.actor, site, given.name, given.username, given.password)
    return Made(credential_row(row), f"/api/v1/credentials/{row.pk}")


@writes(router, "put", "/credentials/{int:number}/password", CredentialRow, needs="edit_estate", state=get_credential)
def replace_password(request: Asked, number: RowNumber, given: NewPassword) -> CredentialRow:
    """Replace the password; each device that refused the old one may then be tried once."""
    row = to_change(request, credential_numbered, number, "edit_estate", "credential")
    replace_credential(request.actor, row, given.password, given.username)
    return get_credential(request, number)


@writes(router, "post", "/credentials/{int:number}/use", Used, needs="edit_estate")
def use_a_credential(request: Asked, number: RowNumber, given: Use) -> Used:
    """Give a credential to the devices of a site that have none."""
    row = there(credential_numbered(request.actor, number), "credential", number)
    return Used(use_credential(request.actor, row, site_where(request, given.site, "edit_estate")))


@writes(router, "delete", "/credentials/{int:number}", None, needs="edit_estate", status=204)
def remove_a_credential(request: Asked, number: RowNumber, asking: Query[Removal]) -> None:
    """Take a credential and its sealed password away."""
    row = to_change(request, credential_numbered, number, "edit_estate", "credential")
    other = credential_numbered(request.actor, asking.instead) if asking.instead else None
    if asking.instead and other is None:
        raise Problem(404, f"There is no credential {asking.instead} that you see.", (("query.instead", "Unknown."),))
    devices = remove_credential(request.actor, row, other)
    judge_changed_devices(devices, timezone.now(), actor=request.actor.label)
