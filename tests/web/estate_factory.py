"""A small estate with something of everything, for the pages' tests and for looking at them."""

from datetime import UTC, datetime, timedelta

from tests import factories as make

from licet.authorization.reconcile import changed, everything
from licet.dates import day_in
from licet.estate.models import Asking, CloudAccount, CloudListing, Credential, Device, Fact, LicenceCount, Subject
from licet.estate.service_models import Connection, ServerDevice, ThirdParty
from licet.register.models import Allocation, Order
from licet.sites.models import Membership, Person
from licet.sites.record import add_site
from licet.sites.scope import SYSTEM
from licet.vault import record as vault

PASSWORD = "a sentence that is long"
MODELS = ("DS-2CD2146G2-ISU", "DS-2CD2387G2-LU", "DS-2DE4425IW-DE", "iDS-2CD7A46G0-IZHSY")
REACHES = ("answered",) * 12 + ("refused", "locked_out", "not_activated", "unreachable", "policy", "no_credential")


def build(cameras=180, now=None):
    """Two customers, a few buildings, recorders, two HikCentral servers, a register, decided authorizations, five people."""
    now = now or datetime.now(UTC)
    sites = _sites()
    people = _people(sites)
    berlin, leeds, neighbour = sites["berlin"], sites["leeds"], sites["neighbour"]
    found = [_camera(number, (berlin, leeds, sites["hamburg"])[number % 3], now) for number in range(cameras)]
    recorders = [_recorder(number, (berlin, leeds)[number % 2], now) for number in range(6)]
    for number, camera in enumerate(found[: cameras // 3]):
        recorder = recorders[number % len(recorders)]
        make.channel(
            recorder, number // len(recorders) + 1, name=camera.name, camera=camera, serial_number=camera.serial_number,
            address=camera.address, model=camera.model, online=number % 7 != 0,
        )  # fmt: skip
    other = _camera(9000, neighbour, now)
    servers = _servers(berlin, leeds, neighbour)
    for number, camera in enumerate(found):
        server = servers["berlin" if camera.site == berlin else "leeds"]
        if number % 9:
            metrics = ["camera", "anpr_camera"] if camera.model.startswith("iDS") else ["camera"]
            make.member(server, camera, *metrics, reported=number % 4 == 0)
    _register(servers, now, found)
    _cloud(berlin, found, now)
    _listed(servers["berlin"], found, now)
    _facts(found[0], recorders[0], now)
    _earlier(found[0], now)
    everything(now)
    return {
        "sites": sites,
        "people": people,
        "devices": found,
        "recorders": recorders,
        "neighbour": other,
        "servers": servers,
    }


def _earlier(camera, now):
    """Decisions of the day before, when the camera was not activated yet: they end when all is decided anew."""
    yesterday = now - timedelta(days=1)
    held = {name: getattr(camera, name) for name in ("reach", "activated", "activated_seen_at")}
    Device.objects.filter(pk=camera.pk).update(reach="not_activated", activated=False, activated_seen_at=yesterday)
    changed(yesterday, devices=[camera.pk])
    Device.objects.filter(pk=camera.pk).update(**held)


def _sites():
    top = add_site(SYSTEM, "Nordwind Logistics", time_zone="Europe/Berlin", country="DE")
    germany = add_site(SYSTEM, "Germany", parent=top, time_zone="Europe/Berlin", country="DE")
    return {
        "top": top,
        "berlin": add_site(SYSTEM, "Berlin Hub", parent=germany, time_zone="Europe/Berlin", country="DE"),
        "hamburg": add_site(SYSTEM, "Hamburg Port", parent=germany, time_zone="Europe/Berlin", country="DE"),
        "leeds": add_site(SYSTEM, "Leeds Depot", parent=top, time_zone="Europe/London", country="GB"),
        "neighbour": add_site(SYSTEM, "Sandberg Clinic", time_zone="Europe/Stockholm", country="SE"),
    }


def _people(sites):
    def person(username, full_name, role=None, site=None):
        row = Person.objects.create_user(username, PASSWORD, full_name=full_name)
        if role:
            Membership.objects.create(person=row, site=site, role=role)
        return row

    return {
        "admin": person("admin", "Ada Lindqvist", "administrator"),
        "viewer": person("viewer", "Vera Holm", "viewer", sites["top"]),
        "auditor": person("auditor", "Otto Brandt", "auditor", sites["berlin"]),
        "neighbour": person("neighbour", "Nils Ek", "administrator", sites["neighbour"]),
        "stranger": person("stranger", "Sten Utter"),
    }


def _camera(number, site, now):
    model = MODELS[number % len(MODELS)]
    reach = REACHES[number % len(REACHES)]
    seen = now - timedelta(hours=number % 60) if number % 17 else now - timedelta(days=9)
    answered = reach == "answered"
    return Device.objects.create(
        site=site, serial_number=f"{model}20240117AAWR{'CN'[number % 37 == 0]}F{number:07d}", short_serial=f"F{number:07d}",
        name=f"{('Gate', 'Dock', 'Aisle', 'Yard', 'Lobby')[number % 5]} {number // 5 + 1:02d}", model=model, kind="camera",
        address=f"192.0.2.{number % 250 + 1}", mac=f"00:00:5e:00:{number // 256:02x}:{number % 256:02x}",
        firmware_version=("5.7.17", "5.8.3", "5.5.800")[number % 3], region="WR", reach=reach,
        reach_reason="basic_only" if reach == "policy" else "timeout" if reach == "unreachable" else "",
        last_asked_at=now - timedelta(hours=2), last_answered_at=seen if reach != "unreachable" else now - timedelta(days=6),
        activated=False if reach == "not_activated" else True if answered else None,
        activated_seen_at=seen if answered or reach == "not_activated" else None,
        signed_in_at=seen if answered else None,
        refused_at=now - timedelta(days=1) if reach == "refused" else None,
        locked_until=now + timedelta(minutes=20) if reach == "locked_out" else None,
        ezviz_enabled=bool(number % 3) if answered else None, ezviz_registered=bool(number % 6) if answered else None,
        ezviz_bound=bool(number % 4) if answered else None, ezviz_seen_at=seen if answered else None,
        isup_enabled=number % 29 == 0 if answered else None, isup_seen_at=seen if answered else None,
        isup_server="uplink.example.org" if number % 29 == 0 else "", first_seen_at=now - timedelta(days=400 - number),
    )  # fmt: skip


def _recorder(number, site, now):
    return Device.objects.create(
        site=site, serial_number=f"DS-7732NI-I420231105CCRRG{number:08d}WCVU", short_serial=f"G{number:08d}",
        name=f"Recorder {number + 1}", model="DS-7732NI-I4", kind="recorder", address=f"198.51.100.{number + 10}",
        mac=f"00:00:5e:00:53:{number:02x}", firmware_version="4.61.025", reach="answered", activated=True,
        activated_seen_at=now - timedelta(hours=2), last_asked_at=now - timedelta(hours=2),
        last_answered_at=now - timedelta(hours=2), signed_in_at=now - timedelta(hours=2),
        first_seen_at=now - timedelta(days=700),
    )  # fmt: skip


def _servers(berlin, leeds, neighbour):
    servers = {
        "berlin": make.installation(berlin, "HCP-Berlin", version="2.6.1", host="hcp.berlin.example.org"),
        "leeds": make.installation(leeds, "HCP-Leeds", version="2.5.0", host="hcp.leeds.example.org"),
        "neighbour": make.installation(neighbour, "HCP-Clinic"),
    }
    LicenceCount.objects.create(
        installation=servers["berlin"], metric="camera", total=64, used=41, source="stated", observed_at=make.NOW
    )
    return servers


def _register(servers, now, cameras):
    day = day_in("Europe/Berlin", now)
    product = make.product(needs_activation=True, effect_on_expiry="no_additions", name="HikCentral Professional")
    berlin, leeds, clinic = (servers[name].pool for name in ("berlin", "leeds", "neighbour"))
    order = Order.objects.create(
        site=berlin.site, number="PO-2024-0117", ordered_on=day - timedelta(days=500), vendor="Example Security"
    )
    base = {"product": product, "kind": "base", "term": "perpetual"}
    make.licence(berlin, 16, title="HikCentral-P-VSS-Base/16Ch", order=order, **base)
    bought = make.licence(
        berlin, 24, title="HikCentral-P-VSS-24Ch", order=order, product=product, term="dated", price="1840.00", currency="EUR",
        starts_on=day - timedelta(days=330), expires_on=day + timedelta(days=35), maintenance_until=day + timedelta(days=120),
        note="Bought with the second phase.\nAsk Example Security for renewal.",
    )  # fmt: skip
    make.licence(
        berlin, 4, metric="anpr_camera", title="HikCentral-P-ANPR-4Ch", product=product, term="perpetual", order=order
    )
    make.licence(
        berlin, 32, title="HikCentral-P-VSS-32Ch", product=product, term="perpetual", activation="not_activated"
    )
    make.licence(leeds, 128, title="HikCentral-P-VSS-Base/128Ch", **base)
    old = make.licence(
        leeds,
        8,
        metric="anpr_camera",
        title="HikCentral-P-ANPR-8Ch",
        product=product,
        term="dated",
        expires_on=day - timedelta(days=20),
    )
    make.licence(
        leeds, 8, metric="anpr_camera", title="HikCentral-P-ANPR-8Ch renewal", product=product, term="dated",
        starts_on=day + timedelta(days=10), expires_on=day + timedelta(days=375), supersedes=old,
    )  # fmt: skip
    for months in range(12):
        make.licence(
            leeds, 2, metric="door", title=f"Access door pack {months + 1}", kind="subscription", term="dated",
            expires_on=day + timedelta(days=31 * months + 5),
        )  # fmt: skip
    make.licence(clinic, 10, title="Clinic base", **base)
    Allocation.objects.create(
        grant=bought.grants.get(), subject_type=Subject.DEVICE, subject_id=cameras[0].pk, quantity=1
    )
    Allocation.objects.create(grant=bought.grants.get(), assignee="Night shift desk", quantity=2)


def _cloud(site, cameras, now):
    account = CloudAccount.objects.create(
        site=site, name="security@example.org", owner="Nordwind", second_factor=False, listed_at=now, first_seen_at=now
    )
    for camera in cameras[:20]:
        CloudListing.objects.create(
            account=account, short_serial=camera.short_serial, online=True, observed_at=now, source="csv"
        )


def _listed(server, cameras, now):
    """The Berlin server is asked: what it lists, its licence page, its host that changed, and somebody who may act."""
    key, secret = vault.put_many("api secret", ["24681357", "an-invented-secret"])
    Connection.objects.create(
        site=server.site, installation=server, kind="hikcentral", address="127.0.0.1", port=18443, key=key, secret=secret,
        mark="m", state="incomplete", sentence="the list ends after 60 rows; 60 came, the server names a total of 64",
        asked_at=now, answered_at=now - timedelta(days=1), failures=1,
    )  # fmt: skip
    Device.objects.filter(pk__in=[camera.pk for camera in cameras[:60]]).update(last_answered_at=now)
    for number, camera in enumerate(cameras[:60]):
        known = camera if number % 11 else None
        ServerDevice.objects.create(
            installation=server, kind="encoding", code=str(number), name=camera.name, address=camera.address,
            serial_number=camera.serial_number, region="Root / Hall 3", online=number % 5 != 0, points=1, device=known,
            disputed=number == 7, run=1, observed_at=now,
        )  # fmt: skip
    host = {"name": "hcp-berlin", "os": "Windows Server 2022", "vm": True, "vm_kind": "VMware", "machine_id": "4c4c4544-0031",
            "board_serial": "", "macs": ["02:00:5e:10:00:01"]}  # fmt: skip
    Fact.objects.create(
        subject_type=Subject.INSTALLATION, subject_id=server.pk, topic="host", value=host,
        source="reader command, file host.json", observed_at=now, confirmed_at=now,
    )  # fmt: skip
    server.host_seen_at, server.host_changed, server.host_changed_at = now, ["machine id"], now
    server.save()
    today = now.date()
    for kind, who, until in (
        ("rental_site", "Sicher & Sohn GmbH", None), ("isup_uplink", "Watch Ltd", today + timedelta(days=200)),
        ("shared_user", "night porter", today - timedelta(days=3)),
    ):  # fmt: skip
        ThirdParty.objects.create(
            site=server.site, kind=kind, who=who, until=until, learnt=kind == "rental_site", may="live view",
            observed_at=now,
        )  # fmt: skip


def _facts(camera, recorder, now):
    secret = vault.put("device password", "Example-Pass-1")
    camera.credential = Credential.objects.create(site=camera.site, name="Readers", username="viewer", secret=secret)
    camera.save()
    for topic, value, age in (
        (
            "device_info",
            {"model": camera.model, "serial_number": camera.serial_number, "firmware": "V5.7.17", "oem_code": None},
            2,
        ),
        ("ezviz", {"enabled": True, "registered": True, "bound": False, "server": "litedev.example.org"}, 2),
        ("users", {"users": [{"id": "1", "name": "admin"}, {"id": "2", "name": "viewer"}]}, 2),
        (
            "time",
            {"mode": "NTP", "local_time": "2026-11-26T12:00:00", "utc_offset_minutes": 60, "drift_seconds": -3},
            200,
        ),
    ):
        at = now - timedelta(hours=age)
        Fact.objects.create(
            subject_type=Subject.DEVICE, subject_id=camera.pk, topic=topic, value=value, source=f"isapi:{topic}",
            observed_at=at, confirmed_at=at, notes=["name not valid UTF-8"] if topic == "device_info" else [],
        )  # fmt: skip
    for topic, outcome, status, detail in (
        ("apps", "not_offered", 404, "The device has no open platform."),
        ("login_lock", "no_privilege", 403, "The account may not read it."),
    ):
        Asking.objects.create(device=camera, topic=topic, outcome=outcome, status=status, detail=detail, at=now)
