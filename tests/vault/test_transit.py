"""Keys kept by a key server: what is wrapped there, each way in which the server fails, and versions that come and go."""

import os

import pytest

pytest.importorskip("hvac", reason="the extra vault (hvac) is not installed")

from tests.vault.key_server import TOKEN, KeyServer

from licet.sites.scope import SYSTEM
from licet.vault import keyring, record
from licet.vault.models import Secret, WrappingKey
from licet.vault.provider import BadKey, KeyServerFailed
from licet.vault.rotation import rotate
from licet.vault.seal import CannotOpen

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(monkeypatch):
    running = KeyServer()
    for name, value in {
        "LICET_KEY_PROVIDER": "transit", "LICET_TRANSIT_ADDRESS": running.address, "LICET_TRANSIT_TOKEN": TOKEN,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    keyring._transit.cache_clear()
    record.forget_fingerprint_key()
    yield running
    running.stop()
    keyring._transit.cache_clear()
    record.forget_fingerprint_key()


def again(secret):
    return Secret.objects.select_related("wrapping_key").get(pk=secret.pk)


def test_a_secret_is_wrapped_at_the_server_and_opens_again(server):
    secret = record.put("device password", "Example-Pass-1")
    assert bytes(secret.wrapped).startswith(b"vault:v1:")
    assert WrappingKey.objects.get().name == "transit:licet:1"
    assert record.use(again(secret)) == "Example-Pass-1"


def test_many_secrets_are_one_request(server):
    record.put_many("licence key", [f"LICT-{n}" for n in range(300)])
    assert server.asked.count("/v1/transit/encrypt/licet") == 1


def test_a_rotation_makes_a_version_and_no_data_key_leaves_the_server(server):
    secrets = record.put_many("licence key", [f"LICT-{n}" for n in range(20)])
    mark = record.fingerprint("LICT")
    server.asked.clear()
    done = rotate(SYSTEM)
    assert (done.old, done.new, done.wrapped) == ("transit:licet:1", "transit:licet:2", 20)
    assert "min_decryption_version=2" in done.remark
    # The one decryption is the trial of the new version.
    assert server.asked.count("/v1/transit/decrypt/licet") == 1
    assert all(bytes(again(row).wrapped).startswith(b"vault:v2:") for row in secrets)
    server.lowest = 2
    record.forget_fingerprint_key()
    assert record.fingerprint("LICT") == mark
    assert [record.use(again(row)) for row in secrets] == [f"LICT-{n}" for n in range(20)]


def test_a_version_made_at_the_server_alone_changes_nothing_until_it_is_taken(server):
    server.versions[2] = os.urandom(32)
    WrappingKey.objects.create(name="transit:licet:1")
    assert bytes(record.put("licence key", "LICT-1").wrapped).startswith(b"vault:v1:")
    assert rotate(SYSTEM).new == "transit:licet:2"
    assert max(server.versions) == 2
    assert bytes(record.put("licence key", "LICT-2").wrapped).startswith(b"vault:v2:")


def test_a_version_that_the_server_has_ended_is_named(server):
    secret = record.put("licence key", "LICT-1")
    server.lowest = 2
    with pytest.raises(CannotOpen, match="does not open it"):
        record.use(again(secret))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("sealed", "is sealed. Unseal it"),
        ("denied", "denies it. Renew the token"),
        ("gone", "has no key 'licet' at 'transit'"),
        ("broken", "failed: InternalServerError"),
        ("garbage", "is not understood"),
    ],
)
def test_each_failure_of_the_server_is_one_sentence(server, state, words):
    secret = record.put("device password", "Example-Pass-1")
    server.state = state
    for ask in (lambda: record.use(again(secret)), lambda: record.put("token", "example"), lambda: rotate(SYSTEM)):
        with pytest.raises(KeyServerFailed, match=words) as failed:
            ask()
        assert server.address not in str(failed.value)
        assert TOKEN not in str(failed.value)
    assert Secret.objects.count() == 1
    server.state = ""
    assert record.use(again(secret)) == "Example-Pass-1"


def test_a_server_that_is_down_is_said(server, monkeypatch):
    secret = record.put("device password", "Example-Pass-1")
    server.stop()
    with pytest.raises(KeyServerFailed, match="cannot be reached"):
        record.use(again(secret))
    monkeypatch.setattr(server, "stop", lambda: None)


def test_an_installation_moves_from_its_key_file_to_the_server_and_back(server, monkeypatch):
    monkeypatch.setenv("LICET_KEY_PROVIDER", "local")
    secret = record.put("device password", "Example-Pass-1")
    local = WrappingKey.objects.get().name
    assert local.startswith("local:")
    monkeypatch.setenv("LICET_KEY_PROVIDER", "transit")
    monkeypatch.setattr("licet.vault.local.LocalKeys.retire", lambda self, name: "")
    assert rotate(SYSTEM).new == "transit:licet:1"
    assert record.use(again(secret)) == "Example-Pass-1"
    monkeypatch.setenv("LICET_KEY_PROVIDER", "local")
    assert rotate(SYSTEM).new == local
    assert record.use(again(secret)) == "Example-Pass-1"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LICET_KEY_PROVIDER", "clouds", "local or transit"),
        ("LICET_TRANSIT_ADDRESS", "http://keys.example.org", "https://"),
        ("LICET_TRANSIT_TOKEN", "", "needs a token"),
        ("LICET_TRANSIT_TOKEN_FILE", "/nowhere/token", "cannot be read"),
    ],
)
def test_a_wrong_setting_is_said(server, monkeypatch, name, value, words):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadKey, match=words):
        keyring.check()
