import gzip
import json
from contextlib import suppress
from datetime import date

import pytest

from licet.advisories.feeds.cpe import model_of, read_cpe
from licet.advisories.feeds.found import Kind
from licet.advisories.feeds.problem import NotReadable
from licet.advisories.feeds.recognise import read_feed

WANTED = frozenset({"CVE-2021-36260"})
NVD = {
    "resultsPerPage": 1, "format": "NVD_CVE", "version": "2.0", "timestamp": "2026-11-20T08:00:00.000",
    "vulnerabilities": [{"cve": {
        "id": "CVE-2018-6413", "sourceIdentifier": "hsrc@hikvision.com", "published": "2018-04-18T15:29:00.270",
        "lastModified": "2024-11-21T04:10:39.980", "vulnStatus": "Modified", "cveTags": [],
        "descriptions": [{"lang": "en", "value": "A buffer overflow in a Hikvision camera."}],
        "metrics": {"cvssMetricV30": [{"source": "nvd@nist.gov", "type": "Primary", "cvssData": {
            "version": "3.0", "vectorString": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "baseScore": 7.5, "baseSeverity": "HIGH"}}]},
        "weaknesses": [{"description": [{"lang": "en", "value": "CWE-119"}]}],
        "configurations": [{"operator": "AND", "nodes": [
            {"operator": "OR", "cpeMatch": [{"vulnerable": True, "versionEndIncluding": "4.1.2", "criteria": "cpe:2.3:o:hikvision:ds-2cd9111-s_firmware:*:*:*:*:*:*:*:*"}]},
            {"operator": "OR", "cpeMatch": [{"vulnerable": False, "criteria": "cpe:2.3:h:hikvision:ds-2cd9111-s:-:*:*:*:*:*:*:*"}]}]}],
        "references": [{"url": "https://example.org/x"}, {"url": "https://example.org/notice", "tags": ["Vendor Advisory"]}]}}],
}  # fmt: skip
KEV = {
    "title": "x", "catalogVersion": "2026.11.20", "dateReleased": "2026-11-20T16:45:47.0648Z", "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2021-36260", "vendorProject": "Hikvision", "product": "x", "vulnerabilityName": "Hikvision Improper Input Validation", "dateAdded": "2022-01-10", "shortDescription": "x", "requiredAction": "x", "dueDate": "2022-01-24", "knownRansomwareCampaignUse": "Unknown"}],
}  # fmt: skip
KEV_CSV = "cveID,vendorProject,product,vulnerabilityName,dateAdded,shortDescription,requiredAction,dueDate\nCVE-2021-36260,Hikvision,x,y,2022-01-10,x,x,2022-01-24\nno-cve,a,b,c,2026-01-01,x,x,\n"
EPSS = "#model_version:v2025.03.14,score_date:2026-11-20T00:00:00+0000\ncve,epss,percentile\nCVE-2021-36260,0.94436,0.99987\nCVE-1999-0001,0.1,0.2\n"
CSAF = {
    "document": {"category": "csaf_security_advisory", "csaf_version": "2.0", "title": "Hikvision Cameras",
        "publisher": {"category": "coordinator", "name": "CISA", "namespace": "https://www.cisa.gov/"},
        "tracking": {"id": "ICSA-17-124-01", "status": "final", "version": "1", "initial_release_date": "2017-05-04T06:00:00Z", "current_release_date": "2017-05-04T06:00:00Z"}},
    "product_tree": {"branches": [{"category": "vendor", "name": "Hikvision", "branches": [{"category": "product_name", "name": "DS-2CD2xx2FWD Series", "branches": [
        {"category": "product_version_range", "name": ">=  5.3.1 build 150410 | <= 5.4.4  Build 161125", "product": {"product_id": "CSAFPID-0001", "name": "x"}}]}]}]},
    "vulnerabilities": [{"cve": "CVE-2017-7921", "cwe": {"id": "CWE-287"}, "product_status": {"known_affected": ["CSAFPID-0001"]},
        "scores": [{"cvss_v3": {"version": "3.0", "vectorString": "CVSS:3.0/AV:N", "baseScore": 10.0, "baseSeverity": "CRITICAL"}, "products": ["CSAFPID-0001"]}]}],
}  # fmt: skip
NOTICES = (
    "advisory,cve,family,model_pattern,range_text,fixed,severity,published,url,source\n"
    "HSRC-202611-01,CVE-2026-50001,camera,DS-2CD2146G2-ISU;DS-2CD2346G2-ISU,Versions below V5.7.23,V5.7.23,high,2026-11-01,https://example.org/n,typed from the notice\n"
    "HSRC-202611-02,,nvr,DS-76xxNI-Kx,some versions,,medium,2026-11-02,,typed from the notice\n"
    "x,CVE-20,camera,DS-2CD1,Versions below V1.0.0,,high,2026-11-01,,x\n"
    "x,CVE-2026-50002,toaster,DS-2CD1,Versions below V1.0.0,,high,2026-11-01,,x\n"
    "x,CVE-2026-50003,camera,DS-2CD1,Versions below V1.0.0,,high,yesterday,,x\n"
    "x,CVE-2026-50004,camera,DS-2CD1,Versions below V1.0.0,,high,2026-11-01,,\n"
)


def read(value):
    data = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return read_feed(data, WANTED)


def test_an_nvd_page_gives_scores_dates_and_rows_that_are_hints():
    feed = read(NVD)
    (entry,) = feed.entries
    assert (feed.kind, feed.issued, feed.rows, feed.others) == (Kind.NVD, date(2026, 11, 20), 1, 0)
    assert (entry.code, entry.severity, entry.best.score, entry.weaknesses) == (
        "CVE-2018-6413",
        "high",
        7.5,
        ("CWE-119",),
    )
    assert entry.url == "https://example.org/notice"
    assert (entry.rows[0].models, entry.rows[0].basis, entry.rows[0].range.upper) == (("DS-2CD9111-S",), "cpe", "4.1.2")


def test_a_single_record_of_a_mirror_is_read_and_other_makers_are_passed_over():
    record = NVD["vulnerabilities"][0]["cve"]
    assert read(record).entries[0].code == "CVE-2018-6413"
    other = {
        **record,
        "id": "CVE-2026-1",
        "sourceIdentifier": "x@example.org",
        "descriptions": [],
        "configurations": [],
    }
    feed = read({**NVD, "vulnerabilities": [{"cve": {**other, "id": "CVE-2026-10001"}}, {"cve": {"id": "nothing"}}]})
    assert (feed.entries, feed.others, [one.place for one in feed.refused]) == ((), 1, ["record 2"])


@pytest.mark.parametrize(
    ("name", "model", "version", "update"),
    [
        (r"cpe:2.3:o:hikvision:ds-2cd2026g2-iu\/sl_firmware:-:*:*:*:*:*:*:*", "DS-2CD2026G2-IU/SL", "-", "*"),
        (r"cpe:2.3:o:hikvision:ds-2cd2066g2-i\(u\)_firmware:-:*:*:*:*:*:*:*", "DS-2CD2066G2-I(U)", "-", "*"),
        ("cpe:2.3:o:hikvision:ds-7204hghi-f1_firmware:4.0.1:180903:*:*:*:*:*:*", "DS-7204HGHI-F1", "4.0.1", "180903"),
        ("cpe:2.3:o:hikvision:ds-76xxx_series_firmware:*:*:*:*:*:*:*:*", "", "*", "*"),
        ("cpe:2.3:h:hikvision:ip_cameras:-:*:*:*:*:*:*:*", "", "-", "*"),
    ],
)
def test_odd_cpe_names_are_split(name, model, version, update):
    found = read_cpe(name)
    assert (model_of(found), found.version, found.update) == (model, version, update)


@pytest.mark.parametrize("score", ["1" + "0" * 400, '"9.8"', "null"])
def test_a_score_that_is_no_number_of_this_world_is_left_out(score):
    (entry,) = read(json.dumps(NVD).replace('"baseScore": 7.5', f'"baseScore": {score}')).entries
    assert entry.best.score is None


def test_kev_is_read_as_json_and_as_csv_with_its_own_date():
    feed, table = read(KEV), read(KEV_CSV)
    assert (feed.kind, feed.issued, feed.version) == (Kind.KEV, date(2026, 11, 20), "2026.11.20")
    assert feed.exploited["CVE-2021-36260"].due == date(2022, 1, 24)
    assert (table.kind, table.issued, [one.place for one in table.refused]) == (Kind.KEV, date(2022, 1, 10), ["line 3"])


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_epss_keeps_the_figures_of_what_is_held_packed_or_not(pack):
    feed = read_feed(pack(EPSS), WANTED)
    assert (feed.kind, feed.issued, feed.version, feed.rows, feed.others) == (
        Kind.EPSS,
        date(2026, 11, 20),
        "v2025.03.14",
        2,
        1,
    )
    assert feed.chances["CVE-2021-36260"].score == 0.94436


def test_csaf_ranges_in_free_text_are_read():
    (entry,) = read(CSAF).entries
    assert (entry.code, entry.notice, entry.families, entry.severity) == (
        "CVE-2017-7921",
        "ICSA-17-124-01",
        ("camera",),
        "critical",
    )
    assert entry.rows[0].models == ("DS-2CD2xx2FWD Series",)
    assert (entry.rows[0].range.lower, entry.rows[0].range.upper) == ("5.3.1 build 150410", "5.4.4 Build 161125")


def test_a_vex_statement_of_not_affected_is_kept_as_such():
    vex = json.loads(json.dumps(CSAF))
    vex["document"]["category"] = "csaf_vex"
    vex["vulnerabilities"][0]["product_status"] = {"known_not_affected": ["CSAFPID-0001"]}
    assert read(vex).entries[0].rows[0].status == "not_affected"


def test_notices_typed_by_people_are_taken_or_refused_with_line_and_reason():
    feed = read(NOTICES)
    assert [entry.code for entry in feed.entries] == ["CVE-2026-50001", "HSRC-202611-02"]
    assert feed.entries[0].rows[0].models == ("DS-2CD2146G2-ISU", "DS-2CD2346G2-ISU")
    assert feed.entries[0].rows[0].fixed == "V5.7.23"
    assert feed.entries[1].rows[0].range is None
    assert "line 3: the range “some versions” is kept as text" in feed.notes[0]
    assert [(one.place, one.reason.split(":")[0]) for one in feed.refused] == [
        ("line 4", "cve"), ("line 5", "family"), ("line 6", "published"), ("line 7", "source"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "The file is empty."),
        (b"   \n", "The file is empty."),
        (b"{", "cannot be read"),
        (b'{"a": 1}', "none of the feeds"),
        (b"[1, 2]", "none of the feeds"),
        (b"<html>", "web page"),
        (b"\x1f\x8bnothing", "broken or cut short"),
        (b"name,serial\nx,y\n", "headings of this file"),
        (b"cve,epss,percentile\nCVE-2021-36260,0.1,0.2\n", "no date in its first line"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b'{"catalogVersion": "x", "vulnerabilities": []}', "no date (dateReleased)"),
        (b'{"document": {"csaf_version": "1.2"}}', "version 1.2"),
        (b'{"document": {"csaf_version": "2.0"}}', "no tracking id"),
        (b"[" * 100_000, "cannot be read"),
    ],
)
def test_a_file_that_is_no_feed_is_one_sentence(data, said):
    with pytest.raises(NotReadable) as caught:
        read_feed(data, WANTED)
    assert said in str(caught.value)


def test_a_packed_file_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("licet.advisories.feeds.recognise.MAX_UNPACKED", 1000)
    with pytest.raises(NotReadable, match="Unpacked"):
        read_feed(gzip.compress(b"a" * 10_000), WANTED)


_ODD = (
    None,
    True,
    -1,
    "",
    "x",
    [],
    [None],
    [[]],
    {},
    {"cve": []},
    [{"cve": {"id": 7}}],
    [{"cveID": None}],
    {"branches": [{}]},
    {"tracking": 3},
)


@pytest.mark.parametrize("whole", [NVD, KEV, CSAF])
def test_a_value_of_the_wrong_type_anywhere_near_the_top_breaks_nothing(whole):
    inner = next(iter(whole["vulnerabilities"]))
    for key in [*whole, *inner]:
        for odd in _ODD:
            broken = json.loads(json.dumps(whole))
            (broken if key in whole else broken["vulnerabilities"][0])[key] = odd
            with suppress(NotReadable):
                assert read(broken).kind in Kind
