"""What follows a change of a site: its time zone, country and notice decide what is judged of everything there."""

from datetime import UTC, datetime

from licet.audits.run import refresh_since
from licet.authorization.reconcile import changed
from licet.compliance.judging import follow
from licet.estate.models import Device, Installation
from licet.register.models import Pool
from licet.sites.models import Site


def judge_site(site: Site, *, actor: str = "system") -> None:
    """Have the authorizations, findings and controls of a site judged anew. Its sites below have clocks and countries of their own."""
    now = datetime.now(UTC)
    devices = list(Device.objects.filter(site=site, retired_at=None).values_list("pk", flat=True))
    pools = list(Pool.objects.filter(site=site).values_list("pk", flat=True))
    servers = list(Installation.objects.filter(site=site, retired_at=None).values_list("pk", flat=True))
    changed(now, devices=devices, pools=pools, installations=servers, actor=actor)
    refresh_since(now, now, devices)
    follow(now, now, devices, sites=[site.pk])
