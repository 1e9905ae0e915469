"""The pages of collectors: the code shown once, revoking, files taken in."""

import re
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from tests import factories as make

from licet.sites.scope import SYSTEM
from licet.sweep.centre.record import add_collector
from licet.sweep.centre.requests import note_refused
from licet.sweep.collector import centre as talk
from licet.sweep.collector.folder import Folder
from licet.sweep.collector.message import Refused
from licet.sweep.collector_models import Collector


@pytest.fixture
def site(db):
    return make.site("Depot")


@pytest.fixture
def page(signed_in, site):
    return signed_in(make.person("anna", "administrator", site))


def test_a_code_is_shown_once_and_a_collector_enrols_with_it(page, site, tmp_path):
    answer = page.post(reverse("collector-add"), {"name": "North", "site": site.pk, "hours": 1})
    code = re.search(r"lcc1_[\w-]{107}", answer.content.decode())[0]
    assert answer["Cache-Control"] == "no-store"
    row = Collector.objects.get()
    shown = page.get(reverse("collector", args=[row.pk])).content.decode()
    assert code not in shown
    assert "code given out" in shown
    wish = tmp_path / "wish.licet"
    wish.write_bytes(talk.enrol_by_file(Folder(tmp_path / "c"), code, "0.1"))
    with wish.open("rb") as file:
        answer = page.post(reverse("collector-accept"), {"file": file}, follow=True).content.decode()
    assert "North is enrolled. Carry its device list back" in answer
    assert ">active<" in re.sub(r"<svg.*?</svg>", "", answer)
    answer = page.post(reverse("collector-devices", args=[row.pk]))
    assert talk.take_devices(Folder(tmp_path / "c"), answer.content).name == "North"


def test_a_foreign_file_is_refused_in_one_sentence(page, tmp_path):
    (tmp_path / "x").write_bytes(b"nothing")
    with (tmp_path / "x").open("rb") as file:
        answer = page.post(reverse("collector-accept"), {"file": file})
    assert answer.status_code == 422
    assert "not sealed for this installation" in answer.content.decode()
    assert page.post(reverse("collector-accept")).status_code == 422


def test_revoking_needs_the_permission_and_the_box_ticked(site, signed_in):
    row, _ = add_collector(SYSTEM, site, "North", datetime.now(UTC))
    address = reverse("collector", args=[row.pk])
    assert signed_in(make.person("tom", "technician", site)).post(address, {"do": "revoke"}).status_code == 403
    page = signed_in(make.person("anna", "administrator", site))
    assert "Tick the box" in page.post(address, {"do": "revoke"}, follow=True).content.decode()
    assert Collector.objects.get().revoked_at is None
    assert "is revoked" in page.post(address, {"do": "revoke", "sure": "yes"}, follow=True).content.decode()
    assert Collector.objects.get().revoked_at is not None


def test_its_page_shows_what_was_refused_in_its_name_and_what_to_do(page, site):
    now = datetime.now(UTC)
    row = Collector.objects.create(site=site, name="North", uid="a" * 32, created_at=now, sign="ab" * 32, box="ab" * 32)
    address = reverse("collector", args=[row.pk])
    assert "were not taken" not in page.get(address).content.decode()
    for code in ("clock", "forged", "replayed", "new_code"):
        note_refused(row, Refused(code, ""))
    shown = page.get(address).content.decode()
    assert "Its signature is not the collector" in shown
    assert shown.index("new code<") < shown.index("It was sent before.") < shown.index("Its signature is not")
    assert "enrol it with a new code" in shown


def test_the_list_says_what_is_wrong(page, site):
    now = datetime.now(UTC)
    Collector.objects.create(
        site=site, name="North", uid="a" * 32, created_at=now, sign="ab" * 32, box="ab" * 32, seen_at=now,
        clock_seconds=-700.0, waiting=3, dropped=2,
    )  # fmt: skip
    shown = page.get(reverse("collectors")).content.decode()
    assert all(words in shown for words in ("700 s behind", "2 deleted unsent", "Depot"))
    assert "700 s behind" not in page.get(f"{reverse('collectors')}?state=revoked").content.decode()
    assert "North" in page.get(reverse("collectors-export")).getvalue().decode()
