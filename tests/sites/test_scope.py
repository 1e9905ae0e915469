"""Who sees what: Alice has the customer, Bob a neighbour site, the stranger nothing."""

import pytest
from tests import factories as make

from licet.estate.models import Device
from licet.sites.models import Site
from licet.sites.read import find_site
from licet.sites.record import NotPossible, add_person, add_site
from licet.sites.scope import SYSTEM, Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree():
    customer = make.site("Alpha")
    berlin = make.site("Berlin", customer)
    munich = make.site("Munich", customer)
    return customer, berlin, munich


def test_a_role_holds_in_its_subtree_only(tree):
    customer, berlin, munich = tree
    for place in (berlin, munich):
        make.device(place)
    alice = make.person("alice", "technician", customer).actor()
    bob = make.person("bob", "viewer", munich).actor()
    stranger = make.person("eve").actor()
    assert Device.objects.visible_to(alice).count() == 2
    assert [d.site for d in Device.objects.visible_to(bob)] == [munich]
    assert not Device.objects.visible_to(stranger).exists()
    assert set(Site.objects.visible_to(alice)) == set(tree)
    assert not Device.objects.visible_to(bob, "sweep").exists()


def test_a_site_with_a_similar_path_is_no_neighbour():
    actor = Actor("a", (("/1/", "viewer"),))
    assert actor.may("view", "/1/5/")
    assert not actor.may("view", "/11/")


def test_a_deactivated_person_sees_nothing(tree):
    alice = make.person("alice", "administrator")
    assert Site.objects.visible_to(alice.actor()).count() == 3
    alice.is_active = False
    assert not Site.objects.visible_to(alice.actor()).exists()


def test_a_word_that_is_no_permission_grants_nothing():
    with pytest.raises(ValueError, match="no permission"):
        SYSTEM.prefixes("veiw")


def test_an_unknown_role_grants_nothing():
    assert Actor("a", (("", "superhero"),)).prefixes("view") == ()


def test_a_foreign_site_is_not_found_like_one_that_does_not_exist(tree):
    bob = make.person("bob", "viewer", tree[2]).actor()
    assert find_site(bob, "Berlin") is None
    assert find_site(bob, "alpha/munich") == tree[2]
    assert find_site(bob, "Nowhere") is None


def test_a_name_that_two_sites_share_is_not_guessed(tree):
    make.site("Berlin", make.site("Beta"))
    assert find_site(SYSTEM, "Berlin") is None
    assert find_site(SYSTEM, "Alpha / Berlin") == tree[1]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "A/B"}, "slash"),
        ({"name": "A", "time_zone": "Berlin"}, "no time zone"),
        ({"name": "A", "country": "Germ"}, "no country code"),
        ({"name": "Alpha"}, "already a site"),
    ],
)
def test_a_site_that_cannot_be_says_why(tree, values, words):
    with pytest.raises(NotPossible, match=words):
        add_site(SYSTEM, **values)


def test_a_site_takes_over_time_zone_and_country_of_the_one_above_unless_it_has_its_own(tree):
    above = add_site(SYSTEM, "North", time_zone="Europe/Oslo", country="no")
    below = add_site(SYSTEM, "Depot", parent=above)
    other = add_site(SYSTEM, "Port", parent=above, time_zone="UTC", country="")
    assert [(one.time_zone, one.country) for one in (below, other)] == [("Europe/Oslo", "NO"), ("UTC", "")]
    assert (add_site(SYSTEM, "South").time_zone, above.country) == ("UTC", "NO")


def test_a_technician_cannot_add_sites_or_people(tree):
    actor = make.person("alice", "technician", tree[0]).actor()
    with pytest.raises(NotPossible):
        add_site(actor, "More", parent=tree[0])
    with pytest.raises(NotPossible):
        add_person(actor, "carl", "a-long-enough-secret-1", role="administrator", site=tree[0])


@pytest.mark.parametrize("password", ["short", "password1234", "12345678901234"])
def test_a_weak_password_is_refused(password):
    with pytest.raises(NotPossible):
        add_person(SYSTEM, "carl", password, role="viewer")
