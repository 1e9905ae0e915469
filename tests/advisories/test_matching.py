from datetime import date, timedelta

import pytest
from tests import factories as make

from licet.advisories.matching import match_all, match_devices
from licet.advisories.models import Advisory, Exposure
from licet.estate.models import Device

OLD = {"model": "DS-2CD2532F-IWS", "firmware_version": "5.2.5", "firmware_build": date(2014, 12, 1)}


@pytest.fixture
def camera(shipped):
    return make.device(make.site(), **OLD)


def opened(device):
    return set(
        Exposure.objects.filter(subject_type=1, subject_id=device.pk, ended_at=None).values_list(
            "advisory__code", "answer"
        )
    )


def test_all_48_shipped_advisories_are_kept_with_source_and_day(shipped):
    assert shipped.added == Advisory.objects.count() == 48
    assert not [row.code for row in Advisory.objects.all() if not row.plain["source"] or not row.dated]


def test_a_camera_in_the_published_range_is_affected(camera, now):
    match_all(now)
    assert opened(camera) == {("CVE-2017-7921", "affected"), ("CVE-2017-7923", "affected")}
    row = Exposure.objects.get(advisory__code="CVE-2017-7921")
    assert row.version == "5.2.5 build 141201"
    assert row.fixed == "V5.4.5 build 170123 or newer"


def test_an_update_ends_the_period_and_nothing_else_is_written(camera, now):
    other = make.device(camera.site, **OLD)
    match_all(now)
    again = match_all(now + timedelta(hours=1))
    assert (again.began, again.ended) == (0, 0)
    Device.objects.filter(pk=camera.pk).update(firmware_version="5.4.5", firmware_build=date(2017, 1, 23))
    done = match_devices(now + timedelta(hours=2), [camera.pk])
    assert (done.began, done.ended) == (1, 2)
    assert opened(camera) == {("CVE-2017-7923", "cannot_tell")}
    assert len(opened(other)) == 2
    assert Exposure.objects.filter(subject_id=camera.pk, ended_at=now + timedelta(hours=2)).count() == 2


def test_a_retired_device_is_no_longer_exposed(camera, now):
    match_all(now)
    Device.objects.filter(pk=camera.pk).update(retired_at=now)
    assert match_all(now + timedelta(hours=1)).ended == 2


def test_software_is_matched_by_product_and_version(shipped, now):
    server = make.installation(make.site(), version="2.5.1")
    match_all(now)
    found = dict(Exposure.objects.filter(subject_type=3, subject_id=server.pk).values_list("advisory__code", "answer"))
    assert found["CVE-2024-25063"] == "affected"
    assert found["CVE-2024-25064"] == "cannot_tell"
    assert found["CVE-2025-39247"] == "affected"


def test_a_device_without_a_model_is_no_exposure_of_any_advisory(shipped, now):
    make.device(make.site(), model="", firmware_version="5.2.5")
    assert match_all(now).began == 0


def test_a_device_that_moves_to_another_site_is_found_there(camera, now):
    match_all(now)
    there = make.site()
    Device.objects.filter(pk=camera.pk).update(site=there)
    match_devices(now + timedelta(hours=1), [camera.pk])
    assert set(Exposure.objects.filter(ended_at=None).values_list("site", flat=True)) == {there.pk}
