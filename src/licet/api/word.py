"""Parts that many operations' parameters are made of."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar

from ninja import Path, Schema
from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
)
from pydantic_core import CoreSchema, core_schema

from licet.dates import FIRST_DAY, LAST_DAY

T = TypeVar("T")
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Word:
    """A text that is one of these."""

    known: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """As pydantic asks it; its sentence names what there is."""
        return core_schema.literal_schema(list(self.known))


def _day(value: Any) -> Any:
    """A day as the standard writes it: pydantic would take seconds since 1970 too."""
    if not isinstance(value, str):
        return value if value is None or isinstance(value, date) else _unwritten(value)
    return _written(date.fromisoformat, value) if re.fullmatch(_DAY, value, re.ASCII) else _unwritten(value)


def _instant(value: Any) -> Any:
    if not isinstance(value, str):
        return value if value is None or isinstance(value, datetime) else _unwritten(value)
    form = f"{_DAY}T.{{5,30}}"
    return _written(datetime.fromisoformat, value) if re.fullmatch(form, value, re.ASCII) else _unwritten(value)


def _written(read: Callable[[str], T], value: str) -> T:
    try:
        return read(value)
    except ValueError:
        raise ValueError(f"{value[:40]} is on no calendar; {_HOW}") from None


def _likely(value: datetime) -> datetime:
    if not _FIRST <= value <= _LAST:
        raise ValueError(f"write a time from {FIRST_DAY} to {LAST_DAY}")
    return value


def _unwritten(_value: Any) -> Any:
    raise ValueError(_HOW)


_HOW = "write a day as 2027-01-31, a time as 2027-01-31T12:00:00Z"
_FIRST, _LAST = (datetime.combine(day, time(), UTC) for day in (FIRST_DAY, LAST_DAY))
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
# What is kept is shown in other zones too, where the ends of the calendar do not exist.
KeptInstant = Annotated[Instant, AfterValidator(_likely)]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]  # no database keeps a NUL
Number = Annotated[int, Field(ge=1, le=LARGEST)]  # of a row
RowNumber = Annotated[int, Path(ge=1, le=LARGEST, description="The number of the object")]
ShortText = Annotated[Text, Field(max_length=200)]
LongText = Annotated[Text, Field(max_length=20_000)]
FILLED = r"^[^\x00]*[^\s\x00][^\x00]*$"  # more than blanks
NameText = Annotated[Text, Field(min_length=1, max_length=200, pattern=FILLED)]
ReasonText = Annotated[
    Text,
    Field(
        min_length=1, max_length=500, pattern=FILLED, description="Why; it goes into the record, so name nobody in it"
    ),
]
Amount = Annotated[
    str, Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$", max_length=16, description="Money, as 1234.50")
]
Currency = Annotated[str, Field(pattern="^([A-Z]{3})?$", max_length=3, description="Three letters, as EUR")]


# Named "why" before; that is still taken.
REASON_OR_WHY = Field(validation_alias=AliasChoices("reason", "why"))


class Given(Schema):
    """A body. What it does not know it refuses: a field that is spelt wrong is not lost in silence; true is no 1, and "5" is no 5."""

    model_config = ConfigDict(extra="forbid", strict=True)


class FormGiven(Given):
    """The fields beside a file: they come as text."""

    model_config = ConfigDict(extra="forbid", strict=False)


def reference(*kinds: str) -> Any:
    """The form of a text that names a thing by its kind and number, as device:12."""
    return Field(pattern=f"^({'|'.join(kinds)}):[1-9][0-9]{{0,17}}$", description=f"As {kinds[0]}:12")


def parts_of(text: str) -> tuple[str, int]:
    """The kind and the number of a reference that was read."""
    kind, _, number = text.partition(":")
    return kind, int(number)
