"""Rules about what other parts brought: accounts, advisories, support dates, hosts, documents, keys, clouds; and the way back to fewer."""

import json
from datetime import timedelta

import pytest
from tests import factories as make

from licet.access.models import Account
from licet.access.record import Change, Stated, change, state
from licet.advisories.models import Advisory, Exposure, Support
from licet.audits.models import Finding
from licet.audits.record import assign
from licet.audits.run import audit, refresh, refresh_since
from licet.audits.schedule import take
from licet.authorization import reconcile
from licet.estate.models import CloudAccount, Device
from licet.estate.service_models import CloudService, Connection, ServerDevice, ThirdParty
from licet.estate.third_parties import set_app_licence, set_engine_slots
from licet.ledger.models import Entry
from licet.register.documents import add_document
from licet.register.keys_record import put_key
from licet.register.life_models import ActivationEvent
from licet.register.models import Licence, LicenceKey
from licet.sites.scope import SYSTEM
from licet.vault.purpose import API_SECRET
from licet.vault.record import put

pytestmark = pytest.mark.django_db


def found(now):
    return {code for code, figures in audit(SYSTEM, now=now).counts.items() if figures["found"]}


@pytest.fixture
def berlin():
    return make.site("Berlin")


def test_engines_beyond_their_slots_and_apps_that_are_over_or_idle_are_found(berlin, now):
    row = make.device(berlin, kind="recorder", apps_seen_at=now)
    set_engine_slots(SYSTEM, row, 4, 6, source="menu", now=now)
    for app, until in (("Queue", now.date() - timedelta(days=1)), ("Helmet", None)):
        set_app_licence(SYSTEM, row, app, now=now, until=until, document=None)
    reconcile.judge_devices([row.pk], now)
    ours = {"feature.engine_overcommitted", "feature.app_license_expired", "feature.app_not_running"}
    assert {code for code in found(now) if code.startswith(("feature.", "license.feature"))} == ours
    set_engine_slots(SYSTEM, row, 8, 6, source="menu", now=now)
    reconcile.judge_devices([row.pk], now)
    assert "feature.engine_overcommitted" not in found(now)


@pytest.fixture
def account(berlin, now):
    return CloudAccount.objects.create(site=berlin, name="Hik", first_seen_at=now, second_factor=True)


def test_an_account_that_nobody_approved_or_that_is_past_its_end_is_found(berlin, now):
    device = make.device(berlin)
    state(SYSTEM, device, [Stated("operator1")], now=now)
    assert "access.undecided" in found(now)
    assert "access.review_overdue" not in found(now)  # the same cause
    ids = list(Account.objects.values_list("pk", flat=True))
    change(SYSTEM, ids, Change(approved=True, ends_on=now.date() - timedelta(days=1), set_end=True), reason="known")
    assert "access.past_its_end" in found(now)
    assert "access.undecided" not in found(now)


def test_a_hole_that_is_exploited_is_critical_until_a_statement_takes_it_out(berlin, now):
    device = make.device(berlin)
    row = make.advisory("CVE-2021-36260")
    Advisory.objects.filter(pk=row.pk).update(kev_added=now.date())
    open_one = Exposure.objects.create(
        subject_type=1, subject_id=device.pk, site=berlin, advisory=row, answer="affected", reason="x", began_at=now
    )
    assert "advisory.known_exploited" in found(now)
    assert Finding.objects.get(rule="advisory.known_exploited").part == "CVE-2021-36260"
    Exposure.objects.filter(pk=open_one.pk).update(ended_at=now)
    assert "advisory.known_exploited" not in found(now)


def test_support_that_ended_is_found_by_model_and_one_that_goes_on_is_not(berlin, now):
    make.device(berlin, model="DS-2CD2032-I", firmware_version="V5.4.5")
    entered = {"model_pattern": "DS-2CD2032-I", "source": "x", "stated_on": now.date(), "entered_at": now}
    dates = Support.objects.create(end_of_support=now.date(), **entered)
    assert "device.end_of_support" not in found(now)
    Support.objects.filter(pk=dates.pk).update(end_of_support=now.date() - timedelta(days=1))
    assert "device.end_of_support" in found(now)


def test_feeds_that_were_never_brought_are_found_at_each_top_site(berlin, now):
    make.site("Hall", parent=berlin)
    assert audit(SYSTEM, now=now).counts["advisory.feed_stale"] == {"applies": 1, "found": 1}


def test_a_changed_host_is_critical_and_a_customised_build_is_said(berlin, now):
    server = make.installation(berlin, version="2.6.0.20240511 JKN", host_mark="a", host_changed=["network cards"])
    assert {"license.fingerprint_changed", "software.customised_build"} <= found(now)
    type(server).objects.filter(pk=server.pk).update(host_changed=[], version="2.6.0.20240511")
    assert not {"license.fingerprint_changed", "software.customised_build"} & found(now)


def test_activated_twice_without_being_freed_and_bound_to_a_virtual_machine(berlin, now):
    licence = make.licence(make.installation(berlin).pool, 8)
    Licence.objects.filter(pk=licence.pk).update(activation="active")
    for kind, virtual in (("activated", False), ("activated", True)):
        ActivationEvent.objects.create(
            licence=licence, kind=kind, way="online", on=now.date(), at=now, virtual=virtual, host="vm7"
        )
    assert {"license.rehost_risk", "change.no_deactivation_step"} <= found(now)
    ActivationEvent.objects.create(licence=licence, kind="deactivated", way="online", on=now.date(), at=now)
    assert "change.no_deactivation_step" not in found(now)


def test_a_licence_without_the_document_its_product_needs_and_a_key_without_any(berlin, now):
    product = make.product(documents=["certificate"])
    licence = make.licence(make.installation(berlin).pool, 8, product=product)
    put_key(SYSTEM, licence, "LICT-PPPP-0000-EX01")
    assert {"register.missing_document", "vault.key_without_document"} <= found(now)
    add_document(
        SYSTEM,
        berlin,
        [b"%PDF-1.4 x"],
        file_name="certificate.pdf",
        kind="certificate",
        about=[("licence", licence.pk)],
    )
    assert not {"register.missing_document", "vault.key_without_document"} & found(now)
    LicenceKey.objects.update(state="invalid")
    assert "vault.key_invalid" in found(now)


@pytest.mark.parametrize(
    ("state", "rule"),
    [("locked", "cloud.account_blocked"), ("other_region", "cloud.region_mismatch"), ("token", "cloud.token_expired"),
     ("quota", "cloud.api_quota"), ("licence", "cloud.device_cap_reached"), ("ok", None)],
)  # fmt: skip
def test_what_a_cloud_account_refused_is_found_by_its_state(account, now, state, rule):
    Connection.objects.create(
        site=account.site, account=account, kind="hik-connect", key=put(API_SECRET, "k"), secret=put(API_SECRET, "s"),
        mark="m", state=state, sentence="It said no.",
    )  # fmt: skip
    rules = {code for code in found(now) if code.startswith("cloud.") and code != "cloud.users_not_reviewed"}
    assert rules == ({rule} if rule else set())


def test_others_who_may_act_and_services_that_end(account, now):
    party = ThirdParty.objects.create(site=account.site, kind="rental_site", who="Installer Ltd", observed_at=now)
    service = CloudService.objects.create(
        account=account, code="health_monitoring", state="running", ends_on=now.date(), source="x", observed_at=now
    )
    expected = {"cloud.third_party_kill_switch", "cloud.permission_without_end_date", "cloud.health_service_expiring"}
    assert expected <= found(now)
    ThirdParty.objects.filter(pk=party.pk).update(ended_at=now)
    CloudService.objects.filter(pk=service.pk).update(state="expired")
    assert not expected & found(now)
    assert Finding.objects.filter(rule="cloud.health_service_off", closed_at=None).count() == 1


def test_a_code_of_a_server_that_is_longer_than_a_finding_keeps_is_cut(berlin, now):
    server = make.installation(berlin)
    ServerDevice.objects.create(installation=server, kind="encoding", code="x" * 64, observed_at=now, disputed=True)
    assert "server.device_disputed" in found(now)
    assert Finding.objects.get(rule="server.device_disputed").part == "x" * 60


def test_what_a_sweep_changed_is_judged_as_the_next_audit_would(berlin, now):
    server = make.installation(berlin)
    devices = [make.device(berlin, activated=number % 2 == 0) for number in range(6)]
    make.licence(server.pool, 2)
    for device in devices[:4]:
        make.member(server, device, "camera")
    reconcile.everything(now)
    later = now + timedelta(hours=1)
    refresh_since(later, later, [device.pk for device in devices])
    assert not Finding.objects.exists()
    audit(SYSTEM, now=now)
    Device.objects.filter(pk__in=[device.pk for device in devices[:3]]).update(activated=False, isup_enabled=True)
    Device.objects.filter(pk=devices[3].pk).update(activated=True)
    reconcile.changed(later, devices=[device.pk for device in devices])
    refresh(later, devices=[device.pk for device in devices], pools=[server.pool.pk])
    refreshed = present()
    audit(SYSTEM, now=later + timedelta(minutes=1))
    assert present() == refreshed
    assert ("device.unknown_uplink", "device", devices[0].pk, "") in refreshed


def present():
    rows = Finding.objects.filter(closed_at=None, kind__in=("device", "pool"))
    return set(rows.values_list("rule", "kind", "subject", "part"))


def test_what_is_scheduled_is_begun_once_and_left_to_who_takes_it(berlin, now):
    from licet.audits.record import schedule

    schedule(SYSTEM, berlin, "daily", on=True)
    assert [run.state for run in take(now)] == ["running"]
    assert take(now) == []


def test_what_is_given_to_somebody_at_two_sites_is_entered_for_each(now):
    places = [make.site("Berlin"), make.site("Leeds")]
    for place in places:
        make.device(place, activated=False)
    audit(SYSTEM, now=now)
    ids = list(Finding.objects.filter(rule="device.not_activated").values_list("pk", flat=True))
    assert assign(SYSTEM, ids, owner=None, due_on=now.date()) == 2
    entries = Entry.objects.filter(action="audits:finding:assigned")
    assert set(entries.values_list("site", flat=True)) == {place.pk for place in places}
    assert {json.loads(text)["after"]["number"] for text in entries.values_list("text", flat=True)} == {1}
