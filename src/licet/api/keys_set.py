"""What administrators set about keys: shapes of products' keys, and how they are shown at sites."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from licet.api.asked import Asked, may_there, site_where
from licet.api.keys import router
from licet.api.operation import reads, writes
from licet.api.word import Given, RowNumber, Text
from licet.register import keys
from licet.register.keys_record import set_pattern, set_rule


class PatternGiven(Given):
    """The shape of the keys of a product, by its code or name; "" takes it away."""

    product: Annotated[Text, Field(min_length=1, max_length=200)]
    pattern: Annotated[Text, Field(max_length=200)]


class KeyRuleGiven(Given):
    """Whether two people show a key, how long a request lasts, and who is told by mail."""

    two_people: bool = False
    request_hours: Annotated[int, Field(ge=1, le=744)] = 24
    notice_to: Annotated[Text, Field(max_length=254)] = ""


@dataclass(frozen=True, slots=True)
class PatternRow:
    """The shape of a product's keys."""

    product: str
    name: str
    pattern: str


@dataclass(frozen=True, slots=True)
class KeyRuleRow:
    """How keys are shown at a site and below it."""

    site_id: int
    site: str
    two_people: bool
    request_hours: int
    notice_to: str


@reads(router, "/key-patterns", list[PatternRow], needs="administer")
def list_key_patterns(request: Asked) -> list[PatternRow]:
    """The shapes of products' keys."""
    may_there(request, "administer", "")
    return [PatternRow(*one) for one in keys.patterns()]


@writes(router, "put", "/key-patterns", list[PatternRow], needs="administer")
def set_a_key_pattern(request: Asked, given: PatternGiven) -> list[PatternRow]:
    """Set the shape of a product's keys."""
    may_there(request, "administer", "")
    set_pattern(request.actor, given.product, given.pattern.strip())
    return list_key_patterns(request)


@reads(router, "/key-rules", list[KeyRuleRow], needs="administer")
def list_key_rules(request: Asked) -> list[KeyRuleRow]:
    """How keys are shown, at the sites that you administer."""
    return [
        KeyRuleRow(site.pk, site.full_name, rule.two_people, rule.request_hours, rule.notice_to)
        for site, rule in keys.rules(request.actor)
    ]


@writes(router, "put", "/sites/{int:number}/key-rule", list[KeyRuleRow], needs="administer")
def set_a_key_rule(request: Asked, number: RowNumber, given: KeyRuleGiven) -> list[KeyRuleRow]:
    """Set how keys are shown at a site and below it."""
    site = site_where(request, number, "administer", "path.number")
    set_rule(request.actor, site, **given.model_dump())
    return list_key_rules(request)
