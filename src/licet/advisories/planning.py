"""Plans of what to update at a site: made from the exposures, kept, ended. Licet never writes anything to a device."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from licet.advisories.judging import Answer
from licet.advisories.models import Advisory, Exposure, Plan, PlanItem, Support
from licet.advisories.standing import UPDATES
from licet.advisories.urgency import Asks, Reachable, Urgency, exposure, target, urgency
from licet.advisories.version import BuildKind, build_kind, span
from licet.authorization.models import Authorization
from licet.estate.models import Device, Fact, Installation, Subject
from licet.ledger import record as ledger
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.text import fitting

MAX_ITEMS = 100_000
_PLATFORM = re.compile(r"[A-Z]-[A-Z]-[A-Z]{1,2}\d{1,3}[A-Z0-9]{0,4}-\d{1,2}")
_SAID = {"unreachable", "refused", "locked_out", "never"}


@dataclass(frozen=True, slots=True)
class Item:
    """One device or installation to update, and why now."""

    subject_type: int
    subject_id: int
    site: int
    name: str
    model: str
    version: str
    target: str
    steps: tuple[str, ...]
    advisories: tuple[str, ...]
    urgency: Urgency


def draft(actor: Actor, site: Site | None) -> list[Item]:
    """What is to be updated in a site subtree, the most urgent first. What is accepted or stated as not affected is left out."""
    rows = Exposure.objects.visible_to(actor).under(site).filter(ended_at=None, answer__in=UPDATES)
    rows = rows.filter(Q(statement=None) | Q(statement__status="mitigated"))
    advisories = {
        row[0]: row[1:] for row in Advisory.objects.values_list("id", "code", "severity", "rank", "kev_added")
    }
    asked: defaultdict[tuple[int, int], list[Asks]] = defaultdict(list)
    mitigated: set[tuple[int, int]] = set()
    found = rows.order_by().values_list("subject_type", "subject_id", "advisory", "answer", "fixed", "statement")
    for kind, pk, advisory, answer, fixed, statement in found.iterator(chunk_size=5000):
        code, severity, rank, kev = advisories[advisory]
        asked[kind, pk].append(Asks(code, severity, rank, kev is not None, answer == Answer.AFFECTED, fixed))
        if statement is not None:
            mitigated.add((kind, pk))
        if len(asked) > MAX_ITEMS:
            raise NotPossible(f"more than {MAX_ITEMS:,} devices are to be updated; choose a smaller site")
    items = [*_of_devices(asked, mitigated), *_of_installations(asked, mitigated)]
    return sorted(items, key=lambda one: (one.urgency.key, one.name, one.subject_id))


def without_version(actor: Actor, site: Site | None) -> int:
    """How many devices and installations notices name whose version is not known: they stand in no plan before it is."""
    rows = Exposure.objects.visible_to(actor).under(site).filter(ended_at=None, reason="version_unknown")
    return rows.order_by().values("subject_type", "subject_id").distinct().count()


def _of_devices(asked: dict[tuple[int, int], list[Asks]], mitigated: set[tuple[int, int]]) -> Iterable[Item]:
    ids = [pk for kind, pk in asked if kind == Subject.DEVICE]
    for some in bulk.chunks(ids):
        told = _platforms(some)
        for row in Device.objects.filter(pk__in=some):
            asks = asked[int(Subject.DEVICE), row.pk]
            ways = Reachable(
                row.address, row.scheme, row.ezviz_registered or row.ezviz_bound, row.isup_enabled, row.allow_basic, row.legacy_tls
            )  # fmt: skip
            words, named = target(asks)
            build = f" build {row.firmware_build:%y%m%d}" if row.firmware_build else ""
            unknown = [] if row.firmware_version else ["state_the_version"]
            steps = [
                *unknown,
                *_reach_steps(row.reach),
                *_target_steps(asks, named=named),
                *told.steps(row.pk),
                "release_notes",
            ]
            if (int(Subject.DEVICE), row.pk) in mitigated:
                steps.append("statement_mitigated")
            yield Item(
                int(Subject.DEVICE), row.pk, row.site_id, str(row), told.model(row.pk, row.model), f"{row.firmware_version}{build}".strip(), words,
                tuple(steps), _codes(asks), urgency(asks, exposure(ways)),
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """What devices themselves say of their platform and of the brand they are sold under."""

    platform: dict[int, str]
    other_brand: frozenset[int]

    def steps(self, pk: int) -> list[str]:
        found = [] if pk in self.platform else ["platform_unknown"]
        return [*found, "other_brand"] if pk in self.other_brand else found

    def model(self, pk: int, model: str) -> str:
        return f"{model}, platform {self.platform[pk]}" if pk in self.platform else model


def _platforms(ids: Sequence[int]) -> _Told:
    rows = Fact.objects.filter(subject_type=Subject.DEVICE, subject_id__in=ids, topic="device_info", superseded_at=None)
    platform: dict[int, str] = {}
    other: set[int] = set()
    for pk, value in rows.values_list("subject_id", "value"):
        word, oem = value.get("platform"), value.get("oem_code")
        # Only words like B-R-G5-0 name a platform; 0x0 and rows of digits do not (firmware.md 1).
        if isinstance(word, str) and _PLATFORM.fullmatch(word):
            platform[pk] = word
        if oem not in {None, "", "1", 1}:
            other.add(pk)
    return _Told(platform, frozenset(other))


def _of_installations(asked: dict[tuple[int, int], list[Asks]], mitigated: set[tuple[int, int]]) -> Iterable[Item]:
    ids = [pk for kind, pk in asked if kind == Subject.INSTALLATION]
    if not ids:
        return
    kept = Authorization.objects.filter(
        subject_type=Subject.INSTALLATION, subject_id__in=ids, right="software.maintenance", valid_to=None
    )
    maintained = dict(kept.values_list("subject_id", "status"))
    releases: defaultdict[str, list[str]] = defaultdict(list)
    for product, line in Support.objects.exclude(product="").values_list("product", "line"):
        releases[product].append(line)
    for row in Installation.objects.filter(pk__in=ids):
        asks = asked[int(Subject.INSTALLATION), row.pk]
        words, named = target(asks)
        steps = [
            *([] if row.version else ["state_the_version_of_software"]),
            *_target_steps(asks, named=named),
            *_software_steps(row.version, asks, releases[row.product]),
            _maintenance(maintained.get(row.pk)),
        ]
        if (int(Subject.INSTALLATION), row.pk) in mitigated:
            steps.append("statement_mitigated")
        yield Item(
            int(Subject.INSTALLATION), row.pk, row.site_id, row.name, row.product, row.version, words, tuple(steps), _codes(asks),
            urgency(asks, ()),
        )  # fmt: skip


def _codes(asks: list[Asks]) -> tuple[str, ...]:
    return tuple(one.code for one in sorted(asks, key=lambda one: (-one.rank, one.code)))


def _reach_steps(reach: str) -> list[str]:
    if reach == "answered":
        return []
    word = reach or "never"
    return [f"cannot_ask_{word}" if word in _SAID else "cannot_ask_other"]


def _target_steps(asks: list[Asks], *, named: bool) -> list[str]:
    found = []
    if not any(one.certain for one in asks):
        found.append("check_by_hand")
    if not named:
        found.append("no_fix_published")
    elif all("no fixed version" in one.fixed for one in asks if one.fixed):
        found.append("newer_than")
    return found


def _software_steps(version: str, asks: list[Asks], releases: list[str]) -> list[str]:
    kind = build_kind(version)
    found = {BuildKind.CUSTOMISED: ["customised_build"], BuildKind.UNKNOWN: ["build_kind_unknown"]}.get(kind, [])
    limits = [word for one in asks for word in one.fixed.split() if word[:1] in "Vv" and word[1:2].isdigit()]
    spans = [span(version, limit, [*releases, limit] if releases else []) for limit in limits]
    if any(one.redesign for one in spans):
        return [*found, "redesign"]
    if any(one.in_steps for one in spans):
        return [*found, "many_hops"]
    return [*found, "hops_unknown"] if any(one.in_steps is None for one in spans) else found


def _maintenance(status: str | None) -> str:
    if status in {"authorized", "expiring", "not_required", "grace"}:
        return "maintenance_valid"
    return "maintenance_lapsed" if status in {"expired", "unlicensed"} else "maintenance_unknown"


@transaction.atomic
def make_plan(
    actor: Actor,
    site: Site,
    title: str,
    *,
    now: datetime,
    window: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Plan:
    """Keep today's draft of a site subtree as a plan. Needs ``edit_estate`` there. Raises :class:`NotPossible`."""
    if not actor.may("edit_estate", site.path):
        raise NotPossible(f"a plan needs the permission to edit the estate at {site.full_name}")
    if not title.strip():
        raise NotPossible("the plan needs a title")
    _check_window(starts_at, ends_at)
    items = draft(actor, site)
    if not items:
        raise NotPossible(f"nothing at {site.full_name} is known to need an update")
    row = Plan.objects.create(
        site=site, title=fitting("title", title, 200), window=fitting("window", window, 500), starts_at=starts_at, ends_at=ends_at, made_at=now,
        person_id=actor.person,
    )  # fmt: skip
    bulk.insert(PlanItem, _COLUMNS, [_row(row.pk, place, item) for place, item in enumerate(items, 1)])
    ledger.append(
        actor=actor.label, action="advisories:plan:made", object_type="plan", object_id=row.pk, site=site.pk, person=actor.person,
        after={
            "items": len(items), "starts_at": starts_at.isoformat() if starts_at else None,
            "ends_at": ends_at.isoformat() if ends_at else None,
        },
    )  # fmt: skip
    return row


def _check_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if (starts_at is None) != (ends_at is None):
        raise NotPossible("a change window has a start and an end")
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise NotPossible("the change window ends before it starts")


_COLUMNS = (
    "plan_id", "site_id", "place", "subject_type", "subject_id", "name", "model", "version", "target", "steps", "advisories",
    "severity", "exploited", "exposed", "done_version",
)  # fmt: skip


def _row(plan: int, place: int, item: Item) -> tuple[Any, ...]:
    return (
        plan, item.site, place, item.subject_type, item.subject_id, item.name[:200], item.model[:120], item.version[:80],
        item.target[:200], list(item.steps), list(item.advisories), item.urgency.severity, item.urgency.exploited,
        list(item.urgency.exposed), "",
    )  # fmt: skip


@transaction.atomic
def set_window(actor: Actor, row: Plan, *, window: str, starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Say when the plan is carried out. Raises :class:`NotPossible`."""
    if not actor.may("edit_estate", row.site.path):
        raise NotPossible(f"a plan needs the permission to edit the estate at {row.site.full_name}")
    _check_window(starts_at, ends_at)
    before = {"starts_at": row.starts_at.isoformat() if row.starts_at else None}
    row.window, row.starts_at, row.ends_at = fitting("window", window, 500), starts_at, ends_at
    row.save(update_fields=["window", "starts_at", "ends_at"])
    ledger.append(
        actor=actor.label, action="advisories:plan:window", object_type="plan", object_id=row.pk, site=row.site_id, before=before,
        after={"starts_at": starts_at.isoformat() if starts_at else None, "ends_at": ends_at.isoformat() if ends_at else None},
    )  # fmt: skip


@transaction.atomic
def close_plan(actor: Actor, row: Plan, *, now: datetime) -> None:
    """End a plan whatever is left of it; it keeps what was done. Raises :class:`NotPossible`."""
    if not actor.may("edit_estate", row.site.path):
        raise NotPossible(f"a plan needs the permission to edit the estate at {row.site.full_name}")
    if row.closed_at is not None:
        raise NotPossible("the plan is closed already")
    row.closed_at = now
    row.save(update_fields=["closed_at"])
    left = row.items.filter(done_at=None).count()
    ledger.append(
        actor=actor.label, action="advisories:plan:closed", object_type="plan", object_id=row.pk, site=row.site_id, after={"left": left}
    )  # fmt: skip
