"""What renewals will cost and what is paid for unused; what would have to be bought; finding anything by words."""

from dataclasses import dataclass
from typing import Annotated

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import ConfigDict, Field

from licet.api.asked import Asked, site_in, there
from licet.api.operation import reads
from licet.api.questions import PlaceQuery
from licet.api.word import LARGEST, Day, Number, Text
from licet.authorization.whatif import Outlook, whatif
from licet.register.read import pool_numbered
from licet.renewals import forecast, usage
from licet.renewals.forecast import CoTerm, Forecast
from licet.renewals.usage import Idle, Unused
from licet.search.read import Hit, find
from licet.sites.models import Site

router = Router()
_MOST = 200
Amounts = Annotated[
    list[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,7}:[a-z][a-z0-9_]{0,39}$")]], Field(max_length=50)
]


class SearchQuery(Schema):
    """The words, each of which begins a word of what is found; and where."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Text, Field(min_length=1, max_length=100)]
    site: Annotated[int | None, Field(ge=1, le=LARGEST)] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Of each kind")] = 25


class WhatIfQuery(Schema):
    """What would come and go at a site, as 40:camera; in which pool and on which day, where that is not plain."""

    model_config = ConfigDict(extra="forbid")

    site: Number
    add: Amounts = []
    remove: Amounts = []
    pool: Number | None = None
    on: Day | None = None


@dataclass(frozen=True, slots=True)
class SearchPart:
    """What is found of one kind: the first, and how many; ``capped`` = at least so many."""

    kind: str
    number: int
    capped: bool
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Wasted:
    """What is paid for and not used: places free on every day, licences never activated, licences there twice; 200 of each."""

    idle: list[Idle]
    never_activated: list[Unused]
    twice: list[Unused]


@reads(router, "/search", list[SearchPart])
def search(request: Asked, asking: Query[SearchQuery]) -> list[SearchPart]:
    """What a text finds, by kind: devices, channels, licences, orders, documents, sites, installations, pools."""
    found = find(request.actor, asking.text, site_in(request, asking.site), size=asking.limit)
    return [SearchPart(one.kind, one.number.number, one.number.capped, one.hits) for one in found]


@reads(router, "/renewals/forecast", Forecast)
def get_forecast(request: Asked, asking: Query[PlaceQuery]) -> Forecast:
    """What renewals will cost by month and currency."""
    return forecast.forecast(request.actor, timezone.now().date(), _site(request, asking))


@reads(router, "/renewals/co-terms", list[CoTerm])
def list_co_terms(request: Asked, asking: Query[PlaceQuery]) -> list[CoTerm]:
    """Which licences of one vendor at one site could end together, and what that would cost."""
    return forecast.co_terms(request.actor, timezone.now().date(), _site(request, asking))


@reads(router, "/unused", Wasted)
def get_unused(request: Asked, asking: Query[PlaceQuery]) -> Wasted:
    """What is paid for and not used."""
    today, site = timezone.now().date(), _site(request, asking)
    never = usage.never_activated(request.actor, today, site).select_related("site").order_by("id")
    return Wasted(
        usage.idle(request.actor, today, site)[:_MOST], [usage.unused(row, today) for row in never[:_MOST]],
        usage.duplicates(request.actor, today, site)[:_MOST],
    )  # fmt: skip


@reads(router, "/what-if", Outlook, may_refuse=True)
def get_what_if(request: Asked, asking: Query[WhatIfQuery]) -> Outlook:
    """What would have to be bought if devices came or went. Nothing is changed."""
    site = there(site_in(request, asking.site), "site", asking.site)
    pool = there(pool_numbered(request.actor, asking.pool), "pool", asking.pool) if asking.pool else None
    return whatif(
        request.actor, site, add=_amounts(asking.add), remove=_amounts(asking.remove), pool=pool, on=asking.on
    )


def _amounts(texts: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for text in texts:
        number, _colon, metric = text.partition(":")
        found[metric] = found.get(metric, 0) + int(number)
    return found


def _site(request: Asked, asking: PlaceQuery) -> Site | None:
    return site_in(request, asking.site)
