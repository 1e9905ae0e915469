"""What faces ask of the advisories: lists, one advisory, one device, the overview. Plain records out."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from licet.advisories import family
from licet.advisories.entry import SEVERITIES, Entry, from_plain
from licet.advisories.judging import TO_ACT, Answer, Release, judge
from licet.advisories.models import Advisory, Exposure, Support
from licet.advisories.standing import UPDATES
from licet.advisories.support import of_release
from licet.advisories.version import BuildKind
from licet.estate.models import Device, Installation, Subject
from licet.estate.read import matches
from licet.sites.models import Site
from licet.sites.paging import COUNT_CAP, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS = ("rank", "code", "published", "epss", "severity", "title")
EXPOSURE_SORTS = {"id": "id", "since": "began_at", "answer": "answer", "urgency": "urgency"}
SAYS = ("affected", "possibly_affected", "cannot_tell", "nothing")


@dataclass(frozen=True, slots=True)
class AdvisoryFilter:
    """Which advisories and in what order. ``says`` are words of :data:`SAYS`: what is open in scope."""

    text: str = ""
    severities: tuple[str, ...] = ()
    exploited: tuple[str, ...] = ()  # "listed", "not_listed"
    says: tuple[str, ...] = ()
    site: Site | None = None
    sort: str = "rank"
    descending: bool = True
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class AdvisoryRow:
    """One advisory in a list, with how many open exposures of each answer are in scope."""

    id: int
    code: str
    title: str
    severity: str
    score: float | None
    kev_added: date | None
    kev_due: date | None
    epss: float | None
    published: date | None
    dated: date
    feed: str
    affected: int
    possibly: int
    cannot_tell: int
    stated: int
    source: str
    url: str
    confidence: str


def advisories(actor: Actor, wanted: AdvisoryFilter) -> Page[AdvisoryRow]:
    """One page of the advisories."""
    sort = wanted.sort if wanted.sort in SORTS else "rank"
    found = page(
        _matching(actor, wanted), sort, descending=wanted.descending if wanted.sort else True, cursor=wanted.cursor, size=wanted.size
    )  # fmt: skip
    tallies = _tallies(actor, wanted.site, [row.pk for row in found.rows])
    return Page(tuple(_row(row, tallies) for row in found.rows), found.before, found.after)


def every_advisory(actor: Actor, wanted: AdvisoryFilter) -> Iterator[AdvisoryRow]:
    """All advisories that match, the most urgent first."""
    tallies = _tallies(actor, wanted.site, None)
    for row in _matching(actor, wanted).order_by("-rank", "id").iterator(chunk_size=500):
        yield _row(row, tallies)


def advisory_facets(actor: Actor, wanted: AdvisoryFilter) -> dict[str, dict[str, int]]:
    """How many advisories each choice of a filter would leave; ``total`` has one entry, ""."""
    rows = list(_text(Advisory.objects.all(), wanted.text).values_list("id", "severity", "kev_added"))
    open_ones = _open_ids(actor, wanted.site)
    plain = [
        (
            severity,
            "listed" if kev else "not_listed",
            [word for word in SAYS[:3] if pk in open_ones[word]] or ["nothing"],
        )
        for pk, severity, kev in rows
    ]
    found: dict[str, Counter[str]] = {
        "severity": Counter(),
        "exploited": Counter(),
        "says": Counter(),
        "total": Counter(),
    }
    for severity, exploited, says in plain:
        fits = (
            not wanted.severities or severity in wanted.severities,
            not wanted.exploited or exploited in wanted.exploited,
            not wanted.says or any(word in wanted.says for word in says),
        )
        if fits[1] and fits[2]:
            found["severity"][severity] += 1
        if fits[0] and fits[2]:
            found["exploited"][exploited] += 1
        if fits[0] and fits[1]:
            found["says"].update(says)
        found["total"][""] += all(fits)
    return {name: dict(tally) for name, tally in found.items()}


def _open_ids(actor: Actor, site: Site | None) -> dict[str, set[int]]:
    rows = Exposure.objects.visible_to(actor).under(site).filter(ended_at=None, statement=None)
    found: dict[str, set[int]] = {word: set() for word in SAYS[:3]}
    for advisory, answer in rows.order_by().values_list("advisory", "answer").distinct():
        found[answer].add(advisory)
    return found


def _text(rows: QuerySet[Advisory], text: str) -> QuerySet[Advisory]:
    plain = text.strip()
    return rows.filter(Q(code__icontains=plain) | Q(title__icontains=plain)) if plain else rows


def _matching(actor: Actor, wanted: AdvisoryFilter) -> QuerySet[Advisory]:
    rows = _text(Advisory.objects.all(), wanted.text)
    if wanted.severities:
        rows = rows.filter(severity__in=wanted.severities)
    if len(wanted.exploited) == 1:
        rows = rows.filter(kev_added__isnull=wanted.exploited[0] != "listed")
    if wanted.says:
        open_ones = _open_ids(actor, wanted.site)
        ids = set().union(*(open_ones[word] for word in wanted.says if word != "nothing"))
        condition = Q(pk__in=ids)
        if "nothing" in wanted.says:
            condition |= ~Q(pk__in=set().union(*open_ones.values()))
        rows = rows.filter(condition)
    return rows


def _tallies(actor: Actor, site: Site | None, ids: list[int] | None) -> dict[tuple[int, str, bool], int]:
    rows = Exposure.objects.visible_to(actor).under(site).filter(ended_at=None)
    if ids is not None:
        rows = rows.filter(advisory__in=ids)
    grouped = (
        rows.order_by()
        .annotate(free=Q(statement=None))
        .values_list("advisory", "answer", "free")
        .annotate(n=Count("id"))
    )
    return {(advisory, answer, free): n for advisory, answer, free, n in grouped}


def _row(row: Advisory, tallies: dict[tuple[int, str, bool], int]) -> AdvisoryRow:
    def of(answer: Answer) -> int:
        return tallies.get((row.pk, str(answer), True), 0)

    return AdvisoryRow(
        id=row.pk,
        code=row.code,
        title=row.title,
        severity=row.severity,
        score=row.score,
        kev_added=row.kev_added,
        kev_due=row.kev_due,
        epss=row.epss,
        published=row.published,
        dated=row.dated,
        feed=row.feed,
        affected=of(Answer.AFFECTED),
        possibly=of(Answer.POSSIBLY),
        cannot_tell=of(Answer.CANNOT_TELL),
        stated=sum(n for (pk, _answer, free), n in tallies.items() if pk == row.pk and not free),
        source=row.plain.get("source", ""),
        url=row.plain.get("url", ""),
        confidence=row.plain.get("confidence", ""),
    )


@dataclass(frozen=True, slots=True)
class AdvisoryPage:
    """One advisory with all it says, the five answers counted over the devices in scope, and whether a sweep can tell of it."""

    row: AdvisoryRow
    entry: Entry
    answers: dict[str, int]
    epss_percentile: float | None
    measured: bool
    without_model: int


def advisory(actor: Actor, code: str, site: Site | None = None) -> AdvisoryPage | None:
    """The advisory of this code; None where none is held."""
    found = Advisory.objects.filter(code__iexact=code.strip()[:40]).first()
    if found is None:
        return None
    entry = from_plain(found.plain)
    answers, without_model = _five_answers(actor, site, entry)
    tallies = _tallies(actor, site, [found.pk])
    return AdvisoryPage(
        _row(found, tallies), entry, answers, found.epss_percentile, family.measured(frozenset(entry.families)), without_model
    )  # fmt: skip


def _five_answers(actor: Actor, site: Site | None, entry: Entry) -> tuple[dict[str, int], int]:
    """Every device and installation in scope under one of the five answers; each distinct release is judged once."""
    answers: Counter[str] = Counter({str(answer): 0 for answer in Answer})
    without_model = 0
    for release, number in releases_in_use(actor, site):
        found = judge(release, entry)
        if found.reason == "model_unknown" and found.answer is Answer.CANNOT_TELL:
            without_model += number
        answers[str(found.answer)] += number
    return dict(answers), without_model


def releases_in_use(actor: Actor, site: Site | None) -> Iterator[tuple[Release, int]]:
    """Each distinct product and version in scope, with how many run it."""
    devices = Device.objects.visible_to(actor).under(site).filter(retired_at=None).order_by()
    grouped = devices.values_list("kind", "model", "firmware_version", "firmware_build").annotate(n=Count("id"))
    for kind, model, version, build, n in grouped:
        yield Release(kind, model, version, build), n
    servers = Installation.objects.visible_to(actor).under(site).filter(retired_at=None).order_by()
    for product, version, n in servers.values_list("product", "version").annotate(n=Count("id")):
        yield Release("software", "", version, None, product), n


@dataclass(frozen=True, slots=True)
class ExposureFilter:
    """Which open exposures. ``stated``: "open", "stated"."""

    code: str = ""
    text: str = ""
    answers: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    exploited: bool = False
    stated: tuple[str, ...] = ()
    site: Site | None = None
    ids: tuple[int, ...] = ()
    subject: tuple[int, int] | None = None  # (subject type, id)
    sort: str = ""  # of EXPOSURE_SORTS; "" = as they came
    descending: bool = False
    cursor: str = ""
    size: int = 50


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One exposure in a list."""

    id: int
    subject_type: int
    subject_id: int
    name: str
    model: str
    firmware: str
    kind: str
    site_id: int
    site: str
    code: str
    notice: str
    title: str
    severity: str
    score: float | None
    kev_added: date | None
    answer: str
    reason: str
    fixed: str
    published_text: str
    began_at: datetime
    ended_at: datetime | None
    statement: str
    statement_until: date | None
    stale: bool


def exposures(actor: Actor, wanted: ExposureFilter) -> Page[ExposureRow]:
    """One page of the open exposures, in the order that is asked for."""
    found = _ordered(actor, wanted)
    return Page(tuple(_told(found.rows)), found.before, found.after)


def _ordered(actor: Actor, wanted: ExposureFilter) -> Page[Exposure]:
    sort = EXPOSURE_SORTS.get(wanted.sort, "id")
    rows = _open(actor, wanted)
    rows = rows.annotate(urgency=F("advisory__rank")) if sort == "urgency" else rows
    return page(rows, sort, descending=wanted.descending and sort != "id", cursor=wanted.cursor, size=wanted.size)


def every_exposure(actor: Actor, wanted: ExposureFilter) -> Iterator[ExposureRow]:
    """All open exposures that match, in the order that is asked for, a thousand at a time."""
    wanted = replace(wanted, cursor="", size=1000)
    while True:
        found = _ordered(actor, wanted)
        yield from _told(found.rows)
        if not found.after:
            return
        wanted = replace(wanted, cursor=found.after)


def exposure_facets(actor: Actor, wanted: ExposureFilter) -> tuple[Counted, dict[str, Counted], dict[str, Counted]]:
    """The number that match, and what each answer and each state of statement would leave."""
    base = _open(
        actor,
        ExposureFilter(
            code=wanted.code,
            text=wanted.text,
            site=wanted.site,
            exploited=wanted.exploited,
            severities=wanted.severities,
        ),
    )
    groups = Counter(base.order_by().values_list("answer", "statement")[: COUNT_CAP + 1])
    answers: Counter[str] = Counter()
    stated: Counter[str] = Counter()
    for (answer, statement), n in groups.items():
        state = "open" if statement is None else "stated"
        if not wanted.stated or state in wanted.stated:
            answers[answer] += n
        if not wanted.answers or answer in wanted.answers:
            stated[state] += n
    return (
        counted(_open(actor, wanted)), {name: Counted(n) for name, n in answers.items()},
        {name: Counted(n) for name, n in stated.items()},
    )  # fmt: skip


def _open(actor: Actor, wanted: ExposureFilter) -> QuerySet[Exposure]:
    rows = (
        Exposure.objects.visible_to(actor)
        .under(wanted.site)
        .filter(ended_at=None)
        .select_related("advisory", "statement", "site")
    )
    if wanted.code:
        rows = rows.filter(
            advisory__in=list(Advisory.objects.filter(code__iexact=wanted.code).values_list("id", flat=True))
        )
    if wanted.severities or wanted.exploited:
        chosen = Advisory.objects.all()
        chosen = chosen.filter(severity__in=wanted.severities) if wanted.severities else chosen
        chosen = chosen.filter(kev_added__isnull=False) if wanted.exploited else chosen
        rows = rows.filter(advisory__in=list(chosen.values_list("id", flat=True)))
    if wanted.answers:
        rows = rows.filter(answer__in=wanted.answers)
    if len(wanted.stated) == 1:
        rows = rows.filter(statement__isnull=wanted.stated[0] == "open")
    if wanted.ids:
        rows = rows.filter(pk__in=wanted.ids)
    if wanted.subject is not None:
        rows = rows.filter(subject_type=wanted.subject[0], subject_id=wanted.subject[1])
    if plain := wanted.text.strip()[:100]:
        devices = Device.objects.filter(matches(plain))
        servers = Installation.objects.filter(Q(name__icontains=plain) | Q(host__icontains=plain))
        rows = rows.filter(
            Q(subject_type=Subject.DEVICE, subject_id__in=devices.values("id"))
            | Q(subject_type=Subject.INSTALLATION, subject_id__in=servers.values("id"))
        )
    return rows


def _told(rows: tuple[Exposure, ...]) -> Iterator[ExposureRow]:
    devices = Device.objects.select_related("site").in_bulk(
        {row.subject_id for row in rows if row.subject_type == Subject.DEVICE}
    )
    servers = Installation.objects.in_bulk({row.subject_id for row in rows if row.subject_type == Subject.INSTALLATION})
    now = timezone.now()
    for row in rows:
        device, server = None, None
        if row.subject_type == Subject.DEVICE:
            device = devices.get(row.subject_id)
        else:
            server = servers.get(row.subject_id)
        plain = row.advisory.plain
        published = plain["rows"][row.row]["published"] if row.row is not None and row.row < len(plain["rows"]) else ""
        seen = device.last_answered_at if device else None
        yield ExposureRow(
            id=row.pk,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            name=str(device or server or ""),
            model=device.model if device else server.product if server else "",
            firmware=firmware_text(device) if device else server.version if server else "",
            kind=device.kind if device else "software",
            site_id=row.site_id,
            site=row.site.full_name,
            code=row.advisory.code,
            notice=plain.get("notice", ""),
            title=row.advisory.title,
            severity=row.advisory.severity,
            score=row.advisory.score,
            kev_added=row.advisory.kev_added,
            answer=row.answer,
            reason=row.reason,
            fixed=row.fixed,
            published_text=published,
            began_at=row.began_at,
            ended_at=row.ended_at,
            statement=row.statement.status if row.statement else "",
            statement_until=row.statement.valid_to if row.statement else None,
            stale=device is not None and (seen is None or now - seen > timedelta(hours=device.site.fact_age_hours)),
        )


def firmware_text(device: Device) -> str:
    """A device's version and build as one text."""
    build = f" build {device.firmware_build:%y%m%d}" if device.firmware_build else ""
    return f"V{device.firmware_version}{build}" if device.firmware_version else ""


@dataclass(frozen=True, slots=True)
class SubjectPage:
    """One device's part of the updates: open exposures, ended ones, the five answers counted, support dates, build kind of software."""

    firmware: str
    line: str
    open: tuple[ExposureRow, ...]
    ended: tuple[ExposureRow, ...]
    answers: dict[str, int]
    support: Support | None
    build_kind: BuildKind | None
    support_over: bool


def of_device(actor: Actor, pk: int) -> SubjectPage | None:
    """What the advisories say of one device in scope."""
    device = Device.objects.visible_to(actor).select_related("site").filter(pk=pk).first()
    if device is None:
        return None
    rows = Exposure.objects.filter(subject_type=Subject.DEVICE, subject_id=pk).select_related(
        "advisory", "statement", "site"
    )
    found = list(_told(tuple(rows.order_by("-began_at", "-id")[:400])))
    opened = sorted((row for row in found if row.ended_at is None), key=_worst_first)
    release = Release(device.kind, device.model, device.firmware_version, device.firmware_build)
    entries = [from_plain(plain) for plain in Advisory.objects.values_list("plain", flat=True)]
    answers = Counter(str(judge(release, entry).answer) for entry in entries)
    support = of_release(Support.objects.all(), product="", model=device.model, version=device.firmware_version)
    numbers = device.firmware_version.split(".")
    over = support is not None and support.end_of_support is not None and support.end_of_support < timezone.now().date()
    return SubjectPage(
        firmware_text(device), ".".join(numbers[:2]) if len(numbers) > 1 else "", tuple(opened),
        tuple(row for row in found if row.ended_at is not None)[:50], {str(answer): answers[str(answer)] for answer in Answer},
        support, None, over,
    )  # fmt: skip


def _worst_first(row: ExposureRow) -> tuple[Any, ...]:
    return (
        row.statement != "",
        row.kev_added is None,
        [*map(str, TO_ACT)].index(row.answer),
        SEVERITIES.index(row.severity),
        row.code,
    )


@dataclass(frozen=True, slots=True)
class Overview:
    """The Updates page: how many devices are affected, exploited, unclear; how many cannot be matched at all."""

    devices: int
    affected: int
    possibly: int
    cannot_tell: int
    exploited: int
    stated: int
    no_model: int
    no_version: int
    advisories: int
    severities: dict[str, int]
    as_of: datetime | None


def overview(actor: Actor, site: Site | None = None) -> Overview:
    """The figures of the Updates page; a device counts once under its worst answer."""
    rows = Exposure.objects.visible_to(actor).under(site).filter(ended_at=None, statement=None)
    updates = rows.filter(answer=Answer.AFFECTED)
    worst: Counter[str] = Counter()
    exploited = 0
    kev = list(Advisory.objects.filter(kev_added__isnull=False).values_list("id", flat=True))
    exploited = _subjects(rows.filter(advisory__in=kev, answer__in=UPDATES))
    affected = _subjects(updates)
    possibly = _subjects(_without(rows.filter(answer=Answer.POSSIBLY), (Answer.AFFECTED,)))
    unsure = _subjects(_without(rows.filter(answer=Answer.CANNOT_TELL), (Answer.AFFECTED, Answer.POSSIBLY)))
    for severity, number in updates.order_by().values_list("advisory__severity").annotate(n=Count("id")):
        worst[severity] = number
    devices = Device.objects.visible_to(actor).under(site).filter(retired_at=None)
    newest = Exposure.objects.order_by("-id").values_list("began_at", flat=True).first()
    return Overview(
        devices=devices.count() + Installation.objects.visible_to(actor).under(site).filter(retired_at=None).count(),
        affected=affected,
        possibly=possibly,
        cannot_tell=unsure,
        exploited=exploited,
        stated=Exposure.objects.visible_to(actor).under(site).filter(ended_at=None, statement__isnull=False).count(),
        no_model=devices.filter(model="").count(),
        no_version=devices.exclude(model="").filter(firmware_version="").count(),
        advisories=Advisory.objects.count(),
        severities=dict(worst),
        as_of=newest,
    )


def _subjects(rows: QuerySet[Exposure]) -> int:
    return rows.order_by().values("subject_type", "subject_id").distinct().count()


def _without(rows: QuerySet[Exposure], answers: tuple[Answer, ...]) -> QuerySet[Exposure]:
    worse = Exposure.objects.filter(
        ended_at=None,
        statement=None,
        answer__in=answers,
        subject_type=OuterRef("subject_type"),
        subject_id=OuterRef("subject_id"),
    )
    return rows.filter(~Exists(worse))
