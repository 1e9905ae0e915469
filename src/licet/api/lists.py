"""Lists: some rows and where the next ones begin. A cursor belongs to its list with its filters; another list refuses it."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from ninja import Schema
from pydantic import ConfigDict, Field

from licet.api.asked import Asked
from licet.api.problem import Problem
from licet.api.word import LARGEST, Text
from licet.sites.paging import Page

T = TypeVar("T")
MOST = 200


class Asking(Schema):
    """What every list takes."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MOST, description="Rows in one answer")] = 50
    cursor: Annotated[Text, Field(max_length=3000, description="next of the answer before; with the same filters")] = ""


class Filtering(Asking):
    """What lists of things at sites take."""

    site: Annotated[int | None, Field(ge=1, le=LARGEST, description="Only this site and below it")] = None
    text: Annotated[Text, Field(max_length=100, description="Part of what it is called")] = ""


class Listed(Schema, Generic[T]):
    """Some rows of a list."""

    items: Sequence[T]
    next: str | None = Field(description="cursor of the rows after these; null at the end")


def cursor_in(asked: Asked, asking: Asking) -> str:
    """The cursor as the list's own. Raises 404 for one that this list with these filters has not given."""
    if not asking.cursor:
        return ""
    try:
        return _signer(asked).unsign(asking.cursor)
    except BadSignature:
        raise Problem(
            404,
            "This cursor is not of this list with these filters. Begin without it.",
            (("query.cursor", "Unknown."),),
        ) from None


def listed(asked: Asked, found: Page[T]) -> Listed[T]:
    """A page as it is answered."""
    return Listed[T].model_construct(items=found.rows, next=_signer(asked).sign(found.after) if found.after else None)


def sliced(asked: Asked, asking: Asking, rows: Sequence[T], key: Callable[[T], object]) -> Listed[T]:
    """Some rows of a list that is short enough to be read whole, in its own order; ``key`` is what names a row."""
    after = cursor_in(asked, asking)
    begin = next((place + 1 for place, row in enumerate(rows) if str(key(row)) == after), 0) if after else 0
    some = rows[begin : begin + asking.limit]
    more = begin + asking.limit < len(rows)
    return listed(asked, Page(tuple(some), after=str(key(some[-1])) if more else ""))


def _signer(asked: Asked) -> Signer:
    filters = sorted(
        (name, value) for name, values in asked.GET.lists() if name not in {"cursor", "limit"} for value in values
    )
    return Signer(salt=f"api:{asked.path}?{urlencode(filters)}", sep="~")
