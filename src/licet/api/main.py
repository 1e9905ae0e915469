"""The REST API as a whole: its routers, its errors, its schema."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from licet.api import (
    accounts_stated,
    advisories_answered,
    advisories_taken,
    alerts_set,
    audits_run,
    audits_set,
    authorizations,
    campaigns,
    changes,
    cloud_changed,
    connections,
    control_waivers,
    credentials,
    devices_added,
    devices_changed,
    documents_kept,
    entries,
    imports,
    installations_changed,
    installations_stated,
    jobs,
    keys_set,
    licences_bound,
    licences_changed,
    licences_together,
    looking_ahead,
    machines,
    orders,
    people_changed,
    places,
    pools,
    privacy,
    purposes,
    questions,
    renewals,
    rhythms,
    roles,
    tokens,
    waivers,
)
from licet.api.answers import complete
from licet.api.misfit import sentence
from licet.api.parser import StrictParser
from licet.api.problem import FORM_DATA, NO_JSON, Problem, problem
from licet.sites.record import NotPossible, NotThere

_DESCRIPTION = """Everything that the pages of Licet show and change, for programs.

Send `Authorization: Bearer lct_...`; a token sees and does what its person may at the sites, less what its scopes leave out.
Lists give `next`, which is the `cursor` of the rows after. Errors are `application/problem+json`.
`docs/how-to/api.md` shows each with an example."""


PREFIX = "/api/v1/"
# The modules of one resource share its router; naming them here has their operations in it.
_PARTS: Mapping[str, tuple[Any, ...]] = {
    "Sites": (places,), "People": (people_changed, roles), "Tokens": (tokens,), "Devices": (devices_added, devices_changed, credentials), "Installations": (installations_changed, installations_stated, connections),
    "Cloud": (cloud_changed,), "Accounts": (campaigns, accounts_stated), "Authorizations": (authorizations,), "Licences": (licences_changed, licences_together, licences_bound),
    "Pools": (pools,), "Keys": (keys_set,), "Orders": (orders,), "Documents": (documents_kept,), "Imports": (imports,), "Renewals": (renewals,),
    "Audits": (waivers, audits_run, audits_set), "Compliance": (control_waivers, purposes, questions, privacy), "Advisories": (advisories_answered, advisories_taken), "Alerts": (changes, alerts_set),
    "Jobs": (jobs, rhythms), "Looking ahead": (looking_ahead,), "Machines": (machines,), "Record": (entries,),
}  # fmt: skip


class LicetAPI(NinjaAPI):
    """The API with its errors told in the media type in which they are sent."""

    def get_openapi_schema(self, **_given: Any) -> OpenAPISchema:
        """The schema (OpenAPI 3.1). It is the same for everybody, so it is made once."""
        if not hasattr(self, "_schema"):
            self._schema = super().get_openapi_schema(path_prefix=PREFIX)
            complete(self._schema)
        return self._schema


def build() -> LicetAPI:
    """The API with every resource."""
    made = LicetAPI(
        title="Licet", version="1", description=_DESCRIPTION, urls_namespace="api",
        parser=StrictParser(), docs_url=None, openapi_url="/openapi.json",
    )  # fmt: skip
    for tag, (part, *_) in _PARTS.items():
        made.add_router("", part.router, tags=[tag])
    made.exception_handler(Problem)(_problem)
    made.exception_handler(NotPossible)(_not_possible)
    made.exception_handler(ValidationError)(_invalid)
    made.exception_handler(AuthenticationError)(_nobody)
    made.exception_handler(HttpError)(_refused)
    made.exception_handler(RawPostDataException)(_no_json)
    made.exception_handler(Http404)(_nothing)
    return made


def _problem(_request: HttpRequest, error: Any) -> HttpResponse:
    found: HttpResponse = error.answer()
    return found


def _not_possible(_request: HttpRequest, error: Any) -> HttpResponse:
    return problem(404 if isinstance(error, NotThere) else 409, str(error))


def _invalid(_request: HttpRequest, error: Any) -> HttpResponse:
    found = [(_where(one["loc"]), sentence(one)) for one in error.errors[:50]]
    return problem(422, "Something in the request cannot be taken; errors name each place.", found)


def _where(places: Any) -> str:
    """body.name: without the name of our own parameter in between."""
    kind, *rest = places
    return ".".join(str(one) for one in (kind, *rest[1 if rest and rest[0] in {"given", "asking"} else 0 :]))


def _nobody(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problem(
        401,
        "Send a token: Authorization: Bearer lct_... It is made on the page of your account, or by: licet token add",
    )


def _refused(request: HttpRequest, error: Any) -> HttpResponse:
    if error.status_code == 400 and request.content_type == FORM_DATA:
        return problem(415, NO_JSON)
    words = "The body is no JSON that can be read." if error.status_code == 400 else str(error)
    return problem(error.status_code, words)


def _no_json(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problem(415, NO_JSON)  # a form, which was read as one already


def _nothing(_request: HttpRequest, _error: Any) -> HttpResponse:
    return problem(404, "There is no such object that you see.")


api = build()
