import re
from datetime import UTC, date, datetime, timedelta

import pytest
from tests import factories as make
from tests.advisories.test_matching import OLD

from licet.advisories.matching import match_all
from licet.advisories.models import Exposure
from licet.advisories.standing import apply_statements
from licet.advisories.statements import JUSTIFICATIONS, add_statement, export, withdraw_statement
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

KEV = "CVE-2017-7921"
WHY = "The camera network has no way out"


@pytest.fixture
def cameras(shipped, now):
    top = make.site()
    below = make.site(parent=top, time_zone="Pacific/Auckland")
    found = make.device(top, **OLD), make.device(below, **OLD), make.device(make.site(), **OLD)
    match_all(now)
    return found


def stated(code=KEV):
    return set(
        Exposure.objects.filter(advisory__code=code, statement__isnull=False).values_list("subject_id", flat=True)
    )


def test_a_statement_stands_for_a_site_with_all_below_it(cameras, now):
    top, below, other = cameras
    add_statement(SYSTEM, KEV, site=top.site, status="mitigated", reason=WHY, now=now)
    assert stated() == {top.pk, below.pk}
    assert stated("CVE-2017-7923") == set()
    assert other.pk not in stated()


def test_a_statement_for_a_device_goes_before_one_for_the_site(cameras, now):
    top, below, _other = cameras
    single = add_statement(SYSTEM, KEV, site=below.site, device=below, status="not_affected", reason=WHY, now=now)
    add_statement(SYSTEM, KEV, site=top.site, status="mitigated", reason=WHY, now=now)
    assert Exposure.objects.get(advisory__code=KEV, subject_id=below.pk).statement == single


def test_the_last_day_counts_to_its_end_in_the_zone_of_the_site(cameras, now):
    below = cameras[1]
    add_statement(SYSTEM, KEV, site=below.site, status="accepted", reason=WHY, now=now, valid_to=date(2026, 12, 31))
    assert apply_statements(datetime(2026, 12, 31, 10, 59, tzinfo=UTC)) == 0  # 23:59 in Auckland
    assert stated() == {below.pk}
    assert apply_statements(datetime(2026, 12, 31, 11, 0, tzinfo=UTC)) == 1
    assert stated() == set()


def test_a_withdrawn_statement_stands_for_nothing(cameras, now):
    row = add_statement(SYSTEM, KEV, site=cameras[0].site, status="mitigated", reason=WHY, now=now)
    withdraw_statement(SYSTEM, row, "the rule is gone", now=now)
    assert stated() == set()
    with pytest.raises(NotPossible):
        withdraw_statement(SYSTEM, row, "", now=now)


def test_a_device_that_comes_later_falls_under_the_statement_too(cameras, now):
    top = cameras[0]
    add_statement(SYSTEM, KEV, site=top.site, status="mitigated", model="ds-2cd2532f-iws", reason=WHY, now=now)
    late = make.device(top.site, **OLD)
    match_all(now + timedelta(hours=1))
    assert late.pk in stated()


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "accepted"},
        {"status": "accepted", "valid_to": date(2026, 11, 25)},
        {"status": "accepted", "valid_to": date(2036, 1, 1)},
        {"status": "ignored"},
        {"status": "mitigated", "reason": "short"},
        {"status": "mitigated", "justification": JUSTIFICATIONS[0]},
        {"status": "not_affected", "justification": "because"},
    ],
)
def test_a_statement_that_says_too_little_is_refused(cameras, now, wrong):
    with pytest.raises(NotPossible):
        add_statement(SYSTEM, KEV, site=cameras[0].site, now=now, **{"reason": WHY, **wrong})


def test_a_statement_needs_the_permission_to_review_there(cameras, now):
    viewer = make.person("vera", "technician", cameras[0].site)
    with pytest.raises(NotPossible):
        add_statement(viewer.actor(), KEV, site=cameras[0].site, status="mitigated", reason=WHY, now=now)
    auditor = make.person("otto", "auditor", cameras[2].site)
    with pytest.raises(NotPossible):
        add_statement(auditor.actor(), KEV, site=cameras[0].site, status="mitigated", reason=WHY, now=now)


@pytest.fixture
def documents(cameras, now):
    top, below, _other = cameras
    add_statement(SYSTEM, KEV, site=top.site, status="accepted", reason=WHY, now=now, valid_to=date(2026, 12, 31))
    add_statement(
        SYSTEM,
        "CVE-2017-7923",
        site=top.site,
        status="not_affected",
        justification=JUSTIFICATIONS[2],
        reason=WHY,
        now=now,
    )
    make.device(below.site, model="DS-2CD2386G2-IU", firmware_version="5.7.15")
    match_all(now)
    add_statement(SYSTEM, "CVE-2021-36260", site=below.site, status="not_affected", reason=WHY, now=now)
    who = {"publisher": "Example Ltd", "namespace": "https://example.org", "number": "vex-1", "now": now}
    return export(SYSTEM, "csaf", **who), export(SYSTEM, "openvex", **who)


# No copy of the schemas is on this machine: these walk what the standards say in words (CSAF 2.0, 3.2 and 4.5; OpenVEX 0.2.0).
def test_the_csaf_document_has_what_the_standard_requires_of_a_vex(documents):
    plain = documents[0]
    document = plain["document"]
    assert (document["category"], document["csaf_version"]) == ("csaf_vex", "2.0")
    assert document["publisher"] == {"category": "user", "name": "Example Ltd", "namespace": "https://example.org"}
    tracking = document["tracking"]
    assert {"current_release_date", "id", "initial_release_date", "revision_history", "status", "version"} <= set(
        tracking
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", tracking["current_release_date"])
    assert tracking["revision_history"][-1]["number"] == tracking["version"]
    names = [
        version["product"]
        for model in plain["product_tree"]["branches"][0]["branches"]
        for version in model["branches"]
    ]
    ids = [one["product_id"] for one in names]
    assert len(ids) == len(set(ids)) == 2
    assert [one["cve"] for one in plain["vulnerabilities"]] == ["CVE-2021-36260", "CVE-2017-7923", KEV]
    for one in plain["vulnerabilities"]:
        assert one["notes"]
        status = one["product_status"]
        listed = [key for name in status for key in status[name]]
        assert listed
        assert len(listed) == len(set(listed))  # no product in two groups that contradict each other
        assert set(listed) <= set(ids)
        impact = {key for part in ("flags", "threats") for item in one.get(part, []) for key in item["product_ids"]}
        assert set(status.get("known_not_affected", [])) <= impact
        action = {key for item in one.get("remediations", []) for key in item["product_ids"]}
        assert set(status.get("known_affected", [])) <= action
        assert {item["label"] for item in one.get("flags", [])} <= set(JUSTIFICATIONS)


def test_the_openvex_document_has_what_its_text_requires(documents):
    plain = documents[1]
    assert plain["@context"] == "https://openvex.dev/ns/v0.2.0"
    assert {"@id", "author", "timestamp", "version"} <= set(plain)
    assert plain["version"] == 1
    assert {one["vulnerability"]["name"] for one in plain["statements"]} == {KEV, "CVE-2017-7923", "CVE-2021-36260"}
    for one in plain["statements"]:
        assert all(product["@id"] for product in one["products"])
        if one["status"] == "not_affected":
            assert one.get("justification") in JUSTIFICATIONS or one["impact_statement"]
        else:
            assert one["status"] == "affected"
            assert one["action_statement"] == f"Accepted (until 2026-12-31): {WHY}"


def test_without_a_statement_there_is_no_document(cameras, now):
    with pytest.raises(ValueError, match="no statement"):
        export(SYSTEM, "csaf", publisher="x", namespace="https://example.org", number="", now=now)
