"""Servers and cloud accounts by command: connected, disconnected, and fed with figures from files."""

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.cli import session
from licet.cli.main import cli
from licet.estate.models import CloudAccount, LicenceCount
from licet.estate.service_models import CloudService, Connection
from licet.vault.models import Secret

pytestmark = pytest.mark.django_db
SECRET = "Marmalade-Bridge-93"


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setattr(session, "_bring_up_to_date", lambda: None)
    (tmp_path / "secret").write_text(SECRET)

    def call(*arguments):
        return CliRunner().invoke(cli, [str(one) for one in arguments])

    return call


@pytest.fixture
def berlin():
    site = make.site("Berlin")
    return make.installation(site, "HCP"), CloudAccount.objects.create(site=site, name="Office", first_seen_at=make.NOW)


@pytest.mark.parametrize(
    ("group", "name", "more"),
    [
        ("installation", "HCP", ["https://hcp.example.org", "--key", "24681357"]),
        ("cloud", "Office", ["--key", "a@example.org"]),
    ],
)
def test_what_is_disconnected_is_asked_no_more_and_its_secret_is_gone(run, berlin, tmp_path, group, name, more):
    done = run(group, "connect", name, *more, "--secret-file", tmp_path / "secret")
    assert done.exit_code == 0, done.output
    assert SECRET not in done.output
    sealed = Connection.objects.values_list("key", "secret").get()
    done = run(group, "disconnect", name)
    assert (done.exit_code, "is asked no more" in done.output) == (0, True)
    assert not Connection.objects.exists()
    assert not Secret.objects.filter(pk__in=sealed).exists()
    again = run(group, "disconnect", name)
    assert again.exit_code != 0
    assert "has no connection" in str(again.exception or again.output) + again.output


def test_figures_come_from_files_and_what_is_left_out_is_said(run, berlin, tmp_path):
    server, account = berlin
    (tmp_path / "page.csv").write_text("name,total,used\ncamera,64,60\ndoor,many,\n")
    done = run("installation", "totals", "HCP", tmp_path / "page.csv")
    assert "1 line kept, 1 left out" in done.output
    assert "is no whole number" in done.output
    assert LicenceCount.objects.get(installation=server).source == "file page.csv"
    (tmp_path / "packages.json").write_text('[{"service": "health_monitoring", "ends": "2099-03-31"}]')
    assert "1 line kept" in run("cloud", "services", "Office", tmp_path / "packages.json").output
    assert CloudService.objects.get(account=account).state == "running"
