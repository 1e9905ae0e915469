"""Plans as people read and carry them: lists, one plan, the work order for export."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q

from licet.advisories import words
from licet.advisories.models import Plan, PlanItem
from licet.advisories.planning import Item
from licet.advisories.read import firmware_text
from licet.estate.models import Device, Installation, Subject
from licet.sites.models import Site
from licet.sites.paging import Page, page
from licet.sites.scope import Actor

HEADINGS: Final = (
    "No.", "Device", "Site", "Model", "Version when planned", "Version now", "Install", "Known exploited", "Severity", "Exposed by",
    "Advisories", "Mind", "State", "Done at", "Done by (sign)",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan in a list."""

    id: int
    title: str
    site_id: int
    site: str
    window: str
    starts_at: datetime | None
    ends_at: datetime | None
    made_at: datetime
    closed_at: datetime | None
    items: int
    done: int

    @property
    def left(self) -> int:
        """How many devices are not done."""
        return self.items - self.done


def plans(actor: Actor, site: Site | None = None) -> list[PlanRow]:
    """The plans in scope, newest first."""
    rows = Plan.objects.visible_to(actor).under(site).select_related("site")
    counted = rows.annotate(n=Count("items"), finished=Count("items", filter=Q(items__done_at__isnull=False)))
    return [_row(row, row.n, row.finished) for row in counted.order_by("-made_at", "-id")[:500]]


def _row(row: Plan, items: int, done: int) -> PlanRow:
    return PlanRow(
        row.pk, row.title, row.site_id, row.site.full_name, row.window, row.starts_at, row.ends_at, row.made_at, row.closed_at, items,
        done,
    )  # fmt: skip


def plan_row(actor: Actor, pk: int) -> Plan | None:
    """The plan of this number in scope."""
    return Plan.objects.visible_to(actor).select_related("site").filter(pk=pk).first()


def plan_figures(row: Plan) -> PlanRow:
    """One plan with its figures."""
    return _row(row, row.items.count(), row.items.filter(done_at__isnull=False).count())


def items_of(actor: Actor, row: Plan, state: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """The plan's items in scope in their order; ``state`` = "open" or "done"."""
    rows = PlanItem.objects.visible_to(actor).filter(plan=row).select_related("site").order_by("place")
    if len(state) == 1:
        rows = rows.filter(done_at__isnull=state[0] == "open")
    found: list[PlanItem] = []
    for item in rows.iterator(chunk_size=1000):
        found.append(item)
        if len(found) == 1000:
            yield from _told(found)
            found = []
    yield from _told(found)


def item_page(
    actor: Actor, row: Plan, *, state: tuple[str, ...], text: str, cursor: str, size: int
) -> Page[dict[str, Any]]:
    """One page of a plan's items."""
    rows = PlanItem.objects.visible_to(actor).filter(plan=row).select_related("site")
    if len(state) == 1:
        rows = rows.filter(done_at__isnull=state[0] == "open")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(model__icontains=text))
    found = page(rows, "place", descending=False, cursor=cursor, size=size)
    return Page(tuple(_told(list(found.rows))), found.before, found.after)


def _told(items: list[PlanItem]) -> Iterator[dict[str, Any]]:
    devices = Device.objects.in_bulk([item.subject_id for item in items if item.subject_type == Subject.DEVICE])
    servers = Installation.objects.in_bulk(
        [item.subject_id for item in items if item.subject_type == Subject.INSTALLATION]
    )
    for item in items:
        device = devices.get(item.subject_id) if item.subject_type == Subject.DEVICE else None
        server = servers.get(item.subject_id) if item.subject_type == Subject.INSTALLATION else None
        now = firmware_text(device).lstrip("V") if device else server.version if server else ""
        yield {
            "place": item.place, "device": item.name, "subject_type": item.subject_type, "subject_id": item.subject_id,
            "site": item.site.full_name, "model": item.model, "version": item.version, "version_now": now, "target": item.target,
            "exploited": item.exploited, "severity": item.severity, "exposed": [str(words.EXPOSED.get(one, one)) for one in item.exposed],
            "advisories": item.advisories, "steps": words.steps(item.steps), "state": _state(item, now), "done_at": item.done_at,
        }  # fmt: skip


def _state(item: PlanItem, now: str) -> str:
    if item.done_at is not None:
        return "done"
    return "updated_still_asked" if now and now != item.version else "open"


def of_draft(items: Iterable[Item]) -> list[dict[str, Any]]:
    """The items of a draft in the same form."""
    items = list(items)
    sites = dict(Site.objects.filter(pk__in={item.site for item in items}).values_list("id", "full_name"))
    return [_of_item(item, place, sites[item.site]) for place, item in enumerate(items, 1)]


def _of_item(item: Item, place: int, site: str) -> dict[str, Any]:
    return {
        "place": place, "device": item.name, "subject_type": item.subject_type, "subject_id": item.subject_id,
        "site": site, "model": item.model,
        "version": item.version, "version_now": item.version, "target": item.target, "exploited": item.urgency.exploited,
        "severity": item.urgency.severity, "exposed": [str(words.EXPOSED.get(one, one)) for one in item.urgency.exposed],
        "advisories": list(item.advisories), "steps": words.steps(list(item.steps)), "state": "open", "done_at": None,
    }  # fmt: skip


def cells(row: Mapping[str, Any]) -> list[Any]:
    """One item as a line of the work order."""
    return [
        row["place"], row["device"], row["site"], row["model"], row["version"], row["version_now"], row["target"],
        "yes" if row["exploited"] else "no", row["severity"], ", ".join(row["exposed"]), ", ".join(row["advisories"]),
        " ".join(row["steps"]), row["state"].replace("_", " "), row["done_at"], "",
    ]  # fmt: skip
