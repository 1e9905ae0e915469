"""Rules, people and steps as the database holds them, read once for a whole run."""

import zoneinfo
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from licet.alerts.models import AlertRule, Preference, StepPolicy
from licet.alerts.quiet import Habits
from licet.alerts.rules import Hearing, Listener, Rule, hearings
from licet.alerts.steps import Steps
from licet.sites.models import CustomRole, Membership, Person, Site
from licet.sites.nearest import nearest
from licet.sites.roles import ROLES
from licet.sites.scope import Actor


@dataclass(frozen=True, slots=True)
class Place:
    """What a run needs of a site."""

    id: int
    path: str
    zone: str
    name: str


@dataclass(slots=True)
class Audience:
    """Everybody who may be told, by which rules, and in which steps. ``hears`` remembers its answers."""

    rules: tuple[Rule, ...]
    people: dict[int, Listener]
    places: dict[int, Place]
    by_site: dict[str, Steps]
    by_licence: dict[int, Steps]
    _heard: dict[tuple[str, int, str], list[Hearing]] = field(default_factory=dict)
    _steps: dict[str, Steps] = field(default_factory=dict)

    def hears(self, code: str, severity: int, path: str) -> list[Hearing]:
        """Who hears of an event at a place."""
        asked = (code, severity, path)
        if asked not in self._heard:
            self._heard[asked] = hearings(self.rules, self.people, code, severity, path)
        return self._heard[asked]

    def steps(self, path: str, licence: int | None = None) -> Steps:
        """The steps of a licence: its own, else those of the nearest site above it that has some."""
        if licence is not None and licence in self.by_licence:
            return self.by_licence[licence]
        if path not in self._steps:
            self._steps[path] = nearest(path, self.by_site) or Steps()
        return self._steps[path]

    def all_steps(self) -> list[Steps]:
        """All steps that apply anywhere."""
        return [Steps(), *self.by_site.values(), *self.by_licence.values()]


def audience() -> Audience:
    """Read it, in a fixed number of queries."""
    by_site: dict[str, Steps] = {}
    by_licence: dict[int, Steps] = {}
    for row in StepPolicy.objects.select_related("site"):
        steps = Steps(tuple(row.before), row.repeat)
        if row.licence_id is not None:
            by_licence[row.licence_id] = steps
        else:
            by_site[row.site.path if row.site else ""] = steps
    places = {
        pk: Place(pk, path, zone, name)
        for pk, path, zone, name in Site.objects.values_list("id", "path", "time_zone", "full_name")
    }
    return Audience(_rules(), listeners(), places, by_site, by_licence)


def _rules() -> tuple[Rule, ...]:
    rows = AlertRule.objects.filter(active=True).select_related("site", "channel")
    return tuple(
        Rule(
            row.pk, tuple(row.events), row.severity, row.site.path if row.site else "", row.person_id, row.permission,
            row.channel_id, row.at_once, row.created_at,
        )
        for row in rows
    )  # fmt: skip


def listeners() -> dict[int, Listener]:
    """Everybody who can sign in, with what he may see; four queries."""
    held: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for person, role, path in Membership.objects.values_list("person", "role", "site__path"):
        held[person].append((path or "", role))
    custom = CustomRole.permissions_of({role for roles in held.values() for _path, role in roles if role not in ROLES})
    wishes = {row.person_id: row for row in Preference.objects.all()}
    return {
        row.pk: Listener(
            row.pk, str(row), _actor(row, held.get(row.pk, []), custom), row.email,
            habits(row.time_zone, wishes.get(row.pk)),
        )
        for row in Person.objects.filter(is_active=True)
    }  # fmt: skip


def _actor(row: Person, held: list[tuple[str, str]], custom: Mapping[str, frozenset[str]]) -> Actor:
    grants = tuple(
        (path, ROLES[role].permissions if role in ROLES else custom.get(role, frozenset())) for path, role in held
    )
    return Actor(label=row.username, grants=grants, person=row.pk)


def habits(zone: str, wish: Preference | None) -> Habits:
    """When a person wants to hear, in his zone (UTC where he has none that is known)."""
    known = zone if zone in zoneinfo.available_timezones() else "UTC"
    if wish is None:
        return Habits(known)
    return Habits(known, wish.digest_hour, wish.weekly, wish.quiet_from, wish.quiet_to, wish.critical_breaks)
