import ipaddress

import pytest

from licet.alerts.target import NotAllowed, allowed, parsed
from licet.wire.places import SETTING


def check(url, *addresses, allow_plain=False):
    return str(allowed(parsed(url), [ipaddress.ip_address(one) for one in addresses], allow_plain=allow_plain))


def test_https_may_go_to_any_ordinary_host():
    assert check("https://hooks.example.org/a?b=c", "203.0.113.5") == "203.0.113.5"
    assert check("https://chat.internal.example.org/", "10.1.2.3") == "10.1.2.3"


def test_plain_http_goes_to_loopback_alone_unless_allowed():
    assert check("http://localhost:9000/", "127.0.0.1") == "127.0.0.1"
    with pytest.raises(NotAllowed, match="https"):
        check("http://hooks.example.org/", "203.0.113.5")
    assert check("http://hooks.example.org/", "203.0.113.5", allow_plain=True) == "203.0.113.5"


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "2002:a9fe:a9fe::1", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "0.0.0.0", "224.0.0.1", "ff02::1",
    ],
)  # fmt: skip
def test_link_local_metadata_and_special_addresses_are_refused_even_with_tls_and_leave(address):
    with pytest.raises(NotAllowed):
        check("https://innocent.example.org/", address, allow_plain=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.7.6", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
def test_this_machine_is_refused_unless_the_operator_names_it(monkeypatch, address):
    assert check("https://innocent.example.org/", address) == str(ipaddress.ip_address(address))
    monkeypatch.setenv(SETTING, "10.9.9.9")
    with pytest.raises(NotAllowed, match="the machine Licet runs on"):
        check("https://innocent.example.org/", address, allow_plain=True)


def test_one_bad_address_among_good_ones_is_enough():
    with pytest.raises(NotAllowed):
        check("https://rebind.example.org/", "203.0.113.5", "169.254.169.254")


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example.org/", "https:///x", "https://user:pw@example.org/", "https://a b/", "https://h:99999/", "x"],
)
def test_what_is_no_address_of_a_webhook_is_refused(url):
    with pytest.raises(NotAllowed):
        parsed(url)


def test_the_shown_form_holds_neither_path_nor_query():
    assert (
        parsed("https://hooks.example.org:8443/services/T0/secret?token=x").shown == "https://hooks.example.org:8443/…"
    )
