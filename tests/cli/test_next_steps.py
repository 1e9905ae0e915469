"""The step that a command names next is one that works."""

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.cli.main import cli
from licet.sites.scope import SYSTEM
from licet.sweep.collector_models import Collector

pytestmark = pytest.mark.django_db


def said(*arguments, text=None):
    done = CliRunner().invoke(cli, arguments, input=text)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def berlin(monkeypatch):
    for name in ("credential", "device"):
        monkeypatch.setattr(f"licet.cli.{name}.open_data", lambda: SYSTEM)
    return make.site("Berlin")


def test_a_credential_leads_to_a_sweep_where_devices_are_there_and_else_to_discovery(berlin):
    add = ("credential", "add", "cameras", "--site", "Berlin", "--username", "licet", "--password-file", "-")
    assert "Next: licet discover --add --site 'Berlin'" in said(*add, text="Example-Pass-1\n")
    make.device(berlin)
    assert "1 devices use it. Next: licet sweep --site 'Berlin'" in said(
        *("doors" if one == "cameras" else one for one in add), text="Example-Pass-2\n"
    )


def test_a_device_that_a_collector_asks_leads_to_it_and_not_to_a_sweep_from_here(berlin):
    assert "Next: licet sweep --site 'Berlin'" in said("device", "add", "192.0.2.10")
    Collector.objects.create(site=berlin, name="gate", uid="a" * 32, created_at=make.NOW, sign="b" * 64)
    assert "Next: its collector asks them; there: licet collect run" in said("device", "add", "192.0.2.11")
