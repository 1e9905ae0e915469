"""Feeds of advisories, matching the estate anew, dates of support, and what is in use."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from django.utils import timezone
from ninja import File, Form, Query, UploadedFile
from pydantic import Field

from licet.advisories import support, waiting
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.in_use import LineRow, firmware
from licet.advisories.matching import match_all
from licet.advisories.support import SupportRow
from licet.advisories.uncovered import Uncovered, uncovered
from licet.advisories.update import Report, take_in
from licet.api.advisories import router
from licet.api.asked import Asked, may_there, site_in
from licet.api.jobs import get_job
from licet.api.lists import Filtering, Listed, sliced
from licet.api.operation import reads, writes
from licet.api.problem import Problem
from licet.api.word import Day, FormGiven, Given, RowNumber, Text
from licet.sites.uploads import Refused, accept
from licet.sweep.kinds import take_feed
from licet.sweep.read import JobRow


class FeedGiven(FormGiven):
    """Whether only to say what the feed would bring, and whether one that is older than what is held is taken all the same."""

    dry_run: bool = False
    older_too: bool = False


class SupportGiven(Given):
    """End of sale and support of a product, or of models (``*`` stands for any signs), in a line; "" = in every version."""

    product: Annotated[Text, Field(max_length=60)] = ""
    model_pattern: Annotated[Text, Field(max_length=80)] = ""
    line: Annotated[Text, Field(max_length=40)] = ""
    end_of_sale: Day | None = None
    end_of_support: Day | None = None
    source: Annotated[Text, Field(min_length=1, max_length=300)]
    url: Annotated[Text, Field(max_length=300)] = ""
    stated: Day


@dataclass(frozen=True, slots=True)
class FeedTaken:
    """What a feed brought or would bring; in a large estate it is taken in by ``job``."""

    kind: str
    issued: date | None
    rows: int
    added: int
    changed: int
    unchanged: int
    older: bool
    refused: int
    job: JobRow | None


@dataclass(frozen=True, slots=True)
class FirmwareRow:
    """A model in one version, with how many run it, and the newest of its line in the estate. ``behind`` null = cannot be compared."""

    kind: str
    model: str
    version: str
    build: date | None
    line: str
    number: int
    newest: str
    newest_build: date | None
    behind: bool | None
    end_of_support: date | None


@dataclass(frozen=True, slots=True)
class Matching:
    """How many exposures began, and how many ended."""

    began: int
    ended: int


@writes(router, "post", "/advisories", FeedTaken, needs="administer")
def take_advisories(request: Asked, file: File[UploadedFile], given: Form[FeedGiven]) -> FeedTaken:
    """Take in a feed of advisories. They hold for all sites, so an administrator of everything does."""
    may_there(request, "administer", "")
    name = (file.name or "feed")[-200:]
    try:
        data = accept(file, waiting.FORMATS, waiting.MOST_BYTES)
        report = take_in(
            request.actor, data, name, now=timezone.now(), dry_run=True, most_unpacked=waiting.MOST_UNPACKED
        )
        if given.dry_run:
            return _taken(report, None)
        if report.older and not given.older_too:
            raise Problem(409, "A newer one is held. Say older_too where the older one is wanted.")
        done = take_feed(request.actor, waiting.hold(data), name, older_too=given.older_too)
    except (NotReadable, Refused) as error:
        raise Problem(409, str(error)) from None
    return _taken(report, get_job(request, done) if isinstance(done, int) else None)


@writes(router, "post", "/exposures/match", Matching, needs="sweep")
def match_advisories(request: Asked) -> Matching:  # noqa: ARG001 - ninja hands it in
    """Match the estate against the advisories anew."""
    done = match_all(timezone.now())
    return Matching(done.began, done.ended)


@reads(router, "/support-dates", Listed[SupportRow])
def list_support_dates(request: Asked, asking: Query[Filtering]) -> Listed[SupportRow]:
    """End of sale and support, with sources, the first to end first."""
    like = asking.text.casefold()
    rows = [
        row for row in support.all_dates() if like in f"{row.product} {row.model_pattern} {row.line} {row.source}".casefold()
    ]  # fmt: skip
    return sliced(request, asking, rows, lambda row: row.id)


@writes(router, "put", "/support-dates", SupportRow, needs="edit_register")
def enter_support_dates(request: Asked, given: SupportGiven) -> SupportRow:
    """Enter dates; the same product, model and line again replaces what was said. They hold for every site, so it needs the permission there."""
    may_there(request, "edit_register", "")
    dates = support.check(support.Dates(**given.model_dump()))
    if isinstance(dates, str):
        raise Problem(409, dates)
    support.enter(request.actor, [dates], now=timezone.now())
    key = (dates.product, dates.model_pattern, dates.line)
    return next(one for one in support.all_dates() if (one.product, one.model_pattern, one.line) == key)


@writes(router, "delete", "/support-dates/{int:number}", None, needs="edit_register", status=204)
def remove_support_dates(request: Asked, number: RowNumber) -> None:
    """Take dates out again, for every site."""
    may_there(request, "edit_register", "")
    support.remove(request.actor, number)


@reads(router, "/firmware", Listed[FirmwareRow])
def list_firmware(request: Asked, asking: Query[Filtering]) -> Listed[FirmwareRow]:
    """Models and versions in use, compared within their line and model."""
    rows = [_firmware(one) for one in firmware(request.actor, site_in(request, asking.site), asking.text)]
    return sliced(request, asking, rows, lambda row: f"{row.kind}|{row.model}|{row.line}|{row.version}|{row.build}")


@reads(router, "/uncovered", Listed[Uncovered])
def list_uncovered(request: Asked, asking: Query[Filtering]) -> Listed[Uncovered]:
    """Models and versions of which no advisory that is held says anything."""
    rows = uncovered(request.actor, site_in(request, asking.site), asking.text)
    return sliced(request, asking, rows, lambda row: f"{row.kind}|{row.model}|{row.version}|{row.build}")


def _firmware(row: LineRow) -> FirmwareRow:
    return FirmwareRow(
        row.kind, row.model, row.version, row.build, row.line, row.number, row.newest, row.newest_build, row.behind,
        row.support.end_of_support if row.support else None,
    )  # fmt: skip


def _taken(report: Report, job: JobRow | None) -> FeedTaken:
    return FeedTaken(
        report.kind, report.issued, report.rows, report.added, report.changed, report.unchanged, report.older,
        len(report.refused), job,
    )  # fmt: skip
