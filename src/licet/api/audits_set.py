"""The figures at which rules begin to find something, and the audits that begin by themselves."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from ninja import Query
from pydantic import Field

from licet.api.asked import Asked, site_in, site_or_all
from licet.api.audits import router
from licet.api.operation import reads, writes
from licet.api.questions import Name, PlaceQuery
from licet.api.word import Given, Number, Word
from licet.audits import read, record

RHYTHMS = ("daily", "weekly", "monthly")


class ThresholdGivenBody(Given):
    """A figure for a site and below it (null = everywhere); ``value`` null = as above again."""

    site: Number | None = None
    value: Annotated[int, Field(ge=0, le=1_000_000)] | None


class ScheduleGiven(Given):
    """Whether a site and what is below it (null = everything) is audited by itself in a rhythm."""

    site: Number | None = None
    rhythm: Annotated[str, Word(RHYTHMS)]
    on: bool = True


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """A figure as it holds at a site."""

    name: str
    title: str
    value: int
    unit: str
    default: int


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """Audits that begin by themselves."""

    site: str
    rhythm: str
    last_on: date | None


@reads(router, "/audits/thresholds", list[ThresholdRow])
def list_thresholds(request: Asked, asking: Query[PlaceQuery]) -> list[ThresholdRow]:
    """The figures at which rules begin to find something, at a site or everywhere."""
    return [ThresholdRow(**one) for one in read.thresholds(site_in(request, asking.site))]


@writes(router, "put", "/audits/thresholds/{name}", list[ThresholdRow], needs="administer")
def set_a_threshold(request: Asked, name: Name, given: ThresholdGivenBody) -> list[ThresholdRow]:
    """Set a figure; the next audit uses it."""
    site = site_or_all(request, given.site, "administer")
    record.set_threshold(request.actor, site, name, given.value)
    return [ThresholdRow(**one) for one in read.thresholds(site)]


@reads(router, "/audits/schedules", list[ScheduleRow])
def list_audit_schedules(request: Asked) -> list[ScheduleRow]:
    """The audits that begin by themselves, in scope."""
    return [ScheduleRow(**one) for one in read.schedules(request.actor)]


@writes(router, "put", "/audits/schedules", list[ScheduleRow], needs="review")
def schedule_audits(request: Asked, given: ScheduleGiven) -> list[ScheduleRow]:
    """Have a site audited by itself, or no longer."""
    record.schedule(request.actor, site_or_all(request, given.site, "review"), given.rhythm, on=given.on)
    return list_audit_schedules(request)
