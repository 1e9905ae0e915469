from datetime import date, timedelta

import pytest
from tests import factories as make
from tests.advisories.test_matching import OLD

from licet.advisories.matching import match_all, match_devices
from licet.advisories.models import Exposure, Plan, Support
from licet.advisories.planning import close_plan, draft, make_plan, without_version
from licet.advisories.statements import add_statement
from licet.advisories.support import enter, of_release, read_support
from licet.advisories.urgency import Reachable, exposure
from licet.advisories.work_order import cells, items_of
from licet.authorization.models import Authorization
from licet.estate.models import Device, Fact
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

POSSIBLE = {"model": "DS-2CD2386G2-IU", "firmware_version": "5.7.15", "firmware_build": date(2024, 2, 1)}
RECORDER = {
    "model": "DS-7732NI-M4",
    "kind": "recorder",
    "firmware_version": "5.03.020",
    "firmware_build": date(2024, 9, 4),
}


@pytest.fixture
def site(shipped):
    return make.site()


def names(items):
    return [item.name for item in items]


def test_known_exploitation_comes_first_then_severity_then_exposure(site, now):
    make.device(site, name="recorder", **RECORDER)
    make.device(site, name="possible", address="1.1.1.1", scheme="https", **POSSIBLE)
    make.device(site, name="closed", scheme="https", reach="answered", **OLD)
    make.device(site, name="open", ezviz_bound=True, reach="answered", **OLD)
    match_all(now)
    items = draft(SYSTEM, site)
    assert names(items) == ["open", "closed", "possible", "recorder"]
    assert items[0].urgency.exposed == ("cloud", "plain_http")
    assert items[0].target.startswith("V5.4.5 build 170123 or newer")
    assert items[2].urgency.exposed == ("public_address",)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        (Reachable("8.8.8.8", "https", False, None, False, False), ("public_address",)),
        (
            Reachable("192.168.1.5", "http", None, True, True, True),
            ("uplink", "plain_http", "basic_login", "outdated_tls"),
        ),
        (Reachable("camera.example.org", "https", True, None, False, False), ("cloud",)),
        (Reachable("", "http", None, None, False, False), ()),
    ],
)
def test_exposure_is_told_from_facts(ways, found):
    assert exposure(ways) == found


def test_no_update_found_and_cannot_ask_are_different_words(site, now):
    make.device(site, name="silent", reach="unreachable", **OLD)
    make.device(site, name="unknown fix", reach="answered", **POSSIBLE)
    match_all(now)
    silent, unknown = draft(SYSTEM, site)
    assert "cannot_ask_unreachable" in silent.steps
    assert "no_fix_published" not in silent.steps
    assert "no_fix_published" in unknown.steps
    assert not [step for step in unknown.steps if step.startswith("cannot_ask")]


def test_a_platform_that_the_device_tells_is_passed_on(site, now):
    device = make.device(site, reach="answered", **OLD)
    Fact.objects.create(
        subject_type=1, subject_id=device.pk, topic="device_info", source="isapi", observed_at=now, confirmed_at=now,
        value={"platform": "B-R-G5-0", "oem_code": "7"},
    )  # fmt: skip
    match_all(now)
    (item,) = draft(SYSTEM, site)
    assert item.model.endswith("platform B-R-G5-0")
    assert "platform_unknown" not in item.steps
    assert "other_brand" in item.steps


def test_software_says_its_build_the_way_up_and_its_maintenance(site, now):
    server = make.installation(site, version="2.5.0.20230511")
    match_all(now)
    (item,) = draft(SYSTEM, site)
    assert (item.name, item.steps[-1]) == ("HCP", "maintenance_unknown")
    assert "hops_unknown" in item.steps
    Authorization.objects.create(
        subject_type=3, subject_id=server.pk, site=site, kind="software", right="software.maintenance", status="expired",
        reason="maintenance_over", valid_from=now,
    )  # fmt: skip
    (item,) = draft(SYSTEM, site)
    assert item.steps[-1] == "maintenance_lapsed"


def test_what_is_accepted_is_left_out_and_what_is_mitigated_is_not(site, now):
    for number, status in enumerate(("accepted", "mitigated")):
        device = make.device(site, name=status, **POSSIBLE)
        match_all(now)
        until = date(2027, 1, 31) if number == 0 else None
        add_statement(
            SYSTEM,
            "CVE-2021-36260",
            site=site,
            device=device,
            status=status,
            reason="for a good reason",
            now=now,
            valid_to=until,
        )
    (item,) = draft(SYSTEM, site)
    assert (item.name, item.steps[-1]) == ("mitigated", "statement_mitigated")


def test_a_plan_ticks_itself_off_after_a_sweep(site, now):
    first, second = make.device(site, name="a", **RECORDER), make.device(site, name="b", **OLD)
    match_all(now)
    plan = make_plan(SYSTEM, site, "December", now=now)
    Device.objects.filter(pk=first.pk).update(firmware_build=date(2026, 1, 15))
    Device.objects.filter(pk=second.pk).update(firmware_version="5.3.0", firmware_build=date(2015, 4, 10))
    match_devices(now + timedelta(hours=1), [first.pk, second.pk])
    states = {row["device"]: row["state"] for row in items_of(SYSTEM, plan)}
    assert states == {"a": "done", "b": "updated_still_asked"}
    Device.objects.filter(pk=second.pk).update(retired_at=now)
    match_all(now + timedelta(hours=2))
    assert Plan.objects.get().closed_at == now + timedelta(hours=2)


def test_a_doubt_that_an_update_raises_is_not_done(site, now):
    device = make.device(site, **OLD)
    match_all(now)
    plan = make_plan(SYSTEM, site, "December", now=now)
    Device.objects.filter(pk=device.pk).update(firmware_version="5.4.1", firmware_build=date(2016, 8, 1))
    match_all(now + timedelta(hours=1))
    assert [row["state"] for row in items_of(SYSTEM, plan)] == ["updated_still_asked"]


def test_a_doubt_that_no_version_can_settle_does_not_keep_an_updated_device_open(site, now):
    device = make.device(site, **OLD)
    match_all(now)
    plan = make_plan(SYSTEM, site, "December", now=now)
    Device.objects.filter(pk=device.pk).update(firmware_version="5.4.6", firmware_build=date(2018, 1, 1))
    match_all(now + timedelta(hours=1))
    assert [row["state"] for row in items_of(SYSTEM, plan)] == ["done"]
    assert Exposure.objects.get(ended_at=None).reason == "fix_unknown"


def test_a_work_order_has_a_place_to_sign(site, now):
    make.device(site, name="=HYPERLINK", **OLD)
    match_all(now)
    plan = make_plan(SYSTEM, site, "December", now=now, starts_at=now, ends_at=now + timedelta(hours=4))
    (line,) = [cells(row) for row in items_of(SYSTEM, plan)]
    assert line[:5] == [1, "=HYPERLINK", site.full_name, "DS-2CD2532F-IWS", "5.2.5 build 141201"]
    assert line[7:9] == ["yes", "critical"]
    assert line[-1] == ""


def test_a_plan_of_nothing_or_without_permission_or_with_half_a_window_is_refused(site, now):
    with pytest.raises(NotPossible, match="nothing"):
        make_plan(SYSTEM, site, "x", now=now)
    make.device(site, **OLD)
    match_all(now)
    with pytest.raises(NotPossible, match="start and an end"):
        make_plan(SYSTEM, site, "x", now=now, starts_at=now)
    with pytest.raises(NotPossible, match="ends before"):
        make_plan(SYSTEM, site, "x", now=now, starts_at=now, ends_at=now)
    viewer = make.person("vera", "viewer", site)
    with pytest.raises(NotPossible, match="permission"):
        make_plan(viewer.actor(), site, "x", now=now)
    plan = make_plan(SYSTEM, site, "x", now=now)
    close_plan(SYSTEM, plan, now=now)
    with pytest.raises(NotPossible, match="already"):
        close_plan(SYSTEM, plan, now=now)


CSV = (
    "product,model_pattern,line,end_of_sale,end_of_support,source,url,stated\n"
    ",DS-2CD2xx2F-I Series,,2020-01-31,2024-12-31,Letter of the distributor,,2023-05-02\n"
    ",DS-2CD2xx2F-I Series,5.2,,2022-12-31,Letter of the distributor,,2023-05-02\n"
    "hikcentral-professional,,2.5,,2026-06-30,Announcement,https://example.org,2025-01-01\n"
    ",DS-1,,,tomorrow,x,,2023-05-02\n,DS-1,,,2024-12-31,,,2023-05-02\n"
)


def test_support_dates_are_imported_and_the_most_special_one_holds(db, now):
    rows, refused = read_support(CSV.encode())
    assert [one.place for one in refused] == ["line 5", "line 6"]
    done = enter(SYSTEM, rows, now=now)
    assert (done.created, enter(SYSTEM, rows, now=now).unchanged) == (3, 3)
    kept = list(Support.objects.all())
    line = of_release(kept, product="", model="DS-2CD2532F-IWS", version="5.2.5")
    other = of_release(kept, product="", model="DS-2CD2532F-IWS", version="5.4.5")
    assert (line.end_of_support, other.end_of_support) == (date(2022, 12, 31), date(2024, 12, 31))
    assert of_release(kept, product="hikcentral-professional", model="", version="2.5.1").end_of_support == date(
        2026, 6, 30
    )
    assert of_release(kept, product="", model="DS-2CD2146G2-ISU", version="5.7.17") is None


def test_what_has_no_version_is_to_be_read_first(site, now):
    make.device(site, model="DS-2CD2532F-IWS", firmware_version="")
    make.device(site, name="possible", **{**POSSIBLE, "firmware_version": "", "firmware_build": None})
    match_all(now)
    assert without_version(SYSTEM, site) == 1
    assert {item.steps[0] for item in draft(SYSTEM, site)} <= {"state_the_version"}
