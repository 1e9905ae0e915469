import json
from datetime import date, timedelta

import pytest
from tests import factories as make
from tests.advisories.test_feeds import CSAF, EPSS, KEV, NOTICES, NVD

from licet.advisories.feed_age import feeds, set_age, stale_feeds
from licet.advisories.models import Advisory, Exposure, Feed
from licet.advisories.update import load_shipped, take_in
from licet.ledger.read import verify
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM, Actor


def take(value, now, **more):
    data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return take_in(SYSTEM, data, "feed", now=now, **more)


def test_a_dry_run_says_the_same_and_writes_nothing(shipped, now):
    dry = take(EPSS, now, dry_run=True)
    assert (dry.added, dry.changed, [(one.code, one.what) for one in dry.changes]) == (
        0,
        1,
        [("CVE-2021-36260", "epss")],
    )
    assert not Feed.objects.filter(kind="epss").exists()
    done = take(EPSS, now)
    assert (done.changed, done.changes) == (dry.changed, dry.changes)
    assert Advisory.objects.get(code="CVE-2021-36260").epss == 0.94436


def test_the_same_file_twice_changes_nothing(shipped, now):
    for value in (NVD, KEV, EPSS, CSAF, NOTICES):
        take(value, now)
        again = take(value, now)
        assert (again.added, again.changed) == (0, 0), value
    assert load_shipped(now).changed == 0
    assert verify().ok


def test_a_newer_catalogue_marks_and_unmarks_and_an_older_one_does_nothing(shipped, now):
    done = take(KEV, now)
    assert [one.what for one in done.changes] == ["kev (not listed as exploited any more)"]
    assert done.gone == 1
    old = take({**KEV, "dateReleased": "2025-08-01T00:00:00Z", "vulnerabilities": []}, now)
    assert old.changed == 0
    assert "older (2025-08-01)" in old.notes[0]
    assert Advisory.objects.get(code="CVE-2021-36260").kev_added == date(2022, 1, 10)


def test_nvd_names_more_models_where_the_notice_gives_no_range_and_they_are_hints_only(shipped, now):
    camera = make.device(make.site(), model="DS-2CD2999G2-I", firmware_version="5.5.0")
    record = json.loads(json.dumps(NVD))
    cve = record["vulnerabilities"][0]["cve"]
    cve["id"] = "CVE-2021-36260"
    match = {"vulnerable": True, "criteria": "cpe:2.3:o:hikvision:ds-2cd2999g2-i_firmware:-:*:*:*:*:*:*:*"}
    cve["configurations"][0]["nodes"][0]["cpeMatch"] = [match]
    take(record, now)
    found = Exposure.objects.get(subject_id=camera.pk)
    assert (found.advisory.code, found.answer, found.reason) == ("CVE-2021-36260", "possibly_affected", "named_in_cpe")


def test_cpe_names_never_replace_the_ranges_of_a_notice(shipped, now):
    before = Advisory.objects.get(code="CVE-2018-6413").plain["rows"]
    take(NVD, now)
    assert Advisory.objects.get(code="CVE-2018-6413").plain["rows"] == before


def test_a_vendor_notice_is_matched_at_once(shipped, now):
    camera = make.device(make.site(), model="DS-2CD2146G2-ISU", firmware_version="5.7.17")
    done = take(NOTICES, now)
    assert (done.added, len(done.refused)) == (2, 4)
    found = Exposure.objects.get(subject_id=camera.pk, advisory__code="CVE-2026-50001")
    assert (found.answer, found.fixed) == ("affected", "V5.7.23 or newer")


def test_a_feed_that_is_too_old_or_was_never_brought_is_stale(shipped, now):
    assert {one.kind for one in stale_feeds(now)} == {"nvd", "kev", "epss"}
    take(EPSS, now)
    assert {one.kind for one in stale_feeds(now)} == {"nvd", "kev"}
    assert "epss" in {one.kind for one in stale_feeds(now + timedelta(days=30))}
    set_age(SYSTEM, "epss", 60)
    assert "epss" not in {one.kind for one in stale_feeds(now + timedelta(days=30))}
    assert next(one.age for one in feeds(now) if one.kind == "epss") == 6


def test_the_age_is_set_by_an_administrator_of_everything(shipped):
    with pytest.raises(NotPossible):
        set_age(Actor("x"), "kev", 7)
    with pytest.raises(NotPossible):
        set_age(SYSTEM, "news", 7)
    with pytest.raises(NotPossible):
        set_age(SYSTEM, "kev", 0)
