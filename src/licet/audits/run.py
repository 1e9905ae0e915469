"""An audit: every rule over its population, findings opened and closed by set statements, counts kept. Only differences are written."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Q, QuerySet, Value, When
from django.utils import timezone

from licet.access.gathering import up_to
from licet.audits.models import Finding, Kind, Run, ThresholdGiven
from licet.audits.populations import POPULATIONS, Population
from licet.audits.rule import Lookups, Rule, Setting
from licet.audits.rules import EVERYWHERE, RULES
from licet.audits.thresholds import effective
from licet.authorization.models import Position
from licet.dates import day_in
from licet.ledger import record as ledger
from licet.sites import bulk
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor

Progress = Callable[[int, int], None]
_Hit = tuple[str, int, str, int, str]  # kind, subject, part, site, params as JSON
SILENT = timedelta(minutes=30)  # longer than any one rule takes
_READ_AT_ONCE = 5000


class Running(NotPossible):
    """An audit of this place has begun and has not ended; ``run`` is that one."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"Audit {run.pk} of this place is running; wait for its end, or cancel it.")
        self.run = run


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


def begin(actor: Actor, *, site: Site | None = None, now: datetime) -> Run:
    """The row of an audit that is about to run; the day is frozen here.

    Raises :class:`NotPossible` where the actor may not, and :class:`Running` where one of the same place has begun and has not ended.
    """
    if not actor.may("review", site.path if site else ""):
        raise NotPossible("You may not audit here.")
    day = day_in(site.time_zone if site else "UTC", now)
    thresholds = dict(_groups(site, day, now)[0].setting.thresholds)
    with transaction.atomic():
        ledger.lock()  # of those who begin at once, one begins
        running = Run.objects.filter(site=site, state=Run.State.RUNNING, beat_at__gte=now - SILENT).first()
        if running is not None:
            raise Running(running)
        return Run.objects.create(
            site=site, on=day, started_by=actor.label, started_at=now, beat_at=now, thresholds=thresholds
        )


def carry_out(
    actor: Actor, run: Run, *, rules: Collection[Rule] = tuple(RULES.values()), progress: Progress | None = None
) -> Run:
    """Judge rule after rule. How far it is stands on the run, and it stops where that says so.

    Each rule is one transaction, so that a broken audit leaves true findings; a rule that was not reached says nothing of them.
    """
    try:
        up_to(run.on)
        _judge_all(run, rules, progress)
    except BaseException:
        Run.objects.filter(pk=run.pk).update(state=Run.State.FAILED, finished_at=timezone.now())
        raise
    return _finished(actor, run)


def audit(
    actor: Actor,
    *,
    site: Site | None = None,
    now: datetime,
    rules: Collection[Rule] = tuple(RULES.values()),
    progress: Progress | None = None,
) -> Run:
    """Audit a site subtree (everything for None) here and now. Raises :class:`NotPossible` where the actor may not."""
    return carry_out(actor, begin(actor, site=site, now=now), rules=rules, progress=progress)


def cancel(actor: Actor, run: Run) -> None:
    """Have a running audit stop before its next rule. Raises :class:`NotPossible`."""
    if not actor.may("review", run.site.path if run.site else ""):
        raise NotPossible("You may not audit here.")
    if not Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(cancel_asked=True):
        raise NotPossible("It is not running any more.")


def give_up_silent(now: datetime) -> int:
    """Mark runs as failed whose process ended without a word; returns how many. Their findings are true as far as they went."""
    return Run.objects.filter(state=Run.State.RUNNING, beat_at__lt=now - SILENT).update(
        state=Run.State.FAILED, finished_at=now
    )


def _judge_all(run: Run, rules: Collection[Rule], progress: Progress | None) -> None:
    groups = _groups(run.site, run.on, run.started_at)
    for number, rule in enumerate(rules):
        if Run.objects.filter(pk=run.pk, cancel_asked=True).exists():
            run.state = Run.State.CANCELLED
            return
        run.counts[rule.code] = _one(rule, _Scope(run.site), groups, run.started_at)
        run.beat_at = timezone.now()
        run.save(update_fields=["counts", "beat_at"])
        if progress is not None:
            progress(number + 1, len(rules))
    run.state = Run.State.DONE


def refresh(
    now: datetime,
    *,
    devices: Sequence[int] = (),
    pools: Sequence[int] = (),
    also: Mapping[Kind, Sequence[int]] | None = None,
) -> None:
    """Judge anew only these devices, pools and ``also`` others, between audits. The findings of everything else stay as they are.

    The open findings of the subjects are read once and compared here: for few rows that is far quicker than set statements.
    """
    for kind, ids in {Kind.DEVICE: devices, Kind.POOL: pools, **(also or {})}.items():
        groups = _groups(None, day_in("UTC", now), now) if ids else []
        for some in bulk.chunks(list(ids), 2000):
            _refresh_some(_Scope(kind=kind, subjects=some), groups, now)


def refresh_since(
    now: datetime, since: datetime, devices: Sequence[int] = (), also: Mapping[Kind, Sequence[int]] | None = None
) -> None:
    """Judge anew what a sweep or a person has changed: these devices, ``also`` what is of them, and the pools judged since.

    Nothing before the first audit.
    """
    if not Run.objects.filter(state=Run.State.DONE).exists():
        return
    pools = Position.objects.filter(computed_at__gte=since).order_by().values_list("pool_id", flat=True).distinct()
    refresh(now, devices=devices, pools=list(pools), also=also)


@transaction.atomic
def _refresh_some(scope: _Scope, groups: list[_Group], now: datetime) -> None:
    open_now: dict[tuple[str, int, str], tuple[int, int, Any, str]] = {}
    rows = Finding.objects.filter(kind=scope.kind, subject__in=scope.subjects, closed_at=None)
    for pk, code, subject, part, site, params, severity in rows.values_list(
        "id", "rule", "subject", "part", "site_id", "params", "severity"
    ):
        open_now[code, subject, part] = (pk, site, params, severity)
    new: dict[tuple[str, int, str], Finding] = {}
    moved: list[tuple[Any, ...]] = []
    for about, rules in _BY_POPULATION.items():
        if scope.kind is None or not POPULATIONS[about].may_be(scope.kind):
            continue
        for rule, (kind, subject, part, site, params) in _hits_of_all(rules, POPULATIONS[about], scope, groups):
            key, figures = (rule.code, subject, part), json.loads(params)
            old = open_now.pop(key, None)
            if old is None and key not in new:
                new[key] = Finding(
                    rule=rule.code, severity=rule.severity, kind=kind, subject=subject, part=part, site_id=site,
                    params=figures, opened_at=now,
                )  # fmt: skip
            elif old is not None:
                new.setdefault(key, Finding())  # seen; a second row of the same subject is the same finding
                if old[1:] != (site, figures, str(rule.severity)):
                    moved.append((str(rule.severity), site, figures, old[0]))
    gone = [old[0] for (code, _, _), old in open_now.items() if code in RULES]
    for some in bulk.chunks(gone):
        Finding.objects.filter(pk__in=some).update(closed_at=now)
    bulk.update(Finding, ("severity", "site_id", "params"), moved)
    Finding.objects.bulk_create([row for row in new.values() if row.rule], batch_size=1000, ignore_conflicts=True)


@transaction.atomic
def _finished(actor: Actor, run: Run) -> Run:
    run.finished_at = timezone.now()
    run.save(update_fields=["counts", "finished_at", "state"])
    by_severity = Counter[str]()
    for code, figures in run.counts.items():
        if code in RULES:
            by_severity[RULES[code].severity] += figures["found"]
    ledger.append(
        actor=actor.label,
        action=f"audits:run:{run.state}",
        object_type="audit",
        object_id=run.pk,
        site=run.site_id,
        after={"on": run.on.isoformat(), "rules": len(run.counts), "found": dict(by_severity)},
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
    return _scoped(population.rows().filter(_where(rule.applies)), population, scope, sites)


def _scoped(rows: QuerySet[Any], population: Population, scope: _Scope, sites: frozenset[int] | None) -> QuerySet[Any]:
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
    if rule.everywhere:
        scope, groups = _Scope(), [_Group(None, groups[0].setting)]
    applies = sum(_rows(population, rule, scope, group.sites).count() for group in groups)
    with transaction.atomic():
        found = _keep(rule, scope, now, _hits(rule, population, scope, groups))
    if rule.everywhere:
        applies, found = min(applies, 1), min(found, 1)
    return {"applies": applies, "found": found}


def _hits(rule: Rule, population: Population, scope: _Scope, groups: list[_Group]) -> Iterator[_Hit]:
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


_BY_POPULATION: dict[str, list[Rule]] = {}
for _rule in RULES.values():
    _BY_POPULATION.setdefault(_rule.about, []).append(_rule)


def _hits_of_all(
    rules: Sequence[Rule], population: Population, scope: _Scope, groups: list[_Group]
) -> Iterator[tuple[Rule, _Hit]]:
    """What all rules of one population find, by one statement: for few subjects that is quicker than one for each rule."""
    head = ("subject_type" if population.kind is None else population.subject, population.subject, population.site)
    part = (population.part,) if population.part else ()
    shown = tuple(
        dict.fromkeys(name for rule in rules for name in (*rule.shows, *(population.needs if rule.test else ())))
    )
    marks = tuple(f"hit_{number}" for number in range(len(rules)))
    for group in groups:
        conditions = [_where(rule.applies) & _where(rule.fails(group.setting)) for rule in rules]
        told = {
            mark: Case(When(condition, then=Value(1)), default=Value(0)) if condition else Value(1)
            for mark, condition in zip(marks, conditions, strict=True)
        }
        rows = _scoped(population.rows(), population, scope, group.sites)
        if all(conditions):
            rows = rows.filter(reduce(or_, conditions))
        for row in rows.annotate(**told).order_by().values_list(*head, *part, *shown, *marks):
            values = dict(zip(shown, row[len(head) + len(part) :], strict=False))
            for rule, hit in zip(rules, row[-len(marks) :], strict=True):
                if hit and (rule.test is None or rule.test(values, group.setting)):
                    kind = str(population.kind or population.kind_of(row[0]))
                    params = _json({name: values[name] for name in rule.shows})
                    yield rule, (kind, row[1], str(row[3]) if part else "", row[2], params)


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
ON CONFLICT DO NOTHING
"""

_FRESHEN = """
UPDATE audits_finding SET severity = %s, site_id = h.site_id, params = h.params{json}
FROM licet_hit h
WHERE audits_finding.rule = %s AND audits_finding.closed_at IS NULL
  AND h.kind = audits_finding.kind AND h.subject = audits_finding.subject AND h.part = audits_finding.part
  AND (audits_finding.params{text} <> h.params{json}{text} OR audits_finding.site_id <> h.site_id OR audits_finding.severity <> %s)
"""


def _keep(rule: Rule, scope: _Scope, now: datetime, hits: Iterator[_Hit]) -> int:
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
    """The findings as a run left them: open at its instant, in its subtree or of the whole organisation."""
    return (
        covered(run).filter(opened_at__lte=run.started_at).filter(Q(closed_at=None) | Q(closed_at__gt=run.started_at))
    )


def covered(run: Run) -> QuerySet[Finding]:
    """The findings of any time that a run is about."""
    if run.site is None:
        return Finding.objects.filter(once_for_all(Site.objects.all()))
    top = int(run.site.path.split("/")[1])
    here = Q(site__in=Site.objects.under(run.site))
    return Finding.objects.filter(~Q(rule__in=EVERYWHERE) & here | Q(rule__in=EVERYWHERE, site=top))


def once_for_all(sites: QuerySet[Site]) -> Q:
    """What is of the whole organisation is kept at each top site, for who sees only that; of several of them one is counted."""
    first = sites.filter(parent=None).order_by("pk").values("pk")[:1]
    return ~Q(rule__in=EVERYWHERE) | Q(site__in=first)
