"""Accounts and their review in the pages: list, preview, decisions, sign-off, exports, scope."""

import io
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from licet.access.gathering import gather
from licet.access.models import Account, Campaign, Decision
from licet.estate.models import Fact
from licet.ledger.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts(estate):
    now = timezone.now()
    Fact.objects.filter(topic="users").delete()
    for device in [*estate["devices"][:6], estate["neighbour"]]:
        users = [
            {"id": "1", "name": "admin", "level": "Administrator"},
            {"id": "2", "name": "guard", "level": "Viewer"},
        ]
        Fact.objects.create(
            subject_type=1, subject_id=device.pk, topic="users", value={"users": users}, source="isapi:users",
            observed_at=now, confirmed_at=now,
        )  # fmt: skip
    gather(now)
    return estate


@pytest.fixture
def auditor(signed_in, accounts):
    return signed_in(accounts["people"]["auditor"])


def berlin(accounts):
    return Account.objects.filter(site=accounts["sites"]["berlin"]).order_by("pk")


def test_the_list_shows_what_is_wrong_and_filters_by_it(auditor, accounts):
    page = auditor.get("/access/")
    assert len(page.context["list"].rows) == berlin(accounts).count() == 4
    assert b"Nobody has said" in page.content
    assert len(auditor.get("/access/?flag=leaver").context["list"].rows) == 0
    assert len(auditor.get("/access/?q=guard").context["list"].rows) == 2
    rows = auditor.get("/access/?sort=-place").context["list"].rows
    assert [one.row.place for one in rows] == sorted((one.row.place for one in rows), reverse=True)


def test_picked_accounts_are_shown_before_anything_is_set(auditor, accounts):
    guard = berlin(accounts).filter(name="guard").first()
    where = f"/access/decide/?id={guard.pk}"
    assert b"1 account is meant" in auditor.get(where).content
    guard.refresh_from_db()
    assert guard.approved is None
    answer = auditor.post(where, {"approved": "yes", "owner": "Night shift", "reason": "asked"})
    assert answer.status_code == 302
    guard.refresh_from_db()
    assert (guard.approved, guard.owner) == (True, "Night shift")
    entry = Entry.objects.get(action="access:accounts:changed")
    assert "Night shift" not in entry.text
    assert b"Nothing to set" in auditor.post(where, {}).content


def test_an_account_of_another_site_cannot_be_set(auditor, accounts):
    foreign = Account.objects.filter(site=accounts["sites"]["neighbour"]).first()
    assert b"None of the accounts" in auditor.get(f"/access/decide/?id={foreign.pk}").content
    auditor.post(f"/access/decide/?id={foreign.pk}", {"approved": "yes"})
    foreign.refresh_from_db()
    assert foreign.approved is None


def test_a_review_goes_from_opening_to_sign_off(auditor, accounts):
    site = accounts["sites"]["berlin"].pk
    due = (timezone.now() + timedelta(days=30)).date().isoformat()
    wrong = auditor.post("/access/campaigns/", {"title": "Autumn", "site": site, "due_on": due, "reviewers": "viewer"})
    assert b"Nobody called viewer may review accounts there." in wrong.content
    opened = auditor.post(
        "/access/campaigns/", {"title": "Autumn", "site": site, "due_on": due, "reviewers": "auditor"}
    )
    campaign = Campaign.objects.get()
    assert opened.url == f"/access/campaigns/{campaign.pk}/"
    assert b"0 of 4 accounts are decided" in auditor.get(opened.url).content
    first = campaign.decisions.order_by("pk").first()
    where = f"{opened.url}decide/?id={first.pk}"
    assert b"1 account is meant" in auditor.get(where + "&verdict=remove").content
    assert b"need a note" in auditor.post(where, {"verdict": "remove", "note": ""}).content
    auditor.post(where, {"verdict": "remove", "note": "left"})
    assert b"None of these is still to be decided" in auditor.get(where).content
    auditor.post(opened.url, {"note": "too early"})
    assert Campaign.objects.get().closed_at is None
    auditor.post(f"{opened.url}decide/?state=open", {"verdict": "keep", "note": ""})
    assert list(Decision.objects.order_by("pk").values_list("verdict", flat=True)) == ["remove", "keep", "keep", "keep"]
    auditor.post(opened.url, {"note": "done"})
    page = auditor.get(opened.url).content
    assert b"Signed off" in page
    assert b"1 removal or change is still to be carried out." in page


def test_a_review_is_exported_as_xlsx_and_csv_with_the_decisions(auditor, accounts):
    site, due = accounts["sites"]["berlin"].pk, timezone.now().date().isoformat()
    auditor.post("/access/campaigns/", {"title": "Autumn", "site": site, "due_on": due})
    pk = Campaign.objects.get().pk
    book = openpyxl.load_workbook(io.BytesIO(auditor.get(f"/access/campaigns/{pk}/export/?format=xlsx").content))
    rows = list(book.active.values)
    assert rows[0][:3] == ("id", "name", "opens")
    assert (len(rows), rows[1][rows[0].index("decision")]) == (5, "open")
    assert auditor.get(f"/access/campaigns/{pk}/export/").getvalue().decode().count("\r\n") == 5
    assert Entry.objects.filter(action="web:list:exported", object_id=f"review-{pk}").count() == 2


def test_an_account_of_an_installation_is_stated_by_hand(signed_in, accounts):
    client = signed_in(accounts["people"]["admin"])
    server = accounts["servers"]["berlin"]
    client.post("/access/state/", {"subject": f"installation:{server.pk}", "name": "anna", "level": "Administrator"})
    assert Account.objects.get(name="anna").place == "HCP-Berlin"
    foreign = client.post("/access/state/", {"subject": "installation:999999", "name": "x"})
    assert foreign.status_code == 422
    assert not Account.objects.filter(name="x").exists()


def test_accounts_of_software_come_from_a_file_and_what_is_none_is_said(signed_in, estate):
    client, server = signed_in(estate["people"]["admin"]), estate["servers"]["berlin"]
    file = SimpleUploadedFile("users.csv", b"User name,Role\nanna,Administrator\nboris,Operator\nboris,Operator\n")
    given = {"do": "file", "many-subject": f"installation:{server.pk}", "many-file": file}
    answer = client.post("/access/state/", given)
    assert answer.status_code == 422
    assert "the same user name again" in answer.content.decode()
    rows = Account.objects.filter(subject_id=server.pk, stated=True, source="users.csv")
    assert set(rows.values_list("name", "admin")) == {("anna", True), ("boris", False)}
