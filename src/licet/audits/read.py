"""What faces ask of audits: runs, their answers to the questions, findings with their state, differences, trend. Plain records out."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When

from licet.audits import naming
from licet.audits.models import Finding, Run, Schedule, ThresholdGiven, Waiver
from licet.audits.rule import QUESTIONS, WORST_FIRST, Rule, shown
from licet.audits.rules import EVERYWHERE, RULES
from licet.audits.run import covered, findings_at, once_for_all
from licet.audits.thresholds import THRESHOLDS, effective
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.sites.waivers import still

MOST_DIFFERING = 1000
SORTS = ("rank", "opened_at", "due_on", "rule", "id")
STATES = ("open", "waived")
CHANGES = ("new", "still", "gone")


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings. Empty = no condition. ``run`` = as that audit left them; else the present ones.

    ``changes`` (of :data:`CHANGES`) = with a run, what differs from the audit of the same place before it.
    """

    severities: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    kind: str = ""
    subject: int | None = None
    site: Site | None = None
    run: Run | None = None
    changes: tuple[str, ...] = ()
    mine: int | None = None
    unowned: bool = False
    overdue_on: date | None = None
    text: str = ""
    ids: tuple[int, ...] = ()
    sort: str = "rank"  # the worst first
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding in words."""

    id: int
    rule: str
    title: str
    severity: str
    question: str
    kind: str
    subject_id: int
    subject: str
    part: str
    site_id: int
    site: str
    detail: str
    remedy: str
    evidence: Mapping[str, Any]
    state: str
    waived_until: date | None
    owner: str
    due_on: date | None
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found in a run: "12 of 4,000"."""

    rule: Rule
    applies: int
    found: int
    waived: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the audit with the results of its rules, the worst first."""

    question: str
    title: str
    results: tuple[RuleResult, ...]

    @property
    def open(self) -> int:
        """Findings that are not waived."""
        return sum(result.found - result.waived for result in self.results)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do and what it clears."""

    remedy: str
    rules: tuple[str, ...]
    findings: int
    severity: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two runs of one subtree."""

    new: int
    gone: int
    still: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs and in what order; ``signed``: True = signed off, False = not, None = both."""

    states: tuple[str, ...] = ()
    signed: bool | None = None
    site: Site | None = None
    text: str = ""
    sort: str = "id"
    descending: bool = True
    cursor: str = ""
    size: int = 50


def runs(actor: Actor, wanted: RunFilter) -> tuple[Page[Run], Counted]:
    """A page of the runs that an actor may see: those of subtrees in which he may view everything they cover."""
    rows = _runs(actor, wanted)
    sort = wanted.sort if wanted.sort in {"id", "on"} else "id"
    return page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size), counted(rows)


def every_run(actor: Actor, wanted: RunFilter) -> Iterable[Run]:
    """All of them, newest first."""
    return _runs(actor, wanted).order_by("-id").iterator(chunk_size=200)


def _runs(actor: Actor, wanted: RunFilter) -> QuerySet[Run]:
    prefixes = actor.prefixes("view")
    rows = Run.objects.select_related("site")
    if prefixes is not None:
        inside = Q(pk__in=())
        for prefix in prefixes:
            inside |= Q(site__path__startswith=prefix)
        rows = rows.filter(inside)
    if wanted.site is not None:
        rows = rows.filter(site__path__startswith=wanted.site.path)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.signed is not None:
        rows = rows.filter(signed_at__isnull=not wanted.signed)
    if wanted.text:
        rows = rows.filter(Q(site__full_name__icontains=wanted.text) | Q(signed_by__icontains=wanted.text))
    return rows


def find_run(actor: Actor, number: int) -> Run | None:
    """One run, or None where there is none in scope."""
    run = Run.objects.select_related("site").filter(pk=number).first()
    return run if run is not None and actor.may("view", run.site.path if run.site else "") else None


def previous(run: Run) -> Run | None:
    """The finished run before this one over the same subtree."""
    return (
        Run.objects.filter(site=run.site, state=Run.State.DONE, started_at__lt=run.started_at)
        .order_by("-started_at")
        .first()
    )


def answers(run: Run, now: datetime) -> list[Answer]:
    """The questions in their order, each with the rules of the run."""
    waived = _waived_counts(findings_at(run), now)
    by_question: dict[str, list[RuleResult]] = defaultdict(list)
    for code, figures in run.counts.items():
        if code in RULES:
            rule = RULES[code]
            by_question[rule.question].append(
                RuleResult(rule, figures["applies"], figures["found"], waived.get(code, 0))
            )
    order = {severity: place for place, severity in enumerate(WORST_FIRST)}
    return [
        Answer(
            question,
            title,
            tuple(
                sorted(by_question[question], key=lambda r: (r.found == r.waived, order[r.rule.severity], r.rule.code))
            ),
        )
        for question, title in QUESTIONS.items()
        if question in by_question
    ]


def by_severity(run: Run) -> dict[str, int]:
    """Severity -> findings of the run, worst first, waived ones included."""
    found = dict.fromkeys(map(str, WORST_FIRST), 0)
    for code, figures in run.counts.items():
        if code in RULES:
            found[RULES[code].severity] += figures["found"]
    return found


def actions(run: Run) -> list[Action]:
    """What to do, grouped so that one action that clears many findings is seen; what clears the worst first."""
    order = {severity: place for place, severity in enumerate(WORST_FIRST)}
    grouped: dict[str, list[tuple[Rule, int]]] = defaultdict(list)
    for code, figures in run.counts.items():
        if code in RULES and figures["found"]:
            grouped[RULES[code].remedy].append((RULES[code], figures["found"]))
    found = [
        Action(
            remedy,
            tuple(rule.code for rule, _ in some),
            sum(number for _, number in some),
            min((rule.severity for rule, _ in some), key=lambda severity: order[severity]),
        )
        for remedy, some in grouped.items()
    ]
    return sorted(found, key=lambda action: (order[action.severity], -action.findings))  # type: ignore[index]


def difference(older: Run, newer: Run) -> Difference:
    """New in the newer run, gone since the older one, and still there with the time of the oldest."""
    rows = covered(newer)
    still = rows.filter(_changed("still", older, newer))
    return Difference(
        new=rows.filter(_changed("new", older, newer)).count(),
        gone=rows.filter(_changed("gone", older, newer)).count(),
        still=still.count(),
        oldest=still.order_by("opened_at").values_list("opened_at", flat=True).first(),
    )


def differing(older: Run, newer: Run, now: datetime) -> dict[str, list[FindingRow]]:
    """Which findings are new in the newer run and which are gone: at most :data:`MOST_DIFFERING` of each, the worst first."""
    rows = covered(newer).select_related("site", "owner").annotate(rank=_RANK).order_by("rank", "pk")
    ranked = {name: rows.filter(_changed(name, older, newer)) for name in ("new", "gone")}
    return {name: _in_words(list(some[:MOST_DIFFERING]), now) for name, some in ranked.items()}


def _changed(change: str, older: Run, newer: Run) -> Q:
    """What is new in the newer run, still there, or gone since the older one."""
    before, after = _standing(older), _standing(newer)
    return {"new": after & ~before, "still": before & after, "gone": before & ~after}[change]


def _standing(run: Run) -> Q:
    return Q(opened_at__lte=run.started_at) & (Q(closed_at=None) | Q(closed_at__gt=run.started_at))


def trend(run: Run, size: int = 12) -> list[tuple[date, dict[str, int]]]:
    """(day, severity -> findings) of the latest runs of the same subtree up to this one, oldest first."""
    rows = Run.objects.filter(site=run.site, state=Run.State.DONE, started_at__lte=run.started_at).order_by(
        "-started_at"
    )
    return [(row.on, by_severity(row)) for row in reversed(rows[:size])]


def findings(actor: Actor, wanted: FindingFilter, now: datetime) -> Page[FindingRow]:
    """One page of findings."""
    sort = wanted.sort if wanted.sort in SORTS else "rank"
    rows = matching(actor, wanted, now).select_related("site", "owner")
    found = page(
        rows.annotate(rank=_RANK) if sort == "rank" else rows, sort,
        descending=wanted.descending, cursor=wanted.cursor, size=wanted.size,
    )  # fmt: skip
    return Page(tuple(_in_words(found.rows, now)), found.before, found.after)


_RANK = Case(*(When(severity=str(one), then=Value(place)) for place, one in enumerate(WORST_FIRST)), default=Value(9))


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """All that one rule found of those asked for, as one line.

    ``applies`` = of how many, in the newest audit of the place, else in those of the sites below it; None = none yet.
    """

    rule: str
    title: str
    severity: str
    remedy: str
    found: int
    applies: int | None
    waived: int
    unowned: int
    due_on: date | None
    oldest: datetime


GROUP_SORTS = ("rank", "due_on", "opened_at")


def by_rule(actor: Actor, wanted: FindingFilter, now: datetime) -> list[RuleGroup]:
    """The findings that match, a line for each rule: the worst and most first, or by the next due day, or by the oldest."""
    rows = matching(actor, wanted, now).order_by()
    waived = _waived_counts(rows, now)
    of = _applies(actor, wanted)
    summed = rows.values("rule").annotate(
        found=Count("id"), unowned=Count("id", filter=Q(owner=None)), due=Min("due_on"), oldest=Min("opened_at")
    )
    lines = [
        RuleGroup(
            one["rule"], RULES[one["rule"]].title, str(RULES[one["rule"]].severity), RULES[one["rule"]].remedy, one["found"],
            of.get(one["rule"]), waived.get(one["rule"], 0), one["unowned"], one["due"], one["oldest"],
        )
        for one in summed if one["rule"] in RULES
    ]  # fmt: skip
    order = {str(severity): place for place, severity in enumerate(WORST_FIRST)}
    keys: dict[str, Callable[[RuleGroup], Any]] = {
        "due_on": lambda one: (one.due_on is None, one.due_on or date.max, order[one.severity]),
        "opened_at": lambda one: one.oldest,
    }
    worst: Callable[[RuleGroup], Any] = lambda one: (order[one.severity], -one.found, one.rule)  # noqa: E731
    return sorted(lines, key=keys.get(wanted.sort, worst), reverse=wanted.descending)


def _applies(actor: Actor, wanted: FindingFilter) -> dict[str, int]:
    """Rule -> about how many it is, by the audit asked for, else by the newest finished of the place, else by those of the sites below."""
    place = wanted.site
    exact = Run.objects.filter(site=place, state=Run.State.DONE).order_by("-started_at").first()
    if wanted.run is not None:
        runs = [wanted.run]
    elif exact is not None and actor.may("view", place.path if place else ""):
        runs = [exact]
    else:
        runs = _newest_below(actor, place)
    found: dict[str, int] = {}
    for run in runs:
        for code, figures in run.counts.items():
            number = figures.get("applies")
            if number is not None:
                whole = code in RULES and RULES[code].everywhere
                found[code] = max(found.get(code, 0), number) if whole else found.get(code, 0) + number
    return found


def _newest_below(actor: Actor, place: Site | None) -> list[Run]:
    """The newest finished audit of each highest audited site below a place, so that nothing is counted twice."""
    done = Run.objects.filter(site__in=Site.objects.visible_to(actor).under(place), state=Run.State.DONE)
    latest = done.order_by().values("site").annotate(last=Max("id")).values("last")
    found: list[Run] = []
    for run in Run.objects.filter(pk__in=latest).select_related("site").order_by("site__path"):
        above = found[-1].site if found else None
        if above is None or run.site is None or not run.site.path.startswith(above.path):
            found.append(run)
    return found


def count(actor: Actor, wanted: FindingFilter, now: datetime) -> Counted:
    """How many match."""
    return counted(matching(actor, wanted, now))


def count_by_severity(actor: Actor, wanted: FindingFilter, now: datetime) -> dict[str, int]:
    """Severity -> matching findings."""
    rows = matching(actor, wanted, now).order_by().values_list("severity").annotate(number=Count("id"))
    return {str(severity): dict(rows).get(str(severity), 0) for severity in WORST_FIRST}


def every(actor: Actor, wanted: FindingFilter, now: datetime) -> Iterable[FindingRow]:
    """All matching findings, for an export, some thousand at a time."""
    last = 0
    while rows := list(
        matching(actor, wanted, now).filter(pk__gt=last).order_by("pk").select_related("site", "owner")[:2000]
    ):
        last = rows[-1].pk
        yield from _in_words(rows, now)


def find(actor: Actor, number: int) -> Finding | None:
    """One finding in scope."""
    return Finding.objects.visible_to(actor).select_related("site", "owner").filter(pk=number).first()


def in_words(row: Finding, now: datetime) -> FindingRow:
    """One finding in words."""
    return _in_words([row], now)[0]


def thresholds(site: Site | None) -> list[dict[str, Any]]:
    """The thresholds as they hold at a site (of the whole organisation for None)."""
    given = {
        (path or "", name): value
        for path, name, value in ThresholdGiven.objects.values_list("site__path", "name", "value")
    }
    path = site.path if site else ""
    values = effective([path], given)[path]
    return [
        {"name": name, "value": values[name], "unit": one.unit, "default": one.default, "title": one.title}
        for name, one in THRESHOLDS.items()
    ]


def schedules(actor: Actor) -> list[dict[str, Any]]:
    """The audits that begin by themselves, in scope."""
    return [
        {"site": row.site.full_name if row.site else "everything", "rhythm": row.rhythm, "last_on": row.last_on}
        for row in Schedule.objects.select_related("site")
        if actor.may("view", row.site.path if row.site else "")
    ]


def matching(actor: Actor, wanted: FindingFilter, now: datetime) -> QuerySet[Finding]:
    """The findings that a filter leaves, in the actor's scope."""
    rows = _of_run(wanted.run, wanted.changes) if wanted.run is not None else Finding.objects.filter(closed_at=None)
    # What is of the whole organisation is in every audit, whoever reads it.
    always = Q(rule__in=EVERYWHERE) if wanted.run is not None else Q(pk__in=())
    if actor.prefixes("view") is not None:
        rows = rows.filter(Q(pk__in=Finding.objects.visible_to(actor)) | always)
    if wanted.site is not None:
        rows = rows.filter(Q(site__in=Site.objects.under(wanted.site)) | always)
    if wanted.run is None:
        rows = rows.filter(once_for_all(Site.objects.visible_to(actor).under(wanted.site)))
    if wanted.questions:
        rows = rows.filter(rule__in=[code for code, rule in RULES.items() if rule.question in wanted.questions])
    if wanted.text:
        rows = rows.filter(naming.named(wanted.text))
    if wanted.states and set(wanted.states) != set(STATES):
        waived = Exists(_covering(now))
        rows = rows.filter(waived) if "waived" in wanted.states else rows.exclude(waived)
    return rows.filter(**_columns(wanted))


def _of_run(run: Run, changes: Sequence[str]) -> QuerySet[Finding]:
    """What a run left, or of that what differs from the audit before it; nothing differs where there was none."""
    if not changes:
        return findings_at(run)
    older = previous(run)
    if older is None:
        return Finding.objects.none()
    condition = Q(pk__in=())
    for change in changes:
        condition |= _changed(change, older, run)
    return covered(run).filter(condition)


def _columns(wanted: FindingFilter) -> dict[str, Any]:
    """What is asked of single columns."""
    lists = {"severity__in": wanted.severities, "rule__in": wanted.rules, "pk__in": wanted.ids, "kind": wanted.kind}
    given = {"subject": wanted.subject, "owner": wanted.mine, "due_on__lt": wanted.overdue_on}
    found: dict[str, Any] = {name: value for name, value in lists.items() if value}
    found |= {name: value for name, value in given.items() if value is not None}
    return found | ({"owner": None} if wanted.unowned else {})


def _covering(now: datetime) -> QuerySet[Waiver]:
    """The active waivers that cover the outer finding: of it or of all, at its site or above."""
    active = Waiver.objects.filter(rule=OuterRef("rule"), approved_at__lte=now, ended_at=None).filter(still(now))
    in_tree = Site.objects.filter(pk=OuterRef(OuterRef("site_id")), path__startswith=OuterRef("site__path"))
    return active.filter(Q(kind=OuterRef("kind"), subject=OuterRef("subject")) | Q(subject=None)).filter(
        Exists(in_tree)
    )


def _waived_counts(rows: QuerySet[Finding], now: datetime) -> dict[str, int]:
    return dict(rows.filter(Exists(_covering(now))).order_by().values_list("rule").annotate(number=Count("id")))


def _in_words(rows: Sequence[Finding], now: datetime) -> list[FindingRow]:
    names = naming.names((row.kind, row.subject) for row in rows)
    until = _waived_until(rows, now)
    found = []
    for row in rows:
        rule = RULES.get(row.rule)
        found.append(
            FindingRow(
                id=row.pk, rule=row.rule, title=rule.title if rule else row.rule, severity=row.severity,
                question=str(rule.question) if rule else "", kind=row.kind, subject_id=row.subject,
                subject=names.get((row.kind, row.subject), f"{row.kind} {row.subject}"), part=row.part,
                site_id=row.site_id, site=row.site.full_name,
                detail=shown(rule, row.params) if rule else "", remedy=rule.remedy if rule else "",
                evidence=row.params, state="waived" if row.pk in until else "open", waived_until=until.get(row.pk),
                owner=str(row.owner) if row.owner else "", due_on=row.due_on, opened_at=row.opened_at,
                closed_at=row.closed_at,
            )
        )  # fmt: skip
    return found


def _waived_until(rows: Sequence[Finding], now: datetime) -> dict[int, date]:
    covering = _covering(now).order_by("-expires_on").values("expires_on")[:1]
    ids = [row.pk for row in rows]
    found = Finding.objects.filter(pk__in=ids).annotate(until=Subquery(covering)).exclude(until=None)
    return dict(found.values_list("pk", "until"))
