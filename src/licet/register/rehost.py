"""Activations with the host they were bound to, and the move of a licence to another host, step by step.

The steps rest on licensing.md 1.3: record what a host is at each activation, deactivate before reinstalling or moving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.db import transaction

from licet.ledger import record as ledger
from licet.register.document_models import Document
from licet.register.life import transfer_question
from licet.register.life_models import ActivationEvent, Rehost, RehostTick
from licet.register.models import Licence
from licet.register.record import must, note, said
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

# Step -> what to do. In this order.
STEPS: Final[Mapping[str, str]] = {
    "vendor": "Find out whether the vendor allows the move, and how often; keep his answer as a document.",
    "backup": "Back up the software's database and settings on the old host.",
    "recorded": "Record the old host as it is: name, virtual or not, machine id, MAC addresses, mainboard.",
    "deactivated": "Deactivate the licence on the old host, online or by a request and response file. Before anything is reinstalled.",
    "proof": "Keep the proof of the deactivation: the response file, or a picture of the licence page.",
    "new_host": "Record the new host: name, virtual or not, machine id, MAC addresses, mainboard.",
    "activated": "Activate the licence on the new host.",
    "compared": "Compare the numbers on the new host's licence page with what was bought.",
}
KINDS: Final = tuple(ActivationEvent.Kind.values)
WAYS: Final = tuple(ActivationEvent.Way.values)
# What nobody may leave out.
_NEEDED: Final = ("deactivated", "new_host", "activated")


@dataclass(frozen=True, slots=True)
class Host:
    """What a licence is bound to, as far as it is known. A difference later is a risk, not proof of loss."""

    name: str = ""
    virtual: bool | None = None
    machine_id: str = ""
    macs: tuple[str, ...] = ()
    mainboard: str = ""

    def differs(self, other: "Host") -> tuple[str, ...]:
        """What both state and state differently."""
        found = []
        for name in ("name", "virtual", "machine_id", "macs", "mainboard"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine not in (None, "", ()) and theirs not in (None, "", ()) and mine != theirs:
                found.append(name)
        return tuple(found)


_STATE: Final = {
    ActivationEvent.Kind.REQUESTED: Licence.Activation.PENDING,
    ActivationEvent.Kind.ACTIVATED: Licence.Activation.ACTIVE,
    ActivationEvent.Kind.DEACTIVATED: Licence.Activation.DEACTIVATED,
}


@transaction.atomic
def add_activation(
    actor: Actor,
    licence: Licence,
    kind: str,
    *,
    way: str,
    on: date,
    host: Host,
    request_file: Document | None = None,
    response_file: Document | None = None,
) -> ActivationEvent:
    """Keep one step of an activation; the licence's own state follows it. Raises :class:`NotPossible`."""
    must(actor, licence.site)
    if kind not in ActivationEvent.Kind.values or way not in ActivationEvent.Way.values:
        raise ValueError(f"no step {kind!r}, {way!r}")
    if licence.returned_on is not None:
        raise NotPossible(f"It was returned on {licence.returned_on}.")
    if kind == ActivationEvent.Kind.REQUESTED and way != ActivationEvent.Way.OFFLINE:
        raise NotPossible("A request file belongs to an offline activation.")
    if kind == ActivationEvent.Kind.DEACTIVATED and licence.activation not in {
        Licence.Activation.ACTIVE,
        Licence.Activation.UNKNOWN,
    }:
        raise NotPossible("It is not activated, so it cannot be deactivated.")
    if (
        kind == ActivationEvent.Kind.ACTIVATED
        and licence.activation == Licence.Activation.ACTIVE
        and licence.activations.exists()
    ):
        raise NotPossible("It is activated already. Deactivate it first, or start a move to another host.")
    row = ActivationEvent.objects.create(
        licence=licence, kind=kind, way=way, on=on, host=host.name[:253], virtual=host.virtual,
        machine_id=host.machine_id[:120], macs=list(host.macs)[:20], mainboard=host.mainboard[:120],
        request_file=request_file, response_file=response_file, by_id=actor.person, at=datetime.now(UTC),
    )  # fmt: skip
    before = said(licence)
    licence.activation = _STATE[ActivationEvent.Kind(kind)]
    if kind == ActivationEvent.Kind.ACTIVATED:
        licence.activated_on = on
    licence.save(update_fields=["activation", "activated_on"])
    after = said(licence) | {"way": way, "on": on.isoformat(), "host": host.name, "virtual": host.virtual}
    note(actor, f"register:licence:{kind}", licence, before=before, after=after)
    return row


def bound_to(licence: Licence) -> Host | None:
    """The host of the last activation; None where none is known."""
    row = licence.activations.filter(kind=ActivationEvent.Kind.ACTIVATED).order_by("-on", "-id").first()
    return None if row is None else host_of(row)


def host_of(row: ActivationEvent) -> Host:
    """The host as an event kept it."""
    return Host(row.host, row.virtual, row.machine_id, tuple(row.macs), row.mainboard)


@transaction.atomic
def start(actor: Actor, licence: Licence, to_host: str, *, reason: str, agreed: bool = False) -> Rehost:
    """Begin a move to another host. ``agreed`` = the vendor agrees where his rule is not known or limits it."""
    must(actor, licence.site)
    if not to_host.strip() or not reason.strip():
        raise NotPossible("A move needs the new host's name and a reason.")
    if licence.returned_on is not None:
        raise NotPossible(f"It was returned on {licence.returned_on}.")
    if licence.rehosts.filter(state=Rehost.State.OPEN).exists():
        raise NotPossible("It is on its way to another host already.")
    why = transfer_question(licence)
    if why and (not agreed or (licence.product is not None and licence.product.transfer == "not_allowed")):
        raise NotPossible(why)
    row = Rehost.objects.create(
        licence=licence,
        to_host=fitting("host", to_host, 253),
        reason=fitting("reason", reason, 500),
        started_at=datetime.now(UTC),
    )
    _tell(actor, row, "started", {"to_host": row.to_host, "agreed": agreed}, reason)
    return row


@transaction.atomic
def tick(actor: Actor, rehost: Rehost, step: str, remark: str = "") -> None:
    """Say that a step is done. The last one ends the move."""
    must(actor, rehost.licence.site)
    _open(rehost)
    if step not in STEPS:
        raise NotPossible(f"There is no step {step!r}. Steps are: {', '.join(STEPS)}.")
    done = set(rehost.ticks.values_list("step", flat=True))
    if step in done:
        raise NotPossible("This step is done already.")
    if step == "activated" and "deactivated" not in done:
        raise NotPossible("Deactivate it on the old host first.")
    RehostTick.objects.create(
        rehost=rehost, step=step, note=fitting("remark", remark, 500), by_id=actor.person, at=datetime.now(UTC)
    )
    _tell(actor, rehost, "ticked", {"step": step})
    if done | {step} == set(STEPS):
        _end(actor, rehost, Rehost.State.DONE)


@transaction.atomic
def finish(actor: Actor, rehost: Rehost, *, reason: str) -> None:
    """End a move although steps are left out; those that nobody may leave out must be done."""
    must(actor, rehost.licence.site)
    _open(rehost)
    done = set(rehost.ticks.values_list("step", flat=True))
    missing = [step for step in _NEEDED if step not in done]
    if missing:
        raise NotPossible(f"It cannot end yet: {', '.join(missing).replace('_', ' ')} is not done.")
    if not reason.strip():
        raise NotPossible("Say why the other steps are left out (reason).")
    _end(actor, rehost, Rehost.State.DONE, reason)


@transaction.atomic
def cancel(actor: Actor, rehost: Rehost, *, reason: str) -> None:
    """Give up a move; what was ticked stays in the history."""
    must(actor, rehost.licence.site)
    _open(rehost)
    if not reason.strip():
        raise NotPossible("Say why it is given up (reason).")
    _end(actor, rehost, Rehost.State.CANCELLED, reason)


def _open(rehost: Rehost) -> None:
    if rehost.state != Rehost.State.OPEN:
        raise NotPossible("This move has ended already.")


def _end(actor: Actor, rehost: Rehost, state: Rehost.State, reason: str = "") -> None:
    rehost.state, rehost.ended_at = state, datetime.now(UTC)
    rehost.save(update_fields=["state", "ended_at"])
    _tell(actor, rehost, str(state), {"to_host": rehost.to_host}, reason)


def _tell(actor: Actor, rehost: Rehost, verb: str, after: dict[str, Any], reason: str = "") -> None:
    ledger.append(
        actor=actor.label, action=f"register:rehost:{verb}", object_type="licence", object_id=rehost.licence_id,
        site=rehost.licence.site_id, reason=reason, after={"rehost": rehost.pk, **after},
    )  # fmt: skip


def macs_of(text: str) -> tuple[str, ...]:
    """MAC addresses out of a text, as aa:bb:cc:dd:ee:ff. Raises :class:`NotPossible` for what is none."""
    found: list[str] = []
    for part in text.replace(",", " ").replace(";", " ").split():
        digits = part.replace(":", "").replace("-", "").replace(".", "").lower()
        if len(digits) != 12 or any(char not in "0123456789abcdef" for char in digits):
            raise NotPossible(f"{part[:40]!r} is no MAC address. Write it as 00:11:22:aa:bb:cc.")
        found.append(":".join(digits[index : index + 2] for index in range(0, 12, 2)))
    return tuple(dict.fromkeys(found))


def left(ticks: Sequence[str]) -> list[str]:
    """The steps that are not done yet."""
    return [step for step in STEPS if step not in set(ticks)]
