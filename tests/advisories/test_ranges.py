import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.advisories.ranges import By, Place, Range, place, read_range
from licet.advisories.shipped import shipped
from licet.advisories.version import read_limit


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Versions below V2.5.1 (including V2.5.1)", Range(By.VERSION, upper="V2.5.1")),
        ("Versions below V3.7.80", Range(By.VERSION, upper="V3.7.80", includes_upper=False)),
        ("V4.30.096build221220 and the versions prior to it", Range(By.BOTH, upper="V4.30.096build221220")),
        ("version 1.0.0.78 and the versions prior to it", Range(By.VERSION, upper="1.0.0.78")),
        ("V1.1.6303 build250812 and earlier", Range(By.BOTH, upper="V1.1.6303 build250812")),
        (
            "Versions between V2.0.0 and V2.2.1",
            Range(By.VERSION, lower="V2.0.0", upper="V2.2.1", includes_lower=None, includes_upper=None),
        ),
        (
            "Versions after V2.0.0 and before V2.5.1",
            Range(By.VERSION, lower="V2.0.0", upper="V2.5.1", includes_lower=None, includes_upper=None),
        ),
        (
            "Versions after V5.00.000 (including V5.00.000) and before V5.02.006（not including V5.02.006）",
            Range(By.VERSION, lower="V5.00.000", upper="V5.02.006", includes_upper=False),
        ),
        ("Version V3.0.0", Range(By.VERSION, exact="V3.0.0")),
        (
            "V1.0.0 - V1.7.0",
            Range(By.VERSION, lower="V1.0.0", upper="V1.7.0", includes_lower=None, includes_upper=None),
        ),
        ("Build date before 250807", Range(By.BUILD, upper="250807", includes_upper=False)),
        (
            "Build date before 230821(Version  before  V4.1.60  are not affected)",
            Range(By.BUILD, upper="230821", includes_upper=False, unaffected_below="V4.1.60"),
        ),
        ("iOS: Versions prior to 7.3.1", Range(By.VERSION, upper="7.3.1", includes_upper=False)),
        (
            ">=  5.3.1 build 150410 | <= 5.4.4  Build 161125",
            Range(By.BOTH, lower="5.3.1 build 150410", upper="5.4.4 Build 161125"),
        ),
        ("through 2023-06-25", None),
        ("all versions of 2019", None),
        ("Build date before 991399", None),
    ],
)
def test_the_prose_of_notices_is_read_or_left_alone(text, found):
    assert read_range(text) == found


@pytest.mark.parametrize(
    ("version", "text", "where", "why"),
    [
        ("V5.7.17 build 240606", "Build date before 240101", Place.ABOVE, ""),
        ("V5.7.17 build 231220", "Build date before 240101", Place.INSIDE, ""),
        ("V5.7.17", "Build date before 240101", Place.CANNOT_TELL, "build_missing"),
        ("V5.2.0 build 140721", "V5.2.0 build 140721 to V5.4.0 build 160530", Place.INSIDE, ""),
        ("V5.3.0", "V5.2.0 build 140721 to V5.4.0 build 160530", Place.INSIDE, ""),
        ("V5.4.5 build 170123", "V5.2.0 build 140721 to V5.4.0 build 160530", Place.ABOVE, ""),
        ("V5.4.0", "V5.2.0 build 140721 to V5.4.0 build 160530", Place.CANNOT_TELL, "build_missing"),
        ("V3.7.79", "Versions below V3.7.80", Place.INSIDE, ""),
        ("V3.7.80", "Versions below V3.7.80", Place.ABOVE, ""),
        ("V3.2.30", "Versions below V3.7.80", Place.CANNOT_TELL, "other_line"),
        ("V2.0.5", "Versions between V2.0.0 and V2.2.1", Place.INSIDE, ""),
        ("V2.2.1", "Versions between V2.0.0 and V2.2.1", Place.CANNOT_TELL, "on_the_edge"),
        ("V3.5.1 build 180101", "Build date before 230821(Version before V4.1.60 are not affected)", Place.BELOW, ""),
    ],
)
def test_where_a_version_stands(version, text, where, why):
    found = place(read_limit(version), read_range(text))
    assert (found.place, found.why) == (where, why)


def test_our_reading_of_each_shipped_range_is_that_of_its_own_text():
    read = {}
    for entry in shipped().entries:
        for rows in entry.rows:
            again = read_range(rows.published)
            if again is not None and rows.range is not None and rows.clear:
                read[entry.code] = (again.by, again.includes_lower, again.includes_upper, _numbers(again)) == (
                    rows.range.by, rows.range.includes_lower, rows.range.includes_upper, _numbers(rows.range),
                )  # fmt: skip
    assert len(read) > 15
    assert [code for code, same in read.items() if not same] == []


def _numbers(found):
    ends = [read_limit(text or "") for text in (found.lower, found.upper, found.exact)]
    return [(one.numbers, one.build) if one else None for one in ends]


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    assert read_range(text) is None or read_range(text).by in By
