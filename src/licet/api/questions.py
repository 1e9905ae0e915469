"""What decides which duties apply: questions and their answers, limits of the policy, attestations, and judging anew."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from ninja import File, Form, Path, Query, Schema, UploadedFile
from pydantic import ConfigDict, Field, WrapValidator

from licet.api.asked import Asked, site_in, site_or_all, site_where, there
from licet.api.compliance import AttestationRow, attestation_row, router
from licet.api.documents import get_document
from licet.api.lists import Filtering, Listed, sliced
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import LARGEST, FormGiven, Given, Number, ShortText, Text
from licet.compliance import catalogue, read, record
from licet.compliance.judging import judge_allowed, rejudge
from licet.compliance.questions import LimitRow, Question, limits, questions, versions
from licet.register.documents import DocumentRow

Name = Annotated[str, Path(max_length=60)]


class PlaceQuery(Schema):
    """At which site; nothing = for the whole organisation."""

    model_config = ConfigDict(extra="forbid")

    site: Annotated[int | None, Field(ge=1, le=LARGEST)] = None


def _of_any_kind(value: Any, known: Callable[[Any], Any]) -> Any:
    """One sentence instead of one for each kind of value that it is not."""
    try:
        return known(value)
    except ValueError:
        raise ValueError(
            "write a whole number, true or false, a text of at most 200 characters, a list of them, or an object"
        ) from None


class LimitGiven(Given):
    """A limit for a site and below it (null = everywhere) with the rule it rests on; ``value`` null = as above again."""

    site: Number | None = None
    value: Annotated[
        bool | int | ShortText | list[ShortText] | dict[ShortText, Any] | None, WrapValidator(_of_any_kind)
    ]
    citation: Annotated[Text, Field(max_length=300)] = ""


class EvidenceGiven(FormGiven):
    """For which control and site a file is kept."""

    control: Annotated[ShortText, Field(min_length=1)]
    site: Number


class Judging(Given):
    """A site and what is below it; null = all that you may have judged."""

    site: Number | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """How many results changed."""

    changes: int


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """An answer as it was given at a site, and when another took its place."""

    id: int
    value: bool | None
    note: str
    answered_at: datetime
    superseded_at: datetime | None


@reads(router, "/compliance/questions", list[Question])
def list_questions(request: Asked, asking: Query[PlaceQuery]) -> list[Question]:
    """The questions that decide what applies at a site, or for the organisation, with what holds there and why."""
    return questions(request.actor, site_in(request, asking.site))


@reads(router, "/compliance/questions/{name}/answers", list[AnswerRow])
def list_answers(request: Asked, name: Name, asking: Query[PlaceQuery]) -> list[AnswerRow]:
    """Every answer that was given to a question at a site, or for the organisation, the newest first."""
    there(catalogue.current().facts.get(name), "question", name)
    rows = versions(request.actor, site_in(request, asking.site), name)
    return [AnswerRow(one.pk, one.value, one.note, one.answered_at, one.superseded_at) for one in rows]


@reads(router, "/compliance/limits", list[LimitRow])
def list_limits(request: Asked, asking: Query[PlaceQuery]) -> list[LimitRow]:
    """The limits of the policy at a site, or everywhere, and where each comes from."""
    return list(limits(site_in(request, asking.site)))


@writes(router, "put", "/compliance/limits/{name}", LimitRow, needs="administer")
def set_a_limit(request: Asked, name: Name, given: LimitGiven) -> LimitRow:
    """Set a limit for a site and below it, or everywhere; what rests on it is judged anew."""
    site = site_or_all(request, given.site, "administer")
    there(catalogue.current().parameters.get(name), "limit", name)
    record.set_limit(request.actor, site, name, given.value, now=timezone.now(), citation=given.citation)
    rejudge(site, timezone.now())
    return next(one for one in limits(site) if one.name == name)


@reads(router, "/compliance/controls/{code}/attestations", Listed[AttestationRow])
def list_attestations(request: Asked, code: Name, asking: Query[Filtering]) -> Listed[AttestationRow]:
    """What was attested of a control at sites in scope, the newest first."""
    rows = read.attestations_of(request.actor, code, site_in(request, asking.site))
    like = asking.text.casefold()
    found = [attestation_row(one) for one in rows if like in one.statement.casefold()]
    return sliced(request, asking, found, lambda row: row.id)


@writes(router, "post", "/compliance/evidence", DocumentRow, needs="review", status=MADE)
def keep_evidence(request: Asked, file: File[UploadedFile], given: Form[EvidenceGiven]) -> Made:
    """Keep a file that an attestation of a control rests on; whoever may attest at the site may file it there."""
    site = site_where(request, given.site, "review", "form.site")
    row = record.keep_document(request.actor, site, file.chunks(), file_name=file.name or "", control=given.control)
    return Made(get_document(request, row.pk), f"/api/v1/documents/{row.pk}")


@writes(router, "post", "/compliance/judge", Judged, needs="review")
def judge_compliance(request: Asked, given: Judging) -> Judged:
    """Judge every control now."""
    site = site_where(request, given.site, "review") if given.site else None
    return Judged(judge_allowed(request.actor, site, timezone.now()))
