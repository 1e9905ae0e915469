import pytest
from tests import factories as make

from licet.ledger.read import latest
from licet.sites.models import Site
from licet.sites.record import NotPossible, change_site
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def test_a_new_name_stands_in_the_names_of_all_below_and_nowhere_else():
    top = make.site("Nord")
    hall = make.site("Hall 1", make.site("Nord", top))
    beside = make.site("Nord 2")
    assert change_site(SYSTEM, top, name=" Süd 100% ") == ("name",)
    hall.refresh_from_db()
    beside.refresh_from_db()
    assert (top.full_name, hall.full_name, beside.full_name) == ("Süd 100%", "Süd 100% / Nord / Hall 1", "Nord 2")
    change_site(SYSTEM, hall.parent, name="Ost")
    hall.refresh_from_db()
    assert hall.full_name == "Süd 100% / Ost / Hall 1"
    entry = latest(size=1)[0]
    assert (entry["action"], entry["before"], entry["after"]) == (
        "sites:site:changed",
        {"name": "Nord"},
        {"name": "Ost"},
    )
    assert change_site(SYSTEM, hall, name="Hall 1", notice_days=90) == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "a/b"}, "slash"),
        ({"name": " "}, "needs a name"),
        ({"name": "Leeds"}, "already a site"),
        ({"name": "x" * 201}, "at most 200"),
        ({"time_zone": "Europe/Lyon"}, "no time zone"),
        ({"country": "XX"}, "no country code"),
        ({"notice_days": -1}, "0 to 3,650 days"),
        ({"fact_age_hours": 0}, "1 to 8,760 hours"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_changed(given, said):
    top = make.site("Top")
    make.site("Leeds", top)
    berlin = make.site("Berlin", top)
    with pytest.raises(NotPossible, match=said):
        change_site(SYSTEM, berlin, **{"country": "DE", "name": "Berlin 2", **given})
    assert Site.objects.get(pk=berlin.pk).name == "Berlin"


def test_a_name_that_makes_those_below_too_long_is_refused():
    top = make.site("T")
    site = top
    for _ in range(5):
        site = make.site("x" * 190, site)
    with pytest.raises(NotPossible, match="longer than 1,000"):
        change_site(SYSTEM, top, name="y" * 100)


def test_only_who_administers_it_changes_a_site():
    top = make.site("Top")
    site = make.site("Berlin", top)
    manager = make.person("manager", "licence_manager", site).actor()
    with pytest.raises(NotPossible, match="may not change"):
        change_site(manager, site, name="Mine")
    change_site(make.person("local", "administrator", site).actor(), site, country="de")
    assert site.country == "DE"
