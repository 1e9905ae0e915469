import pytest

from licet.wire.scalars import read_bool, read_int, read_mac, read_port, read_text


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), (" TRUE ", True), ("1", True), ("false", False), ("0", False), ("flase", False)]
    + [(other, None) for other in ("yes", "enabled", "fales", "", None, "2")],
)
def test_booleans_are_read_and_strange_words_are_unknown(text, value):
    assert read_bool(text) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), (" 244 ", 244), ("-3", -3), ("244.17", None), ("", None), (None, None), ("9" * 5000, None), ("٣", 3)],
)
def test_whole_numbers_are_read_and_nothing_else(text, value):
    assert read_int(text) == value


@pytest.mark.parametrize(("text", "value"), [("80", 80), ("0", None), ("65536", None), ("65535", 65535), ("-1", None)])
def test_port_zero_is_unused(text, value):
    assert read_port(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("02-00-5E-00-07-01", "02:00:5e:00:07:01"),
        ("02:00:5e:00:07:01", "02:00:5e:00:07:01"),
        ("0200.5e00.0701", "02:00:5e:00:07:01"),
        ("00:00:00:00:00:00", None),
        ("02:00:5e", None),
        (None, None),
    ],
)
def test_mac_spellings_become_one(text, value):
    assert read_mac(text) == value


def test_blank_text_is_none():
    assert (read_text("  "), read_text(None), read_text(" a ")) == (None, None, "a")
