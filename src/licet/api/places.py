from dataclasses import dataclass
from typing import Annotated

from ninja import Query, Router
from pydantic import Field

from licet.api.asked import Asked, site_in, site_where, there
from licet.api.lists import Filtering, Listed, cursor_in, listed
from licet.api.operation import MADE, Made, reads, writes
from licet.api.word import Given, Number, RowNumber, ShortText, Text
from licet.sites.models import Site
from licet.sites.paging import Page, page
from licet.sites.record import MOST_FACT_HOURS, MOST_NOTICE_DAYS, add_site, change_site
from licet.sweep.after_site import judge_site

router = Router()
SiteName = Annotated[Text, Field(min_length=1, max_length=200, pattern=r"^[^/\x00]*[^/\s\x00][^/\x00]*$")]
Zone = Annotated[ShortText, Field(description="As Europe/Berlin")]
Country = Annotated[
    ShortText, Field(description="Two letters, as DE, or the English name, as Germany; empty = not said")
]


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A place in the tree. ``notice_days`` before its last day a right counts as expiring; after ``fact_age_hours`` a fact is stale."""

    id: int
    name: str
    full_name: str
    parent: int | None
    time_zone: str
    country: str
    notice_days: int
    fact_age_hours: int


class NewSite(Given):
    """A site to be added. A time zone or country that is not given is that of the parent; at the top UTC and none."""

    name: SiteName
    parent: Number | None = None
    time_zone: Zone | None = None
    country: Country | None = None


class ChangedSite(Given):
    """What is to be different; what is left out stays. A name is without those of the sites above it."""

    name: SiteName | None = None
    time_zone: Zone | None = None
    country: Country | None = None
    notice_days: Annotated[int, Field(ge=0, le=MOST_NOTICE_DAYS, strict=True)] | None = None
    fact_age_hours: Annotated[int, Field(ge=1, le=MOST_FACT_HOURS, strict=True)] | None = None


@reads(router, "/sites", Listed[SiteRow])
def list_sites(request: Asked, asking: Query[Filtering]) -> Listed[SiteRow]:
    """The sites in scope, by their full names."""
    rows = Site.objects.visible_to(request.actor).under(site_in(request, asking.site))
    if asking.text:
        rows = rows.filter(full_name__icontains=asking.text)
    found = page(rows, "full_name", descending=False, cursor=cursor_in(request, asking), size=asking.limit)
    return listed(request, Page(tuple(_row(one) for one in found.rows), found.before, found.after))


@reads(router, "/sites/{int:number}", SiteRow)
def get_site(request: Asked, number: RowNumber) -> SiteRow:
    """One site."""
    return _row(there(Site.objects.visible_to(request.actor).filter(pk=number).first(), "site", number))


@writes(router, "post", "/sites", SiteRow, needs="administer", status=MADE)
def add_a_site(request: Asked, given: NewSite) -> Made:
    """Add a site, at the top or below another one."""
    parent = site_where(request, given.parent, "administer", "body.parent") if given.parent is not None else None
    made = add_site(request.actor, given.name, parent=parent, time_zone=given.time_zone, country=given.country)
    return Made(_row(made), f"/api/v1/sites/{made.pk}")


@writes(router, "patch", "/sites/{int:number}", SiteRow, needs="administer")
def change_a_site(request: Asked, number: RowNumber, given: ChangedSite) -> SiteRow:
    """Change a site; a new name stands in the full names of those below it, and what rests on the site is judged anew."""
    site = there(Site.objects.visible_to(request.actor).filter(pk=number).first(), "site", number)
    changed = change_site(request.actor, site, **given.dict(exclude_unset=True))
    if set(changed) - {"name"}:
        judge_site(site, actor=request.actor.label)
    return _row(site)


def _row(site: Site) -> SiteRow:
    return SiteRow(
        site.pk, site.name, site.full_name, site.parent_id, site.time_zone, site.country, site.notice_days, site.fact_age_hours,
    )  # fmt: skip
