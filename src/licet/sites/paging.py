"""Pages of a long list without counting and without skipping: each page starts where the one before ended (keyset paging)."""

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Field, Model, Q, QuerySet

if TYPE_CHECKING:
    from licet.sites.models import Site

M = TypeVar("M", bound=Model)
T = TypeVar("T")

COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is asked besides its own filters: a text, a site with those below it, the order, and which page of how many rows."""

    text: str = ""
    site: "Site | None" = None
    sort: str = "name"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list. ``before`` and ``after`` are cursors of the neighbouring pages, "" where there is none."""

    rows: tuple[T, ...]
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows match; ``capped`` = at least so many, not counted further."""

    number: int
    capped: bool = False


def counted(rows: QuerySet[M]) -> Counted:
    """Count up to :data:`COUNT_CAP`, so that a list of a million rows costs no more than one of ten thousand."""
    number = rows.order_by().values("pk")[: COUNT_CAP + 1].count()
    return Counted(min(number, COUNT_CAP), capped=number > COUNT_CAP)


def page(rows: QuerySet[M], field: str, *, descending: bool, cursor: str, size: int) -> Page[M]:
    """One page ordered by ``field`` and id; rows without a value come last in both directions.

    ``cursor`` is one that an earlier page gave, "" for the first page; one that cannot be read gives the first page. Each part of
    the order is a query of its own (equal value, further values, no value), so that an index on (field, id) serves every page.
    """
    place = _read(rows, field, cursor)
    back = place is not None and place.back
    found = list(_walk(rows, field, up=descending == back, place=place, limit=size + 1))
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    if not found:
        return Page(())
    has_before = more if back else place is not None
    has_after = True if back else more
    return Page(
        tuple(found),
        before=_write(found[0], field, back=True) if has_before else "",
        after=_write(found[-1], field, back=False) if has_after else "",
    )


@dataclass(frozen=True, slots=True)
class _Place:
    value: Any
    id: int
    back: bool


def _walk(rows: QuerySet[M], field: str, *, up: bool, place: _Place | None, limit: int) -> Iterator[M]:
    left = limit
    for condition, order in _stretches(rows, field, up=up, place=place):
        if left <= 0:
            return
        for row in rows.filter(condition).order_by(*order)[:left]:
            left -= 1
            yield row


def _stretches(rows: QuerySet[M], field: str, *, up: bool, place: _Place | None) -> Iterator[tuple[Q, tuple[str, ...]]]:
    further, sign = ("gt", "") if up else ("lt", "-")
    by_value, by_id = (f"{sign}{field}", f"{sign}id"), (f"{sign}id",)
    if field == "id":
        yield (Q(**{f"id__{further}": place.id}) if place else Q()), by_id
        return
    valued = Q(**{f"{field}__isnull": False}) if _nullable(rows, field) else Q()
    if place is None:
        yield valued, by_value
    elif place.value is not None:
        yield Q(**{field: place.value, f"id__{further}": place.id}), by_id
        yield Q(**{f"{field}__{further}": place.value}), by_value
    else:
        yield Q(**{f"{field}__isnull": True, f"id__{further}": place.id}), by_id
        if place.back:
            yield valued, by_value
        return
    if _nullable(rows, field) and not (place and place.back):
        yield Q(**{f"{field}__isnull": True}), by_id


def _field(rows: QuerySet[M], field: str) -> "Field[Any, Any]":
    if field in rows.query.annotations:  # what is worked out for the order has a value in every row
        worked_out: Field[Any, Any] = rows.query.annotations[field].output_field
        return worked_out
    found: Field[Any, Any] = rows.model._meta.get_field(field)  # type: ignore[assignment]  # noqa: SLF001
    return found


def _nullable(rows: QuerySet[M], field: str) -> bool:
    return bool(_field(rows, field).null)


def _write(row: Model, field: str, *, back: bool) -> str:
    value = _text(row, field)
    plain = json.dumps([back, value, row.pk], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _text(row: Model, field: str) -> str | None:
    value = getattr(row, field)
    if value is None:
        return None
    own = {one.name for one in row._meta.fields}  # noqa: SLF001
    return str(value) if field not in own else row._meta.get_field(field).value_to_string(row)  # type: ignore[union-attr]  # noqa: SLF001


def _read(rows: QuerySet[M], field: str, cursor: str) -> _Place | None:
    if not cursor or len(cursor) > 2000:
        return None
    try:
        back, value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        known = _value(_field(rows, field), value)
        return _Place(known, pk, back=bool(back)) if type(pk) is int and 0 <= pk < 2**63 else None
    except (ValueError, TypeError, binascii.Error, ValidationError, OverflowError, RecursionError):
        return None


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    """The value of a cursor as a query may hold it. Raises for what no page has written: the cursor comes from outside."""
    if value is None and field.null:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode()
    if isinstance(field, DateTimeField):
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    return field.to_python(value)
