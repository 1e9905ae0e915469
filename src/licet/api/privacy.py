"""Requests of filmed persons, and the forms of sites: record of processing, impact assessment, sign."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

from django.http import HttpResponse
from django.utils import timezone
from ninja import Path, Query, Schema
from pydantic import ConfigDict, Field

from licet.api.asked import Asked, may_there, site_in, site_where, there, to_change
from licet.api.compliance import router
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.problem import Problem
from licet.api.word import FILLED, Day, Given, KeptInstant, Number, RowNumber, Text, Word
from licet.compliance import record
from licet.compliance import requests as log
from licet.compliance.due import REGIMES, REQUESTS
from licet.compliance.named import SORTS as NAMED_SORTS
from licet.compliance.named import STATES as NAMED_STATES
from licet.compliance.named import NamedFilter, NamedRow, named
from licet.compliance.sheets import FORMS, STATES, SheetFilter, missing, said, sheet
from licet.compliance.sheets import listed as sheets_of
from licet.compliance.signs import LANGUAGES, as_svg, sign
from licet.estate.read import device_numbered
from licet.sites.models import Site
from licet.sites.paging import Page

if TYPE_CHECKING:
    from licet.compliance.models import Request, Worksheet

FormName = Annotated[str, Path(pattern=f"^({'|'.join(FORMS)})$", max_length=20)]


class RequestQuery(Filtering):
    """Which requests; ``text`` is part of the reference or the outcome."""

    state: list[Annotated[str, Word(log.STATES)]] = []
    what: list[Annotated[str, Word(tuple(REQUESTS))]] = []
    sort: Annotated[str, Word(log.SORTS)] = "due_on"
    descending: bool = False


class NewRequest(Given):
    """A request as it came in. Who asked is kept elsewhere, under ``reference``: no name here."""

    site: Number
    reference: Annotated[Text, Field(min_length=1, max_length=80, pattern=FILLED)]
    what: Annotated[str, Word(tuple(REQUESTS))]
    regime: Annotated[str, Word(tuple(REGIMES))]
    received_on: Day
    filmed_from: KeptInstant | None = None
    filmed_to: KeptInstant | None = None
    cameras: Annotated[list[Number], Field(max_length=500, description="Numbers of devices")] = []


class RequestSteps(Given):
    """What was done; a field that is not named stays. ``answered_on`` with an outcome closes it; ``extended`` counts once."""

    identity_checked_on: Day | None = None
    redaction: Annotated[Text, Field(max_length=300)] = ""
    extended: bool = False
    answered_on: Day | None = None
    outcome: Annotated[Text, Field(max_length=300)] = ""


class FormQuery(Filtering):
    """Which sites: those whose form somebody filled in (kept), or nobody (open)."""

    state: list[Annotated[str, Word(STATES)]] = []
    descending: bool = False


class FormGiven(Given):
    """What is said in the fields that are named; others are said anew by the estate and the sites above."""

    fields: Annotated[
        dict[Annotated[str, Field(max_length=40)], Annotated[Text, Field(max_length=4000)]], Field(max_length=40)
    ]


class SignQuery(Schema):
    """In which language."""

    model_config = ConfigDict(extra="forbid")

    language: Annotated[str, Word(tuple(LANGUAGES))] = "en"


class NamedQuery(Filtering):
    """Which devices: own brand, another's brand (oem), not known."""

    state: list[Annotated[str, Word(NAMED_STATES)]] = []
    sort: Annotated[str, Word(NAMED_SORTS)] = "model"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class SubjectRequest:
    """A request of a filmed person and until when it is to be acknowledged and answered."""

    id: int
    site_id: int
    site: str
    reference: str
    what: str
    regime: str
    received_on: date
    acknowledge_on: date | None
    due_on: date
    extended: bool
    filmed_from: datetime | None
    filmed_to: datetime | None
    cameras: list[int]
    identity_checked_on: date | None
    redaction: str
    answered_on: date | None
    outcome: str
    state: str


@dataclass(frozen=True, slots=True)
class FormSummary:
    """A site and the newest version of its form; 0 = nobody filled it in."""

    site_id: int
    site: str
    version: int
    kept_at: datetime | None


@dataclass(frozen=True, slots=True)
class FormBody:
    """A site's form: what was said, else what the estate and the sites above offer, and what is ``missing``."""

    site_id: int
    site: str
    form: str
    fields: dict[str, str]
    missing: list[str]
    version: int
    kept_at: datetime | None


@reads(router, "/compliance/requests", Listed[SubjectRequest])
def list_subject_requests(request: Asked, asking: Query[RequestQuery]) -> Listed[SubjectRequest]:
    """The log of requests of filmed persons, the most urgent first."""
    wanted = log.RequestFilter(
        timezone.now().date(), asking.text, tuple(asking.state), tuple(asking.what), site_in(request, asking.site),
        asking.sort, asking.descending, cursor_in(request, asking), asking.limit,
    )  # fmt: skip
    found = log.requests(request.actor, wanted)
    return listed(request, Page(tuple(map(_row, found.rows)), found.before, found.after))


@reads(router, "/compliance/requests/{int:number}", SubjectRequest)
def get_subject_request(request: Asked, number: RowNumber) -> SubjectRequest:
    """One request."""
    return _row(there(log.find_request(request.actor, number), "request", number))


@writes(router, "post", "/compliance/requests", SubjectRequest, needs="review", status=MADE)
def log_subject_request(request: Asked, given: NewRequest) -> Made:
    """Log a request; its days follow from the law that is named."""
    site = site_where(request, given.site, "review")
    cameras = [there(device_numbered(request.actor, one), "device", one) for one in dict.fromkeys(given.cameras)]
    values = given.model_dump(exclude={"site", "cameras"})
    row = record.add_request(request.actor, site, now=timezone.now(), cameras=cameras, **values)
    return Made(get_subject_request(request, row.pk), f"/api/v1/compliance/requests/{row.pk}")


@writes(
    router, "patch", "/compliance/requests/{int:number}", SubjectRequest, needs="review", state=get_subject_request
)  # fmt: skip
def change_subject_request(request: Asked, number: RowNumber, given: RequestSteps) -> SubjectRequest:
    """Write down what was done, or that it is answered, which closes it."""
    row = to_change(request, log.find_request, number, "review", "request")
    record.change_request(request.actor, row, timezone.now(), **given.model_dump(exclude_unset=True))
    return get_subject_request(request, number)


@reads(router, "/compliance/forms/{form}", Listed[FormSummary])
def list_forms(request: Asked, form: FormName, asking: Query[FormQuery]) -> Listed[FormSummary]:
    """The sites with the state of their form: processing (GDPR Art. 30), impact (Art. 35) or sign."""
    wanted = SheetFilter(
        form=form, text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site),
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    found, kept = sheets_of(request.actor, wanted)
    rows = tuple(_summary(one, kept.get(one.pk)) for one in found.rows)
    return listed(request, Page(rows, found.before, found.after))


@reads(router, "/compliance/forms/{form}/{int:number}", FormBody)
def get_form(request: Asked, form: FormName, number: RowNumber) -> FormBody:
    """The form of one site; ``number`` is the site's."""
    site = _site(request, number)
    fields, kept = sheet(site, form)
    lacking = [one.name for one in missing(form, fields)]
    return FormBody(
        site.pk, site.full_name, form, dict(fields), lacking, kept.version if kept else 0, kept.made_at if kept else None
    )  # fmt: skip


@writes(router, "put", "/compliance/forms/{form}/{int:number}", FormBody, needs="review")
def keep_form(request: Asked, form: FormName, number: RowNumber, given: FormGiven) -> FormBody:
    """Keep a new version of a site's form; the older ones stay. What is only offered stays an offer."""
    site = _site(request, number)
    may_there(request, "review", site.path)
    known = [one.name for one in FORMS[form]]
    if odd := sorted(set(given.fields) - set(known)):
        raise Problem(
            422, f"The form {form} has no such field.", ((f"body.fields.{odd[0]}", f"There are: {', '.join(known)}."),)
        )
    record.keep_worksheet(request.actor, site, form, said(site, form, given.fields), timezone.now())
    return get_form(request, form, number)


@reads(router, "/compliance/signs/{int:number}/drawing", bytes, media="application/octet-stream")
def get_sign(request: Asked, number: RowNumber, asking: Query[SignQuery]) -> HttpResponse:
    """The sign of a site as a drawing to print: a file in SVG."""
    fields, _kept = sheet(_site(request, number), "sign")
    return HttpResponse(
        as_svg(sign(asking.language, fields)), content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="sign-{number}-{asking.language}.svg"'},
    )  # fmt: skip


@reads(router, "/compliance/named", Listed[NamedRow])
def list_named_devices(request: Asked, asking: Query[NamedQuery]) -> Listed[NamedRow]:
    """The devices of manufacturers that section 889 and the FCC Covered List name, by whose brand they carry."""
    wanted = NamedFilter(
        text=asking.text, states=tuple(asking.state), site=site_in(request, asking.site), sort=asking.sort,
        descending=asking.descending, cursor=cursor_in(request, asking), size=asking.limit,
    )  # fmt: skip
    return listed(request, named(request.actor, wanted))


def _site(request: Asked, number: int) -> Site:
    return there(Site.objects.visible_to(request.actor).filter(pk=number).first(), "site", number)


def _summary(site: Site, kept: "Worksheet | None") -> FormSummary:
    return FormSummary(site.pk, site.full_name, kept.version if kept else 0, kept.made_at if kept else None)


def _row(row: "Request") -> SubjectRequest:
    return SubjectRequest(
        row.pk, row.site_id, row.site.full_name, row.reference, row.what, row.regime, row.received_on, row.acknowledge_on,
        row.due_on, row.extended, row.filmed_from, row.filmed_to, [one.pk for one in row.cameras.all()],
        row.identity_checked_on, row.redaction, row.answered_on, row.outcome, log.state_of(row, timezone.now().date()),
    )  # fmt: skip
