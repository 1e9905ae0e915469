"""The record's page: filters, search, paging, export, verification."""

import csv
import io

import pytest
from django.db import transaction

from licet.ledger import checkpoint, names
from licet.ledger.models import Entry
from licet.ledger.read import PARTS
from licet.ledger.record import append, forget
from licet.web.record import views


@pytest.fixture
def admin(signed_in, estate):
    return signed_in(estate["people"]["admin"])


@pytest.fixture
def written(estate):
    with transaction.atomic():
        for n in range(60):
            append(
                actor="olga", action="access:accounts:changed", object_type="account", object_id=n,
                site=estate["sites"]["berlin"].pk, reason=f"ticket {n:03}", after={"approved": True},
            )  # fmt: skip
    return estate


def numbers(answer):
    return [row["seq"] for row in answer.context["list"].rows]


def test_filters_narrow_by_part_person_object_and_period(admin, written):
    olga = names.forgetting("olga").pseudonym
    assert len(numbers(admin.get("/record/?part=access&size=100"))) == 60
    assert len(numbers(admin.get(f"/record/?actor={olga}&size=100"))) == 60
    assert len(numbers(admin.get("/record/?object=account+7"))) == 1
    assert len(numbers(admin.get("/record/?object=account&size=100"))) == 60
    assert numbers(admin.get("/record/?from=2001-01-01&to=2001-12-31")) == []
    assert len(numbers(admin.get("/record/?part=access&from=2001-01-01&to=2100-01-01&size=100"))) == 60
    assert numbers(admin.get("/record/?part=sweep")) == []


@pytest.mark.parametrize(
    ("text", "number"), [("ticket 007", 1), ("account 9", 1), ("access:acc", 50), ("olg", 50), ("zzz", 0)]
)
def test_search_finds_reasons_objects_actions_and_people(admin, written, text, number):
    assert len(numbers(admin.get("/record/", {"q": text}))) == number


def test_pages_go_back_and_forth_without_skipping(admin, written):
    total = Entry.objects.count()
    first = admin.get("/record/?size=25")
    seen, page = numbers(first), first
    while page.context["list"].after:
        page = admin.get(page.context["list"].after)
        seen += numbers(page)
    assert seen == list(range(total, 0, -1))
    back = admin.get(page.context["list"].before)
    assert numbers(back)[-1] == numbers(page)[0] + 1
    assert admin.get("/record/?c=b1").context["list"].rows == []
    assert numbers(admin.get("/record/?c=x")) == numbers(admin.get("/record/"))


def test_the_export_is_what_is_filtered_and_is_an_entry_itself(admin, written):
    answer = admin.get("/record/export/?part=access&q=ticket+00")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row["reason"] for row in rows] == [f"ticket {n:03}" for n in range(9, -1, -1)]
    entry = Entry.objects.order_by("-seq").first()
    assert (entry.action, entry.object_id) == ("web:list:exported", "record")
    assert '"rows":10' in entry.text
    assert "ticket" not in entry.text


def test_verification_says_how_far_it_is_signed_and_lists_checkpoints(admin, written):
    signed = checkpoint.make()
    page = admin.post("/record/verify/").content.decode()
    assert f"{signed.seq} entries checked" in page
    assert f"Signed up to entry {signed.seq}." in page
    assert signed.digest[:12] in page


def test_a_removed_name_is_shown_as_removed(admin, written):
    forget("system", names.forgetting("olga"), with_reasons=True)
    page = admin.get("/record/?part=access").content.decode()
    assert "somebody (name removed)" in page
    assert "olga" not in page
    assert "(reason removed)" in page


def test_every_part_that_writes_can_be_asked_for():
    assert set(views.PARTS) == set(PARTS)
