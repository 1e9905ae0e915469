"""What a device said in this look, by topic. Pure."""

from typing import TypeVar

from licet.doctor.look import Look

V = TypeVar("V")


def told(look: Look, kind: type[V]) -> V | None:
    """The value of this kind in the report; None where the device did not say it, or was not asked."""
    facts = look.report.facts if look.report else ()
    return next((fact.value for fact in facts if isinstance(fact.value, kind)), None)
