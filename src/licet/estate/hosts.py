"""The host an installation runs on, as the reader command told it, and whether what licences bind to has changed (re-host risk)."""

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from licet.estate.models import Fact, Installation, Subject
from licet.ledger import record as ledger
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

MOST_BYTES = 100_000
TOPIC = "host"
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
# What activations bind to, by the study of licensing.md: change one and a licence may have to be moved.
_BINDING = {
    "machine_id": "machine id",
    "board_serial": "mainboard serial number",
    "macs": "network cards",
    "vm": "virtual or not",
}


@dataclass(frozen=True, slots=True)
class HostFacts:
    """What the reader command says of a host. Empty = it could not be read there."""

    name: str
    os: str = ""
    vm: bool | None = None
    vm_kind: str = ""
    machine_id: str = ""
    board_serial: str = ""
    macs: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    read_at: str = ""

    def plain(self) -> dict[str, Any]:
        """As a fact keeps it."""
        return {
            "name": self.name, "os": self.os, "vm": self.vm, "vm_kind": self.vm_kind, "machine_id": self.machine_id,
            "board_serial": self.board_serial, "macs": list(self.macs), "addresses": list(self.addresses), "read_at": self.read_at,
        }  # fmt: skip


def read_host_file(content: bytes, now: datetime) -> HostFacts:
    """The file that the reader command wrote. Raises :class:`NotPossible` for anything else."""
    if len(content) > MOST_BYTES:
        raise NotPossible(f"The file is larger than {MOST_BYTES // 1000} kB; the reader command writes a few lines.")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotPossible("The file is not what the reader command prints: it is no JSON.") from None
    if not isinstance(found, dict) or found.get("licet") != "host":
        raise NotPossible('The file is not what the reader command prints: "licet": "host" is missing.')
    name = _text(found, "name", 253)
    if not name:
        raise NotPossible("The file names no host.")
    return HostFacts(
        name=name,
        os=_text(found, "os", 200),
        vm=found["vm"] if isinstance(found.get("vm"), bool) else None,
        vm_kind=_text(found, "vm_kind", 60),
        machine_id=_text(found, "machine_id", 100).lower(),
        board_serial=_text(found, "board_serial", 100),
        macs=tuple(sorted({mac for mac in map(_mac, _list(found, "macs")) if mac})),
        addresses=tuple(sorted({one for one in _list(found, "addresses") if _is_address(one)})),
        read_at=_when(_text(found, "read_at", 40), now),
    )


def _text(found: Mapping[str, Any], name: str, longest: int) -> str:
    value = found.get(name)
    return "".join(c for c in value if c.isprintable()).strip()[:longest] if isinstance(value, str) else ""


def _list(found: Mapping[str, Any], name: str) -> list[str]:
    value = found.get(name)
    return [one for one in value[:200] if isinstance(one, str)] if isinstance(value, list) else []


def _mac(text: str) -> str:
    plain = text.strip().lower().replace("-", ":")
    return plain if _MAC.fullmatch(plain) and plain != "00:00:00:00:00:00" else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _when(text: str, now: datetime) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return ""
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    if at > now + timedelta(days=1):
        raise NotPossible(f"The file was read on {at:%Y-%m-%d}, which is still to come; set the host's clock.")
    try:
        return at.astimezone(UTC).isoformat(timespec="seconds")
    except OverflowError:
        return ""


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What of that which licences bind to is another than before; what one of the two could not read says nothing."""
    changed = []
    for name, title in _BINDING.items():
        one, other = before.get(name), after.get(name)
        if one in (None, "", []) or other in (None, "", []):
            continue
        if name == "macs":
            # Cards come and go; none of the old ones left is another machine.
            if not set(one or ()) & set(other or ()):
                changed.append(title)
        elif one != other:
            changed.append(title)
    return changed


@transaction.atomic
def take_in(actor: Actor, installation: Installation, host: HostFacts, *, now: datetime, source: str) -> list[str]:
    """Keep a host's facts with source and time; returns what licences bind to and has changed since it was last accepted."""
    _must(actor, installation)
    value = host.plain()
    rows = Fact.objects.filter(subject_type=Subject.INSTALLATION, subject_id=installation.pk, topic=TOPIC)
    current = rows.filter(superseded_at=None).order_by("-observed_at").first()
    accepted = _accepted(installation, current)
    changed = differences(accepted or {}, value)
    same = current is not None and _stable(current.value) == _stable(value)
    if current is not None and same:
        Fact.objects.filter(pk=current.pk).update(confirmed_at=now)
    else:
        rows.filter(superseded_at=None).update(superseded_at=now)
        Fact.objects.create(
            subject_type=Subject.INSTALLATION, subject_id=installation.pk, topic=TOPIC, value=value, source=source[:120],
            observed_at=now, confirmed_at=now,
        )  # fmt: skip
    fields: dict[str, Any] = {"host_seen_at": now, "host_changed": changed, "host": installation.host or host.name}
    if not changed:
        fields["host_changed_at"] = None
    elif changed != installation.host_changed:
        fields["host_changed_at"] = now
    if accepted is None:
        fields["host_mark"] = _mark(value)
    Installation.objects.filter(pk=installation.pk).update(**fields)
    installation.host_changed = changed
    if not same:
        _note(actor, installation, "read", {"changed": changed})
    return changed


@transaction.atomic
def accept(actor: Actor, installation: Installation, reason: str) -> None:
    """The host as it is now is the right one: its licences were moved or activated anew."""
    _must(actor, installation)
    if not installation.host_changed:
        raise NotPossible("Nothing of the host has changed.")
    if not reason.strip():
        raise NotPossible("Say why the changed host is right, for example the ticket of the move.")
    current = Fact.objects.filter(
        subject_type=Subject.INSTALLATION, subject_id=installation.pk, topic=TOPIC, superseded_at=None
    ).first()
    mark = _mark(current.value) if current else ""
    Installation.objects.filter(pk=installation.pk).update(host_changed=[], host_changed_at=None, host_mark=mark)
    _note(actor, installation, "accepted", {"changed": installation.host_changed}, reason)


def _accepted(installation: Installation, current: Fact | None) -> dict[str, Any] | None:
    """The facts of the host that was last accepted: those with its mark, else the current ones."""
    if current is None:
        return None
    rows = Fact.objects.filter(subject_type=Subject.INSTALLATION, subject_id=installation.pk, topic=TOPIC)
    for row in rows.order_by("-observed_at")[:200]:
        if _mark(row.value) == installation.host_mark:
            return dict(row.value)
    return dict(current.value)


def _stable(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in {"read_at", "addresses"}}


def _mark(value: Mapping[str, Any]) -> str:
    text = json.dumps({name: value.get(name) for name in _BINDING}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _must(actor: Actor, installation: Installation) -> None:
    if not actor.may("edit_estate", installation.site.path):
        raise NotPossible("You may not do this at this site.")


def _note(actor: Actor, row: Installation, what: str, after: dict[str, Any], reason: str = "") -> None:
    ledger.append(
        actor=actor.label, action=f"estate:host:{what}", object_type="installation", object_id=row.pk, site=row.site_id,
        after=after, reason=reason,
    )  # fmt: skip
