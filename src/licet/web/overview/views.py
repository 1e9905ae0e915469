from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from licet.authorization.read import worst_positions
from licet.estate.read import freshness
from licet.register import read as register
from licet.sites.models import Site
from licet.web.authorizations.counts import kept_counts
from licet.web.base import charts, words
from licet.web.base.asked import PageRequest
from licet.web.documents.linking import documents_of
from licet.web.overview.waiting import Task, others

_TO_DO, _POOLS, _EXPIRIES = 8, 6, 8


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the table of kinds and statuses, and the list it counts."""

    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """One kind with its numbers."""

    kind: str
    cells: tuple[Cell, ...]
    total: Cell


def overview(request: PageRequest) -> HttpResponse:
    """What needs somebody today, what is known, and what ends when."""
    actor, scope = request.actor, request.scope
    counts = kept_counts(request)
    positions, pools = worst_positions(actor, scope, _POOLS)
    today = register.today(scope) if scope else datetime.now(UTC).date()
    expiries = register.expiries(actor, today + timedelta(days=370), scope)
    shown = charts.months([one.on for one in expiries], today)
    statuses = [code for code in words.WORST_FIRST if any(found.get(code) for found in counts.values())]
    total = sum(sum(found.values()) for found in counts.values())
    unknown = sum(found.get("unknown", 0) for found in counts.values())
    rights = _worst_first(_rights(counts))
    tasks = _worst_first([*rights[:_TO_DO], *others(request, datetime.now(UTC))])
    lines = [_line(kind, counts[kind], statuses) for kind in words.KINDS if any(counts.get(kind, {}).values())]
    context = {
        "freshness": freshness(actor, scope),
        "example": scope or _top(request),
        "may": {name: actor.may_anywhere(name) for name in ("administer", "edit_estate", "sweep", "edit_register")},
        "tasks": tasks,
        "more_tasks": max(0, len(rights) - _TO_DO),
        "lines": lines,
        "matrix": [(code, [line.cells[place] for line in lines]) for place, code in enumerate(statuses)],
        "total": total,
        "unknown": unknown,
        "unknown_share": f"{100 * unknown / total:.1f}" if total else "0",
        "positions": positions,
        "more_pools": max(0, pools - _POOLS),
        "expiries": [(one, one.days) for one in expiries[:_EXPIRIES]],
        "more_expiries": max(0, len(expiries) - _EXPIRIES),
        "months": shown,
        "columns": charts.columns(shown, _("Licences that end in each of the next twelve months")),
    }
    if scope:
        context |= documents_of(request, "site", scope.pk, scope.path)
    return render(request, "overview/overview.html", context)


def _top(request: PageRequest) -> Site | None:
    """The site under which the first steps add another."""
    return Site.objects.visible_to(request.actor).first()


def _worst_first(found: list[Task]) -> list[Task]:
    return sorted(found, key=lambda task: (words.WORST_FIRST.index(task.tone), -task.number))


def _rights(counts: dict[str, dict[str, int]]) -> list[Task]:
    return [
        Task(
            status, words.title(words.STATUSES, status), n, words.title(words.KIND_RIGHTS, kind), _address(kind, status)
        )
        for kind, statuses in counts.items()
        for status, n in statuses.items()
        if status in words.TO_DO and n
    ]


def _line(kind: str, found: dict[str, int], statuses: list[str]) -> Line:
    cells = tuple(Cell(found.get(status, 0), _address(kind, status)) for status in statuses)
    return Line(kind, cells, Cell(sum(found.values()), f"{reverse('authorizations')}?kind={kind}"))


def _address(kind: str, status: str) -> str:
    return f"{reverse('authorizations')}?kind={kind}&status={status}"
