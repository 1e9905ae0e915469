"""Many answers, one device each: the union of what a device said, and addresses that several devices claim."""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Final

from licet.wire.facts import Fact, SadpAnswer, Topic

_PLAIN: Final = tuple(f.name for f in fields(SadpAnswer) if f.name not in ("well_formed", "unasked", "clock_not_set"))


def unite(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """One fact per device (MAC, else serial number, else address): the later answer fills up and overrules the earlier.

    Where two answers contradict each other, the later is shown and a note keeps the earlier with its source and time (case C042).
    """
    devices: list[Fact] = []
    index: dict[str, int] = {}
    for fact in facts:
        if fact.topic is not Topic.SADP or not isinstance(fact.value, SadpAnswer):
            continue
        names = _names(fact.value)
        place = next((index[name] for name in names if name in index), None)
        if place is None:
            place = len(devices)
            devices.append(fact)
        else:
            devices[place] = _joined(devices[place], fact)
        for name in names:
            index.setdefault(name, place)
    return tuple(devices)


def _names(value: SadpAnswer) -> list[str]:
    names = [f"mac {value.mac}"] if value.mac else []
    if value.serial_number:
        names.append(f"serial {value.serial_number}")
    return names or [f"address {value.address} {value.model}"]


def _joined(earlier: Fact, later: Fact) -> Fact:
    before, after = earlier.value, later.value
    if not isinstance(before, SadpAnswer) or not isinstance(after, SadpAnswer):
        return later
    changes: dict[str, object] = {}
    notes = [*earlier.notes, *(note for note in later.notes if note not in earlier.notes)]
    for name in _PLAIN:
        old, new = getattr(before, name), getattr(after, name)
        if new is None:
            continue
        if old is not None and old != new:
            notes.append(f"{name} was {old} in the answer of {earlier.observed_at:%H:%M:%S} from {earlier.source}")
        changes[name] = new
    changes["clock_not_set"] = after.clock_not_set if after.boot_time else before.clock_not_set
    changes["well_formed"] = before.well_formed and after.well_formed
    changes["unasked"] = before.unasked and after.unasked
    united = replace(before, **changes)  # type: ignore[arg-type]  # the names are those of the class itself
    return replace(later, value=united, notes=tuple(notes))


def shared_addresses(facts: Sequence[Fact]) -> dict[str, int]:
    """Addresses that more than one device claims, with how many; none of those devices may be contacted by address (case C043)."""
    counts: dict[str, int] = {}
    for fact in facts:
        if isinstance(fact.value, SadpAnswer) and fact.value.address:
            counts[fact.value.address] = counts.get(fact.value.address, 0) + 1
    return {address: count for address, count in counts.items() if count > 1}


def with_shared_addresses(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The same facts, each device at a shared address with a note that says so."""
    shared = shared_addresses(facts)
    noted = []
    for fact in facts:
        address = fact.value.address if isinstance(fact.value, SadpAnswer) else None
        if address in shared:
            note = f"{shared[address]} devices share {address}; none of them is contacted by address"
            noted.append(replace(fact, notes=(*fact.notes, note)))
        else:
            noted.append(fact)
    return tuple(noted)
