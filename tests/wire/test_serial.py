from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.wire.serial import Serial, identity, parse


@pytest.mark.parametrize(
    ("text", "reported", "model", "produced", "hardware", "region", "short", "features"),
    [
        ("DS-2CD2146G2-ISU20230415AAWRZ00000101", None, "DS-2CD2146G2-ISU", date(2023, 4, 15), "AA", "WR", "Z00000101", None),
        ("DS-7216HUHI-K21620200601CCWRZ00000201WCVU", "DS-7216HUHI-K2", "DS-7216HUHI-K2", date(2020, 6, 1), "CC", "WR", "Z00000201", "WCVU"),
        ("DS-7216HUHI-K21620200601CCWRZ00000201WCVU", None, "DS-7216HUHI-K2", date(2020, 6, 1), "CC", "WR", "Z00000201", "WCVU"),
        ("CMIP3022W20160105BBWR600000301", None, "CMIP3022W", date(2016, 1, 5), "BB", "WR", "600000301", None),
        ("DS-KH6210-L0120190101WR000000803", None, "DS-KH6210-L", date(2019, 1, 1), None, "WR", "000000803", None),
        ("DS-K1A340FWX20240102V010207ENJ00000901", None, "DS-K1A340FWX", date(2024, 1, 2), None, "EN", "J00000901", None),
        ("DS-2CD2T86G2-ISU/SL00000000AAWRAE0000000", None, "DS-2CD2T86G2-ISU/SL", None, "AA", "WR", "AE0000000", None),
        ("DS-7732NI-M4-0000000000CCRRL00000000WCVU", None, "DS-7732NI-M4", None, "CC", "RR", "L00000000", "WCVU"),
    ],
)  # fmt: skip
def test_a_serial_tells_its_parts(text, reported, model, produced, hardware, region, short, features):
    said = parse(text, reported)
    assert (said.model, said.produced, said.hardware, said.region, said.short, said.features) == (
        model,
        produced,
        hardware,
        region,
        short,
        features,
    )


def test_case_c016_intercom_serials_are_read(case):
    first, second = (parse(line) for line in case("C016").decode().split())
    assert (first.model, first.produced, first.short) == ("DS-KV6113-WPE1(C)", date(2023, 1, 15), "Z00000401")
    assert (second.model, second.produced, second.short) == ("DS-KV8213-WME1(C)", date(2023, 5, 8), "ZZ0000402")
    assert (identity(first.text), identity(second.text)) == (first.text, second.text)


def test_every_recorded_serial_is_read(shared):
    lines = (shared / "recordings" / "README.md").read_text().splitlines()
    serials = [
        line.split("|")[6].strip() for line in lines if line.startswith(("| DS-", "| iDS-")) and line.count("|") == 9
    ]
    assert len(serials) == 11
    assert all(parse(serial).short and parse(serial).region for serial in serials)


def test_an_unknown_region_is_unknown_and_no_verdict():
    said = parse("DS-2CD2146G2-ISU20230415AAQQZ00000101")
    assert (said.region, said.market) == ("QQ", "unknown")


@pytest.mark.parametrize(("letters", "market"), [("WR", "world"), ("RR", "world"), ("CH", "China"), ("JP", "Japan")])
def test_region_letters_have_their_meaning(letters, market):
    assert parse(f"DS-2CD2146G2-ISU20230415AA{letters}Z00000101").market == market


@pytest.mark.parametrize("text", ["Z00000101", "1234", "DS-2CD", "", "DS-2CD2146G2-ISU20231399AAWRZ0000010"])
def test_a_serial_of_no_known_form_is_kept_as_text(text):
    assert parse(text) == Serial(text)


@pytest.mark.parametrize("text", ["00000000000000000000", "0000000000000-0C0F000000DD", "0", "--", "", "  ", None])
def test_zeros_are_no_identity(text):
    assert identity(text) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    assert parse(text).text == text.strip()
