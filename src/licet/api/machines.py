"""Collectors, diagnoses and requests to see keys: what there is. What lets somebody or something in is made by people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import Query, Router

from licet.api.asked import Asked, site_in, there
from licet.api.keys import router as keys
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import reads, writes
from licet.api.questions import PlaceQuery
from licet.api.word import RowNumber, Word
from licet.doctor import read as doctor
from licet.doctor.read import DiagnosisRow
from licet.register.keys_requests import STATES as REQUEST_STATES
from licet.register.keys_requests import RequestFilter, RequestRow, requests
from licet.sweep.centre import read, record
from licet.sweep.centre.read import CollectorRow

router = Router()


class CollectorQuery(Filtering):
    """Which collectors."""

    state: list[Annotated[str, Word(read.STATES)]] = []
    sort: Annotated[str, Word(read.SORTS)] = "name"
    descending: bool = False


class KeyRequestQuery(Filtering):
    """Which requests to see a key."""

    state: list[Annotated[str, Word(tuple(REQUEST_STATES))]] = []
    descending: bool = True


@dataclass(frozen=True, slots=True)
class DiagnosisBody:
    """One look with everything it found: the steps, what was ruled out, what to do."""

    id: int
    at: datetime
    result: dict[str, Any]


@reads(router, "/collectors", Listed[CollectorRow])
def list_collectors(request: Asked, asking: Query[CollectorQuery]) -> Listed[CollectorRow]:
    """The collectors in sight, and how each stands."""
    wanted = read.CollectorFilter(
        text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, read.collectors(request.actor, wanted, timezone.now())[0])


@reads(router, "/collectors/{int:number}", CollectorRow)
def get_collector(request: Asked, number: RowNumber) -> CollectorRow:
    """One collector."""
    row = there(read.find_collector(request.actor, number), "collector", number)
    return read.row_of(request.actor, row, timezone.now())


@writes(router, "post", "/collectors/{int:number}/revoke", CollectorRow, needs="administer")
def revoke_a_collector(request: Asked, number: RowNumber) -> CollectorRow:
    """Take nothing from a collector any more."""
    row = there(read.find_collector(request.actor, number), "collector", number)
    record.revoke_collector(request.actor, row, timezone.now())
    return get_collector(request, number)


@reads(router, "/diagnoses", list[DiagnosisRow])
def list_diagnoses(request: Asked, asking: Query[PlaceQuery]) -> list[DiagnosisRow]:
    """What was looked at lately, and what was found."""
    return doctor.runs(request.actor, site_in(request, asking.site), size=200)


@reads(router, "/diagnoses/{int:number}", DiagnosisBody)
def get_diagnosis(request: Asked, number: RowNumber) -> DiagnosisBody:
    """One diagnosis with its steps."""
    row, _found = there(doctor.run_numbered(request.actor, number), "diagnosis", number)
    return DiagnosisBody(row.pk, row.at, row.result)


@reads(keys, "/key-requests", Listed[RequestRow])
def list_key_requests(request: Asked, asking: Query[KeyRequestQuery]) -> Listed[RequestRow]:
    """Who asks to see which key and why, and how that was answered. Answering needs the person's own password."""
    wanted = RequestFilter(
        text=asking.text, site=site_in(request, asking.site), states=tuple(asking.state), descending=asking.descending,
        cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, requests(request.actor, wanted, timezone.now()))
