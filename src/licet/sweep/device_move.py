"""A device goes to another site: what is judged of it ends at the old one and begins at the new one, what was closed stays.

Whoever knew it at its old site keeps what he wrote about it there: closed findings with their comments, waivers, statements, reviews.
"""

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from licet.access.gathering import up_to
from licet.access.models import Account, Decision
from licet.advisories.matching import match_devices
from licet.advisories.models import PlanItem, Statement
from licet.audits import models as audits
from licet.audits.run import refresh_since
from licet.authorization.reconcile import changed
from licet.compliance import models as compliance
from licet.compliance.judging import follow
from licet.estate import read
from licet.estate.credential_record import may_send
from licet.estate.device_move import Place, fitting_place, move_device
from licet.estate.models import Channel, Device, Installation, Subject
from licet.register.models import Pool
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.waivers import still


def move(actor: Actor, device: Device, site: Site, *, reason: str, now: datetime, place: Place = Place()) -> None:  # noqa: B008 - frozen
    """Move a device to another site with all that follows from it. Raises :class:`NotPossible` and then has changed nothing.

    In one transaction it stands at the new site with its authorizations and exposures, and nothing open is left at the old one; then
    its accounts, its findings and the controls of both sites are judged anew.
    """
    old = device.site
    with transaction.atomic():
        _own_no_pool(device)
        servers = read.managed_by(device)
        move_device(actor, device, site, reason=reason, place=place)
        channels = list(Channel.objects.filter(device=device).values_list("pk", flat=True))
        accounts = list(_accounts(device).values_list("pk", flat=True))
        _go_along(device, site)
        _end(device, channels, accounts, now)
        changed(now, devices=[device.pk], installations=servers, actor=actor.label)
        match_devices(now, [device.pk])
    up_to(now.date())
    parties = list(device.third_parties.filter(ended_at=None).values_list("pk", flat=True))
    also = {audits.Kind.CHANNEL: channels, audits.Kind.ACCOUNT: accounts, audits.Kind.THIRD_PARTY: parties}
    refresh_since(now, now, [device.pk], also)
    follow(now, now, [device.pk], sites=[old.pk, site.pk])


def what_changes(actor: Actor, device: Device, site: Site, *, now: datetime, place: Place = Place()) -> list[str]:  # noqa: B008 - frozen
    """What moving it would change, as sentences, before anybody says yes. Raises :class:`NotPossible` where it cannot go there."""
    address, port = fitting_place(actor, device, site, place)
    _own_no_pool(device)
    return list(_sentences(actor, device, site, f"{address}, port {port}" if address else "", now))


def _sentences(actor: Actor, device: Device, site: Site, where: str, now: datetime) -> Iterator[str]:
    yield f"It goes from {device.site.full_name} to {site.full_name}, and what is permitted there is judged anew."
    if device.retired_at is not None:
        yield "It is retired now; there it is in use again."
    yield (
        f"It is asked at {where}, without a pinned certificate and without exceptions."
        if where
        else "It has no address there until a sweep or a discovery of the site finds it."
    )
    if device.credential is not None and not may_send(actor, device.credential, site):
        name = f" {device.credential.name}" if actor.may("view", device.credential.site.path) else ""
        yield f"Its credential{name} is not one of that site, or not yours to send there: it has none there until you choose one."
    elif device.credential is not None:
        yield f"It keeps its credential {device.credential.name}."
    behind = Channel.objects.filter(camera=device).count() + Channel.objects.filter(
        device=device, camera__isnull=False
    ).count()  # fmt: skip
    if behind:
        yield "A recorder and the cameras behind it know each other at one site only: that link ends until both stand at the same one."
    servers = Installation.objects.visible_to(actor).filter(members__device=device, retired_at=None).order_by("name")
    if names := ", ".join(servers.values_list("name", flat=True)[:10]):
        yield f"{names} goes on managing it, and its licences go on covering it, until you or its own list say otherwise."
    if _purposes(device)[0].exists() or _purposes(device)[1].exists():
        yield "What it films for, and who answers for that, is to be stated anew: what is stated was true of its old place."
    if waivers := sum(rows.count() for rows in _left_behind(device, site, now)):
        yield (
            f"{waivers} waivers or statements about it stay at {device.site.full_name} and cover nothing at the new site."
            if waivers > 1
            else f"A waiver or statement about it stays at {device.site.full_name} and covers nothing at the new site."
        )
    yield (
        f"Its open findings end at {device.site.full_name}, where their comments stay; it leaves the open plans and reviews of accounts "
        "there. Earlier periods, documents and signed audits stay as they are."
    )


def _own_no_pool(device: Device) -> None:
    if Pool.objects.filter(device=device).exists():
        raise NotPossible("A pool of licences belongs to it. Transfer them and take the pool away first.")


def _accounts(device: Device) -> QuerySet[Account]:
    return Account.objects.filter(subject_type=Subject.DEVICE, subject_id=device.pk, gone_at=None)


def _purposes(device: Device) -> tuple[QuerySet[compliance.Purpose], QuerySet[compliance.ChannelPurpose]]:
    return compliance.Purpose.objects.filter(device=device), compliance.ChannelPurpose.objects.filter(
        channel__device=device
    )


def _left_behind(
    device: Device, site: Site, now: datetime
) -> tuple[QuerySet[audits.Waiver], QuerySet[compliance.Waiver], QuerySet[Statement]]:
    """The waivers and statements about it that stand and that do not reach as far as the new site."""
    beyond = ~Q(site__in=_around(site))
    channels = Channel.objects.filter(device=device).values("pk")
    it = Q(kind=audits.Kind.DEVICE, subject=device.pk) | Q(kind=audits.Kind.CHANNEL, subject__in=channels)
    granted = Q(approved_at__lte=now, ended_at=None) & still(now) & beyond
    return (
        audits.Waiver.objects.filter(it, granted),
        compliance.Waiver.objects.filter(granted, kind=compliance.Kind.DEVICE, subject=device.pk),
        Statement.objects.filter(beyond, device=device, withdrawn_at=None),
    )


def _around(site: Site) -> QuerySet[Site]:
    """The site and those above it."""
    return Site.objects.filter(pk__in=[int(one) for one in site.path.strip("/").split("/")])


def _go_along(device: Device, site: Site) -> None:
    """What is still open goes along: its accounts, and where a plan or review of accounts is of both sites, its place in that."""
    accounts = _accounts(device)
    accounts.update(site=site, judged_on=None)
    items = PlanItem.objects.filter(
        subject_type=Subject.DEVICE, subject_id=device.pk, done_at=None, plan__closed_at=None
    )
    asked = Decision.objects.filter(account__in=accounts, verdict="", campaign__closed_at=None)
    PlanItem.objects.filter(pk__in=items.filter(plan__site__in=_around(site)).values("pk")).update(site=site)
    Decision.objects.filter(pk__in=asked.filter(campaign__site__in=_around(site)).values("pk")).update(site=site)
    items.exclude(plan__site__in=_around(site)).delete()
    asked.exclude(campaign__site__in=_around(site)).delete()


def _end(device: Device, channels: list[int], accounts: list[int], now: datetime) -> None:
    """End what was found and stated of it at its old place. What holds at the new one is found anew."""
    for rows in _purposes(device):
        rows.delete()
    parties = device.third_parties.values("pk")
    about = (
        Q(kind=audits.Kind.DEVICE, subject=device.pk) | Q(kind=audits.Kind.CHANNEL, subject__in=channels)
        | Q(kind=audits.Kind.ACCOUNT, subject__in=accounts) | Q(kind=audits.Kind.THIRD_PARTY, subject__in=parties)
    )  # fmt: skip
    audits.Finding.objects.filter(about, closed_at=None).update(closed_at=now)
    compliance.Result.objects.filter(kind=compliance.Kind.DEVICE, subject=device.pk, ended_at=None).update(ended_at=now)
