"""What each operation answers, and the schema of it. Types become schemas when they are first used: a process that never asks pays nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from ninja import Schema
from pydantic import Field, TypeAdapter

from licet.api.problem import FORM, FORM_DATA

_WORDS: Final[Mapping[int, str]] = {
    200: "Done", 201: "Made", 202: "Taken up", 204: "Done", 304: "Still the same", 400: "The request cannot be read",
    401: "No token in force", 403: "It may not be done with this token", 404: "No such object that you see",
    409: "It cannot be done as things stand; detail says why", 411: "Sent in chunks, without its length",
    412: "Changed since it was read", 413: "Too long", 415: "No JSON", 422: "Something in it cannot be taken", 429: "Too many requests; Retry-After says when",
    500: "Licet failed", 503: "The database is busy; send it again",
}  # fmt: skip
_ALWAYS: Final = (400, 401, 403, 404, 422, 429, 500, 503)
_AT: Final = "#/components/schemas/{model}"
ANSWERS: dict[str, "Answer"] = {}  # by the name of the operation


class Wrong(Schema):
    """One thing that is wrong with a request, and where."""

    where: str = Field(
        description="The place in the request, as body.devices.3.address or query.limit; empty = the whole of it"
    )
    what: str = Field(description="What is wrong and how to mend it")


class ProblemBody(Schema):
    """An error (RFC 9457)."""

    type: str = Field(description="about:blank: the status says of what kind it is")
    title: str
    status: int
    detail: str = Field(description="One sentence: what is wrong and how to mend it")
    errors: list[Wrong] = []


@dataclass
class Answer:
    """What an operation answers: a type with a status; None = nothing. ``errors`` are those beside the usual ones."""

    kind: Any
    status: int = 200
    errors: tuple[int, ...] = ()
    media: str = "application/json"
    also: tuple[int, ...] = field(default=())

    @cached_property
    def form(self) -> TypeAdapter[Any]:
        """How it is written."""
        return TypeAdapter(self.kind)


def complete(schema: dict[str, Any]) -> None:
    """Put into a schema of the requests what each operation answers, every error as a problem among it."""
    told = {name: one for name, one in ANSWERS.items() if one.kind is not None and one.media == "application/json"}
    wanted = [(name, "serialization", one.form) for name, one in told.items()]
    problem = ("", "serialization", TypeAdapter(ProblemBody))
    forms, shared = TypeAdapter.json_schemas([*wanted, problem], ref_template=_AT)  # type: ignore[list-item]
    definitions = schema["components"]["schemas"]
    for name, form in shared.get("$defs", {}).items():
        if definitions.setdefault(name, form) != form:
            raise ValueError(f"two things of the schema are called {name}")
    for operations in schema["paths"].values():
        for operation in operations.values():
            name = operation["operationId"]
            form = forms.get((name, "serialization"), {"type": "string", "format": "binary"})
            operation["responses"] = _responses(ANSWERS[name], form, forms["", "serialization"])
            if file := operation.get("requestBody", {}).get("content", {}).get(FORM_DATA):
                # What makes clients puts the operation's name before the title.
                file["schema"] |= {"title": "Form", "additionalProperties": False}
    _loosen(schema)


def _responses(answer: Answer, form: Mapping[str, Any], problem: Mapping[str, Any]) -> dict[int, Any]:
    found: dict[int, Any] = {answer.status: {"description": _WORDS[answer.status]}}
    if answer.kind is not None:
        found[answer.status]["content"] = {answer.media: {"schema": form}}
    for status in sorted({*answer.also, *_ALWAYS, *answer.errors}):
        found[status] = {"description": _WORDS[status]}
        if status >= 400:
            found[status]["content"] = {FORM: {"schema": problem}}
    return found


def _loosen(part: Any) -> None:
    """Lists of a fixed form as lists of any of their parts: what makes clients of a schema knows no ``prefixItems``."""
    if isinstance(part, dict):
        if isinstance(known := part.get("prefixItems"), list):
            del part["prefixItems"]
            one = [kind for place, kind in enumerate(known) if kind not in known[:place]]
            part["items"] = one[0] if len(one) == 1 else {"anyOf": one}
        part = list(part.values())
    if isinstance(part, list):
        for one in part:
            _loosen(one)
