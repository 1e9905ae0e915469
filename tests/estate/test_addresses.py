"""What people write as the address of a device."""

import pytest

from licet.estate.addresses import addresses, one_address, read_lines
from licet.sites.record import NotPossible


def test_hosts_addresses_and_ranges_are_read():
    assert addresses(["cam-1.example.org", "[2001:DB8::7]", "198.51.100.0/30"]) == [
        "cam-1.example.org", "2001:db8::7", "198.51.100.1", "198.51.100.2",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["192.0.2.7:8000", "cam-1.example.org:443", "2001:db8::zz", "a:b"])
def test_a_port_behind_an_address_is_refused_and_not_taken_for_a_name(text):
    with pytest.raises(NotPossible, match=r"is no address and no host name\. A port is named apart\.$"):
        addresses([text])


@pytest.mark.parametrize(
    "text", ["-", "a..b", "0x10.1", "1.2.3", "x" * 64, "cam-.example.org", f"{'x.' * 127}de", "süd.example"]
)
def test_what_can_be_neither_an_address_nor_a_host_name_is_refused(text):
    with pytest.raises(NotPossible, match=r"is no address and no host name\.$"):
        addresses([text])


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2001:db8:0:0:0:0:0:1", "2001:db8::1"), ("2001:0DB8::4", "2001:db8::4"), ("::ffff:10.9.0.1", "10.9.0.1"),
        ("Cam_1.Example.org.", "cam_1.example.org"), ("x" * 63, "x" * 63), ("7th-floor", "7th-floor"),
    ],
)  # fmt: skip
def test_an_address_is_kept_in_one_writing(text, kept):
    assert (addresses([text]), one_address(text)) == ([kept], kept)


@pytest.mark.parametrize("text", ["10.0.0.0-10.0.255.255", "10.0.0.1-10.0.0.1", "10.0.0.0/30", "2001:db8::/126"])
def test_where_one_device_is_meant_a_range_is_refused(text):
    with pytest.raises(NotPossible, match=r"is a range; a device has one address"):
        one_address(text)


def test_a_range_is_written_by_its_ends_too():
    assert addresses(["10.9.2.254-10.9.3.1"]) == ["10.9.2.254", "10.9.2.255", "10.9.3.0", "10.9.3.1"]


@pytest.mark.parametrize("text", ["192.0.2.7-192.0.2.5", "192.0.2.5-7", "192.0.2.5-", "192.0.2.0/40"])
def test_what_is_no_range_is_refused_with_how_one_is_written(text):
    with pytest.raises(
        NotPossible, match=r"is no address range\. Write it like 10\.1\.0\.0/24 or 10\.1\.0\.5-10\.1\.0\.9"
    ):
        addresses([text])


@pytest.mark.parametrize("text", ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "fe80::1%eth0", "127.0.0.0/29"])
def test_no_device_is_added_at_the_machine_itself_or_where_a_cloud_tells_secrets(monkeypatch, text):
    monkeypatch.delenv("LICET_ALSO_ASK")
    with pytest.raises(NotPossible, match=r"is not asked|nothing is sent there"):
        addresses([text])


def test_of_a_range_the_addresses_of_devices_are_taken(monkeypatch):
    monkeypatch.delenv("LICET_ALSO_ASK")
    assert addresses(["126.255.255.254-127.0.0.1"]) == ["126.255.255.254", "126.255.255.255"]
    monkeypatch.setenv("LICET_ALSO_ASK", "169.254.0.0/16")
    assert addresses(["169.254.169.253-169.254.169.255"]) == ["169.254.169.253", "169.254.169.255"]


def test_each_line_says_what_it_gives_or_why_it_gives_nothing():
    lines = read_lines(
        ["# cameras", "198.51.100.1", "", "198.51.100.0/30", "198.51.100.2", "198.51.100.9:8000", " cam.example.org "],
        10,
    )
    assert [(line.number, line.text, line.hosts) for line in lines] == [
        (2, "198.51.100.1", ("198.51.100.1",)), (4, "198.51.100.0/30", ("198.51.100.2",)), (5, "198.51.100.2", ()), (6, "198.51.100.9:8000", ()),
        (7, "cam.example.org", ("cam.example.org",)),
    ]  # fmt: skip
    assert [line.why for line in lines if line.why] == [
        "The lines above name it already.",
        "'198.51.100.9:8000' is no address and no host name. A port is named apart.",
    ]


def test_more_addresses_than_may_be_read_are_refused_as_a_whole():
    with pytest.raises(NotPossible, match="more than 10 addresses up to line 1; add them in parts"):
        read_lines(["198.51.100.0/28"], 10)


@pytest.mark.parametrize("text", ["10.0.0.0/28", "fe80::/124", "0.0.0.0/28", "192.0.2.7", "no address", "10.0.0.0/99"])
def test_what_is_written_again_and_what_is_refused_counts_before_it_is_looked_at(monkeypatch, text):
    looked = []
    monkeypatch.setattr("licet.estate.addresses.refusal_here", lambda host: looked.append(host) or "")
    monkeypatch.setattr("licet.estate.addresses.asked", lambda hosts: looked.extend(hosts) or hosts)
    with pytest.raises(NotPossible, match=r"^These are more than 100 addresses up to line \d+; add them in parts\.$"):
        read_lines([text] * 10_000, 100)
    assert len(looked) <= 100
