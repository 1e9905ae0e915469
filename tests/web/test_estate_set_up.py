"""Setting an estate up by page: credentials, devices, changing and retiring them."""

import pytest
from django.urls import reverse
from django.utils import timezone
from tests import factories as make

from licet.authorization.reconcile import judge_devices
from licet.estate.credential_record import add_credential
from licet.estate.device_change import change_device
from licet.estate.models import Channel, Credential, Device
from licet.estate.record import retire_device
from licet.ledger import read as ledger
from licet.sites.models import Membership
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM

SECRET = "Example-Secret-77"


@pytest.fixture
def admin(signed_in, estate):
    return signed_in(estate["people"]["admin"])


@pytest.fixture
def berlin(estate):
    return estate["sites"]["berlin"]


def devices(berlin, addresses, **said):
    return {"site": berlin.pk, "addresses": addresses, "scheme": "http", "port": "", "credential": "only", **said}


def test_devices_are_seen_before_they_are_added_and_swept_from_the_answer(admin, berlin):
    there = make.device(berlin, address="198.51.100.1")
    credential = add_credential(SYSTEM, berlin, "cameras", "licet", SECRET)
    typed = "# gate\n198.51.100.1\n198.51.100.2:8000\n198.51.100.4/30\nCam-1.example.org"
    given = devices(berlin, typed, credential=str(credential.pk))
    before = Device.objects.count()
    look = admin.post(reverse("device-add"), {**given, "do": "look"})
    page = look.content.decode()
    assert (look.status_code, Device.objects.count()) == (200, before)
    for text in (
        "3 new devices", "1 there already", "1 line that cannot be taken", "A port is named apart", "Add 3 devices",
        f'href="{reverse("device", args=[there.pk])}"', "credential cameras (licet)", "198.51.100.2:8000\n198.51.100.4/30",
    ):  # fmt: skip
        assert text in page, text
    done = admin.post(reverse("device-add"), {**given, "do": "add"}).content.decode()
    added = {row.address: row for row in Device.objects.filter(credential=credential)}
    assert sorted(added) == ["198.51.100.5", "198.51.100.6", "cam-1.example.org"]
    for text in (
        "3 devices are added", reverse("device", args=[added["cam-1.example.org"].pk]), reverse("sweep-now"), "1 line is left out",
        ">198.51.100.2:8000</textarea>",
    ):  # fmt: skip
        assert text in done, text
    again = admin.post(reverse("device-add"), {**given, "do": "add"}).content.decode()
    assert "0 devices are added" in again
    assert Device.objects.count() == before + 3


def test_a_long_paste_is_not_cut_in_silence(admin):
    assert (
        "maxlength" not in admin.get(reverse("device-add")).content.decode().partition("<textarea")[2].partition(">")[0]
    )


def test_what_was_typed_stays_where_something_is_wrong(admin, berlin, estate):
    other = add_credential(SYSTEM, estate["sites"]["neighbour"], "theirs", "licet", SECRET)
    for wrong, why in (
        ({"port": "70000"}, "65535"),
        ({"credential": str(other.pk)}, "it is of another site"),
        ({"site": "999999"}, "Select a valid choice"),
        ({"addresses": "10.0.0.0/16"}, "more than 4,096 addresses up to line 1; add them in parts"),
        ({"addresses": "1" * 200_001}, "paste at most 200,000 characters"),
        ({"addresses": "# nothing"}, "Write at least one address"),
    ):
        given = {**devices(berlin, "203.0.113.9"), **wrong}
        answer = admin.post(reverse("device-add"), {**given, "do": "add"})
        page = answer.content.decode()
        assert answer.status_code == 422, wrong
        assert why in page, wrong
        assert given["addresses"][:200] in page
    assert not Device.objects.filter(address="203.0.113.9").exists()


def test_without_any_credential_the_page_says_so_and_leads_there(admin, berlin):
    Credential.objects.all().delete()
    page = admin.post(reverse("device-add"), devices(berlin, "203.0.113.9", scheme="https")).content.decode()
    for text in ("no credential", "port 443", "No credential is kept yet", reverse("credential-add")):
        assert text in page
    done = admin.post(reverse("device-add"), {**devices(berlin, "203.0.113.9"), "do": "add"}).content.decode()
    assert "They have no credential" in done


def test_a_credential_is_added_replaced_given_and_removed_and_its_password_is_nowhere(admin, berlin):
    Device.objects.filter(site=berlin).update(credential=None)
    given = {"name": "cameras", "site": berlin.pk, "username": "licet", "password": SECRET, "use": "on"}
    wrong = admin.post(reverse("credential-add"), {**given, "username": ""})
    assert (wrong.status_code, SECRET in wrong.content.decode()) == (422, False)
    assert 'value="cameras"' in wrong.content.decode()
    added = admin.post(reverse("credential-add"), given, follow=True)
    row = Credential.objects.get(name="cameras")
    using = Device.objects.filter(credential=row, retired_at=None).count()
    assert using > 0
    assert f"{using} devices have it now" in added.content.decode()
    assert admin.post(reverse("credential-add"), given).status_code == 422
    told = [added.content.decode(), *(admin.get(reverse(name)).content.decode() for name in ("credentials", "estate"))]
    told.append(admin.get(reverse("credentials-export")).getvalue().decode())
    assert "cameras" in told[-1]

    where = reverse("credential-password", args=[row.pk])
    same = admin.post(where, {"username": "licet", "password": SECRET})
    assert (same.status_code, "already stored" in same.content.decode()) == (422, True)
    told += [same.content.decode(), admin.get(where).content.decode()]
    told.append(admin.post(where, {"username": "reader", "password": SECRET + "x"}, follow=True).content.decode())
    row.refresh_from_db()
    assert (row.username, row.version) == ("reader", 2)

    bare = make.device(berlin)
    told.append(admin.post(reverse("credential-use", args=[row.pk]), follow=True).content.decode())
    assert Device.objects.get(pk=bare.pk).credential == row
    page = admin.get(reverse("credential-remove", args=[row.pk])).content.decode()
    assert f"{using + 1} devices use it" in page
    other = add_credential(SYSTEM, berlin, "spare", "licet", SECRET)
    told.append(
        admin.post(reverse("credential-remove", args=[row.pk]), {"instead": other.pk}, follow=True).content.decode()
    )
    assert Device.objects.filter(credential=other).count() >= using + 1
    assert not Credential.objects.filter(pk=row.pk).exists()
    told.append(str(list(ledger.since(0, 10_000))))
    assert not [text for text in told if SECRET in text]


def test_the_list_filters_by_how_devices_answered_and_the_page_shows_which(admin, berlin):
    row = add_credential(SYSTEM, berlin, "cameras", "licet", SECRET)
    device = make.device(berlin, credential=row, reach="refused", name="Refuser")
    page = admin.get(reverse("credentials"), {"state": "refused", "q": "camer"}).content.decode()
    assert reverse("credential", args=[row.pk]) in page
    assert (
        reverse("credential", args=[row.pk])
        not in admin.get(reverse("credentials"), {"state": "unused"}).content.decode()
    )
    own = admin.get(reverse("credential", args=[row.pk])).content.decode()
    for text in (
        "Refuser",
        reverse("device", args=[device.pk]),
        "Refused by",
        reverse("credential-remove", args=[row.pk]),
    ):
        assert text in own
    make.device(berlin, name="Other")
    lines = admin.get(reverse("credential-devices-export", args=[row.pk])).getvalue().decode().splitlines()
    assert ("Refuser" in lines[1], len(lines)) == (True, 2)


def test_a_device_is_changed_retired_found_and_brought_back(admin, berlin):
    row = add_credential(SYSTEM, berlin, "cameras", "licet", SECRET)
    device = make.device(berlin, name="Gate", address="203.0.113.20")
    where = reverse("device-change", args=[device.pk])
    given = {"name": "Gate 1", "address": "203.0.113.21", "scheme": "https", "port": 443, "credential": row.pk}
    wrong = admin.post(where, {**given, "address": "203.0.113.0/24"})
    assert wrong.status_code == 422
    for text in ("is a range", 'value="203.0.113.0/24"', 'value="Gate 1"'):
        assert text in wrong.content.decode()
    assert "The device is changed" in admin.post(where, given, follow=True).content.decode()
    device.refresh_from_db()
    assert (device.name, device.address, device.scheme, device.port, device.credential) == (
        "Gate 1", "203.0.113.21", "https", 443, row,
    )  # fmt: skip
    assert "Nothing was different" in admin.post(where, given, follow=True).content.decode()
    retire = reverse("device-retire", args=[device.pk])
    assert "asked no more" in admin.get(retire).content.decode()
    assert admin.post(retire, {"reason": ""}).status_code == 422
    page = admin.post(retire, {"reason": "replaced"}, follow=True).content.decode()
    assert "Bring it back" in page
    assert admin.get(where).status_code == 404
    assert "Gate 1" in admin.get(reverse("estate"), {"retired": "yes", "q": "Gate 1"}).content.decode()
    admin.post(retire, {"reason": "was only away"})
    device.refresh_from_db()
    assert device.retired_at is None


def test_a_device_is_moved_once_somebody_has_seen_what_that_changes(admin, estate, berlin):
    away = next(row for row in estate["sites"].values() if row.pk != berlin.pk)
    device = make.device(
        berlin, name="Gate", address="203.0.113.20", credential=add_credential(SYSTEM, berlin, "here", "licet", SECRET)
    )
    where = reverse("device-move", args=[device.pk])
    assert where in admin.get(reverse("device-change", args=[device.pk])).content.decode()
    form = admin.get(where).content.decode()
    assert f'<option value="{berlin.pk}"' not in form
    assert 'value="203.0.113.20"' in form
    given = {"site": away.pk, "address": "", "port": 8000, "reason": "rebuilt"}
    assert admin.post(where, {**given, "reason": ""}).status_code == 422
    assert "is a range" in admin.post(where, {**given, "address": "203.0.113.0/24"}).content.decode()
    assert admin.post(where, {**given, "site": berlin.pk, "do": "move"}).status_code == 422
    look = admin.post(where, {**given, "do": "look"}).content.decode()
    for text in (
        "What would change",
        "Its credential here is not one of that site",
        "It has no address there",
        f"to {away.full_name}, and what is permitted",
        ">Move it</button>",
    ):
        assert text in look, text
    device.refresh_from_db()
    assert device.site == berlin
    done = admin.post(where, {**given, "do": "move"}, follow=True).content.decode()
    assert f"The device is at {away.full_name} now." in done
    device.refresh_from_db()
    assert (device.site, device.address, device.port, device.credential) == (away, "", 8000, None)


def test_a_device_is_moved_only_to_where_somebody_edits_the_estate(signed_in, estate, berlin):
    away = next(
        row
        for row in estate["sites"].values()
        if not row.path.startswith(berlin.path) and not berlin.path.startswith(row.path)
    )
    device = make.device(berlin, address="203.0.113.20")
    client = signed_in(make.person("reader", "technician", berlin))
    given = {"site": away.pk, "address": "", "port": 80, "reason": "rebuilt", "do": "move"}
    answer = client.post(reverse("device-move", args=[device.pk]), given)
    assert (answer.status_code, away.full_name in answer.content.decode()) == (422, False)
    device.refresh_from_db()
    assert device.site == berlin


def test_a_retired_device_that_answers_at_another_site_is_named_to_who_sees_both_only(signed_in, estate):
    there, here = make.site("Old works"), make.site("New works")
    real = make.device(there, retired_at=timezone.now(), name="Gate of old")
    place = make.device(
        here,
        serial_number=None,
        name="",
        address="203.0.113.9",
        reach="policy",
        reach_reason="identity_retired",
        claims=real.pk,
    )
    judge_devices([place.pk], timezone.now())
    page, move = reverse("device", args=[place.pk]), f"{reverse('device-move', args=[real.pk])}?site={here.pk}"
    client = signed_in(make.person("both", "technician"))
    told = client.get(page).content.decode()
    for text in ("Gate of old", real.serial_number, "Old works", f'href="{move}"'):
        assert text in told, text
    assert f'<option value="{here.pk}" selected' in client.get(move).content.decode()
    told = signed_in(make.person("one", "technician", here)).get(page).content.decode()
    assert "retired at another site" in told
    for text in ("Gate of old", real.serial_number, "Old works", f"/estate/{real.pk}/"):
        assert text not in told, text
    seeing = make.person("seeing", "technician", here)
    Membership.objects.create(person=seeing, site=there, role="viewer")
    told = signed_in(seeing).get(page).content.decode()
    assert "somebody who edits the estate at both sites" in told
    assert move not in told


def test_who_may_not_edit_is_shown_no_way_to(signed_in, estate, berlin):
    client = signed_in(make.person("reader", "viewer", berlin))
    device = make.device(berlin, retired_at=None)
    row = add_credential(SYSTEM, berlin, "cameras", "licet", SECRET)
    for where in ("estate", "credentials"):
        page = client.get(reverse(where)).content.decode()
        assert reverse("device-add") not in page
        assert reverse("credential-add") not in page
    assert (
        reverse("device-change", args=[device.pk])
        not in client.get(reverse("device", args=[device.pk])).content.decode()
    )
    assert (
        reverse("credential-remove", args=[row.pk])
        not in client.get(reverse("credential", args=[row.pk])).content.decode()
    )


def test_the_first_steps_lead_to_the_pages(signed_in, estate):
    Device.objects.update(retired_at=timezone.now())
    Device.objects.all().delete()
    client = signed_in(estate["people"]["admin"])
    overview, empty = client.get(reverse("overview")).content.decode(), client.get(reverse("estate")).content.decode()
    for name in ("site-add", "credential-add", "device-add", "jobs", "imports"):
        assert f'href="{reverse(name)}"' in overview, name
    assert "licet device add" in overview
    assert f'href="{reverse("device-add")}"' in empty


def test_a_page_that_is_old_puts_nothing_back_that_somebody_else_changed(admin, berlin):
    credential = add_credential(SYSTEM, berlin, "cameras", "licet", SECRET)
    row = make.device(berlin, address="198.51.100.9", credential=credential, name="")
    where = reverse("device-change", args=[row.pk])
    form = admin.get(where).context["form"]
    shown = {name: form.initial[name] for name in ("name", "address", "scheme", "port", "credential", "was")}
    Device.objects.filter(pk=row.pk).update(address="198.51.100.50", credential=None)
    assert admin.post(where, {**shown, "name": "Gate"}).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.address, row.credential) == ("Gate", "198.51.100.50", None)


def test_the_credential_of_a_site_above_is_not_named_to_who_may_not_see_it(client, estate, berlin):
    upper = add_credential(SYSTEM, berlin.parent, "upper cameras", "upper-user", SECRET)
    row = make.device(berlin, address="198.51.100.9", credential=upper)
    client.force_login(make.person("tina", "technician", berlin))
    where = reverse("device-change", args=[row.pk])
    page = client.get(where)
    assert "upper" not in page.content.decode().replace("uppercase", "")
    shown = {name: page.context["form"].initial[name] for name in ("name", "scheme", "port", "credential", "was")}
    done = client.post(where, {**shown, "address": "203.0.113.9"}, follow=True).content.decode()
    assert "It has no credential now" in done
    row.refresh_from_db()
    assert (row.address, row.credential) == ("203.0.113.9", None)


@pytest.mark.parametrize("kind", ["device", "channel"])
def test_a_second_click_on_retire_does_not_bring_it_back(admin, berlin, kind):
    recorder = make.device(berlin, kind="recorder")
    row = (
        recorder
        if kind == "device"
        else Channel.objects.create(
            device=recorder,
            site=berlin,
            number=1,
            name="1",
            first_seen_at=timezone.now(),
            last_listed_at=timezone.now(),
        )
    )
    where = reverse(f"{kind}-retire", args=[row.pk])
    assert 'name="retire" value="yes"' in admin.get(where).content.decode()
    for _time in range(2):
        assert admin.post(where, {"reason": "stolen", "retire": "yes"}).status_code == 302
        row.refresh_from_db()
        assert row.retired_at is not None
    assert [entry["action"] for entry in ledger.latest(size=5)].count(f"estate:{kind}:retired") == 1
    for _time in range(2):
        assert admin.post(where, {"reason": "found", "retire": "no"}).status_code == 302
        row.refresh_from_db()
        assert row.retired_at is None


def test_what_somebody_else_did_meanwhile_is_not_done_again(berlin):
    row, old = make.device(berlin), timezone.now()
    stale = Device.objects.get(pk=row.pk)
    retire_device(SYSTEM, row, "stolen", now=old)
    with pytest.raises(NotPossible, match="already retired"):
        retire_device(SYSTEM, stale, "stolen", now=old)
    with pytest.raises(NotPossible, match="It is retired"):
        change_device(SYSTEM, stale, {"name": "Gate"})
