"""Waivers by command: of a finding and of a control alike, a renewal is about the same as what it renews, and what was refused is asked anew."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.audits.models import Waiver as OfFinding
from licet.cli.main import cli
from licet.compliance.models import Waiver as OfControl

pytestmark = pytest.mark.django_db
WORDS = ("--reason", "Installed next week", "--risk", "Anybody may take it", "--measure", "Its port is off")
UNTIL = ("--until", (datetime.now(UTC) + timedelta(days=20)).date().isoformat())


@pytest.mark.parametrize(
    ("ask", "listed", "table", "of"),
    [
        (("waive", "ask"), ("waive", "list"), OfFinding, "device.not_activated"),
        (("compliance", "waive"), ("compliance", "waivers"), OfControl, "NET-01"),
    ],
)
def test_a_renewal_is_about_the_same_and_only_of_what_was_in_force(ask, listed, table, of, monkeypatch):
    asker = make.person("asker", role="administrator")
    for name in ("audit", "compliance", "compliance_decide"):
        monkeypatch.setattr(f"licet.cli.{name}.open_data", asker.actor)
    berlin, now = make.site("Berlin"), datetime.now(UTC)
    make.site("Bonn")
    call = lambda *arguments: CliRunner().invoke(cli, [str(one) for one in arguments])  # noqa: E731
    assert call(*ask, of, "--site", "Berlin", *UNTIL, *WORDS).exit_code == 0
    old = table.objects.get()
    assert "it is asked" in str(call(*ask, "--renews", old.pk, *UNTIL, *WORDS).exception)
    table.objects.update(approved_at=now)
    for more in ((of,), ("--site", "Bonn"), (of, "--site", "Bonn")):
        assert "about the same as that waiver" in str(call(*ask, *more, "--renews", old.pk, *UNTIL, *WORDS).exception)
    assert call(*ask, "--renews", old.pk, *UNTIL, *WORDS).exit_code == 0
    new = table.objects.get(renews=old)
    assert (new.site, new.approved_at, new.requested_by) == (berlin, None, asker)
    found = lambda *more: [row["id"] for row in json.loads(call(*listed, *more, "--format", "json").stdout)]  # noqa: E731
    assert (found("--state", "active"), found("--state", "asked,active"), found("--search", "nowhere")) == (
        [old.pk],
        [new.pk, old.pk],
        [],
    )
