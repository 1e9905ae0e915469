"""What programs state of devices, software and accounts that cannot tell it themselves."""

import json

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from licet.access.models import Account
from licet.compliance.models import Purpose
from licet.estate.models import Channel, Device
from licet.estate.service_models import Connection, EngineSlots
from licet.ledger.read import entries, latest
from licet.sweep.models import Rhythm


def test_a_device_is_said_what_it_cannot_tell(program, estate):
    here, device = program("admin", "read", "write"), estate["recorders"][0]
    said = here.send("put", f"/devices/{device.pk}/version", {"version": "V4.30.005 build 210622", "source": "label"})
    assert said.status_code == 200, said.content
    assert Device.objects.get(pk=device.pk).firmware_version == "4.30.005"
    assert here.send("put", f"/devices/{device.pk}/version", {"version": "?", "source": "label"}).status_code == 409
    slots = {"total": 4, "used": 6, "source": "menu"}
    assert here.send("put", f"/devices/{device.pk}/engine-slots", slots).status_code == 200
    assert EngineSlots.objects.get(device=device).used == 6
    assert here.send("put", f"/devices/{device.pk}/code", {"code": "ABCDEF"}).status_code == 204
    assert here.send("delete", f"/devices/{device.pk}/code").status_code == 204
    channel = Channel.objects.filter(device=device).first()
    assert here.post(f"/channels/{channel.pk}/retire", {"reason": "taken down"}).json()["row"]["id"] == device.pk
    assert here.post(f"/channels/{channel.pk}/retire", {"reason": "taken down"}).status_code == 409
    assert here.post(f"/channels/{channel.pk}/restore", {"reason": "back"}).status_code == 200


def test_purposes_are_stated_where_one_may_change_the_estate(program, estate):
    here = program("admin", "read", "write", site=estate["sites"]["berlin"])
    ids = [one.pk for one in estate["devices"][:6]]
    mine = [one.pk for one in estate["devices"][:6] if one.site.full_name.endswith("Berlin Hub")]
    done = here.patch("/compliance/purposes", {"ids": ids, "purpose": "Access to the hall", "owner": "Facility"})
    assert (done.status_code, done.json()["number"]) == (200, len(mine)), done.content
    assert set(Purpose.objects.values_list("device", flat=True)) == set(mine)
    rows = here.get("/compliance/purposes?state=stated").json()["items"]
    assert {row["purpose"] for row in rows} == {"Access to the hall"}


def test_software_is_said_and_connected_without_telling_its_secret(program, estate):
    here, row = program("admin", "read", "write", "sweep"), estate["servers"]["leeds"]
    where = f"/installations/{row.pk}"
    assert here.send("put", f"{where}/version", {"version": "V3.0.1"}).json()["version"] == "V3.0.1"
    said = here.send("put", f"{where}/count", {"metric": "camera", "total": 300, "used": 20})
    assert said.status_code == 200, said.content
    camera = estate["devices"][1].pk
    assert here.post(f"{where}/members/remove", {"devices": [camera]}).status_code == 200
    grown = here.post(f"{where}/members", {"devices": [camera], "metrics": ["camera", "anpr_camera"]})
    assert grown.status_code == 200, grown.content
    listed = {one["device_id"]: one["metrics"] for one in here.get(f"{where}/members?limit=200").json()["items"]}
    assert listed[camera] == ["camera", "anpr_camera"]
    host = {"licet": "host", "name": "hcp-1", "read_at": timezone.now().isoformat()}
    taken = here.upload(f"{where}/host", file=SimpleUploadedFile("host.json", json.dumps(host).encode()))
    assert (taken.status_code, taken.json()["changed"]) == (200, []), taken.content
    given = {"address": "hcp.example.org", "key": "partner-key-1", "secret": "partner-secret-1"}
    done = here.send("put", f"{where}/connection", given)
    assert (done.status_code, done.json()["connection"]["where"]) == (200, "https://hcp.example.org:443"), done.content
    assert not any(
        text in str(list(entries())) + done.content.decode() for text in ("partner-key-1", "partner-secret-1")
    )
    assert here.post(f"{where}/ask").status_code == 202
    assert here.send("delete", f"{where}/connection").status_code == 204
    assert not Connection.objects.filter(installation=row).exists()
    assert here.post(f"{where}/ask").status_code == 409


def test_a_cloud_account_and_a_third_party_are_kept(program, estate):
    here, site, device = program("admin", "read", "write"), estate["sites"]["berlin"], estate["devices"][0]
    made = here.post("/cloud-accounts", {"site": site.pk, "name": "teams@example.org", "platform": "teams"})
    where = made.headers["Location"].removeprefix("/api/v1")
    term = {"code": "cloud_storage", "ends_on": "2027-01-31"}
    assert here.send("put", f"{where}/service", term).status_code == 204
    app = here.post("/cloud-accounts", {"site": site.pk, "name": "app@example.org"}).json()["id"]
    key = {"key": "app@example.org", "secret": "Example-Pass-1"}
    assert here.send("put", f"/cloud-accounts/{app}/connection", key).status_code == 409
    assert here.send("put", f"/cloud-accounts/{app}/connection", {**key, "knowingly": True}).status_code == 200
    party = here.post("/third-parties", {"device": device.pk, "kind": "installer", "who": "Example GmbH"})
    assert (party.status_code, party.json()["device_id"]) == (201, device.pk), party.content
    one = party.headers["Location"].removeprefix("/api/v1")
    assert here.send("put", f"{one}/term", {"until": "2027-06-30"}).json()["until"] == "2027-06-30"
    assert here.post(f"{one}/end", {"reason": "account removed"}).json()["state"] == "ended"
    assert here.post("/third-parties", {"kind": "installer", "who": "x"}).status_code == 409


def test_accounts_are_stated_and_a_rhythm_is_set(program, estate):
    here, site, row = program(), estate["sites"]["berlin"], estate["servers"]["berlin"]
    body = {"kind": "installation", "subject": row.pk, "accounts": [{"name": "svc-backup", "level": "Administrator"}]}
    assert here.post("/accounts/stated", body).json() == {"new": 1, "gone": 0}
    assert Account.objects.get(name="svc-backup").admin
    done = here.send("put", f"/sites/{site.pk}/rhythm", {"minutes": 60})
    assert (done.status_code, done.json()["minutes"]) == (200, 60), done.content
    assert latest(size=1)[0]["action"] == "sweep:rhythm:set"
    assert here.get("/rhythms").json()[0]["site_id"] == site.pk
    assert here.send("delete", f"/sites/{site.pk}/rhythm").status_code == 204
    assert not Rhythm.objects.exists()
