from datetime import timedelta

import pytest
from tests import factories as make

from licet.access.gathering import gather
from licet.estate.models import CloudAccount, Credential, Fact
from licet.sites.scope import SYSTEM
from licet.vault import record as vault


@pytest.fixture
def listed(now):
    """Has a device list its accounts: (name, level) pairs, as a sweep would have kept them."""

    def say(device, *accounts, at=now):
        Fact.objects.filter(subject_id=device.pk, topic="users", superseded_at=None).update(superseded_at=at)
        users = [{"id": str(n), "name": name, "level": level} for n, (name, level) in enumerate(accounts, 1)]
        Fact.objects.create(
            subject_type=1, subject_id=device.pk, topic="users", value={"users": users}, source="isapi:/ISAPI/Security/users",
            observed_at=at, confirmed_at=at,
        )  # fmt: skip

    return say


@pytest.fixture
def estate(db, listed, now):
    """Two devices opened with admin, an installation, a cloud account; a neighbour's device."""
    top = make.site("Nordwind")
    berlin, clinic = make.site("Berlin", top), make.site("Clinic")
    credential = Credential.objects.create(
        site=berlin, name="Readers", username="admin", secret=vault.put("device password", "x" * 12), mark="m"
    )
    first = make.device(berlin, name="Gate", credential=credential)
    second = make.device(berlin, name="Yard", credential=credential)
    foreign = make.device(clinic, name="Ward")
    listed(first, ("admin", "Administrator"), ("viewer1", "Viewer"), ("installer", "Operator"))
    listed(second, ("admin", "Administrator"), ("boss", "Administrator"), ("chief", "Administrator"))
    listed(foreign, ("admin", "Administrator"))
    gather(now)
    return {
        "top": top, "berlin": berlin, "clinic": clinic, "first": first, "second": second, "foreign": foreign,
        "server": make.installation(berlin, "HCP"),
        "cloud": CloudAccount.objects.create(site=berlin, name="security@example.org", first_seen_at=now),
        "system": SYSTEM, "later": now + timedelta(days=1),
    }  # fmt: skip


@pytest.fixture
def reviewer(estate):
    return make.person("rita", "auditor", estate["top"])
