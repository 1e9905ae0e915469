"""What the pages of findings and waivers ask: counts of each filter, what is meant by a bulk change, all about one finding or waiver."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from licet.audits import naming
from licet.audits.models import Comment, Finding, Waiver
from licet.audits.populations import OF_TYPE
from licet.audits.read import CHANGES, STATES, FindingFilter, count, count_by_severity, matching
from licet.audits.rules import RULES
from licet.authorization.models import Authorization
from licet.sites import waiving
from licet.sites.models import Person, Site
from licet.sites.paging import Counted
from licet.sites.scope import Actor

MOST_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Facets:
    """How many findings each choice of a filter leaves, with the other filters as they are."""

    total: Counted
    severities: Mapping[str, int]
    questions: Mapping[str, int]
    states: Mapping[str, Counted]
    changes: Mapping[str, Counted]


def facets(actor: Actor, wanted: FindingFilter, now: datetime) -> Facets:
    """The counts of the chips."""
    by_rule = matching(actor, replace(wanted, questions=()), now).order_by().values_list("rule").annotate(n=Count("id"))
    questions: dict[str, int] = defaultdict(int)
    for code, number in by_rule:
        if code in RULES:
            questions[str(RULES[code].question)] += number
    return Facets(
        count(actor, wanted, now),
        count_by_severity(actor, replace(wanted, severities=()), now),
        questions,
        {state: count(actor, replace(wanted, states=(state,)), now) for state in STATES},
        {one: count(actor, replace(wanted, changes=(one,)), now) for one in CHANGES} if wanted.run is not None else {},
    )


def open_by_rule(actor: Actor, site: Site | None, now: datetime) -> dict[str, int]:
    """Rule -> findings that are open or waived now."""
    rows = matching(actor, FindingFilter(site=site), now).order_by().values_list("rule").annotate(n=Count("id"))
    return dict(rows)


def chosen(actor: Actor, wanted: FindingFilter, now: datetime) -> list[int]:
    """The ids of the open findings that match, at most :data:`MOST_AT_ONCE`."""
    rows = matching(actor, wanted, now).filter(closed_at=None)
    return list(rows.order_by("id").values_list("id", flat=True)[:MOST_AT_ONCE])


def owners(actor: Actor) -> list[Person]:
    """The people who can be given a finding: those with a role where the actor reviews, or everywhere."""
    return list(_owners(actor).order_by("username")[:500])


def owner(actor: Actor, number: int) -> Person | None:
    """The person of this number, if he can be given a finding by the actor."""
    return _owners(actor).filter(pk=number).first()


def _owners(actor: Actor) -> QuerySet[Person]:
    prefixes = actor.prefixes("review")
    rows = Person.objects.filter(is_active=True, memberships__isnull=False)
    if prefixes is not None:
        inside = Q(memberships__site=None)
        for prefix in prefixes:
            inside |= Q(memberships__site__path__startswith=prefix)
        rows = rows.filter(inside)
    return rows.distinct()


@dataclass(frozen=True, slots=True)
class Said:
    """A comment in words."""

    who: str
    at: datetime
    text: str


def comments(finding: Finding) -> list[Said]:
    """What was written under a finding, oldest first."""
    rows = Comment.objects.filter(finding=finding).select_related("author").order_by("at", "id")[:500]
    return [Said(str(row.author) if row.author else "", row.at, row.text) for row in rows]


def periods(finding: Finding) -> list[tuple[datetime, datetime | None]]:
    """The periods in which the same was found of the same subject, newest first."""
    rows = Finding.objects.filter(
        rule=finding.rule, kind=finding.kind, subject=finding.subject, part=finding.part, site=finding.site_id
    )
    return list(rows.order_by("-opened_at").values_list("opened_at", "closed_at")[:50])


def evidence(finding: Finding) -> list[Mapping[str, str]]:
    """What the finding's authorization rested on, each with source and instant; nothing where it is about something else."""
    kind = next((code for code, of in OF_TYPE.items() if of == finding.kind), None)
    rule = RULES.get(finding.rule)
    if kind is None or rule is None or rule.about != "authorization":
        return []
    rows = Authorization.objects.filter(subject_type=kind, subject_id=finding.subject, right=finding.part)
    row = rows.filter(valid_from__lte=finding.opened_at).order_by("-valid_from").first()
    return [one for one in (row.evidence or ())[:50] if "what" in one] if row else []


def about(finding: Finding) -> list[Waiver]:
    """Every waiver that is or was about the finding: of its subject, or of its rule at its site or above; newest first."""
    subject = Q(kind=finding.kind, subject=finding.subject) | Q(subject=None)
    rows = Waiver.objects.filter(subject, rule=finding.rule, site__path__in=_above(finding.site.path))
    return list(rows.select_related("site", "requested_by", "approved_by").order_by("-requested_at")[:50])


def _above(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "".join(f"{part}/" for part in parts[: depth + 1]) for depth in range(len(parts))]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow(waiving.WaiverWords):
    """A waiver of a rule in words; ``kind`` None = of no single thing."""

    rule: str
    kind: str | None


def in_words(rows: Iterable[Waiver], now: datetime) -> list[WaiverRow]:
    """Waivers in words."""
    listed = list(rows)
    names = naming.names((row.kind, row.subject) for row in listed if row.subject is not None)
    return [
        WaiverRow(
            rule=row.rule,
            kind=row.kind or None,
            title=RULES[row.rule].title if row.rule in RULES else row.rule,
            subject=None if row.subject is None else names.get((row.kind, row.subject), f"{row.kind} {row.subject}"),
            **waiving.told(row, now),
        )
        for row in listed
    ]
