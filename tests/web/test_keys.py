"""The pages about keys: a key is in one answer only, and each way to it is in the record."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from tests import factories as make

from licet.ledger.read import entries
from licet.register.keys_record import put_key, set_rule, set_two_people
from licet.register.models import LicenceKey, RevealNotice, RevealRequest
from licet.sites import tally
from licet.sites.scope import SYSTEM
from licet.web.people.recent import proved

KEY = "LICT-JJJJ-0000-EX01"
REASON = "activation of the new server"


@pytest.fixture
def berlin(estate):
    """A licence in Berlin with one key."""
    licence = estate["servers"]["berlin"].pool.licences.first()
    row, _ = put_key(SYSTEM, licence, KEY, quantity=16, host="hcp-berlin")
    return {**estate, "licence": licence, "key": row}


@pytest.fixture
def holder(berlin):
    return make.person("holder", "key_holder", berlin["sites"]["berlin"])


@pytest.fixture
def second(berlin):
    return make.person("second", "key_holder", berlin["sites"]["berlin"])


@pytest.fixture
def enter(client):
    def sign_in(person, *, confirmed=True):
        client.logout()
        client.force_login(person)
        session = client.session
        if confirmed:
            proved(session, "password")
        session.save()
        return client

    return sign_in


def show(client, key, reason=REASON):
    """Open the key's page and send its form."""
    page = client.get(reverse("key", args=[key.pk])).content.decode()
    once = re.search(r'name="once" value="([^"]+)"', page)
    assert once, page
    return client.post(reverse("key-reveal", args=[key.pk]), {"once": once[1], "reason": reason})


def done(key):
    return [entry["action"] for entry in entries(object_type="licence_key", object_id=key.pk)]


def test_a_key_is_shown_once_in_the_answer_to_its_form(enter, berlin, holder):
    client = enter(holder)
    answer = show(client, berlin["key"])
    assert answer.status_code == 200
    assert KEY in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert 'content="30;url=' in answer.content.decode()
    assert done(berlin["key"])[-1] == "vault:secret:revealed"
    assert KEY not in json.dumps(list(entries()))
    page = client.get(reverse("key", args=[berlin["key"].pk])).content.decode()
    assert KEY not in page
    assert "holder" in page


def test_the_same_form_sent_again_shows_nothing(enter, berlin, holder):
    client = enter(holder)
    page = client.get(reverse("key", args=[berlin["key"].pk])).content.decode()
    form = {"once": re.search(r'name="once" value="([^"]+)"', page)[1], "reason": REASON}
    where = reverse("key-reveal", args=[berlin["key"].pk])
    assert KEY in client.post(where, form).content.decode()
    again = client.post(where, form, follow=True)
    assert KEY not in again.content.decode()
    assert "That was shown once" in again.content.decode()
    assert client.get(where).status_code == 302
    assert done(berlin["key"]).count("vault:secret:revealed") == 1


def test_without_a_recent_proof_it_leads_to_confirming_and_keeps_the_reason(enter, berlin, holder):
    client = enter(holder, confirmed=False)
    assert 'name="once"' not in client.get(reverse("key", args=[berlin["key"].pk])).content.decode()
    tally.add(f"reveal:{holder.pk}:{berlin['key'].pk}:{'x' * 8}", 60)
    answer = client.post(reverse("key-reveal", args=[berlin["key"].pk]), {"once": "x" * 8, "reason": REASON})
    assert answer.url.startswith(f"{reverse('confirm-identity')}?next=")
    session = client.session
    proved(session, "password")
    session.save()
    assert REASON in client.get(reverse("key", args=[berlin["key"].pk])).content.decode()
    assert done(berlin["key"])[-1] == "register:key:reveal_refused"


def test_a_proof_is_good_for_five_minutes(enter, berlin, holder):
    client = enter(holder)
    session = client.session
    session["proved_at"] = int((datetime.now(UTC) - timedelta(minutes=5, seconds=2)).timestamp())
    session.save()
    assert 'name="once"' not in client.get(reverse("key", args=[berlin["key"].pk])).content.decode()


@pytest.mark.parametrize("reason", ["", "short", "12345678901"])
def test_a_reason_is_needed(enter, berlin, holder, reason):
    answer = show(enter(holder), berlin["key"], reason)
    assert answer.status_code == 403
    assert KEY not in answer.content.decode()
    assert done(berlin["key"])[-1] == "register:key:reveal_refused"


def test_a_reason_that_is_the_key_is_refused_and_not_kept(enter, berlin, holder):
    answer = show(enter(holder), berlin["key"], f"here it is: {KEY.lower()}")
    assert answer.status_code == 403
    assert "The reason holds a licence key" in answer.content.decode()
    assert KEY.lower() not in answer.content.decode()
    assert KEY.lower() not in json.dumps(list(entries()))


def test_a_viewer_may_not_and_the_try_is_in_the_record(enter, berlin):
    client = enter(berlin["people"]["viewer"])
    assert 'name="once"' not in client.get(reverse("key", args=[berlin["key"].pk])).content.decode()
    answer = client.post(reverse("key-reveal", args=[berlin["key"].pk]), {"reason": REASON})
    assert answer.status_code == 403
    assert KEY not in answer.content.decode()
    last = list(entries(object_type="licence_key"))[-1]
    assert (last["action"], last["after"]) == ("register:key:reveal_refused", {"code": "no_permission"})


@pytest.mark.parametrize("name", ["key", "key-reveal", "key-change"])
def test_a_key_of_another_site_is_not_found(enter, berlin, name):
    client = enter(berlin["people"]["neighbour"])
    where = reverse(name, args=[berlin["key"].pk])
    assert (client.get(where) if name == "key" else client.post(where)).status_code == 404
    assert client.get(reverse("key-add", args=[berlin["licence"].pk])).status_code == 404
    assert b"hcp-berlin" not in client.get(reverse("keys")).content


def test_a_second_person_agrees_once(enter, berlin, holder, second):
    set_two_people(SYSTEM, berlin["licence"], on=True)
    answer = show(enter(holder), berlin["key"])
    assert answer.status_code == 302
    request = RevealRequest.objects.get()
    page = enter(second).get(reverse("key-requests")).content.decode()
    assert REASON in page
    assert REASON not in enter(second).get(reverse("key-requests"), {"state": "used"}).content.decode()
    enter(second).post(reverse("key-answer", args=[request.pk]), {"answer": "approve"})
    client = enter(holder)
    assert KEY in show(client, berlin["key"], "another reason").content.decode()
    last = list(entries(object_type="licence_key"))[-1]
    assert (last["reason"], last["after"]["approved_by"]) == (REASON, f"person:{second.pk}")
    listed = b"".join(client.get(reverse("key-requests-export"), {"state": "used"}).streaming_content).decode()
    assert [line.split(",")[0] for line in listed.splitlines()[1:]] == [str(request.pk)]
    # The approval is used up: the next one has to be asked for again.
    assert show(client, berlin["key"]).status_code == 302
    assert RevealRequest.objects.count() == 2
    assert done(berlin["key"]) == [
        "register:key:kept", "register:key:reveal_asked", "register:key:reveal_approved", "vault:secret:revealed",
        "register:key:reveal_asked",
    ]  # fmt: skip


def test_nobody_is_his_own_second_person(enter, berlin, holder):
    set_two_people(SYSTEM, berlin["licence"], on=True)
    client = enter(holder)
    show(client, berlin["key"])
    page = client.get(reverse("key-requests")).content.decode()
    assert 'value="approve"' not in page
    client.post(reverse("key-answer", args=[RevealRequest.objects.get().pk]), {"answer": "approve"})
    assert RevealRequest.objects.get().answer == "open"
    last = list(entries(object_type="licence_key"))[-1]
    told = {"code": "same_person", "request": RevealRequest.objects.get().pk}
    assert (last["action"], last["after"]) == ("register:key:reveal_refused", told)


def test_a_refusal_where_a_second_person_is_needed_is_in_the_record(enter, berlin, holder):
    set_two_people(SYSTEM, berlin["licence"], on=True)
    assert show(enter(holder), berlin["key"], "x").status_code == 403
    last = list(entries(object_type="licence_key"))[-1]
    assert (last["action"], last["after"]) == ("register:key:reveal_refused", {"code": "no_reason"})


def test_a_declined_request_shows_nothing(enter, berlin, holder, second):
    set_two_people(SYSTEM, berlin["licence"], on=True)
    show(enter(holder), berlin["key"])
    enter(second).post(reverse("key-answer", args=[RevealRequest.objects.get().pk]), {"answer": "decline"})
    assert show(enter(holder), berlin["key"]).status_code == 302
    assert "vault:secret:revealed" not in done(berlin["key"])


def test_the_second_person_proves_himself_too(enter, berlin, holder, second):
    set_two_people(SYSTEM, berlin["licence"], on=True)
    show(enter(holder), berlin["key"])
    where = reverse("key-answer", args=[RevealRequest.objects.get().pk])
    answer = enter(second, confirmed=False).post(where, {"answer": "approve"})
    assert answer.url.startswith(reverse("confirm-identity"))
    assert RevealRequest.objects.get().answer == "open"


def test_the_owner_is_told_of_each_reveal(enter, berlin, holder):
    set_rule(SYSTEM, berlin["sites"]["top"], two_people=False, request_hours=24, notice_to="keys@example.org")
    show(enter(holder), berlin["key"])
    notice = RevealNotice.objects.get()
    assert (notice.to, notice.seen_by, notice.sent_at is not None) == ("keys@example.org", holder, True)
    assert mail.outbox[0].to == ["keys@example.org"]
    assert REASON in mail.outbox[0].body
    assert KEY not in str(mail.outbox[0].message())


def test_a_mail_that_cannot_be_sent_leaves_the_notice(enter, berlin, holder, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    set_rule(SYSTEM, berlin["sites"]["berlin"], two_people=False, request_hours=24, notice_to="keys@example.org")
    assert KEY in show(enter(holder), berlin["key"]).content.decode()
    assert RevealNotice.objects.get().sent_at is None


def test_a_key_is_sealed_by_the_page_and_never_written_back(enter, berlin):
    client = enter(berlin["people"]["admin"])
    where = reverse("key-add", args=[berlin["licence"].pk])
    wrong = client.post(where, {"key": "LICT-KKKK-0000-EX02", "quantity": "many", "state": "unused"})
    assert wrong.status_code == 422
    assert "LICT-KKKK" not in wrong.content.decode()
    kept = client.post(
        where, {"key": "LICT-KKKK-0000-EX02", "quantity": "8", "state": "active", "host": "x"}, follow=True
    )
    assert "The key is sealed" in kept.content.decode()
    assert "LICT-KKKK" not in kept.content.decode()
    assert LicenceKey.objects.count() == 2


@pytest.mark.parametrize("name", ["key-add", "key-change"])
def test_a_key_in_another_field_is_refused_and_not_written_back(enter, berlin, name):
    client = enter(berlin["people"]["admin"])
    where = reverse(name, args=[berlin["licence"].pk if name == "key-add" else berlin["key"].pk])
    for key in (KEY, "LICT-KKKK-0000-EX02") if name == "key-add" else (KEY,):
        answer = client.post(where, {"key": "LICT-KKKK-0000-EX02", "state": "unused", "host": key})
        assert answer.status_code == 422
        assert key not in answer.content.decode()
        assert "That holds a licence key" in answer.content.decode()


def test_a_search_for_a_key_does_not_bring_it_into_the_record(enter, berlin):
    client = enter(berlin["people"]["admin"])
    client.get("/licences/export/", {"q": KEY}).getvalue()
    last = list(entries(object_type="list"))[-1]
    assert last["reason"] == "searched for: a licence key"


def test_a_key_that_another_licence_has_is_refused_unless_it_is_meant(enter, berlin):
    client = enter(berlin["people"]["admin"])
    other = berlin["servers"]["leeds"].pool.licences.first()
    form = {"key": KEY.replace("-", "").lower(), "state": "unused"}
    answer = client.post(reverse("key-add", args=[other.pk]), form)
    assert f"already kept for licence {berlin['licence'].pk}" in answer.content.decode()
    assert client.post(reverse("key-add", args=[other.pk]), form | {"again": "on"}).status_code == 302
    assert LicenceKey.objects.filter(licence=other).count() == 1


def test_a_key_is_looked_at_beside_its_field(enter, berlin):
    client = enter(berlin["people"]["admin"])
    form = {"key": "LICT-O0I1-B8S5-EX01", "licence": berlin["licence"].pk}
    part = client.post(reverse("key-check"), form, headers={"HX-Request": "true"}).content.decode()
    assert "letter O or digit 0" in part
    assert "LICT" not in part
    assert "6, 7, 18" in part
    only = client.post(reverse("key-add", args=[berlin["licence"].pk]), {**form, "state": "unused", "only_check": "1"})
    assert "letter O or digit 0" in only.content.decode()
    assert LicenceKey.objects.count() == 1


def test_two_texts_are_compared_without_being_shown(enter, berlin):
    client = enter(berlin["people"]["viewer"])
    answer = client.post(reverse("key-compare"), {"key": "LICT-OOII", "document": "LICT-O0II"}).content.decode()
    assert "They differ at 1 position." in answer
    assert "LICT" not in answer
    assert '<li class="differs"><b aria-hidden="true">✕</b><span>7</span>' in answer


def test_a_pattern_that_could_run_away_is_refused(enter, berlin):
    client = enter(berlin["people"]["admin"])
    form = {"product": "hikcentral-professional", "pattern": "(a+)+"}
    assert "repeats without end" in client.post(reverse("key-patterns"), form).content.decode()
    assert client.post(reverse("key-patterns"), form | {"pattern": "[A-Z]{4}"}).status_code == 302
    assert "[A-Z]{4}" in client.get(reverse("key-patterns")).content.decode()
    assert enter(berlin["people"]["neighbour"]).get(reverse("key-patterns")).status_code == 403


def test_rules_are_set_where_one_administers(enter, berlin):
    client = enter(berlin["people"]["neighbour"])
    own, foreign = berlin["sites"]["neighbour"], berlin["sites"]["berlin"]
    form = {"two_people": "on", "request_hours": "8", "notice_to": ""}
    assert client.post(reverse("key-rules"), form | {"site": foreign.pk}).status_code == 422
    assert client.post(reverse("key-rules"), form | {"site": own.pk}).status_code == 302
    assert "second person" in client.get(reverse("key-rules")).content.decode()


def test_the_export_names_keys_by_number_only(enter, berlin):
    text = enter(berlin["people"]["admin"]).get(reverse("keys-export")).getvalue().decode()
    assert "hcp-berlin" in text
    assert "JJJJ" not in text


def test_c108_the_key_is_on_no_other_page(enter, berlin):
    """Case C108: list, detail, device, print, export, edit form, search, mail."""
    client = enter(berlin["people"]["viewer"])
    licence, device = berlin["licence"].pk, berlin["devices"][0].pk
    for where in (
        "/licences/", f"/licences/{licence}/", "/licences/export/", "/keys/", f"/keys/{berlin['key'].pk}/", "/keys/export/",
        f"/keys/?licence={licence}", f"/estate/{device}/", "/search/?q=LICT", "/search/?q=EX01", "/keys/?q=EX01",
        "/authorizations/", "/pools/", "/",
    ):  # fmt: skip
        answer = client.get(where)
        assert answer.status_code == 200, where
        body = answer.getvalue().decode().replace("q=LICT", "").replace("LICT”", "").replace('"LICT"', "")
        assert "JJJJ" not in body, where
