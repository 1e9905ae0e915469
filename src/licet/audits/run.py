"""An audit: every rule over its population, findings opened and closed by set statements, counts kept. Only differences are written."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from licet.audits.models import Finding, Kind, Run, ThresholdGiven
from licet.audits.populations import POPULATIONS, Population
from licet.audits.rule import Lookups, Rule, Setting
from licet.audits.rules import RULES
from licet.audits.thresholds import effective
from licet.dates import day_in
from licet.ledger import record as ledger
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

Progress = Callable[[int, int], None]
_READ_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is judged: a site subtree (None = everything), or only these subjects of one kind."""

    site: Site | None = None
    kind: Kind | None = None
    subjects: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Sites with the same thresholds; ``sites`` None = all of the scope's."""

    sites: frozenset[int] | None
    setting: Setting


def audit(
    actor: Actor,
    *,
    site: Site | None = None,
    now: datetime,
    rules: Collection[Rule] = tuple(RULES.values()),
    progress: Progress | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Run:
    """Audit a site subtree (everything for None). Raises :class:`NotPossible` where the actor may not.

    The day is frozen at the beginning. Each rule is one transaction, so that a broken audit leaves true findings; a rule that was
    not reached says nothing of them.
    """
    if not actor.may("review", site.path if site else ""):
        raise NotPossible("You may not audit here.")
    day = day_in(site.time_zone if site else "UTC", now)
    groups = _groups(site, day, now)
    run = Run.objects.create(
        site=site, on=day, started_by=actor.label, started_at=now, thresholds=dict(groups[0].setting.thresholds)
    )
    counts: dict[str, dict[str, int]] = {}
    for number, rule in enumerate(rules):
        if cancelled():
            run.state = Run.State.CANCELLED
            break
        counts[rule.code] = _one(rule, _Scope(site), groups, now)
        if progress is not None:
            progress(number + 1, len(rules))
    else:
        run.state = Run.State.DONE
    return _finished(actor, run, counts)


@transaction.atomic
def refresh(now: datetime, *, devices: Sequence[int] = (), pools: Sequence[int] = ()) -> None:
    """Judge anew only these devices and pools, between audits. The findings of everything else stay as they are."""
    for kind, ids in ((Kind.DEVICE, devices), (Kind.POOL, pools)):
        if not ids:
            continue
        groups = _groups(None, day_in("UTC", now), now)
        for rule in RULES.values():
            if POPULATIONS[rule.about].may_be(kind):
                for some in bulk.chunks(list(ids)):
                    scope = _Scope(kind=kind, subjects=some)
                    _keep(rule, scope, now, _hits(rule, POPULATIONS[rule.about], scope, groups))


@transaction.atomic
def _finished(actor: Actor, run: Run, counts: dict[str, dict[str, int]]) -> Run:
    run.counts, run.finished_at = counts, timezone.now()
    run.save(update_fields=["counts", "finished_at", "state"])
    by_severity = Counter[str]()
    for code, figures in counts.items():
        if code in RULES:
            by_severity[RULES[code].severity] += figures["found"]
    ledger.append(
        actor=actor.label,
        action=f"audits:run:{run.state}",
        object_type="audit",
        object_id=run.pk,
        site=run.site_id,
        after={"on": run.on.isoformat(), "rules": len(counts), "found": dict(by_severity)},
    )
    return run


def _groups(site: Site | None, day: date, now: datetime) -> list[_Group]:
    given = {
        (path or "", name): value
        for path, name, value in ThresholdGiven.objects.values_list("site__path", "name", "value")
    }
    sites = dict(Site.objects.under(site).values_list("path", "pk"))
    by_values: dict[tuple[tuple[str, int], ...], set[int]] = {}
    for path, values in effective(sites or {"": 0}, given).items():
        by_values.setdefault(tuple(sorted(values.items())), set()).add(sites.get(path, 0))
    groups = [(frozenset(ids), dict(values)) for values, ids in by_values.items()]
    if len(groups) == 1:
        return [_Group(None, Setting(day, now, groups[0][1]))]
    return [_Group(ids, Setting(day, now, values)) for ids, values in groups]


def _where(lookups: Lookups) -> Q:
    """The condition that lookups describe; a name with "~" before it must not hold."""
    condition = Q()
    for name, value in lookups.items():
        condition &= ~Q(**{name[1:]: value}) if name.startswith("~") else Q(**{name: value})
    return condition


def _rows(population: Population, rule: Rule, scope: _Scope, sites: frozenset[int] | None) -> QuerySet[Any]:
    rows = population.rows().filter(_where(rule.applies))
    if scope.kind is not None:
        rows = rows.filter(**{f"{population.subject}__in": scope.subjects}, **population.only(scope.kind))
    if scope.site is not None:
        rows = rows.filter(**{f"{population.site}__in": Site.objects.under(scope.site).values("pk")})
    if sites is not None:
        rows = rows.filter(**{f"{population.site}__in": sites})
    return rows


def _one(rule: Rule, scope: _Scope, groups: list[_Group], now: datetime) -> dict[str, int]:
    """Judge one rule and write what changed."""
    population = POPULATIONS[rule.about]
    applies = sum(_rows(population, rule, scope, group.sites).count() for group in groups)
    with transaction.atomic():
        found = _keep(rule, scope, now, _hits(rule, population, scope, groups))
    return {"applies": applies, "found": found}


def _hits(
    rule: Rule, population: Population, scope: _Scope, groups: list[_Group]
) -> Iterator[tuple[str, int, str, int, str]]:
    """(kind, subject, part, site, params as JSON) of everything that falls short."""
    head = ("subject_type" if population.kind is None else population.subject, population.subject, population.site)
    part = (population.part,) if population.part else ()
    extra = tuple(dict.fromkeys((*rule.shows, *(population.needs if rule.test else ()))))
    for group in groups:
        rows = _rows(population, rule, scope, group.sites).filter(_where(rule.fails(group.setting)))
        for row in rows.order_by().values_list(*head, *part, *extra).iterator(chunk_size=_READ_AT_ONCE):
            values = dict(zip(extra, row[len(head) + len(part) :], strict=True))
            if rule.test is not None and not rule.test(values, group.setting):
                continue
            kind = population.kind or population.kind_of(row[0])
            yield (
                str(kind),
                row[1],
                str(row[3]) if part else "",
                row[2],
                _json({name: values[name] for name in rule.shows}),
            )


def _json(params: Mapping[str, Any]) -> str:
    return json.dumps({name: _plain(value) for name, value in params.items()}, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


_HIT = "kind text, subject bigint, part text, site_id bigint, params text, PRIMARY KEY (kind, subject, part)"

_CLOSE = """
UPDATE audits_finding SET closed_at = %s
WHERE rule = %s AND closed_at IS NULL {here}
  AND NOT EXISTS (SELECT 1 FROM licet_hit h WHERE h.kind = audits_finding.kind AND h.subject = audits_finding.subject
                  AND h.part = audits_finding.part)
"""

_OPEN = """
INSERT INTO audits_finding (rule, severity, kind, subject, part, site_id, params, opened_at)
SELECT %s, %s, h.kind, h.subject, h.part, h.site_id, h.params{json}, %s FROM licet_hit h
WHERE NOT EXISTS (SELECT 1 FROM audits_finding f WHERE f.rule = %s AND f.closed_at IS NULL
                  AND f.kind = h.kind AND f.subject = h.subject AND f.part = h.part)
"""

_FRESHEN = """
UPDATE audits_finding SET severity = %s, site_id = h.site_id, params = h.params{json}
FROM licet_hit h
WHERE audits_finding.rule = %s AND audits_finding.closed_at IS NULL
  AND h.kind = audits_finding.kind AND h.subject = audits_finding.subject AND h.part = audits_finding.part
  AND (audits_finding.params{text} <> h.params{json}{text} OR audits_finding.site_id <> h.site_id OR audits_finding.severity <> %s)
"""


def _keep(rule: Rule, scope: _Scope, now: datetime, hits: Iterator[tuple[str, int, str, int, str]]) -> int:
    """Close what is gone, open what is new, bring the figures of what stays up to date. Returns how many there are."""
    postgresql = connection.vendor == "postgresql"
    forms = {"json": "::jsonb" if postgresql else "", "text": "::text" if postgresql else ""}
    here: list[Any] = []
    forms["here"] = ""
    if scope.site is not None:
        forms["here"], here = "AND site_id IN (SELECT id FROM sites_site WHERE path LIKE %s)", [f"{scope.site.path}%"]
    if scope.kind is not None:
        ids = ", ".join(str(int(subject)) for subject in scope.subjects)
        forms["here"], here = f"AND kind = %s AND subject IN ({ids})", [str(scope.kind)]
    at, severity = connection.ops.adapt_datetimefield_value(now), str(rule.severity)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS licet_hit")
        cursor.execute(f"CREATE TEMPORARY TABLE licet_hit ({_HIT})")
        while batch := list(islice(hits, _READ_AT_ONCE)):
            cursor.executemany("INSERT INTO licet_hit VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING", batch)
        cursor.execute(_CLOSE.format(**forms), [at, rule.code, *here])
        cursor.execute(_FRESHEN.format(**forms), [severity, rule.code, severity])
        cursor.execute(_OPEN.format(**forms), [rule.code, severity, at, rule.code])
        cursor.execute("SELECT COUNT(*) FROM licet_hit")
        return int(cursor.fetchone()[0])


def findings_at(run: Run) -> QuerySet[Finding]:
    """The findings as a run left them: open at its instant, in its subtree."""
    return (
        Finding.objects.under(run.site)
        .filter(opened_at__lte=run.started_at)
        .filter(Q(closed_at=None) | Q(closed_at__gt=run.started_at))
    )
