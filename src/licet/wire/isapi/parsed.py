"""What a topic's reader gives back."""

from dataclasses import dataclass

from licet.wire.facts import Value


@dataclass(frozen=True, slots=True)
class Parsed:
    """The value read from one answer, and short notes about the answer."""

    value: Value
    notes: tuple[str, ...] = ()
