"""Second factors and what asks for them. Passkeys need a browser: tests/web/browser/test_people.py."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from tests import factories as make

from licet.ledger.read import latest
from licet.sites.policy import set_policy
from licet.sites.scope import SYSTEM
from licet.vault.models import Secret

PASSWORD = "a sentence that is long"


def code_of(seed, step=0):
    return format_hotp_value(hotp_value(seed.replace(" ", ""), int(time.time()) // 30 + step))


@pytest.fixture
def anna(db):
    return make.person("anna", "viewer", make.site("Berlin"), PASSWORD)


def sign_in(client, **more):
    return client.post("/sign-in/", {"username": "anna", "password": PASSWORD, **more})


@pytest.fixture
def seed(client, anna):
    """One-time codes set up through the pages; the seed, and the recovery codes shown after it."""
    sign_in(client)
    page = client.get("/account/second-factors/totp/").content.decode()
    assert "<svg role=" in page
    found = re.search(r'class="command seed">([A-Z2-7 ]+)<', page)[1]
    assert client.post("/account/second-factors/totp/", {"code": "000000"}).status_code == 401
    shown = client.post("/account/second-factors/totp/", {"code": code_of(found, -1)}).content.decode()
    client.codes = re.findall(r"<code>(\d{5}-\d{5})</code>", shown)
    client.post("/sign-out/")
    return found


def test_the_seed_stays_the_same_until_it_is_set_up_and_lies_in_the_vault(client, anna):
    sign_in(client)
    first, second = (client.get("/account/second-factors/totp/").content for _ in range(2))
    assert re.search(rb"command seed.>([^<]+)<", first)[1] == re.search(rb"command seed.>([^<]+)<", second)[1]
    assert Secret.objects.count() == 1


def test_a_code_is_asked_after_the_password_and_taken_once(client, anna, seed):
    answer = sign_in(client, next="/licences/")
    assert answer.url == "/sign-in/second/"
    assert client.get("/estate/").status_code == 302
    assert client.post("/sign-in/second/", {"code": "123456"}).status_code == 401
    code = code_of(seed)
    assert client.post("/sign-in/second/", {"code": code}).url == "/licences/"
    assert client.session["signed_in_by"] == "password+totp"
    client.post("/sign-out/")
    sign_in(client)
    assert client.post("/sign-in/second/", {"code": code}).status_code == 401


def test_the_second_page_without_the_password_leads_to_the_first(client, anna, seed):
    assert client.get("/sign-in/second/").url == "/sign-in/"
    assert client.post("/sign-in/second/", {"code": code_of(seed)}).url == "/sign-in/"


def test_half_a_sign_in_ends_after_ten_minutes(client, anna, seed):
    sign_in(client)
    session = client.session
    session["half_signed_in"] = {**session["half_signed_in"], "at": int(time.time()) - 601}
    session.save()
    assert client.post("/sign-in/second/", {"code": code_of(seed)}).url == "/sign-in/"


def test_codes_cannot_be_guessed_at_length(client, anna, seed):
    sign_in(client)
    for number in range(5):
        assert client.post("/sign-in/second/", {"code": f"{number:06}"}).status_code == 401
    assert client.post("/sign-in/second/", {"code": code_of(seed)}).status_code == 429


def test_each_recovery_code_works_once_and_new_ones_replace_them(client, anna, seed):
    assert len(set(client.codes)) == 10
    sign_in(client)
    assert client.post("/sign-in/second/", {"code": client.codes[3]}).url == "/"
    assert b"9 codes are left" in client.get("/account/second-factors/").content
    client.post("/sign-out/")
    sign_in(client)
    assert client.post("/sign-in/second/", {"code": client.codes[3]}).status_code == 401
    assert client.post("/sign-in/second/", {"code": client.codes[4].replace("-", " ")}).url == "/"
    shown = client.post("/account/recovery-codes/").content.decode()
    assert re.findall(r"<code>(\d{5}-\d{5})</code>", shown) != client.codes
    assert client.codes[5] not in shown
    assert 'download="licet-recovery-codes.txt"' in shown


def test_no_seed_and_no_recovery_code_is_in_the_tables_as_it_is(client, anna, seed):
    kept = " ".join(str(row.data) for row in Authenticator.objects.all())
    assert seed.replace(" ", "") not in kept
    assert Secret.objects.count() == 2
    assert all(seed.replace(" ", "").encode() not in bytes(row.sealed) for row in Secret.objects.all())


def test_removing_the_last_one_removes_recovery_codes_and_seeds(client, anna, seed):
    sign_in(client)
    client.post("/sign-in/second/", {"code": code_of(seed)})
    pk = Authenticator.objects.get(type="totp").pk
    assert client.post(f"/account/second-factors/{pk}/remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert not Secret.objects.exists()
    actions = [entry["action"] for entry in latest(size=20)]
    assert actions[0] == "sites:second_factor:removed"
    assert "sites:second_factor:set" in actions


def test_nobody_removes_a_factor_of_somebody_else(client, anna, seed):
    make.person("carl", "viewer", None, PASSWORD)
    client.post("/sign-in/", {"username": "carl", "password": PASSWORD})
    pk = Authenticator.objects.get(type="totp").pk
    client.post(f"/account/second-factors/{pk}/remove/")
    assert Authenticator.objects.filter(pk=pk).exists()


def test_the_rule_leads_through_the_set_up_at_the_next_page(client, anna):
    sign_in(client)
    assert client.get("/estate/").status_code == 200
    set_policy(SYSTEM, second_factor_for=["viewer"], token_days=365)
    answer = client.get("/estate/?kind=camera")
    assert answer.url == "/account/second-factors/?needed=1&next=%2Festate%2F%3Fkind%3Dcamera"
    assert b"A second factor is needed" in client.get(answer.url).content
    assert client.get("/account/tokens/").status_code == 302
    page = client.get("/account/second-factors/totp/").content.decode()
    found = re.search(r'class="command seed">([A-Z2-7 ]+)<', page)[1]
    assert client.post("/account/second-factors/totp/", {"code": code_of(found)}).status_code == 200
    assert client.get("/estate/").status_code == 200
    pk = Authenticator.objects.get(type="totp").pk
    client.post(f"/account/second-factors/{pk}/remove/")
    assert Authenticator.objects.filter(pk=pk).exists()


@pytest.mark.parametrize(("roles", "asked"), [(["auditor"], False), (["viewer"], True), (["*"], True), ([], False)])
def test_the_rule_is_about_the_roles_it_names(client, anna, roles, asked):
    set_policy(SYSTEM, second_factor_for=roles, token_days=365)
    sign_in(client)
    assert client.get("/estate/").status_code == (302 if asked else 200)


def test_setting_one_up_needs_a_recent_proof(signed_in, anna):
    client = signed_in(anna)
    for path in ("/account/second-factors/totp/", "/account/second-factors/passkey/", "/account/tokens/"):
        assert client.get(path).url == f"/confirm-identity/?next={path.replace('/', '%2F')}"


def test_an_identity_is_confirmed_by_a_code_too(client, anna, seed):
    sign_in(client)
    client.post("/sign-in/second/", {"code": client.codes[0]})
    session = client.session
    session["proved_at"] = int(time.time()) - 3600
    session.save()
    assert client.get("/account/tokens/").status_code == 302
    assert client.post("/confirm-identity/", {"code": "111111", "next": "/account/tokens/"}).status_code == 401
    assert (
        client.post("/confirm-identity/", {"code": code_of(seed), "next": "/account/tokens/"}).url == "/account/tokens/"
    )
    assert client.get("/account/tokens/").status_code == 200


@pytest.mark.parametrize(
    "credential", ["", "{", "[]", "{}", '{"id": "x"}', '{"response": {"userHandle": 7}}', "[" * 19_000]
)
def test_a_passkey_that_is_none_is_refused(client, anna, credential):
    client.get("/sign-in/passkey/")
    answer = client.post("/sign-in/passkey/", {"credential": credential})
    assert answer.status_code == 401
    assert "_auth_user_id" not in client.session
