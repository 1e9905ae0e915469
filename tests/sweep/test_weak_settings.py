"""Each weak setting of an installation is named, and a sound one is left in peace."""

from dataclasses import replace

import pytest
from tests import factories as make

from licet.sweep import checkup
from licet.sweep.weak_settings import Values, weak_settings

SOUND = Values(
    hosts=["127.0.0.1", "licet.example.org"],
    cookies_by_tls_only=True,
    hsts_seconds=31_536_000,
    proxies=["127.0.0.1", "::1"],
    database_host="db.example.org",
    database_ssl="verify-full",
)


def test_a_sound_installation_has_nothing_to_mend():
    assert list(weak_settings(SOUND)) == []


def test_the_first_start_on_the_own_machine_has_nothing_to_mend():
    assert list(weak_settings(Values(hosts=["127.0.0.1", "localhost", "[::1]"], proxies=[""]))) == []


@pytest.mark.parametrize(
    ("change", "code", "severity"),
    [
        ({"debug": True}, "debug_on", "high"),
        ({"hosts": ["*"]}, "any_host", "medium"),
        ({"cookies_by_tls_only": False}, "no_tls", "high"),
        ({"hsts_seconds": 3600}, "hsts_short", "medium"),
        ({"proxies": ["10.0.0.0/8"]}, "proxies_wide", "high"),
        ({"proxies": ["0.0.0.0/0"]}, "proxies_wide", "high"),
        ({"proxies": ["2001:db8::/32"]}, "proxies_wide", "high"),
        ({"secret_key_length": 12}, "secret_key_short", "high"),
        ({"session_seconds": 14 * 86_400}, "session_long", "medium"),
        ({"first_hasher": "django.contrib.auth.hashers.MD5PasswordHasher"}, "hasher_weak", "high"),
        ({"database_ssl": "prefer"}, "database_in_clear", "high"),
        ({"database_ssl": ""}, "database_in_clear", "high"),
        ({"as_root": True}, "runs_as_root", "medium"),
        ({"also_asked": ["127.0.0.0/8"]}, "own_machine_asked", "medium"),
        ({"also_unreadable": ["127.0.0"]}, "also_ask_unreadable", "low"),
    ],
)
def test_each_weak_setting_is_named_alone_with_its_remedy(change, code, severity):
    found = list(weak_settings(replace(SOUND, **change)))
    assert code in [problem.code for problem in found]
    (problem,) = [problem for problem in found if problem.code == code]
    assert problem.severity == severity
    assert problem.remedy.endswith(".")


@pytest.mark.django_db
def test_an_administrator_with_a_password_alone_is_named_where_others_are_served(settings):
    make.person("anna", "administrator")
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert "no_second_factor" not in [problem.code for problem in checkup.problems()]
    settings.ALLOWED_HOSTS = ["127.0.0.1", "licet.example.org"]
    assert "no_second_factor" in [problem.code for problem in checkup.problems()]
