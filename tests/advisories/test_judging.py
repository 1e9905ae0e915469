import csv
from datetime import date

import pytest

from licet.advisories.entry import Entry, Rows, rows_of
from licet.advisories.judging import Answer, Release, judge
from licet.advisories.ranges import read_range
from licet.advisories.shipped import shipped
from licet.wire.firmware import read_build

ENTRIES = {entry.code: entry for entry in shipped().entries}


def said(code, model, version, build=None, kind="camera", product=""):
    found = judge(Release(kind, model, version, read_build(build), product), ENTRIES[code])
    return found.answer, found.reason


def notice(models, text, families=("camera",), **more):
    rows = rows_of(tuple(models), text, read_range(text), **more)
    return Entry("CVE-2026-99999", "for a test", families, "a test", date(2026, 1, 1), (rows,))


@pytest.mark.parametrize(
    ("code", "model", "version", "build", "kind", "answer", "reason"),
    [
        ("CVE-2017-7921", "DS-2CD2532F-IWS", "5.2.5", "141201", "camera", "affected", "in_range"),
        ("CVE-2017-7921", "DS-2CD2532F-IWS", "5.4.5", "170123", "camera", "not_affected", "fixed"),
        (
            "CVE-2017-7921",
            "DS-2CD2532F-IWS",
            "5.4.1",
            "160801",
            "camera",
            "cannot_tell",
            "between_last_affected_and_fixed",
        ),
        ("CVE-2017-7923", "DS-2CD2532F-IWS", "5.4.5", "170123", "camera", "cannot_tell", "fix_unknown"),
        ("CVE-2017-7921", "DS-2CD2146G2-ISU", "5.7.17", "240606", "camera", "no_rule", "model_not_named"),
        ("CVE-2021-36260", "DS-2CD2386G2-IU", "5.7.15", "240201", "camera", "possibly_affected", "no_range"),
        ("CVE-2025-66177", "DS-7732NI-M4", "5.03.020", "240904", "recorder", "affected", "in_range"),
        ("CVE-2025-66177", "DS-7732NI-M4", "5.03.020", None, "recorder", "cannot_tell", "build_missing"),
        ("CVE-2025-66177", "DS-7732NI-M4", "5.04.085", "260101", "recorder", "not_affected", "above_range"),
        ("CVE-2025-66177", "DS-7732NI-M4", "", None, "recorder", "cannot_tell", "version_unknown"),
        ("CVE-2024-29949", "DS-7604NI-M1/4P", "5.01.071", None, "recorder", "not_affected", "fixed"),
        ("CVE-2024-29949", "DS-7608NI-M2", "5.01.071", None, "recorder", "affected", "in_range"),
        (
            "CVE-2023-28811",
            "iDS-7204HUHI-M1(C)",
            "4.71.110",
            "230101",
            "recorder",
            "possibly_affected",
            "name_begins_so",
        ),
        ("CVE-2023-28811", "iDS-7204HUHI-M1(C)", "4.75.011", "240625", "recorder", "no_rule", "model_not_named"),
        ("CVE-2023-28809", "DS-K1T804AEF", "1.4.0", "221212", "access", "cannot_tell", "on_the_edge"),
        ("CVE-2023-28809", "DS-K1T804AEF", "1.4.0", "221101", "access", "affected", "in_range"),
        ("CVE-2020-7057", "DS-7204HGHI-F1", "4.0.1", "190101", "recorder", "cannot_tell", "other_version_named"),
        ("CVE-2018-6414", "DS-2CD2146G2-ISU", "5.5.0", None, "camera", "no_rule", "model_not_named"),
        ("CVE-2017-7921", "", "5.2.5", None, "camera", "cannot_tell", "model_unknown"),
        ("CVE-2017-7921", "", "5.2.5", None, "recorder", "no_rule", "model_unknown"),
    ],
)
def test_the_five_answers_and_their_reasons(code, model, version, build, kind, answer, reason):
    assert said(code, model, version, build, kind) == (answer, reason)


@pytest.mark.parametrize(
    ("code", "version", "answer", "reason"),
    [
        ("CVE-2024-25063", "2.5.1", "affected", "in_range"),
        ("CVE-2024-25063", "2.6.0.20240511", "not_affected", "above_range"),
        ("CVE-2025-39247", "2.6.1", "affected", "in_range"),
        ("CVE-2025-39247", "2.6.2", "cannot_tell", "on_the_edge"),
        ("CVE-2025-39247", "3.0.0", "affected", "in_range"),
        ("CVE-2025-39247", "", "cannot_tell", "version_unknown"),
        ("CVE-2025-34067", "2.6.1", "no_rule", "other_family"),
        ("CVE-2024-47485", "2.1.0", "no_rule", "other_family"),
    ],
)
def test_software_is_judged_by_its_product_and_one_train_of_versions(code, version, answer, reason):
    assert said(code, "", version, kind="software", product="hikcentral-professional") == (answer, reason)


def test_the_build_date_decides(shared):
    """Case C102."""
    with (shared / "cases" / "C102-build-date-decides.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    entry = notice(["DS-2CD2146G2-ISU"], "Build date before 240101")
    found = [
        judge(
            Release("camera", "DS-2CD2146G2-ISU", row["firmwareVersion"], read_build(row["firmwareReleasedDate"])),
            entry,
        )
        for row in rows
    ]
    assert [one.answer for one in found] == [Answer.NOT_AFFECTED, Answer.AFFECTED, Answer.CANNOT_TELL]
    assert found[2].reason == "build_missing"


def test_the_product_is_matched_and_not_only_the_number(shared):
    """Case C105."""
    with (shared / "cases" / "C105-match-product-not-only-number.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    entry = notice(["DS-2CD2x46G2-ISU"], "Versions below V5.5.800_210628 (including V5.5.800_210628)")
    kinds = {"CAM-01": "camera", "NVR-01": "recorder"}
    found = {
        row["device"]: judge(
            Release(kinds[row["device"]], row["model"], row["firmware"], read_build(row["build"])), entry
        ).answer
        for row in rows
    }
    assert found == {"CAM-01": Answer.AFFECTED, "NVR-01": Answer.NO_RULE}


def test_an_unreadable_version_is_neither_affected_nor_clear(shared):
    """Case C101."""
    text = (shared / "cases" / "C101-unreadable-means-unknown.txt").read_text().strip()
    found = judge(
        Release("camera", "DS-2CD2146G2-ISU", text, None), notice(["DS-2CD2146G2-ISU"], "Versions below V5.7.23")
    )
    assert (found.answer, found.reason) == (Answer.CANNOT_TELL, "unreadable")


def test_a_cpe_name_is_never_more_than_a_hint():
    entry = notice(["DS-2CD2146G2-ISU"], "versionEndIncluding 5.7.17", basis="cpe")
    assert judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.17", None), entry).answer is Answer.POSSIBLY
    ranged = Entry(
        "CVE-1", "x", ("camera",), "x", date(2026, 1, 1),
        (Rows(("DS-2CD2146G2-ISU",), "x", read_range("Versions below V5.7.10"), basis="cpe"),),
    )  # fmt: skip
    assert judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.9", None), ranged).answer is Answer.POSSIBLY
    assert judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.17", None), ranged).answer is Answer.NO_RULE


def test_a_named_model_of_another_family_is_for_a_person_to_look_at():
    entry = notice(["DS-2CD2146G2-ISU"], "Versions below V5.7.23", families=("nvr",))
    found = judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.17", None), entry)
    assert (found.answer, found.reason) == (Answer.POSSIBLY, "family_differs")


def test_a_statement_that_clears_a_version_goes_before_the_range():
    entry = notice(["DS-2CD2146G2-ISU"], "Versions below V5.7.23")
    cleared = Rows(("DS-2CD2146G2-ISU",), "V5.7.17", read_range("V5.7.17"), status="not_affected")
    both = Entry(entry.code, "x", ("camera",), "x", entry.dated, (*entry.rows, cleared))
    assert judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.17", None), both).reason == "stated_not_affected"
    assert judge(Release("camera", "DS-2CD2146G2-ISU", "5.7.16", None), both).answer is Answer.AFFECTED


@pytest.mark.parametrize(
    ("text", "more", "install"),
    [
        ("Versions below V2.5.1 (including V2.5.1)", {}, "newer than V2.5.1 (no fixed version is published)"),
        ("Versions below V3.7.80", {}, "V3.7.80 or newer (implied by “below V3.7.80”)"),
        ("Build date before 250807", {}, "build 250807 or later"),
        ("V1.0.0 - V1.7.0", {"fixed": "V1.7.1"}, "V1.7.1 or newer"),
        ("something else", {}, ""),
    ],
)
def test_where_no_fixed_version_is_published_it_says_newer_than(text, more, install):
    found = judge(Release("camera", "DS-2CD2146G2-ISU", "", None), notice(["DS-2CD2146G2-ISU"], text, **more))
    assert found.fixed == install


def test_the_shipped_data_are_those_that_were_published(shared):
    import yaml

    published = yaml.safe_load((shared / "domain" / "advisories.yaml").read_text(encoding="utf-8"))["advisories"]
    assert [row["cve"] for row in published] == list(ENTRIES)
    for row in published:
        ours = ENTRIES[row["cve"]]
        assert [tuple(one["models"]) for one in row["affected"]] == [one.models for one in ours.rows]
        assert [one["published"] for one in row["affected"]] == [one.published for one in ours.rows]
        assert bool(row["kev"]["listed"]) == (ours.kev is not None)
        assert len(row["cvss"]) == len(ours.scores)
    assert sum(entry.kev is not None for entry in ENTRIES.values()) == 2
