import csv
import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licet.advisories.version import BuildKind, Why, build_kind, of_parts, read_limit, span, stand
from licet.wire.firmware import Order, read_firmware


def test_every_sample_is_read_and_keeps_its_line(shared):
    with (shared / "domain" / "firmware-samples.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 20
    for row in rows:
        found = read_firmware(row["firmwareVersion"], row["firmwareReleasedDate"] or None)
        assert found.version == row["firmwareVersion"].lstrip("V"), row
        assert found.line == tuple(int(part) for part in found.version.split(".")[:2])
        assert (found.build is None) == (not row["firmwareReleasedDate"]), row


def test_numbers_are_ordered_as_numbers_not_as_text(shared):
    """Case C099."""
    lines = (shared / "cases" / "C099-text-order.txt").read_text().split()
    shuffled = random.Random(7).sample(lines, len(lines))
    found = sorted(shuffled, key=lambda text: read_limit(text).numbers)
    assert found == ["V4.4.0", "V4.9.0", "V4.30.011", "V4.31.108"]


def test_five_spellings_are_one_version(shared):
    """Case C103."""
    lines = (shared / "cases" / "C103-spellings-of-one-version.txt").read_text().splitlines()
    found = [read_firmware(*line.split("|")) if "|" in line else read_firmware(line) for line in lines]
    assert {(one.numbers, one.build) for one in found} == {((5, 5, 6), date(2018, 3, 26))}


@pytest.mark.parametrize(
    ("first", "second", "order", "why"),
    [
        ("V5.5.82 build 190909", "V5.5.800 build 210628", Order.OLDER, None),
        ("V5.02.006", "V5.2.6", Order.SAME, None),
        ("V4.30.096 build 221220", "V4.30.122 build 201107", Order.CANNOT_TELL, Why.BUILD_AGAINST_NUMBERS),
        ("V5.5.820 build 260410", "V5.7.0 build 221221", Order.CANNOT_TELL, Why.OTHER_LINE),
        ("V5.5.82 build 190909", "V5.7.0 build 221221", Order.OLDER, None),
        ("V5.5.82", "V5.7.0 build 221221", Order.CANNOT_TELL, Why.OTHER_LINE),
        ("V5.7.0", "V5.7.0 build 221221", Order.CANNOT_TELL, Why.BUILD_MISSING),
        ("V5.7.x-beta_customer_JKN2024", "V5.7.0", Order.CANNOT_TELL, Why.UNREADABLE),
        ("V2.3.8", "V2.3.8-6", Order.CANNOT_TELL, Why.PATCH_MISSING),
        ("V2.3.7", "V2.3.8-6", Order.OLDER, None),
        ("V2.1.0", "V2", Order.NEWER, None),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_reason(first, second, order, why):
    found = stand(read_limit(first), read_limit(second))
    assert (found.order, found.why) == (order, why)


def test_software_has_one_train_of_versions():
    assert stand(read_limit("2.6.0.20240511"), read_limit("V2.6.0"), one_train=True).order is Order.SAME
    assert stand(read_limit("V2.5.1"), read_limit("V3.0.0"), one_train=True).order is Order.OLDER


_TEXT = st.builds(
    lambda numbers, build: f"V{'.'.join(map(str, numbers))}{f' build {build}' if build else ''}",
    st.lists(st.integers(0, 900), min_size=3, max_size=3),
    st.sampled_from(["", "190909", "221221", "260410"]),
)


@given(_TEXT, _TEXT)
def test_the_order_turns_round_with_its_sides(first, second):
    turned = {Order.OLDER: Order.NEWER, Order.NEWER: Order.OLDER}
    there, back = stand(read_limit(first), read_limit(second)), stand(read_limit(second), read_limit(first))
    assert back.order is turned.get(there.order, there.order)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    found = read_limit(text)
    assert found is None or found.text
    assert of_parts(text, None) is None or text.strip()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2.6.0.20240511", BuildKind.BASE),
        ("V2.6.0.20240511_JKN", BuildKind.CUSTOMISED),
        ("2.6.1.IPM20240511", BuildKind.CUSTOMISED),
        ("2.6.0.50", BuildKind.CUSTOMISED),
        ("2.6.1.60", BuildKind.CUSTOMISED),
        ("V2.6.2", BuildKind.UNKNOWN),
        ("", BuildKind.UNKNOWN),
    ],
)
def test_the_kind_of_a_hikcentral_build(text, kind):
    assert build_kind(text) is kind


RELEASES = ("2.0.0", "2.1.0", "2.2.0", "2.3.0", "2.4.0", "2.5.0", "2.6.0", "3.0.0")


def test_an_upgrade_counts_the_releases_that_are_known():
    near, far = span("2.3.0", "2.6.0", RELEASES), span("2.0.0", "2.6.0", RELEASES)
    assert (near.hops, near.in_steps) == (3, False)
    assert (far.hops, far.in_steps) == (6, True)
    assert span("2.3.0", "2.7.0", RELEASES).in_steps is None


def test_a_change_of_the_first_digit_is_a_redesign():
    found = span("2.6.0", "3.0.0", ())
    assert (found.redesign, found.in_steps, found.hops) == (True, True, None)
