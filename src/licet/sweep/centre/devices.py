"""Which devices a collector is to ask: those of its site and below, but for the sites of a collector that is nearer."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import CharField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Length

from licet.estate.models import Asking, Device
from licet.sites.models import Site
from licet.sites.scope import Actor
from licet.sweep.centre.keys import centre_keys
from licet.sweep.collector import listed
from licet.sweep.collector.listed import DeviceList, Listed
from licet.sweep.collector.message import pack
from licet.sweep.collector_models import Collector
from licet.wire.facts import Outcome

_ADDRESS: Final = re.compile(r"[\w.:%-]{1,253}")
_FINGERPRINT: Final = re.compile(r"([0-9a-f]{64})?")


def collected() -> QuerySet[Site]:
    """The sites whose devices a collector asks, so that nobody else has to."""
    nearest = (
        Collector.objects.filter(revoked_at=None)
        .exclude(sign="")
        .annotate(path=ExpressionWrapper(OuterRef("path"), CharField()))
    )
    return Site.objects.filter(Exists(nearest.filter(path__startswith=F("site__path"))))


def asked_from_here(actor: Actor, site: Site | None) -> QuerySet[Device]:
    """The devices of a site and below that the actor may have asked, and that no collector asks."""
    rows = Device.objects.visible_to(actor, "sweep").under(site).filter(retired_at=None).exclude(address="")
    return rows.exclude(site__in=collected())


def device_list(row: Collector, now: datetime) -> tuple[bytes, int]:
    """The signed list for a collector, and how many devices are in it."""
    found = DeviceList(
        collector=row.uid, name=row.name, site=row.site.full_name, sequence=row.sequence, devices=list(_devices(row))
    )
    message = pack(centre_keys(), "devices", "centre", 0, now, listed.write(found))
    Collector.objects.filter(pk=row.pk).update(devices=len(found.devices))
    return message, len(found.devices)


def _sites(row: Collector) -> QuerySet[Site]:
    nearer = Collector.objects.filter(revoked_at=None, site__path__startswith=row.site.path).exclude(sign="")
    deeper = nearer.annotate(size=Length("site__path")).filter(size__gt=len(row.site.path))
    below = Q()
    for path in deeper.values_list("site__path", flat=True):
        below |= Q(path__startswith=path)
    sites = Site.objects.filter(path__startswith=row.site.path)
    return sites.exclude(below) if below else sites


def _devices(row: Collector) -> Iterator[Listed]:
    rows = Device.objects.filter(site__in=_sites(row), retired_at=None).exclude(address="").order_by("pk")
    missing: dict[int, list[str]] = {}
    unoffered = Asking.objects.filter(device__in=rows.order_by().values("pk"), outcome=Outcome.NOT_OFFERED)
    for device, topic in unoffered.values_list("device_id", "topic"):
        missing.setdefault(device, []).append(topic)
    columns = (
        "pk",
        "site_id",
        "address",
        "port",
        "scheme",
        "fingerprint",
        "legacy_tls",
        "allow_basic",
        "credential__name",
    )
    for pk, site, address, port, scheme, fingerprint, legacy, basic, credential in rows.values_list(*columns)[
        : listed.MOST_DEVICES
    ]:
        if _ADDRESS.fullmatch(address) and 0 < port < 65_536 and _FINGERPRINT.fullmatch(fingerprint):
            yield Listed(
                id=pk, site=site, address=address, port=port, scheme=scheme, fingerprint=fingerprint,
                legacy_tls=legacy, allow_basic=basic, credential=credential or "", not_offered=missing.get(pk, []),
            )  # fmt: skip
