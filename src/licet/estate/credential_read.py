"""What faces ask of credentials: lists, one of them, and which a site may use. Never a password."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from licet.estate.models import Credential, Device
from licet.sites import bulk
from licet.sites.models import ScopedQuerySet, Site
from licet.sites.paging import Asked, Counted, Page, counted, page
from licet.sites.scope import Actor

SORTS: Final = ("name", "username", "changed_at")
STATES: Final = ("used", "unused", "refused", "locked_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFilter(Asked):
    """Which credentials. ``states`` are of :data:`STATES`; a credential has several."""

    states: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A user name and a sealed password. ``devices`` use it; of those, ``refused`` refused a password when asked last, ``locked_out`` are locked."""

    id: int
    site_id: int
    site: str
    name: str
    username: str
    devices: int
    refused: int
    locked_out: int
    version: int
    changed_at: datetime


def credential_page(actor: Actor, wanted: CredentialFilter) -> Page[CredentialRow]:
    """One page of the credentials in scope."""
    sort = wanted.sort if wanted.sort in SORTS else "name"
    rows = _matching(actor, wanted).select_related("site")
    found = page(rows, sort, descending=wanted.descending, cursor=wanted.cursor, size=wanted.size)
    return Page(tuple(_told(found.rows)), found.before, found.after)


def credential_facets(actor: Actor, wanted: CredentialFilter) -> tuple[Counted, dict[str, Counted]]:
    """How many match, and how many each state would leave; one that leaves none is missing."""
    base, now = _in_scope(actor, wanted), timezone.now()
    each = {state: counted(base.filter(_is(state, now))) for state in STATES}
    return counted(_matching(actor, wanted)), {state: count for state, count in each.items() if count.number}


def every_credential(
    actor: Actor, wanted: CredentialFilter | None = None, permission: str = "view"
) -> Iterator[CredentialRow]:
    """All that match, by site and name, some hundreds at a time."""
    rows = (
        _matching(actor, wanted or CredentialFilter(), permission)
        .select_related("site")
        .order_by("site__full_name", "name")
    )
    for some in bulk.batched(rows.iterator(chunk_size=500), 500):
        yield from _told(some)


def credential_row(row: Credential) -> CredentialRow:
    """One as lists tell of it."""
    return next(_told([row]))


def credential_numbered(actor: Actor, pk: int, permission: str = "view") -> Credential | None:
    """The credential with this id where the actor holds the permission."""
    return Credential.objects.visible_to(actor, permission).select_related("site").filter(pk=pk).first()


def usable_credentials(actor: Actor, site: Site) -> list[Credential]:
    """The credentials of a site and of the sites above it that the actor may give to its devices (:func:`credential_record.may_send`)."""
    above = [int(part) for part in site.path.split("/") if part]
    return list(Credential.objects.visible_to(actor, "edit_estate").select_related("site").filter(site__in=above))


def only_credential(actor: Actor, site: Site) -> Credential | None:
    """What devices of a site are asked with where nobody names a credential: the only one that is usable there; of several none."""
    usable = usable_credentials(actor, site)
    return usable[0] if len(usable) == 1 else None


def _in_scope(actor: Actor, wanted: CredentialFilter, permission: str = "view") -> ScopedQuerySet[Credential]:
    rows = Credential.objects.visible_to(actor, permission).under(wanted.site)
    text = wanted.text.strip()
    if not text:
        return rows
    parts = ("name", "username", "site__full_name")
    return rows.filter(Q(*((f"{part}__icontains", text) for part in parts), _connector=Q.OR))


def _matching(actor: Actor, wanted: CredentialFilter, permission: str = "view") -> ScopedQuerySet[Credential]:
    rows, now = _in_scope(actor, wanted, permission), timezone.now()
    chosen = [_is(state, now) for state in wanted.states if state in STATES]
    return rows.filter(Q(*chosen, _connector=Q.OR)) if chosen else rows


def _is(state: str, now: datetime) -> Any:
    using = Device.objects.filter(credential=OuterRef("pk"), retired_at=None)
    if state == "unused":
        return ~Exists(using)
    return Exists(using.filter(_of_devices(now)[state]))


def _of_devices(now: datetime) -> dict[str, Q]:
    return {"used": Q(), "refused": Q(reach="refused"), "locked_out": Q(locked_until__gt=now)}


def _told(rows: Collection[Credential]) -> Iterator[CredentialRow]:
    is_so = _of_devices(timezone.now())
    using = Device.objects.filter(credential__in=[row.pk for row in rows], retired_at=None).order_by()
    figures = using.values("credential").annotate(
        used=Count("id"), refused=Count("id", filter=is_so["refused"]), locked=Count("id", filter=is_so["locked_out"])
    )
    found = {one["credential"]: (one["used"], one["refused"], one["locked"]) for one in figures}
    for row in rows:
        devices, refused, locked_out = found.get(row.pk, (0, 0, 0))
        yield CredentialRow(
            row.pk, row.site_id, row.site.full_name, row.name, row.username, devices, refused, locked_out, row.version,
            row.changed_at,
        )  # fmt: skip
