"""A version that a person read counts until one is measured."""

from datetime import date, timedelta

import pytest
from tests import factories as make

from licet.advisories.matching import match_devices
from licet.advisories.models import Exposure
from licet.estate.folding import fold
from licet.estate.models import Fact
from licet.estate.stated_version import TOPIC, state_version
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor
from licet.wire.facts import DeviceInfo, Reach, Report, Topic
from licet.wire.facts import Fact as Observed

pytestmark = pytest.mark.django_db
LATER = make.NOW + timedelta(hours=1)


def test_a_stated_version_is_matched_and_gives_way_to_a_measured_one(shipped):
    row = make.device(make.site(), model="DS-2CD2532F-IWS")
    state_version(SYSTEM, row, "V5.2.5 build 141201", source="label", now=make.NOW)
    match_devices(make.NOW, [row.pk])
    row.refresh_from_db()
    assert (row.firmware_version, row.firmware_build) == ("5.2.5", date(2014, 12, 1))
    assert Exposure.objects.filter(subject_id=row.pk, answer="affected", ended_at=None).exists()
    assert Fact.objects.get(topic=TOPIC, superseded_at=None).source == "label (entered)"
    read = DeviceInfo(firmware="V5.4.5", firmware_version="5.4.5", firmware_build=date(2017, 1, 23))
    said = Observed(Topic.DEVICE_INFO, read, "isapi", LATER)
    fold(
        {
            row.pk: Report(
                address=row.address,
                port=80,
                scheme="http",
                reach=Reach.ANSWERED,
                facts=(said,),
                started_at=LATER,
                seconds=1,
            )
        },
        LATER,
    )
    row.refresh_from_db()
    assert row.firmware_version == "5.4.5"
    assert not Fact.objects.filter(topic=TOPIC, superseded_at=None).exists()


@pytest.mark.parametrize(("text", "source"), [("newest", "label"), ("V5.2.5", " ")])
def test_what_is_no_version_or_comes_from_nowhere_is_refused(db, text, source):
    row = make.device(make.site())
    with pytest.raises(NotPossible):
        state_version(SYSTEM, row, text, source=source, now=make.NOW)
    with pytest.raises(NotPossible, match="may not"):
        state_version(Actor(label="nobody"), row, "V5.2.5", source="label", now=make.NOW)
