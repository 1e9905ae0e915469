"""Many licences changed at once: what it would do, one entry, and the way back."""

from datetime import date

import pytest
from tests import factories as make
from tests.conftest import NOW

from licet.ledger.models import Entry
from licet.register.bulk_change import change_many, edits, pools_of, preview, undo
from licet.register.models import Licence, Pool
from licet.renewals.record import Details, start
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


@pytest.fixture
def three():
    site = make.site("Depot")
    return [Licence.objects.create(site=site, title=f"L{n}", cost_centre="old", contact="") for n in range(3)]


def ids(rows):
    return [row.pk for row in rows]


def test_a_preview_says_before_and_after_and_writes_nothing(three):
    Licence.objects.filter(pk=three[1].pk).update(cost_centre="new")
    Licence.objects.filter(pk=three[2].pk).update(returned_on=date(2026, 1, 2))
    lines = preview(SYSTEM, ids(three), {"cost_centre": "new", "notice_period_days": 30})
    assert lines[0].differs == (("cost_centre", "old", "new"), ("notice_period_days", None, 30))
    assert lines[1].differs == (("notice_period_days", None, 30),)
    assert lines[2].refused == "It was returned on 2026-01-02 and is closed."
    assert set(Licence.objects.values_list("cost_centre", flat=True)) == {"old", "new"}


def test_an_edit_is_one_entry_and_names_nobody(three):
    pk, _lines = change_many(SYSTEM, ids(three), {"contact": "Otto Brandt", "add_tag": "HQ"}, "moved")
    entry = Entry.objects.get(action="register:licences:changed")
    assert "Otto" not in entry.text
    assert entry.object_id == str(pk)
    assert set(Licence.objects.values_list("contact", "tags__name")) == {("Otto Brandt", "hq")}


def test_an_edit_is_taken_back_except_where_somebody_changed_it_since(three):
    three[0].tags.create(name="hq")
    pk, _lines = change_many(
        SYSTEM, ids(three), {"cost_centre": "new", "notice_on": date(2026, 12, 1), "add_tag": "hq", "auto_renew": True}
    )
    Licence.objects.filter(pk=three[2].pk).update(cost_centre="newest")
    number, left = undo(SYSTEM, pk)
    assert number == 2
    assert [(line.id, line.refused) for line in left] == [(three[2].pk, "Somebody has changed it since.")]
    found = list(Licence.objects.order_by("pk").values_list("cost_centre", "notice_on", "auto_renew"))
    assert found == [("old", None, None), ("old", None, None), ("newest", date(2026, 12, 1), True)]
    assert [sorted(row.tags.values_list("name", flat=True)) for row in three] == [["hq"], [], ["hq"]]
    assert edits(SYSTEM)[0].undone_at is not None
    with pytest.raises(NotPossible, match="taken back already"):
        undo(SYSTEM, pk)


def test_only_what_may_be_edited_is_changed(three):
    elsewhere = Licence.objects.create(site=make.site("Elsewhere"), title="Other", cost_centre="old")
    clerk = make.person("clerk", "licence_manager", three[0].site).actor()
    pk, lines = change_many(clerk, [*ids(three), elsewhere.pk], {"cost_centre": "new"})
    assert len(lines) == 3
    elsewhere.refresh_from_db()
    assert elsewhere.cost_centre == "old"
    with pytest.raises(NotPossible, match="no such edit"):
        undo(make.person("other", "licence_manager", three[0].site).actor(), pk)


def test_an_edit_that_changes_nothing_is_none(three):
    with pytest.raises(NotPossible, match="Nothing would change"):
        change_many(SYSTEM, ids(three), {"cost_centre": "old"})
    with pytest.raises(NotPossible, match="Say what is to change"):
        preview(SYSTEM, ids(three), {})


def test_five_hundred_licences_cost_no_more_queries_than_five(django_assert_max_num_queries):
    site = make.site("Large")
    many = Licence.objects.bulk_create([Licence(site=site, title=f"L{n}") for n in range(450)])
    with django_assert_max_num_queries(20):
        change_many(SYSTEM, ids(many), {"cost_centre": "new", "add_tag": "hq"})


def test_the_pages_lead_from_picking_to_taking_back(three, client):
    client.force_login(make.person("boss", "administrator"))
    picked = "&".join(f"id={pk}" for pk in ids(three))
    assert b"Change 3 licences" in client.get(f"/licences/bulk/?{picked}").content
    assert b"Change 3 licences" in client.get("/licences/bulk/?all=1&q=L").content
    asked = {"ids": ",".join(map(str, ids(three))), "cost_centre": "new", "look": "1"}
    page = client.post("/licences/bulk/", asked).content.decode()
    assert "<del>old</del> → <ins>new</ins>" in page
    assert "3 change, 0 are refused" in page
    assert not Licence.objects.filter(cost_centre="new").exists()
    answer = client.post("/licences/bulk/", {**asked, "do": "1"}, follow=True)
    assert b"3 licences are changed" in answer.content
    assert Licence.objects.filter(cost_centre="new").count() == 3
    client.post("/licences/bulk/edits/", {"undo": edits(SYSTEM)[0].id})
    assert Licence.objects.filter(cost_centre="old").count() == 3


def test_the_pool_changes_where_it_fits_and_goes_back(three):
    depot = three[0].site
    old, pool = (Pool.objects.create(site=depot, name=name) for name in ("Old", "New"))
    other = Licence.objects.create(site=make.site("Elsewhere"), title="Other")
    whole = Licence.objects.create(site=depot, title="Whole", site_wide=True)
    Licence.objects.filter(pk=three[0].pk).update(pool=old)
    pk, lines = change_many(SYSTEM, ids([*three, other, whole]), {"pool_id": pool.pk})
    assert [line.refused[:24] for line in lines] == ["", "", "", "The pool New is at anoth", "It is for the whole site"]
    assert set(Licence.objects.exclude(pk__in=[other.pk, whole.pk]).values_list("pool", flat=True)) == {pool.pk}
    assert pools_of(pk) == {old.pk, pool.pk}
    undo(SYSTEM, pk)
    assert list(Licence.objects.order_by("pk").values_list("pool", flat=True)[:3]) == [old.pk, None, None]


def test_the_owner_of_renewals_under_way_changes_and_goes_back(three):
    depot = three[0].site
    nina, otto = make.person("nina", "viewer", depot), make.person("otto", "viewer", make.site("Elsewhere"))
    Licence.objects.update(expires_on=date(2027, 1, 31))
    renewal = start(SYSTEM, [three[0].pk, three[1].pk], Details(due_on=date(2026, 12, 31)), NOW, today=NOW.date())
    pk, lines = change_many(SYSTEM, ids(three), {"renewal_owner": nina.pk}, "hers now")
    assert [line.refused for line in lines] == ["", "", "No renewal of it is under way."]
    renewal.refresh_from_db()
    assert renewal.owner == nina
    assert f"person:{nina.pk}" in Entry.objects.get(action="register:licences:changed").text
    assert (
        preview(SYSTEM, ids(three), {"renewal_owner": otto.pk})[0].refused == "Its renewal's owner must see its site."
    )
    undo(SYSTEM, pk)
    renewal.refresh_from_db()
    assert renewal.owner is None
