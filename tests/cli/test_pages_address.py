"""Links that commands print lead where people reach the pages, or say that nobody knows."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from licet.alerts.channels import set_public_url
from licet.cli.main import cli
from licet.cli.pages_address import link_to, pages_address
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def test_an_address_that_is_not_set_is_said(capsys):
    assert pages_address(None) == ""
    assert link_to("x/", None) == "http://127.0.0.1:8460/x/"
    assert "--public-url" in capsys.readouterr().err


def test_the_address_that_is_set_is_taken_and_the_given_one_before_it(capsys):
    set_public_url(SYSTEM, "https://licet.example.org", datetime.now(UTC))
    assert link_to("x/", None) == "https://licet.example.org/x/"
    assert link_to("x/", "https://other.example.org/") == "https://other.example.org/x/"
    assert capsys.readouterr().err == ""


def test_behind_a_proxy_its_name_is_taken(settings):
    settings.ALLOWED_HOSTS, settings.SESSION_COOKIE_SECURE = ["127.0.0.1", "licet.example.org"], True
    assert pages_address(None) == "https://licet.example.org"


@pytest.mark.parametrize("command", ["user invite", "calendar link"])
def test_no_command_has_an_address_of_its_own(command):
    shown = CliRunner().invoke(cli, [*command.split(), "--help"]).output
    assert "8460" not in shown
    assert "--public-url" in shown
