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
    for name in ("credential", "device", "upkeep", "whatif", "intake"):
        monkeypatch.setattr(f"licet.cli.{name}.open_data", lambda: SYSTEM)
    return make.site("Berlin")


def test_a_credential_leads_to_a_sweep_where_devices_are_there_and_else_to_discovery(berlin):
    add = ("credential", "add", "cameras", "--site", "Berlin", "--username", "licet", "--password-file", "-")
    assert "Next: licet discover --add --site 'Berlin'" in said(*add, text="Example-Pass-1\n")
    make.device(berlin)
    assert "it is used for 1 device. Next: licet sweep --site 'Berlin'" in said(
        *("doors" if one == "cameras" else one for one in add), text="Example-Pass-2\n"
    )


def test_a_credential_is_given_and_taken_away_with_what_its_devices_have_then(berlin):
    add = ("--site", "Berlin", "--username", "licet", "--password-file", "-", "--no-use")
    said("credential", "add", "cameras", *add, text="Example-Pass-1\n")
    said("credential", "add", "spare", *add, text="Example-Pass-2\n")
    row = make.device(berlin, name="Gate")
    assert "cameras is given to 1 device. Next: licet sweep" in said("credential", "use", "cameras", "--site", "Berlin")
    asked = CliRunner().invoke(cli, ["credential", "remove", "cameras", "--site", "Berlin"], input="n\n")
    assert "Remove cameras (licet) of Berlin? It is used by 1 device; they then have none." in asked.output
    said("credential", "remove", "cameras", "--site", "Berlin", "--instead", "spare", "--yes")
    row.refresh_from_db()
    assert row.credential.name == "spare"


def test_a_device_is_changed_and_brought_back(berlin):
    row = make.device(berlin, name="Gate", address="192.0.2.10")
    changed = said("device", "change", "192.0.2.10", "--address", "192.0.2.11", "--https", "--port", "443")
    assert "Gate: address, port, scheme changed." in changed
    assert "Nothing was different." in said("device", "change", "192.0.2.11", "--name", "Gate")
    assert "say what is to change" in str(CliRunner().invoke(cli, ["device", "change", "Gate"]).exception)
    said("device", "retire", "Gate", "--reason", "away", "--yes")
    assert "no retired device 'Gatee'" in str(
        CliRunner().invoke(cli, ["device", "restore", "Gatee", "--reason", "x"]).exception
    )
    assert "Gate is back. Next: licet sweep --device" in said("device", "restore", "Gate", "--reason", "was only away")
    row.refresh_from_db()
    assert (row.address, row.scheme, row.retired_at) == ("192.0.2.11", "https", None)


def test_a_device_that_a_collector_asks_leads_to_it_and_not_to_a_sweep_from_here(berlin):
    assert "Next: licet sweep --site 'Berlin'" in said("device", "add", "192.0.2.10")
    Collector.objects.create(site=berlin, name="gate", uid="a" * 32, created_at=make.NOW, sign="b" * 64)
    assert "Next: its collector asks them; there: licet collect run" in said("device", "add", "192.0.2.11")


def test_a_backup_into_a_folder_that_is_not_there_says_how_to_make_it(berlin, tmp_path):
    done = CliRunner().invoke(cli, ["backup", str(tmp_path / "new" / "monday.zip")])
    assert str(done.exception) == f"there is no folder {tmp_path / 'new'}. Make it first: mkdir -p {tmp_path / 'new'}"


def test_a_file_without_known_headings_names_the_options_that_say_what_it_has(berlin, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("1,2\n3,4\n")
    done = CliRunner().invoke(cli, ["import", str(file), "--site", "Berlin"])
    assert "--heading-line LINE" in str(done.exception)
    assert "--mapping FILE" in str(done.exception)


def test_a_what_if_without_anything_names_the_options_and_says_where_the_request_is(berlin, tmp_path):
    done = CliRunner().invoke(cli, ["whatif", "--site", "Berlin"])
    assert "--add 40:camera, or go by --remove 10:camera" in str(done.exception)
    make.installation(berlin)
    make.sku("CAM-1", make.product())
    file = tmp_path / "request.xlsx"
    told = said("whatif", "--add", "4:camera", "--on", "2030-01-31", "--xlsx", str(file))
    assert file.stat().st_size
    assert f"The purchase request is in {file}." in told
    assert "As of 2030-01-31, with the licences that are then in term." in told
