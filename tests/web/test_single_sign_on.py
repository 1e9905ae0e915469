"""Single sign-on against a provider on loopback: code flow with PKCE, and everything that must be refused."""

import pytest
from tests import factories as make
from tests.web import oidc_stub
from tests.web.oidc_stub import CLIENT, SECRET

from licet.ledger.read import latest
from licet.sites.models import Person
from licet.sites.people import change_details, invite
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.vault.identity_provider import keep
from licet.vault.models import Secret


@pytest.fixture(scope="module")
def provider():
    server = oidc_stub.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def sso(db, provider):
    """The provider as it should be, set up in Licet; a site Berlin whose camera team are technicians there."""
    provider.claims, provider.discovery, provider.codes = {}, {}, {}
    provider.sign = {"key": provider.key, "algorithm": "RS256", "headers": {"kid": "one"}}
    berlin = make.site("Berlin")
    make.person("boss", "administrator")
    keep(
        SYSTEM, name="Office sign-on", issuer=provider.issuer, client_id=CLIENT, secret=SECRET,
        groups="camera-team = technician at Berlin\nauditors = auditor", groups_claim="groups", active=True,
    )  # fmt: skip
    return berlin


def begin(client, onward="/estate/"):
    answer = client.post("/sign-in/sso/", {"next": onward})
    assert answer.status_code == 302
    return answer.url


def come_back(client, provider, **claims):
    code, state = provider.grant(begin(client), **{"sub": "u-1", **claims})
    return client.get("/sign-in/sso/return/", {"code": code, "state": state})


def test_the_sign_in_page_offers_it_by_its_name(client, sso):
    assert b"Office sign-on" in client.get("/sign-in/").content


def test_the_question_has_state_nonce_and_a_hashed_verifier(client, sso, provider):
    address = begin(client)
    assert address.startswith(f"{provider.issuer}/authorize?response_type=code&client_id=licet&")
    for part in ("state=", "nonce=", "code_challenge=", "code_challenge_method=S256", "scope=openid+profile+email"):
        assert part in address
    assert client.session["sso"]["verifier"] not in address


def test_an_invited_person_is_known_by_his_verified_mail_address(client, sso, provider):
    anna = make.person("anna", "viewer", sso)
    anna.email = "Anna@example.org"
    anna.save()
    answer = come_back(client, provider, email="anna@example.org", email_verified=True)
    assert (answer.status_code, answer.url) == (302, "/estate/")
    assert client.session["_auth_user_id"] == str(anna.pk)
    assert client.session["signed_in_by"] == "sso"
    assert latest(size=1)[0]["action"] == "sites:session:begun"
    # The next time he is known by the provider's own number, whatever his address is by then.
    client.post("/sign-out/")
    assert come_back(client, provider, email="other@example.org").status_code == 302
    assert client.session["_auth_user_id"] == str(anna.pk)


def test_nobody_takes_the_address_by_which_somebody_else_is_to_be_known(client, sso, provider):
    boss = Person.objects.get(username="boss")
    boss.email = "boss@example.org"
    boss.save()
    local, eve = make.person("local", "administrator", sso), make.person("eve", "viewer", sso)
    with pytest.raises(NotPossible, match="cannot be used here"):
        invite(local.actor(), "zz", role="viewer", site=sso, email="Boss@example.org")
    with pytest.raises(NotPossible, match="cannot be used here"):
        change_details(eve, full_name="Eve", email="BOSS@example.org", time_zone="")
    come_back(
        client, provider, sub="u-7", email="boss@example.org", groups=["auditors"], preferred_username="claims-it"
    )
    assert Person.objects.get(username="claims-it").email == ""
    client.post("/sign-out/")
    come_back(client, provider, sub="u-8", email="boss@example.org", email_verified=True)
    assert client.session["_auth_user_id"] == str(boss.pk)
    change_details(eve, full_name="Eve", email="eve@example.org", time_zone="")
    assert invite(local.actor(), "eve2", role="viewer", site=sso, email="eve@example.org")[0].email == "eve@example.org"
    change_details(boss, full_name="B", email="boss@example.org", time_zone="")


def test_an_address_that_is_not_verified_names_nobody(client, sso, provider):
    anna = make.person("anna", "viewer", sso)
    anna.email = "anna@example.org"
    anna.save()
    for verified in (False, None, "true"):
        answer = come_back(client, provider, email="anna@example.org", email_verified=verified)
        assert answer.status_code == 403
    assert "_auth_user_id" not in client.session


def test_a_second_identity_does_not_take_over_a_person_by_the_same_address(client, sso, provider):
    anna = make.person("anna", "viewer", sso)
    anna.email = "anna@example.org"
    anna.save()
    assert come_back(client, provider, email="anna@example.org", email_verified=True).status_code == 302
    client.post("/sign-out/")
    assert come_back(client, provider, sub="u-2", email="anna@example.org", email_verified=True).status_code == 403


def test_who_is_not_invited_and_in_no_group_stays_out(client, sso, provider):
    answer = come_back(client, provider, email="nobody@example.org", email_verified=True, groups=["sales"])
    assert answer.status_code == 403
    assert b"nobody has invited you" in answer.content
    assert Person.objects.count() == 1


def test_groups_give_roles_and_take_them_back_but_not_those_given_by_hand(client, sso, provider):
    assert come_back(client, provider, preferred_username="carl", groups=["camera-team", "auditors"]).status_code == 302
    carl = Person.objects.get(username="carl")
    assert sorted(carl.memberships.values_list("role", "site")) == [("auditor", None), ("technician", sso.pk)]
    carl.memberships.create(role="viewer", site=sso)
    client.post("/sign-out/")
    assert come_back(client, provider, preferred_username="carl", groups=["auditors"]).status_code == 302
    assert sorted(carl.memberships.values_list("role", flat=True)) == ["auditor", "viewer"]


def test_a_user_name_that_is_taken_is_not_taken_over(client, sso, provider):
    assert come_back(client, provider, preferred_username="boss", groups=["auditors"]).status_code == 302
    assert sorted(Person.objects.values_list("username", flat=True)) == ["boss", "boss-2"]


def test_somebody_switched_off_stays_out(client, sso, provider):
    assert come_back(client, provider, preferred_username="carl", groups=["auditors"]).status_code == 302
    client.post("/sign-out/")
    Person.objects.filter(username="carl").update(is_active=False)
    assert come_back(client, provider, preferred_username="carl", groups=["auditors"]).status_code == 403


@pytest.mark.parametrize(
    "fault",
    [
        {"aud": "somebody-else"},
        {"aud": ["licet", "somebody-else"]},
        {"azp": "somebody-else"},
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "https://login.example.org"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"sub": None},
        {"iat": 4_000_000_000},
    ],
)
def test_a_token_that_says_something_wrong_is_refused(client, sso, provider, fault):
    provider.claims = fault
    answer = come_back(client, provider, groups=["auditors"])
    assert answer.status_code == 401
    assert b"does not hold" in answer.content
    assert Person.objects.count() == 1


@pytest.mark.parametrize("case", ["foreign key", "none", "shared secret", "unknown kid"])
def test_a_signature_that_is_not_the_providers_is_refused(client, sso, provider, case):
    provider.sign = {
        "foreign key": {"key": provider.other, "algorithm": "RS256", "headers": {"kid": "one"}},
        "none": {"key": None, "algorithm": "none"},
        "shared secret": {"key": SECRET * 2, "algorithm": "HS256", "headers": {"kid": "one"}},
        "unknown kid": {"key": provider.key, "algorithm": "RS256", "headers": {"kid": "two"}},
    }[case]
    assert come_back(client, provider, groups=["auditors"]).status_code == 401
    assert Person.objects.count() == 1


def test_a_code_works_only_for_the_browser_that_asked(client, sso, provider):
    code, state = provider.grant(begin(client), sub="u-1", groups=["auditors"])
    from django.test import Client

    assert Client().get("/sign-in/sso/return/", {"code": code, "state": state}).status_code == 400
    assert client.get("/sign-in/sso/return/", {"code": code, "state": "other"}).status_code == 400
    # The question was used up by that: begin again.
    assert client.get("/sign-in/sso/return/", {"code": code, "state": state}).status_code == 400


def test_a_code_of_another_question_fails_at_the_verifier(client, sso, provider):
    code, _state = provider.grant(begin(client), sub="u-1", groups=["auditors"])
    _code, state = provider.grant(begin(client), sub="u-1", groups=["auditors"])
    assert client.get("/sign-in/sso/return/", {"code": code, "state": state}).status_code == 401


@pytest.mark.parametrize(
    "found",
    [
        {"issuer": "https://login.example.org"},
        {"token_endpoint": "http://login.example.org/token"},
        {"jwks_uri": "ftp://127.0.0.1/keys"},
        {"authorization_endpoint": None},
    ],
)
def test_a_discovery_document_that_leads_elsewhere_is_refused(client, sso, provider, found):
    provider.discovery = found
    assert client.post("/sign-in/sso/").status_code == 502


def test_a_redirect_of_the_provider_is_not_followed(client, sso, provider):
    provider.discovery = {"jwks_uri": f"{provider.issuer}/elsewhere"}
    assert come_back(client, provider, groups=["auditors"]).status_code == 401


def test_a_provider_that_is_down_is_one_sentence(client, sso, provider):
    keep(
        SYSTEM, name="x", issuer="http://127.0.0.1:9", client_id=CLIENT, secret="", groups="", groups_claim="groups",
        active=True,
    )  # fmt: skip
    answer = client.post("/sign-in/sso/")
    assert answer.status_code == 502
    assert b"cannot be used now" in answer.content


def test_the_secret_is_in_the_vault_alone_and_goes_with_the_provider(sso, signed_in, provider):
    client = signed_in(Person.objects.get(username="boss"), proved=True)
    page = client.get("/people/single-sign-on/").content.decode()
    assert provider.issuer in page
    assert SECRET not in page
    assert Secret.objects.count() == 1
    given = {"name": "x", "issuer": provider.issuer, "client_id": CLIENT, "secret": "another", "groups_claim": "groups"}
    assert client.post("/people/single-sign-on/", given).status_code == 302
    assert Secret.objects.count() == 1
    assert client.post("/people/single-sign-on/", {"do": "remove"}).status_code == 302
    assert Secret.objects.count() == 0
    assert client.post("/sign-in/sso/").status_code == 404


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"issuer": "http://login.example.org"}, "The issuer is an https address"),
        ({"groups": "auditors"}, "is no line like"),
        ({"groups": "auditors = nonsense"}, "is no role"),
        ({"groups": "auditors = auditor at Nowhere"}, "There is no site"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_a_sentence(sso, signed_in, provider, change, said):
    client = signed_in(Person.objects.get(username="boss"), proved=True)
    given = {"name": "x", "issuer": provider.issuer, "client_id": CLIENT, "groups_claim": "groups", **change}
    answer = client.post("/people/single-sign-on/", given)
    assert answer.status_code == 200
    assert said in answer.content.decode()
