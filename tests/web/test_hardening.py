"""What every answer and every request meets, whoever asks: headers, the client's address, rates, sizes, hosts."""

import ipaddress
import re
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import reverse

import licet.web
from licet.sites import tally
from licet.sites.access_models import Tally
from licet.web.base import rate
from licet.web.base.address import AddressMiddleware, client, networks

PROXIES = networks(["127.0.0.1", "192.0.2.0/28"])


def policy_of(answer):
    return dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))


def test_every_script_carries_the_nonce_of_its_own_answer(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    seen = set()
    for name in ("overview", "estate", "licences", "authorizations"):
        answer = client.get(reverse(name))
        scripts = re.findall(r"<script[^>]*>", answer.content.decode())
        nonce = re.fullmatch(r"'nonce-([\w-]{20,})'", policy_of(answer)["script-src"])[1]
        assert scripts, name
        assert all(f'nonce="{nonce}"' in script for script in scripts), name
        seen.add(nonce)
    assert len(seen) == 4


def test_nothing_inline_and_nothing_from_another_host_is_allowed(client, estate):
    policy = policy_of(client.get(reverse("sign-in")))
    assert policy["frame-ancestors"] == "'none'"
    assert policy["object-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert not any("unsafe" in value or "http" in value or "*" in value for value in policy.values())


def test_every_answer_carries_the_headers_even_an_error(client, estate):
    for where in (reverse("sign-in"), "/no/such/page"):
        headers = client.get(where).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "no-store" in headers["Cache-Control"]


def test_every_file_that_is_sent_is_in_a_sandbox(signed_in, estate):
    answer = signed_in(estate["people"]["admin"]).get(reverse("estate-export"), {"format": "csv"})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 192.0.2.3", "203.0.113.9"),
        (
            "127.0.0.1",
            "10.9.9.9, 203.0.113.9",
            "203.0.113.9",
        ),  # what the client put before its own address counts nothing
        ("127.0.0.1", "rubbish", "127.0.0.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("127.0.0.1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_client_is_the_last_hop_that_is_no_proxy_of_ours(peer, forwarded, address):
    assert client(peer, forwarded, PROXIES) == address


def test_a_stranger_cannot_say_that_he_came_by_tls_or_from_elsewhere(settings):
    settings.LICET_PROXIES = ["192.0.2.1"]
    seen = {}

    def view(request):
        seen.update(request.META)
        return HttpResponse()

    ask = RequestFactory().get
    gate = AddressMiddleware(view)
    gate(ask("/", REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="127.0.0.1", HTTP_X_FORWARDED_PROTO="https"))
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert "HTTP_X_FORWARDED_PROTO" not in seen
    gate(ask("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.9", HTTP_X_FORWARDED_PROTO="https"))
    assert seen["REMOTE_ADDR"] == "203.0.113.9"
    assert seen["HTTP_X_FORWARDED_PROTO"] == "https"


def test_a_proxy_that_is_no_address_is_named_at_the_start():
    with pytest.raises(ValueError, match=r"proxy\.example\.org"):
        networks(["proxy.example.org"])
    assert networks(["", " 192.0.2.1 "]) == [ipaddress.ip_network("192.0.2.1")]


@time_machine.travel("2026-11-26T12:00:10Z", tick=False)
def test_one_account_cannot_ask_without_end_and_another_is_not_held(signed_in, estate, settings):
    settings.LICET_REQUESTS_PER_ACCOUNT = 3
    client = signed_in(estate["people"]["viewer"])
    answers = [client.get(reverse("words")).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]
    held = client.get(reverse("words"))
    assert held.headers["Retry-After"] == "50"
    assert signed_in(estate["people"]["admin"]).get(reverse("words")).status_code == 200


@time_machine.travel("2026-11-26T12:00:10Z", tick=False)
def test_an_address_that_nobody_signed_in_from_is_held_by_itself(client, estate, settings):
    settings.LICET_REQUESTS_PER_ADDRESS = 2
    ask = lambda address: client.get(reverse("sign-in"), REMOTE_ADDR=address).status_code  # noqa: E731
    assert [ask("203.0.113.9") for _ in range(3)] == [200, 200, 429]
    assert ask("203.0.113.10") == 200
    Tally.objects.all().delete()
    assert ask("203.0.113.9") == 200


def test_processes_count_together_and_a_busy_database_turns_nobody_away(estate, monkeypatch):
    first, second = rate._Shared(), rate._Shared()
    assert [first.count("account:1", 7, 2) for _ in range(4)] == [1, 2, 3, 4]
    assert [second.count("account:1", 7, 2) for _ in range(2)] == [1, 6]
    monkeypatch.setattr(tally, "add", Mock(side_effect=OperationalError("database is locked")))
    assert [first.count("account:1", 7, 2) for _ in range(2)] == [5, 6]


@time_machine.travel("2026-11-26T12:00:10Z", tick=False)
def test_what_has_run_out_is_counted_anew_and_taken_out(db):
    assert [tally.add("x", 60), tally.add("x", 60), tally.add("y", 600)] == [1, 2, 1]
    assert tally.numbers(["x", "y", "z"]) == {"x": 2, "y": 1, "z": 0}
    assert tally.numbers([]) == {}
    with time_machine.travel("2026-11-26T12:01:30Z", tick=False):
        assert tally.numbers(["x", "y"]) == {"x": 0, "y": 1}
        assert tally.add("z", 60) == 1
        assert Tally.objects.count() == 2
        assert (tally.forget("y"), tally.forget("y")) == (True, False)


def test_a_form_beyond_the_size_is_refused_and_says_nothing_of_the_inside(client, estate, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    answer = client.post(reverse("sign-in"), {"username": "a" * 2000, "password": "b"})
    assert answer.status_code in {400, 413}
    assert b"Traceback" not in answer.content


class Untouched:
    """A body of which nothing may be read."""

    def read(self, *_given):
        raise AssertionError("the body was read")

    readline = read


@pytest.mark.parametrize(
    ("who", "name", "said", "status"),
    [
        ("nobody", "sign-in", {"CONTENT_LENGTH": "400000000"}, 413),
        ("nobody", "imports", {"CONTENT_LENGTH": "2000000"}, 413),
        ("nobody", "sign-in", {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ("admin", "sites", {"CONTENT_LENGTH": "11000000"}, 413),
        ("admin", "document-add", {"CONTENT_LENGTH": "40000000"}, 413),
        ("admin", "imports", {"CONTENT_LENGTH": "-1"}, 400),
    ],
)
def test_a_body_that_its_page_does_not_take_is_refused_before_it_is_read(
    signed_in, client, estate, who, name, said, status
):
    browser = client if who == "nobody" else signed_in(estate["people"][who])
    form = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "wsgi.input": Untouched()}
    assert browser.post(reverse(name), **form, **said).status_code == status


def test_a_file_within_what_its_page_takes_is_read(signed_in, estate):
    browser = signed_in(estate["people"]["admin"])
    file = SimpleUploadedFile("register.csv", b"x" * 12_000_000, "text/csv")
    assert browser.post(reverse("imports"), {"file": file}).status_code not in {411, 413}


def test_every_page_with_a_file_says_how_much_it_takes():
    """A form that names a file and whose page is not marked would refuse files of more than a form's size."""
    pages = Path(licet.web.__file__).parent.glob("*/*.py")
    with_files = [
        page for page in pages if "request.FILES" in (text := page.read_text("utf-8")) and "@takes(" not in text
    ]
    assert with_files == []


def test_another_host_name_is_refused(client, estate):
    assert client.get(reverse("sign-in"), HTTP_HOST="evil.example.org").status_code == 400


def test_a_form_without_its_token_changes_nothing(estate, password):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("sign-in"), {"username": estate["people"]["viewer"].username, "password": password})
    assert answer.status_code == 403
    assert "_auth_user_id" not in strict.session


@pytest.mark.parametrize("name", ["alert-hush", "waivers", "imports", "confirm-identity"])
def test_a_field_with_a_character_that_no_database_keeps_is_refused_in_one_sentence(signed_in, estate, name):
    client = signed_in(estate["people"]["admin"])
    for answer in (client.post(reverse(name), {"reason": "a\0b"}), client.get(reverse(name), {"q": "a\0b"})):
        assert (answer.status_code, "NUL" in answer.content.decode()) == (400, True)


def test_an_address_with_a_character_that_no_database_keeps_is_refused(signed_in, estate):
    assert signed_in(estate["people"]["admin"]).get("/updates/advisories/%00/").status_code in {400, 404}


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 5000])
def test_a_number_that_no_row_has_is_not_found(signed_in, estate, digits):
    client = signed_in(estate["people"]["admin"], proved=True)
    assert client.get(f"/keys/{digits}/").status_code == 404
    person = reverse("person", args=[estate["people"]["viewer"].pk])
    for do, field in (("take", "membership"), ("token", "token")):
        assert client.post(person, {"do": do, field: digits}).status_code == 302
    assert (
        client.post(reverse("alert-hush"), {"key": f"licence:{digits}:ends:2027-01-31", "do": "ack"}).status_code == 302
    )
