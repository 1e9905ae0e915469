"""How often the devices of a site are asked by themselves. The nearest rhythm above a site counts for it; 0 minutes = not."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max, QuerySet

from licet.ledger import record as ledger
from licet.sites.models import Site
from licet.sites.nearest import nearest
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.sweep.kinds import put_sweeps, sites_asked
from licet.sweep.models import Job, Rhythm
from licet.sweep.queue import is_name

LEAST: Final = 5  # minutes: below that a camera network does little else
MOST: Final = 60 * 24 * 31


@transaction.atomic
def set_rhythm(actor: Actor, site: Site, minutes: int, queue: str = "") -> Rhythm:
    """Have the devices of a site and those below asked every so many minutes (0 = not). Raises :class:`NotPossible`."""
    if not actor.may("administer", site.path):
        raise NotPossible("You may not decide how often devices are asked here.")
    if minutes and not LEAST <= minutes <= MOST:
        raise NotPossible(
            f"Every {minutes} minutes is not possible: between {LEAST} minutes and 31 days, or 0 for never."
        )
    if queue and not is_name(queue):
        raise NotPossible("The name of a queue is up to 40 letters, digits, - and _.")
    row, _ = Rhythm.objects.update_or_create(site=site, defaults={"minutes": minutes, "queue": queue})
    ledger.append(
        actor=actor.label, action="sweep:rhythm:set", object_type="site", object_id=site.pk, site=site.pk,
        after={"minutes": minutes, "queue": row.queue},
    )  # fmt: skip
    return row


@transaction.atomic
def remove_rhythm(actor: Actor, site: Site) -> None:
    """Have a site follow the rhythm of the sites above it again. Raises :class:`NotPossible`."""
    if not actor.may("administer", site.path):
        raise NotPossible("You may not decide how often devices are asked here.")
    if not Rhythm.objects.filter(site=site).delete()[0]:
        raise NotPossible(f"{site} has no rhythm of its own.")
    ledger.append(
        actor=actor.label, action="sweep:rhythm:removed", object_type="site", object_id=site.pk, site=site.pk, after={}
    )


def rhythms(actor: Actor) -> "QuerySet[Rhythm]":
    """The rhythms in scope, by site."""
    return Rhythm.objects.visible_to(actor).select_related("site").order_by("site__full_name")


def due(now: datetime) -> list[Job]:
    """Put the sweep of each site whose time has come; one that was missed is made up for once."""
    own = dict(Rhythm.objects.values_list("site__path", "minutes"))
    longest = max(own.values(), default=0)
    if not longest:
        return []
    since = now - timedelta(minutes=longest)
    last = dict(
        Job.objects.filter(kind="sweep", created_at__gt=since, site__isnull=False)
        .order_by()
        .values_list("site")
        .annotate(last=Max("created_at"))
    )
    turn = []
    for site in sites_asked(SYSTEM, None):
        minutes = nearest(site.path, own)
        if minutes and (site.pk not in last or now - last[site.pk] >= timedelta(minutes=minutes)):
            turn.append(site)
    return put_sweeps(SYSTEM, turn) if turn else []
