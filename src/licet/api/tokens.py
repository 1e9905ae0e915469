"""Tokens of programs: which there are, a smaller one made by another, and their end."""

from dataclasses import dataclass
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in, there
from licet.api.lists import Asking, Listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Given, NameText, Number, RowNumber, Text, Word
from licet.sites import token
from licet.sites.models import Person
from licet.sites.read import find_person
from licet.sites.token import SCOPES, TokenRow

router = Router()


class TokenQuery(Asking):
    """Which tokens."""

    person: Number | None = None


class NewToken(Given):
    """A token with a part of what yours has. A site or networks that are not named are those of yours."""

    name: Annotated[NameText, Field(max_length=100)]
    scopes: Annotated[list[Annotated[str, Word(tuple(SCOPES))]], Field(min_length=1, max_length=20)]
    days: Annotated[int, Field(ge=1, le=3650)] = 90
    site: Number | None = None
    networks: Annotated[
        list[Annotated[Text, Field(max_length=60, description="As 192.0.2.0/24")]], Field(max_length=20)
    ] = []


@dataclass(frozen=True, slots=True)
class TokenMade:
    """The token; ``text`` is what a program sends, told this once."""

    row: TokenRow
    text: str


@reads(router, "/tokens", Listed[TokenRow])
def list_tokens(request: Asked, asking: Query[TokenQuery]) -> Listed[TokenRow]:
    """Tokens, without what opens anything: yours, and those of the people whom you administer.

    A token without the scope people sees itself and what it made.
    """
    person = there(_whose(request, asking.person), "person", asking.person) if asking.person else None
    return sliced(request, asking, token.tokens(request.actor, person), lambda row: row.id)


@reads(router, "/tokens/{int:number}", TokenRow)
def get_token(request: Asked, number: RowNumber) -> TokenRow:
    """One token."""
    row = there(token.find_token(request.actor, number), "token", number)
    return next(one for one in token.tokens(request.actor, row.person) if one.id == number)


@writes(router, "post", "/tokens", TokenMade, needs="view", status=MADE, secret=True)
def make_token(request: Asked, given: NewToken) -> Made:
    """Make a smaller token for the same person: it has a part of what yours has, and ends with it. A first one is made on a page."""
    row, text = token.add_token(
        request.actor, request.user, given.name, given.scopes, days=given.days, site=site_in(request, given.site, "body.site"),
        networks=given.networks,
    )  # fmt: skip
    return Made(TokenMade(get_token(request, row.pk), text), f"/api/v1/tokens/{row.pk}")


@writes(router, "delete", "/tokens/{int:number}", None, needs="view", status=204)
def revoke_a_token(request: Asked, number: RowNumber) -> None:
    """End a token now, and with it those that it made."""
    token.revoke_token(request.actor, there(token.find_token(request.actor, number), "token", number))


def _whose(request: Asked, number: int) -> Person | None:
    if number == request.actor.person:
        return Person.objects.filter(pk=number).first()
    return find_person(request.actor, number)
