import pytest

WRONG = "User name or password is wrong."


def sign_in(client, username, password, **more):
    return client.post("/sign-in/", {"username": username, "password": password, **more})


def test_the_right_password_signs_in_and_goes_on(client, estate, password):
    answer = sign_in(client, "admin", password, next="/estate/?kind=camera")
    assert (answer.status_code, answer.url) == (302, "/estate/?kind=camera")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("onward", ["https://example.org/", "//example.org/", "javascript:alert(1)", ""])
def test_it_never_leads_to_another_host(client, estate, password, onward):
    assert sign_in(client, "admin", password, next=onward).url == "/"


def test_a_wrong_password_and_an_unknown_name_read_the_same(client, estate):
    pages = [sign_in(client, name, "wrong") for name in ("admin", "nobody-of-that-name")]
    assert [page.status_code for page in pages] == [401, 401]
    assert all(WRONG in page.content.decode() for page in pages)


@pytest.mark.parametrize("name", ["admin", "nobody-of-that-name"])
def test_after_five_failures_even_the_right_password_waits(client, estate, password, name):
    for _ in range(5):
        assert sign_in(client, name, "wrong").status_code == 401
    held = sign_in(client, name, password)
    assert held.status_code == 429
    assert "Wait 15 minutes" in held.content.decode()


def test_one_account_held_here_is_free_elsewhere(client, estate, password):
    for _ in range(5):
        sign_in(client, "admin", "wrong")
    answer = client.post("/sign-in/", {"username": "admin", "password": password}, REMOTE_ADDR="192.0.2.9")
    assert answer.status_code == 302


def test_an_address_that_tries_many_names_is_held(client, estate, password):
    for number in range(40):
        sign_in(client, f"name{number}", "wrong")
    assert sign_in(client, "admin", password).status_code == 429


def test_someone_switched_off_cannot_sign_in_nor_go_on(client, estate, password):
    person = estate["people"]["admin"]
    client.force_login(person)
    person.is_active = False
    person.save()
    assert client.get("/").status_code == 302
    assert sign_in(client, "admin", password).status_code == 401


def test_signing_out_ends_the_session(signed_in, estate):
    client = signed_in(estate["people"]["admin"])
    assert client.post("/sign-out/").status_code == 302
    assert client.get("/").status_code == 302


def test_confirming_asks_the_password_again_and_goes_on_within_this_site(signed_in, estate, password):
    client = signed_in(estate["people"]["viewer"])
    assert "proved_at" not in client.session
    assert client.post("/confirm-identity/", {"password": "not it", "next": "/estate/"}).status_code == 401
    assert "proved_at" not in client.session
    assert client.post("/confirm-identity/", {"password": password, "next": "https://example.org/"}).url == "/"
    assert client.post("/confirm-identity/?next=/estate/", {"password": password, "next": "/estate/"}).url == "/estate/"
    assert client.session["proved_by"] == "password"
