"""What every operation shares: who may, its errors in the schema, ETags, preconditions, one transaction, one answer for one key."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, TypeVar, get_origin, get_type_hints

from django.db import OperationalError, transaction
from django.http import HttpResponse, HttpResponseBase
from django.utils.datastructures import MultiValueDict
from ninja import Router
from ninja.files import UploadedFile
from pydantic import BaseModel

from licet.api.answers import ANSWERS, Answer
from licet.api.asked import PEOPLE, Asked, Session, Token
from licet.api.once import HEADER, once
from licet.api.problem import Problem
from licet.sites.turn import wait_turn

F = TypeVar("F", bound=Callable[..., Any])
MADE: Final = 201
_NEEDS: Final = {PEOPLE: "Needs the permission administer, and a token with the scope people."}


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a request made: what is answered, and where it stands."""

    body: Any
    location: str


def reads(
    router: Router,
    path: str,
    answer: Any,
    *,
    needs: str = "view",
    media: str = "application/json",
    may_refuse: bool = False,
) -> Callable[[F], F]:
    """An operation that reads: GET, with an ETag and ``If-None-Match``. ``answer`` is the type of what it returns.

    ``media``: what it returns is an answer of its own of this type. ``may_refuse``: what is asked may not be possible (409).
    """

    def mark(work: F) -> F:
        told, known = Answer(answer, errors=(409,) if may_refuse else (), media=media, also=(304,)), _known(work)

        @wraps(work)
        def run(request: Asked, **given: Any) -> HttpResponseBase:
            _must_know(request, known)
            found = work(request, **given)
            if isinstance(found, HttpResponseBase):
                return found
            response = _sent(told.form.dump_json(found))
            if _among(request.headers.get("If-None-Match", ""), response.headers["ETag"]):
                return HttpResponse(status=304, headers={"ETag": response.headers["ETag"]})
            return response

        extra = {
            "parameters": [_header("If-None-Match", "The ETag of the answer before: 304 where it is still the same")]
        }
        return _put(router, "get", path, work, run, told, needs, extra)

    return mark


def writes(
    router: Router, method: str, path: str, answer: Any, *, needs: str, status: int = 200, state: Callable[..., Any] | None = None,
    secret: bool = False,
) -> Callable[[F], F]:  # fmt: skip
    """An operation that changes something, in one transaction.

    ``state`` reads what is about to change, as its GET answers it: with it ``If-Match`` is held against its ETag (412). A POST takes
    an ``Idempotency-Key``, but for one whose answer is ``secret``: that is kept nowhere.
    """

    def mark(work: F) -> F:
        told = Answer(answer, status, (409, 411, 413, 415, *((412,) if state else ())))
        change = _Change(work, told, state)
        known, keyed = _known(work), method == "post" and not secret
        fields = _fields(work)

        @wraps(work)
        def run(request: Asked, **given: Any) -> HttpResponse:
            _must_know(request, known)
            if fields:
                _must_hold(request, fields)
            if request.actor.reads_only:
                raise Problem(
                    403, "This token only reads. To change something it needs another scope, as write or sweep."
                )
            try:
                with transaction.atomic():
                    return once(request, lambda: change.make(request, given)) if keyed else change.make(request, given)
            except OperationalError as error:
                if "lock" not in str(error).lower():
                    raise
                raise Problem(503, "The database is busy. Send it again.", headers=(("Retry-After", "5"),)) from None

        headers = []
        if keyed:
            headers.append(
                _header(
                    HEADER,
                    "Sent again with the same key within 24 hours, it is done once, answered alike",
                    pattern="^[!-~]{1,200}$",
                )
            )
        if state is not None:
            headers.append(_header("If-Match", "The ETag of what you read: 412 where it has changed since"))
        return _put(router, method, path, work, run, told, needs, {"parameters": headers})

    return mark


class _Change:
    """What a writing operation does inside its transaction."""

    def __init__(self, work: Callable[..., Any], told: Answer, state: Callable[..., Any] | None) -> None:
        self._work, self._told, self._state = work, told, state
        self._before = Answer(get_type_hints(state)["return"]) if state is not None else None

    def make(self, request: Asked, given: dict[str, Any]) -> HttpResponse:
        """Do it. Raises 412 where what is to be changed is not what was read."""
        if self._state is not None and self._before is not None:
            # Also without If-Match: it would come between the look and the write of somebody who sent it.
            wait_turn(f"{self._state.__name__} {given['number']}")
        if self._state is not None and self._before is not None and "If-Match" in request.headers:
            now = self._before.form.dump_json(self._state(request, given["number"]))
            if not _among(request.headers["If-Match"], _etag(now)):
                raise Problem(412, "It has changed since you read it. Read it again, then decide.")
        done = self._work(request, **given)
        if self._told.kind is None:
            return HttpResponse(status=self._told.status)
        body = self._told.form.dump_json(done.body if isinstance(done, Made) else done)
        response = _sent(body, self._told.status)
        if isinstance(done, Made):
            response.headers["Location"] = done.location
        return response


def _put(
    router: Router, method: str, path: str, work: F, run: Any, told: Answer, needs: str, extra: dict[str, Any]
) -> F:
    name = work.__name__
    summary, _, more = (inspect.getdoc(work) or "").partition("\n\n")
    ANSWERS[name] = told
    getattr(router, method)(
        path,
        operation_id=name,
        summary=summary,
        description=f"{more}\n\n{_NEEDS.get(needs, f'Needs the permission {needs}.')}".strip(),
        auth=[Token(needs), Session(needs)],
        openapi_extra=extra,
        url_name=name,
    )(run)
    return work


def _must_know(request: Asked, known: Mapping[str, bool]) -> None:
    if unknown := sorted(set(request.GET) - known.keys()):
        what = f"There is no such filter. There are: {', '.join(sorted(known)) or 'none'}."
        raise Problem(
            422,
            "The address asks for what this list does not know.",
            tuple((f"query.{one[:50]}", what) for one in unknown[:10]),
        )
    _must_be_single("query", request.GET, known)


def _known(work: Callable[..., Any]) -> dict[str, bool]:
    """The names that the query of an operation may hold, and whether each may stand there several times."""
    found: dict[str, bool] = {}
    for name, kind in get_type_hints(work).items():
        if name == "asking" and isinstance(kind, type) and issubclass(kind, BaseModel):
            found |= _of_model(kind)
    return found


def _fields(work: Callable[..., Any]) -> dict[str, bool]:
    """As :func:`_known`, the names of the form of an operation that takes a file; none for one that takes JSON."""
    hints = get_type_hints(work)
    files = {name: False for name, kind in hints.items() if isinstance(kind, type) and issubclass(kind, UploadedFile)}
    form = hints.get("given")
    return files | _of_model(form) if files and form is not None else files


def _of_model(model: type[BaseModel]) -> dict[str, bool]:
    return {name: get_origin(field.annotation) is list for name, field in model.model_fields.items()}


def _must_hold(request: Asked, known: Mapping[str, bool]) -> None:
    if unknown := sorted({*request.POST, *request.FILES} - known.keys()):
        what = f"There is no such field. There are: {', '.join(sorted(known))}."
        raise Problem(
            422, "The form has a field that is not known.", tuple((f"form.{one[:50]}", what) for one in unknown[:10])
        )
    _must_be_single("form", request.POST, known)
    _must_be_single("form", request.FILES, known)


def _must_be_single(where: str, found: MultiValueDict[str, Any], known: Mapping[str, bool]) -> None:
    """Of what is given several times only the last would be taken, and the others be lost in silence."""
    if twice := [name for name in sorted(found) if not known[name] and len(found.getlist(name)) > 1]:
        raise Problem(
            422,
            f"{twice[0]} is given several times; one is taken.",
            tuple((f"{where}.{one}", "Give it once.") for one in twice),
        )


def _sent(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json", headers={"ETag": _etag(body)})


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _among(header: str, etag: str) -> bool:
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return etag in tags or "*" in tags


def _header(name: str, description: str, **limits: Any) -> dict[str, Any]:
    schema = {"type": "string", **limits}
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}
