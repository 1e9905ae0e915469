"""The pages of updates."""

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests import factories as make

from licet.advisories.matching import match_all
from licet.advisories.models import Advisory, Exposure, Plan, Statement, Support
from licet.advisories.update import load_shipped
from licet.estate.models import Device
from licet.sites.scope import SYSTEM

KEV = "CVE-2017-7921"


@pytest.fixture
def exposed(estate):
    ids = [row.pk for row in estate["devices"][:6]]
    Device.objects.filter(pk__in=ids).update(
        model="DS-2CD2532F-IWS", firmware_version="5.2.5", firmware_build=date(2014, 12, 1)
    )
    load_shipped(timezone.now())
    match_all(timezone.now())
    return estate


@pytest.fixture
def admin(signed_in, exposed):
    return signed_in(exposed["people"]["admin"])


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))


def test_the_overview_counts_devices_and_says_how_old_the_feeds_are(admin):
    page = text(admin.get("/updates/"))
    assert "Known exploited affected or possibly, and exploited by others already 6" in page
    assert "Feeds are old" in page
    assert "That is not the same as being safe." in page
    assert "CISA known exploited 2026.08.07 Too old" in page


def test_cameras_that_only_a_recorder_names_are_counted_apart_and_named_beside_plans(admin, exposed):
    make.channel(exposed["devices"][0], 77, model="DS-2CD2532F-IWS")
    assert "cameras that only a recorder names: they were never asked themselves" in text(admin.get("/updates/"))
    assert "camera read that only a recorder names" in text(admin.get("/updates/plans/"))


def test_an_advisory_counts_the_five_answers_and_lists_its_devices(admin, exposed):
    answer = admin.get(f"/updates/advisories/{KEV}/")
    page = text(answer)
    number = Device.objects.count() + 3
    assert "Affected 6 The notice names the model" in page
    assert f"No rule {number - 6} No notice here names the model. That is not the same as being safe." in page
    assert "V5.2.0 build 140721 to V5.4.0 build 160530" in page
    assert str(exposed["devices"][0]) in page
    assert admin.get("/updates/advisories/CVE-1999-0001/").status_code == 404


def test_the_list_of_advisories_filters_sorts_and_exports_the_same(admin):
    listed = admin.get("/updates/advisories/?exploited=listed").content.decode()
    assert "<b>2</b> advisories" in listed
    found = rows_of(admin.get("/updates/advisories/export/?exploited=listed"))
    assert {row["code"]: row["affected"] for row in found} == {KEV: "6", "CVE-2021-36260": "0"}
    ordered = re.findall(
        r'class="ident" href="[^"]*">(CVE-[\d-]+)<',
        admin.get("/updates/advisories/?sort=code&size=25").content.decode(),
    )
    assert len(ordered) == 25
    assert ordered == sorted(ordered)


def test_every_page_of_the_affected_devices_together_is_the_whole_list(admin):
    where, found = "/updates/devices/?size=25", []
    Device.objects.filter(kind="camera").update(
        model="DS-2CD2532F-IWS", firmware_version="5.2.5", firmware_build=date(2014, 12, 1)
    )
    match_all(timezone.now() + timedelta(minutes=1))
    while where:
        page = admin.get(where).content.decode()
        found += re.findall(r'class="ident" href="(/estate/\d+/)"', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        where = after[1].replace("&amp;", "&") if after else ""
    open_ones = Exposure.objects.filter(ended_at=None, subject_type=1).count()
    assert len(found) == open_ones > 25


def test_a_search_narrows_the_affected_devices_and_their_export(admin, exposed):
    name = exposed["devices"][0].name
    found = rows_of(admin.get("/updates/devices/export/", {"q": name, "advisory": KEV}))
    assert {row["device"] for row in found} == {name}
    assert found[0]["published_range"] == "V5.2.0 build 140721 to V5.4.0 build 160530"
    assert found[0]["install"] == "V5.4.5 build 170123 or newer"
    found = rows_of(admin.get("/updates/devices/export/", {"sort": "-answer"}))
    told = [row["answer"] for row in found]
    assert told == sorted(told, reverse=True) != sorted(told)


def test_a_device_page_tells_its_firmware_and_known_vulnerabilities(admin, exposed):
    page = text(admin.get(f"/estate/{exposed['devices'][0].pk}/"))
    assert "Firmware and known vulnerabilities V5.2.5 build 141201 · line 5.2" in page
    assert f"{KEV} Critical 9.8 · known exploited" in page
    other = text(admin.get(f"/estate/{exposed['devices'][8].pk}/"))
    assert "That is not the same as being safe." in other


def test_firmware_in_use_is_compared_in_its_line(admin, exposed):
    Device.objects.filter(pk=exposed["devices"][0].pk).update(
        firmware_version="5.2.0", firmware_build=date(2014, 7, 21)
    )
    page = text(admin.get("/updates/firmware/?q=DS-2CD2532F"))
    assert "5.2.0 build 140721 1 Behind 5.2.5 build 141201 runs here too line 5.2" in page
    found = rows_of(admin.get("/updates/firmware/export/?behind=yes"))
    # Software has one train of versions: 2.5.0 is behind 2.6.1, in whatever line.
    assert [row["version"] for row in found] == ["5.2.0", "2.5.0"]


def test_a_statement_is_made_exported_and_withdrawn(admin, exposed):
    site = exposed["sites"]["top"]
    said = {"status": "accepted", "site": site.pk, "reason": "The camera network has no way out"}
    refused = admin.post(f"/updates/advisories/{KEV}/", said)
    assert "an accepted risk needs a last day" in text(refused)
    until = (timezone.now() + timedelta(days=30)).date().isoformat()
    assert admin.post(f"/updates/advisories/{KEV}/", {**said, "valid_to": until}).status_code == 302
    assert Exposure.objects.filter(statement__isnull=False).count() == 6
    kept = json.loads(admin.get("/updates/statements/export/?as=csaf").content)
    assert [one["cve"] for one in kept["vulnerabilities"]] == [KEV]
    assert (
        json.loads(admin.get("/updates/statements/export/?as=openvex").content)["statements"][0]["status"] == "affected"
    )
    row = Statement.objects.get()
    admin.post(f"/updates/statements/{row.pk}/withdraw/")
    assert not Exposure.objects.filter(statement__isnull=False).exists()
    assert "nothing to export" in text(admin.get("/updates/statements/export/"))


def test_who_may_not_review_sees_no_form_and_cannot_state(signed_in, exposed):
    client = signed_in(exposed["people"]["viewer"])
    assert "State something" not in text(client.get(f"/updates/advisories/{KEV}/"))
    assert client.post(f"/updates/advisories/{KEV}/", {"status": "mitigated"}).status_code == 403
    assert not Statement.objects.exists()


def test_support_dates_are_entered_with_their_source(admin, signed_in, exposed):
    said = {
        "model_pattern": "DS-2CD2xx2F-I Series",
        "end_of_support": "2024-12-31",
        "source": "A letter",
        "stated": "2023-05-02",
    }
    assert "neither end_of_sale" in text(admin.post("/updates/support/", {**said, "end_of_support": ""}))
    assert admin.post("/updates/support/", said).status_code == 302
    assert "31 Dec 2024 Ended A letter" in text(admin.get("/updates/support/"))
    assert rows_of(admin.get("/updates/support/export/"))[0]["model_pattern"] == "DS-2CD2xx2F-I Series"
    assert "31 Dec 2024 (A letter)" in text(admin.get(f"/estate/{exposed['devices'][0].pk}/"))
    for name in ("viewer", "neighbour"):  # one may not edit the register, the other at one site alone
        assert signed_in(exposed["people"][name]).post("/updates/support/", said).status_code == 403


def test_a_plan_is_made_in_the_time_of_its_site_and_taken_out_as_a_work_order(admin, exposed):
    berlin = exposed["sites"]["berlin"]
    said = {"site": berlin.pk, "title": "December", "starts_at": "2026-12-05T21:00", "ends_at": "2026-12-06T05:00"}
    assert "no such moment" in text(admin.post("/updates/plans/new/", said | {"starts_at": "0001-01-01T00:00"}))
    answer = admin.post("/updates/plans/new/", said)
    plan = Plan.objects.get()
    assert answer.url == f"/updates/plans/{plan.pk}/"
    assert plan.starts_at.isoformat() == "2026-12-05T20:00:00+00:00"
    page = text(admin.get(f"/updates/plans/{plan.pk}/?print=1"))
    assert f"0 of {plan.items.count()} are done." in page
    assert "Read the release notes first" in page
    found = rows_of(admin.get(f"/updates/plans/{plan.pk}/export/"))
    assert len(found) == plan.items.count() > 1
    assert found[0]["Known exploited"] == "yes"
    sheet = admin.get(f"/updates/plans/{plan.pk}/export/?as=xlsx")
    assert sheet.content.startswith(b"PK")
    admin.post(f"/updates/plans/{plan.pk}/close/")
    assert Plan.objects.get().closed_at is not None


def test_a_plan_that_cannot_be_made_says_why(admin, exposed):
    said = {"site": exposed["sites"]["neighbour"].pk, "title": "December"}
    assert "nothing at Sandberg Clinic is known to need an update" in text(admin.post("/updates/plans/new/", said))


def test_matching_again_needs_the_permission_to_sweep(signed_in, admin, exposed):
    assert admin.post("/updates/match/").status_code == 302
    assert signed_in(exposed["people"]["viewer"]).post("/updates/match/").status_code == 403


def test_somebody_of_one_site_counts_only_its_devices(signed_in, exposed):
    page = text(signed_in(exposed["people"]["neighbour"]).get(f"/updates/advisories/{KEV}/"))
    assert "Affected 0" in page
    assert Exposure.objects.visible_to(SYSTEM).filter(ended_at=None).exists()


def test_statements_are_filtered_sorted_and_exported(admin, exposed):
    site, at = exposed["sites"]["top"], timezone.now()
    advisory = Advisory.objects.get(code=KEV)
    other = Advisory.objects.exclude(code=KEV).order_by("code").first()
    for row, status, until in ((advisory, "mitigated", None), (other, "accepted", date(2020, 1, 1))):
        Statement.objects.create(
            advisory=row, site=site, status=status, reason="for a test", made_at=at, valid_to=until
        )
    assert "<b>2</b> statements" in admin.get("/updates/statements/").content.decode()
    assert [row["advisory"] for row in rows_of(admin.get("/updates/statements/table/?stands=no"))] == [other.code]
    assert [row["advisory"] for row in rows_of(admin.get("/updates/statements/table/?status=mitigated"))] == [KEV]
    codes = [row["advisory"] for row in rows_of(admin.get("/updates/statements/table/?sort=-code"))]
    assert codes == sorted(codes, reverse=True)


def test_support_dates_are_filtered_sorted_and_paged(admin):
    at = timezone.now()
    for number in range(30):
        values = {
            "end_of_support": at.date() + timedelta(days=20 * number - 100),
            "source": "letter",
            "stated_on": at.date(),
        }
        Support.objects.create(model_pattern=f"DS-{number:04}", entered_at=at, **values)
    assert len(rows_of(admin.get("/updates/support/export/?ends=over"))) == 5
    assert len(rows_of(admin.get("/updates/support/export/?ends=year"))) == 19
    page = admin.get("/updates/support/?size=25&sort=-of").content.decode()
    assert page.index("DS-0029") < page.index("DS-0028")
    assert "DS-0000" in admin.get("/updates/support/?size=25&sort=-of&c=25").content.decode()


def test_affected_devices_are_sorted_by_urgency_on_every_page(admin):
    Device.objects.filter(kind="camera").update(
        model="DS-2CD2532F-IWS", firmware_version="5.2.5", firmware_build=date(2014, 12, 1)
    )
    match_all(timezone.now() + timedelta(minutes=1))
    where, found = "/updates/devices/?size=25&sort=-urgency", []
    while where:
        page = admin.get(where).content.decode()
        found += re.findall(r'href="/updates/advisories/([^/]+)/"', page)
        after = re.search(r'rel="next" href="([^"]+)"', page)
        where = after[1].replace("&amp;", "&") if after else ""
    ranks = dict(Advisory.objects.values_list("code", "rank"))
    assert [ranks[code] for code in found] == sorted((ranks[code] for code in found), reverse=True)
    assert len(found) == Exposure.objects.filter(ended_at=None).count()


def test_support_dates_come_from_a_file_and_what_is_left_out_is_said(admin):
    data = b"model_pattern,end_of_support,source,stated\nDS-76xxNI,2027-01-31,letter,2026-01-01\nDS-77xxNI,soon,letter,2026-01-01\n"
    answer = admin.post("/updates/support/", {"do": "file", "file": SimpleUploadedFile("dates.csv", data)})
    assert answer.status_code == 422
    assert "is no date" in answer.content.decode()
    assert [row.model_pattern for row in Support.objects.all()] == ["DS-76xxNI"]
