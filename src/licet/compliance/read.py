"""What faces ask of results: lists, the matrix of sites by regime, one control, history."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum

from licet.compliance import catalogue as catalogues
from licet.compliance import words
from licet.compliance.applying import decide
from licet.compliance.controls import RESULTS, Catalogue, Control
from licet.compliance.judging import facts_at
from licet.compliance.models import Attestation, Kind, Result, Run, Tally, Waiver
from licet.estate.models import CloudAccount, Device, Fact, Installation
from licet.estate.read import matches
from licet.register.models import Licence, Pool
from licet.sites import naming
from licet.sites.models import Site
from licet.sites.paging import Counted, Page, counted, page
from licet.sites.scope import Actor
from licet.sites.waivers import still

DEVICE: Final = int(Kind.DEVICE)
SITE: Final = int(Kind.SITE)
KINDS: Final = {one.name.lower(): int(one) for one in Kind}
SORTS: Final = ("rank", "control", "began_at")
COUNTED: Final = ("fail", "unknown", "manual", "waived", "pass")


@dataclass(frozen=True, slots=True)
class ResultFilter:
    """Which results. Empty = all; ``results`` are words of RESULTS."""

    text: str = ""
    results: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    control: str = ""
    subject: tuple[int, int] | None = None
    site: Site | None = None
    sort: str = "rank"
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One result in words."""

    id: int
    control: str
    title: str
    severity: str
    group: str
    regimes: tuple[str, ...]
    evidence_kind: str
    kind: int
    subject_id: int
    subject: str
    site_id: int
    site: str
    result: str
    reason: str
    detail: str
    remedy: str
    measured: Mapping[str, Any]
    observed_at: datetime | None
    due: date | None
    began_at: datetime
    ended_at: datetime | None
    waived_until: date | None


def results(actor: Actor, wanted: ResultFilter, now: datetime) -> Page[ResultRow]:
    """One page of open results."""
    sort = wanted.sort if wanted.sort in SORTS else "rank"
    found = page(
        _matching(actor, wanted, now).select_related("site"), sort, descending=wanted.descending, cursor=wanted.cursor,
        size=wanted.size,
    )  # fmt: skip
    return Page(tuple(_in_words(found.rows, now)), found.before, found.after)


def every_result(actor: Actor, wanted: ResultFilter, now: datetime) -> Iterator[ResultRow]:
    """All of them for an export: what falls short first, of that the severest first, each control's subjects together by site."""
    matching = _matching(actor, wanted, now).select_related("site")
    for result in RESULTS:
        rows = (
            matching.filter(result=result)
            .order_by("rank", "control", "site__full_name", "kind", "subject")
            .iterator(chunk_size=2000)
        )
        while batch := list(islice(rows, 2000)):
            yield from _in_words(batch, now)


def result_count(actor: Actor, wanted: ResultFilter, now: datetime) -> Counted:
    """How many match."""
    return counted(_matching(actor, wanted, now))


def result_facets(actor: Actor, wanted: ResultFilter, now: datetime) -> dict[str, dict[str, int]]:
    """Counts by result, severity, group, regime and evidence in the site, from the kept tallies (not narrowed by text)."""
    sums: dict[str, dict[str, int]] = {
        name: defaultdict(int) for name in ("result", "severity", "group", "regime", "evidence")
    }
    for control, regimes, result, number in tallied(actor, wanted, now):
        sums["result"][result] += number
        if wanted.results and result not in wanted.results:
            continue
        sums["severity"][control.severity] += number
        sums["group"][control.group] += number
        sums["evidence"][control.evidence] += number
        for regime in regimes:
            sums["regime"][regime] += number
    return sums


def tallied(actor: Actor, wanted: ResultFilter, now: datetime) -> Iterator[tuple[Control, list[str], str, int]]:
    """(control, the regimes that apply, result, number) of each site, as regime and control of the filter leave them."""
    found = catalogues.current()
    applies = regimes_at(list(Site.objects.visible_to(actor).under(wanted.site)), found)
    for place, code, result, number in _by_site(actor, wanted.site, now):
        control = found.controls.get(code)
        if control is None or (wanted.control and code != wanted.control):
            continue
        regimes = [one for one in control.regimes if applies[place][one] is not False]
        if not wanted.regimes or set(regimes) & set(wanted.regimes):
            yield control, regimes, result, number


def _by_site(actor: Actor, site: Site | None, now: datetime) -> Iterator[tuple[int, str, str, int]]:
    """(site, control, result, number) in scope; what is waived is taken from what fails."""
    waived = _waived(actor, site, now, "control", "site_id")
    rows = Tally.objects.visible_to(actor).under(site)
    for place, code, result, number in rows.values_list("site_id", "control", "result", "number"):
        less = waived.get((code, place), 0) if result == "fail" else 0
        if number - less:
            yield place, code, result, number - less
        if less:
            yield place, code, "waived", less


def _tallies(actor: Actor, site: Site | None, now: datetime) -> Iterator[tuple[str, str, int]]:
    """(control, result, number) in scope; what is waived is taken from what fails."""
    rows = Tally.objects.visible_to(actor).under(site).order_by().values_list("control", "result")
    yield from _less_waived(
        {(code, result): number for code, result, number in _summed(rows)}, _waived(actor, site, now, "control")
    )


def _summed(rows: Any) -> Iterator[tuple[Any, ...]]:
    for row in rows.annotate(sum=Sum("number")):
        yield (*row[:-1], row[-1])


def _waived(actor: Actor, site: Site | None, now: datetime, *by: str) -> dict[Any, int]:
    if not Waiver.objects.filter(approved_at__lte=now, ended_at=None).exists():
        return {}
    rows = (
        Result.objects.visible_to(actor).under(site).filter(ended_at=None, result="fail").filter(Exists(_covering(now)))
    )
    return {
        tuple(key) if len(by) > 1 else key[0]: number
        for *key, number in rows.order_by().values_list(*by).annotate(n=Count("id"))
    }


def _less_waived(sums: dict[tuple[str, str], int], waived: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
    for (code, result), number in sums.items():
        less = waived.get(code, 0) if result == "fail" else 0
        if number - less:
            yield code, result, number - less
        if less:
            yield code, "waived", less


def _matching(actor: Actor, wanted: ResultFilter, now: datetime) -> QuerySet[Result]:
    rows = Result.objects.visible_to(actor).under(wanted.site).filter(ended_at=None)
    found = catalogues.current()
    if codes := _codes(found, wanted):
        rows = rows.filter(control__in=codes)
    elif codes is not None:
        return rows.none()
    if wanted.regimes:
        rows = rows.filter(_under(found, wanted.regimes))
    if wanted.subject is not None:
        rows = rows.filter(kind=wanted.subject[0], subject=wanted.subject[1])
    if wanted.results and set(wanted.results) != set(RESULTS):
        stored = [one for one in wanted.results if one != "waived"]
        condition = Q(result__in=[one for one in stored if one != "fail"])
        if "fail" in stored:
            condition |= Q(result="fail") & ~Q(Exists(_covering(now)))
        if "waived" in wanted.results:
            condition |= Q(result="fail") & Q(Exists(_covering(now)))
        rows = rows.filter(condition)
    if text := wanted.text.strip()[:100]:
        devices = Device.objects.filter(matches(text)).values("pk")
        sites = Site.objects.filter(full_name__icontains=text).values("pk")
        rows = rows.filter(_named(text, _OTHERS) | Q(kind=Kind.DEVICE, subject__in=devices) | Q(site__in=sites))
    return rows


def _codes(found: Catalogue, wanted: ResultFilter) -> list[str] | None:
    """The controls that the filter leaves; None = it does not narrow by any property of a control."""
    if not (wanted.regimes or wanted.groups or wanted.severities or wanted.evidence or wanted.control):
        return None
    return [
        one.code
        for one in found.controls.values()
        if (not wanted.regimes or set(one.regimes) & set(wanted.regimes))
        and (not wanted.groups or one.group in wanted.groups)
        and (not wanted.severities or one.severity in wanted.severities)
        and (not wanted.evidence or one.evidence in wanted.evidence)
        and (not wanted.control or one.code == wanted.control)
    ] or ([wanted.control] if wanted.control and wanted.control not in found.controls else [])


def _under(found: Catalogue, regimes: Sequence[str]) -> Q:
    """The controls of these regimes, each at the sites where its regime applies or may apply."""
    sites = list(Site.objects.all())
    applies = regimes_at(sites, found)
    condition = Q(pk__in=())
    for code in regimes:
        held = [one.code for one in found.controls.values() if code in one.regimes]
        out = [one.pk for one in sites if applies[one.pk].get(code) is False]
        condition |= Q(control__in=held) & ~Q(site__in=out)
    return condition


def _covering(now: datetime) -> QuerySet[Waiver]:
    """The active waivers that cover the outer result: of it or of all, at its site or above."""
    active = Waiver.objects.filter(control=OuterRef("control"), approved_at__lte=now, ended_at=None).filter(still(now))
    in_tree = Site.objects.filter(pk=OuterRef(OuterRef("site_id")), path__startswith=OuterRef("site__path"))
    return active.filter(Q(kind=OuterRef("kind"), subject=OuterRef("subject")) | Q(subject=None)).filter(
        Exists(in_tree)
    )


_NAMED: Final[dict[int, tuple[Any, tuple[str, ...]]]] = {
    Kind.SITE: (Site, ("full_name",)),
    Kind.DEVICE: (Device, ("name", "serial_number", "address")),
    Kind.INSTALLATION: (Installation, ("name",)),
    Kind.CLOUD_ACCOUNT: (CloudAccount, ("name",)),
    Kind.LICENCE: (Licence, ("title",)),
    Kind.POOL: (Pool, ("name",)),
}
_OTHERS: Final = {kind: where for kind, where in _NAMED.items() if kind != Kind.DEVICE}


def names_of(subjects: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What each subject (kind, id) is called; those that are gone or have no name are left out."""
    return naming.names(_NAMED, subjects)


def stands(subject: tuple[int, int], site: Site) -> bool:
    """Whether a subject (kind, id) is there and stands at the site or below it."""
    return naming.stands(_NAMED, subject, site, by={})


def means_of(found: Catalogue) -> dict[str, str]:
    """Fact -> what it means, where the catalogue says so."""
    return {code: one.means for code, one in found.facts.items() if one.means}


def named(text: str) -> Q:
    """Waivers whose control or whose subject's name has the text."""
    return _named(text, _NAMED)


def _named(text: str, tables: naming.Tables) -> Q:
    like = text.casefold()
    controls = catalogues.current().controls.values()
    codes = [one.code for one in controls if like in one.code.casefold() or like in one.title.casefold()]
    return Q(control__in=codes) | Q(control__iexact=text) | naming.named(tables, text)


def _in_words(rows: Sequence[Result], now: datetime) -> Iterator[ResultRow]:
    found, names = catalogues.current(), names_of((row.kind, row.subject) for row in rows)
    means = means_of(found)
    facts = {one for row in rows for one in row.evidence if isinstance(one, int)}
    seen = dict(Fact.objects.filter(pk__in=facts).values_list("id", "confirmed_at"))
    failed = [row.pk for row in rows if row.result == "fail" and row.ended_at is None]
    until: dict[int, date] = {}
    if failed:
        covering = _covering(now).order_by("-expires_on").values("expires_on")[:1]
        until = dict(
            Result.objects.filter(pk__in=failed)
            .annotate(until=Subquery(covering))
            .exclude(until=None)
            .values_list("pk", "until")
        )
    for row in rows:
        control = found.controls.get(row.control)
        due = row.params.get("due")
        yield ResultRow(
            id=row.pk, control=row.control, title=control.title if control else row.control,
            severity=control.severity if control else "", group=control.group if control else "",
            regimes=control.regimes if control else (), evidence_kind=control.evidence if control else "",
            kind=row.kind, subject_id=row.subject, subject=names.get((row.kind, row.subject), f"{Kind(row.kind).label} {row.subject}"),
            site_id=row.site_id, site=row.site.full_name, result="waived" if row.pk in until else row.result, reason=row.reason,
            detail=words.detail(row.reason, row.params, means), remedy=words.remedy(row.reason, row.params), measured=row.params,
            observed_at=max((seen[one] for one in row.evidence if isinstance(one, int) and one in seen), default=None),
            due=date.fromisoformat(due) if due else None, began_at=row.began_at, ended_at=row.ended_at,
            waived_until=until.get(row.pk),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """One site under one regime: whether the regime applies (None = a question is open), and counts by result over its controls."""

    regime: str
    applies: bool | None
    counts: Mapping[str, int]

    @property
    def worst(self) -> str:
        """The first of fail, unknown, manual, waived, pass that is there; ``open`` or "" where the regime may or does not apply."""
        if not self.applies:
            return "" if self.applies is False else "open"
        return next((one for one in COUNTED if self.counts.get(one)), "")


@dataclass(frozen=True, slots=True)
class SiteLine:
    """One site of the matrix."""

    site: Site
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Sites by regime; only regimes that apply somewhere. ``run`` is the newest judging."""

    regimes: tuple[str, ...] = ()
    lines: tuple[SiteLine, ...] = ()
    totals: Mapping[str, int] = field(default_factory=dict)
    run: Run | None = None
    more: int = 0


def matrix(actor: Actor, site: Site | None, now: datetime, most: int = 200) -> Matrix:
    """The matrix of the sites in scope that have results; at most ``most`` sites, and how many more there are."""
    found = catalogues.current()
    sums: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    totals: dict[str, int] = defaultdict(int)
    for place, code, result, number in _by_site(actor, site, now):
        control = found.controls.get(code)
        totals[result] += number
        for regime in control.regimes if control else ():
            sums[place][regime][result] += number
    sites = list(Site.objects.filter(pk__in=sums))
    applies = regimes_at(sites, found)
    regimes = tuple(code for code in found.regimes if any(applies[one.pk][code] is not False for one in sites))
    lines = tuple(
        SiteLine(one, tuple(Cell(code, applies[one.pk][code], dict(sums[one.pk].get(code, {}))) for code in regimes))
        for one in sites[:most]
    )
    return Matrix(regimes, lines, dict(totals), newest_run(actor, site), max(0, len(sites) - most))


def regimes_at(sites: Sequence[Site], found: Catalogue) -> dict[int, dict[str, bool | None]]:
    """Site -> regime -> whether it applies there; None = a question is open."""
    facts = facts_at(sites, found)
    return {
        one.pk: {code: decide(regime.applies, facts[one.path]).applies for code, regime in found.regimes.items()}
        for one in sites
    }


def newest_run(actor: Actor, site: Site | None = None) -> Run | None:
    """The newest judging that covered a place in scope."""
    return next(iter(timeline(actor, site, 1)), None)


def timeline(actor: Actor, site: Site | None = None, most: int = 100) -> list[Run]:
    """The judgings of this site, newest first. Whoever does not see everything sees those of his sites alone."""
    rows = Run.objects.select_related("site")
    if actor.prefixes("view") is not None or site is not None:
        rows = Run.objects.visible_to(actor).under(site).select_related("site")
        whole = Run.objects.filter(site=None).order_by("-at").first()
        if not rows.exists() and whole is not None:
            # What a judging of everything counted is not for who sees a part: its instant is.
            return [Run(site=None, at=whole.at, catalogue=whole.catalogue, counts={}, changes=0)]
    return list(rows.order_by("-at", "-id")[:most])


def changes(actor: Actor, site: Site | None, size: int, cursor: str, now: datetime) -> Page[ResultRow]:
    """What changed, newest first: results as they began."""
    rows = Result.objects.visible_to(actor).under(site).exclude(result="not_applicable").select_related("site")
    found = page(rows, "began_at", descending=True, cursor=cursor, size=size)
    return Page(tuple(_in_words(found.rows, now)), found.before, found.after)


def history(actor: Actor, control: str, kind: int, subject: int, now: datetime, most: int = 100) -> list[ResultRow]:
    """Every period of one control and subject, newest first; a control that left the catalogue keeps its history."""
    rows = Result.objects.visible_to(actor).filter(control=control, kind=kind, subject=subject).select_related("site")
    return list(_in_words(list(rows.order_by("-began_at")[:most]), now))


def past(actor: Actor, control: str, site: Site | None, now: datetime, most: int = 100) -> list[ResultRow]:
    """What was judged of a control that no catalogue has now, the latest first."""
    rows = Result.objects.visible_to(actor).under(site).filter(control=control).select_related("site")
    return list(_in_words(list(rows.order_by("-began_at", "-id")[:most]), now))


def find_result(actor: Actor, pk: int) -> Result | None:
    """One result in scope."""
    return Result.objects.visible_to(actor).filter(pk=pk).select_related("site").first()


def result_row(row: Result, now: datetime) -> ResultRow:
    """A result in words."""
    return next(_in_words([row], now))


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control and how its results stand in scope. ``applies``: yes, no, open (a question is), or "" = not judged, or not asked."""

    control: Control
    counts: Mapping[str, int]
    applies: str


def controls(
    actor: Actor,
    site: Site | None,
    now: datetime,
    text: str = "",
    regimes: Sequence[str] = (),
    groups: Sequence[str] = (),
    *,
    applies: bool = True,
) -> list[ControlRow]:
    """The controls of the catalogue with their counts, in its order. Without ``applies`` the sites' answers are not read."""
    sums: dict[str, dict[str, int]] = defaultdict(dict)
    for code, result, number in _tallies(actor, site, now):
        sums[code][result] = number
    like, found = text.strip().lower(), catalogues.current()
    sites = list(Site.objects.visible_to(actor).under(site)) if applies else []
    facts = list(facts_at(sites, found).values()) if sites else []
    return [
        ControlRow(one, sums.get(one.code, {}), _applies(one, sums.get(one.code, {}), facts) if applies else "")
        for one in found.controls.values()
        if (
            not like
            or like in one.code.lower()
            or like in one.title.lower()
            or any(like in c.cite.lower() for c in one.citations)
        )
        and (not regimes or set(one.regimes) & set(regimes))
        and (not groups or one.group in groups)
    ]


def _applies(control: Control, counts: Mapping[str, int], facts: Sequence[Mapping[str, bool | None]]) -> str:
    """Whether a control applies anywhere here: by what was judged, and where that tells nothing, by the answers of the sites."""
    if not any(counts.values()):
        return ""
    if not any(number for result, number in counts.items() if result != "not_applicable"):
        return "no"
    # What is unknown may be so for want of evidence, or because a question is open.
    if any(number for result, number in counts.items() if result not in {"not_applicable", "unknown"}):
        return "yes"
    return "yes" if any(decide(control.applies, one).applies for one in facts) else "open"


def attestations_of(actor: Actor, code: str, site: Site | None = None) -> list[Attestation]:
    """The attestations of a control at sites in scope, newest first."""
    rows = Attestation.objects.visible_to(actor).under(site).filter(control=code)
    return list(rows.select_related("site", "document", "person")[:200])


def find_attestation(actor: Actor, pk: int, permission: str = "view") -> Attestation | None:
    """One attestation in scope."""
    return Attestation.objects.visible_to(actor, permission).filter(pk=pk).select_related("site").first()


@dataclass(frozen=True, slots=True)
class DecidingFact:
    """A fact or statement that a result rests on."""

    what: str
    source: str
    value: Any
    at: datetime | None


def facts_of(row: Result) -> list[DecidingFact]:
    """What decided a result: facts of devices with their source and time, attestations with their document."""
    ids = [one for one in row.evidence if isinstance(one, int)]
    found = [
        DecidingFact(one.topic, one.source, one.value, one.confirmed_at)
        for one in Fact.objects.filter(pk__in=ids).order_by("topic")
    ]
    made = [one[1] for one in row.evidence if isinstance(one, list) and one[:1] == ["attestation"]]
    for one in Attestation.objects.filter(pk__in=made).select_related("document"):
        value = {
            "document": one.document.title,
            "sha256": one.document.sha256,
            "review_on": one.review_on.isoformat(),
            **one.stated,
        }
        found.append(DecidingFact("attestation", f"document {one.document_id}", value, one.made_at))
    return found
