"""Parts that many operations' parameters are made of."""

from dataclasses import dataclass
from typing import Annotated, Any

from ninja import Path, Schema
from pydantic import AfterValidator, ConfigDict, Field, GetCoreSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Word:
    """A text that is one of these."""

    known: tuple[str, ...]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        """As pydantic asks it; its sentence names what there is."""
        return core_schema.literal_schema(list(self.known))


def _readable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("it holds a character that nothing can keep (NUL)")
    return text


Text = Annotated[str, AfterValidator(_readable)]
Number = Annotated[int, Field(ge=1, le=LARGEST)]  # of a row
RowNumber = Annotated[int, Path(ge=1, le=LARGEST, description="The number of the object")]
ShortText = Annotated[Text, Field(max_length=200)]
LongText = Annotated[Text, Field(max_length=20_000)]
ReasonText = Annotated[Text, Field(max_length=2000, description="Why; it goes into the record, so name nobody in it")]
Amount = Annotated[
    str,
    Field(pattern=r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"),
    WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"}),
]


class Given(Schema):
    """A body. What it does not know it refuses: a field that is spelt wrong is not lost in silence."""

    model_config = ConfigDict(extra="forbid")
