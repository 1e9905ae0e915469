from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.wire.firmware import Firmware, Order, compare, read_build, read_firmware


@pytest.mark.parametrize(
    ("text", "numbers", "build"),
    [
        ("V5.5.82 build 190909", (5, 5, 82), date(2019, 9, 9)),
        ("v5.7.13 build 230706", (5, 7, 13), date(2023, 7, 6)),
        ("5.5.0 build 170725", (5, 5, 0), date(2017, 7, 25)),
        ("V5.4.0 Build 160401", (5, 4, 0), date(2016, 4, 1)),
        ("V4.30.096build221220", (4, 30, 96), date(2022, 12, 20)),
        ("V5.7.13_230822", (5, 7, 13), date(2023, 8, 22)),
        ("V1.4.0_build221212", (1, 4, 0), date(2022, 12, 12)),
        ("V2.1.76_build230204 ", (2, 1, 76), date(2023, 2, 4)),
        ("V1.1.5402 build241014（E2254P02）and", (1, 1, 5402), date(2024, 10, 14)),
        ("v4.1.0 b130111", (4, 1, 0), date(2013, 1, 11)),
        ("Firmware__V5.8.110_260605_S3000732871.zip", (5, 8, 110), date(2026, 6, 5)),
        ("XXX_EN_STD_2.6.4_220615_release.zip", (2, 6, 4), date(2022, 6, 15)),
        ("V5.7.5.546366", (5, 7, 5, 546366), None),
        ("V2.3.8-6", (2, 3, 8), None),
        ("3.0.3_20201113_RELEASE(HIK)", (3, 0, 3), None),
        ("2.6.0.20240511", (2, 6, 0, 20240511), date(2024, 5, 11)),
        ("1.0.0.78", (1, 0, 0, 78), None),
        ("V5.6.2build 190701", (5, 6, 2), date(2019, 7, 1)),
        ("V7.3 build 190626", (7, 3), date(2019, 6, 26)),
        ("V5.0build 140714", (5, 0), date(2014, 7, 14)),
        ("V1.0, build 180613", (1, 0), date(2018, 6, 13)),
        ("V1.0.0014 - 20210517 15:00:00", (1, 0, 14), None),
        ("V5.7.17", (5, 7, 17), None),
        ("V5.7.17 build", (5, 7, 17), None),
        ("V5.7.17 build 115745", (5, 7, 17), None),
    ],
)
def test_every_known_spelling_is_read(text, numbers, build):
    said = read_firmware(text)
    assert (said.numbers, said.build) == (numbers, build)


def test_case_c103_spellings_of_one_version_are_one(case):
    read = [read_firmware(line) for line in case("C103").decode().splitlines()]
    assert len(read) == 5
    assert {(said.version, said.build) for said in read} == {("5.5.6", date(2018, 3, 26))}


def test_case_c101_an_unreadable_version_stays_text(case):
    text = case("C101").decode().strip()
    said = read_firmware(text)
    assert said == Firmware(text)
    assert compare(said, read_firmware("V5.7.1")) is Order.CANNOT_TELL


def test_case_c099_numbers_sort_as_numbers(case):
    read = sorted((read_firmware(line) for line in case("C099").decode().splitlines()), key=lambda said: said.numbers)
    assert [said.text for said in read] == ["V4.4.0", "V4.9.0", "V4.30.011", "V4.31.108"]


def test_version_and_release_may_come_apart():
    assert read_firmware("V5.7.17", "build 240606") == read_firmware("V5.7.17", "240606")
    assert read_firmware("V5.7.17", "build 240606").build == date(2024, 6, 6)


@pytest.mark.parametrize("text", [None, "", "  "])
def test_no_text_is_no_firmware(text):
    assert read_firmware(text) is None


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [
        ("V5.5.82", "V5.5.800", Order.OLDER),
        ("V5.02.006", "V5.2.6", Order.SAME),
        ("V5.7.18 build 240826", "V5.7.15 build 240201", Order.NEWER),
        ("V5.7.0 build 221221", "V5.7.0 build 260327", Order.OLDER),
        ("V5.7.0 build 221221", "V5.7.0", Order.CANNOT_TELL),
        ("V5.5.820 build 260410", "V5.7.0 build 221221", Order.CANNOT_TELL),
        ("V4.30.096build221220", "V4.30.122build201107", Order.CANNOT_TELL),
        ("V5.7.23 build 241015", "V5.7.210 build 240826", Order.CANNOT_TELL),
        ("V5.7.1", "V5.8.1", Order.CANNOT_TELL),
        ("V5.7", "V5.7.0", Order.SAME),
        ("custom", "V5.7.0", Order.CANNOT_TELL),
    ],
)
def test_firmware_is_compared_inside_one_line_only(first, second, order):
    assert compare(read_firmware(first), read_firmware(second)) is order


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("build 240606", date(2024, 6, 6)),
        ("100316", date(2010, 3, 16)),
        ("build 241399", None),
        ("", None),
        (None, None),
    ],
)
def test_a_build_is_a_date_or_nothing(text, build):
    assert read_build(text) == build


VERSIONS = st.builds(
    lambda third, day: Firmware("x", (5, 7, third), f"5.7.{third}", day),
    st.integers(0, 50),
    st.none() | st.dates(date(2020, 1, 1), date(2020, 3, 1)),
)


@given(VERSIONS, VERSIONS)
def test_comparing_the_other_way_round_is_the_opposite(first, second):
    opposite = {Order.OLDER: Order.NEWER, Order.NEWER: Order.OLDER}
    order = compare(first, second)
    assert compare(second, first) is opposite.get(order, order)


@given(st.lists(VERSIONS, min_size=3, max_size=3))
def test_older_is_transitive(versions):
    if all(compare(first, second) is Order.OLDER for first, second in pairwise(versions)):
        assert compare(versions[0], versions[-1]) in (Order.OLDER, Order.CANNOT_TELL)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    read_firmware(text)
