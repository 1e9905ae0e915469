"""Which rule tells whom. Pure: people and rules in, receivers out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from licet.alerts.events import KINDS, named_by
from licet.alerts.quiet import Habits
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Rule:
    """Who hears of which events: one person, all who hold a permission at the place, or a channel that several read.

    ``path`` is the site subtree, "" = everywhere. ``channel`` None = the person's e-mail.
    """

    id: int
    events: tuple[str, ...]
    severity: int
    path: str
    person: int | None
    permission: str
    channel: int | None
    at_once: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class Listener:
    """A person who may be told: what he may see, where he can be reached, when he wants to."""

    id: int
    name: str
    actor: Actor
    email: str
    habits: Habits = field(default_factory=Habits)


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody through one channel. ``key`` is what the bookkeeping knows it by."""

    person: int | None
    channel: int | None

    @property
    def key(self) -> str:
        """As ``person:5``, ``person:5/channel:2`` or ``channel:2``."""
        parts = [f"person:{self.person}"] if self.person is not None else []
        return "/".join([*parts, *([f"channel:{self.channel}"] if self.channel is not None else [])])


@dataclass(frozen=True, slots=True)
class Hearing:
    """That a receiver is to be told: by which rule, at once or in his digest, and from when the rule holds."""

    receiver: Receiver
    rule: int
    at_once: bool
    since: datetime


def applies(rule: Rule, code: str, severity: int, path: str) -> bool:
    """Whether a rule is about this event at this place."""
    return severity >= rule.severity and path.startswith(rule.path) and named_by(code, rule.events)


def may_hear(actor: Actor, code: str, path: str) -> bool:
    """Whether somebody may know of the event at all. What has no site is for those who hold the permission everywhere."""
    return actor.may("view", path) and actor.may(KINDS[code].permission, path)


def hearings(
    rules: Iterable[Rule], people: Mapping[int, Listener], code: str, severity: int, path: str
) -> list[Hearing]:
    """Every receiver once; where several rules name him, at once wins, and the oldest rule says since when."""
    found: dict[Receiver, Hearing] = {}
    for rule in rules:
        if not applies(rule, code, severity, path):
            continue
        for receiver in _receivers(rule, people, code, path):
            known = found.get(receiver)
            at_once = rule.at_once or (known is not None and known.at_once)
            since = min(rule.since, known.since) if known else rule.since
            found[receiver] = Hearing(receiver, known.rule if known else rule.id, at_once, since)
    return list(found.values())


def _receivers(rule: Rule, people: Mapping[int, Listener], code: str, path: str) -> Iterable[Receiver]:
    if rule.person is None and not rule.permission:
        if rule.channel is not None:
            yield Receiver(None, rule.channel)
        return
    chosen = people.values() if rule.person is None else [people[rule.person]] if rule.person in people else []
    for one in chosen:
        if rule.permission and not one.actor.may(rule.permission, path):
            continue
        if may_hear(one.actor, code, path):
            yield Receiver(one.id, rule.channel)
