"""Servers and cloud accounts are asked over loopback, folded in, judged; refusals and pauses hold across runs."""

from datetime import UTC, datetime, timedelta

import pytest
from tests import factories as make

from licet.authorization.models import Authorization, Demand, Position
from licet.estate import connection_record, server_lists, third_parties
from licet.estate.models import CloudAccount, CloudListing, Device, Installation, Member
from licet.estate.service_models import CloudService, Connection, ServerDevice, ThirdParty
from licet.ledger.verify import verify
from licet.simulator.cloud import Bound, CloudQuirks, CloudServer
from licet.simulator.hikcentral import HikCentralServer, Listed, Quirks, made_up
from licet.simulator.service import serving
from licet.simulator.tls import self_signed
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.sweep.connectors import ask_connections
from licet.vault import record as vault

pytestmark = pytest.mark.django_db

KEY, SECRET = "24681357", "an-invented-secret"


class Later:
    """A clock that can be put forward."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """The lock that lets one sweep run at a time lies in a folder of the test's own."""
    monkeypatch.setattr("licet.sweep.one_at_a_time.data_folder", lambda: tmp_path)


@pytest.fixture
def site():
    return make.site("Berlin")


def server(devices, **quirks):
    return HikCentralServer(devices, key=KEY, secret=SECRET, quirks=Quirks(**quirks))


def connected(installation, played, *, key=KEY, secret=SECRET, **options):
    return connection_record.connect(
        SYSTEM, installation, "hikcentral", key, secret, address=played.host, port=played.port,
        scheme=played.origin.partition(":")[0], **options,
    )  # fmt: skip


def run(**options):
    return ask_connections(SYSTEM, **options).answers


def test_what_a_server_lists_becomes_its_members_and_their_demand(site):
    hcp = make.installation(site, "HikCentral Berlin")
    known = make.device(site, serial_number="DS-2CD2146G2-ISU20240101AAWRS00000001", address="192.0.2.77")
    with serving(server(made_up(120, doors=2)).handle) as played:
        connected(hcp, played)
        [answer] = run()
    assert (answer.state, answer.devices, answer.added, answer.simulated) == ("ok", 122, 122, True)
    hcp.refresh_from_db()
    assert hcp.version == "V2.6.0.20240511"
    assert hcp.listed_at is not None
    assert Member.objects.get(device=known).reported
    assert Device.objects.count() == 122
    cameras = 108 + 12 * 8
    assert Position.objects.get(pool=hcp.pool, metric="camera").demanded == cameras
    assert Position.objects.get(pool=hcp.pool, metric="door").demanded == 3 + 4
    assert Authorization.objects.filter(subject_id=known.pk, right="software.camera", valid_to=None).get().status
    row = ServerDevice.objects.get(code="10004")
    assert (row.region, row.points, row.device.name) == ("Root", 1, "Camera 00004")
    assert verify().ok


def test_a_second_reading_changes_nothing_and_a_removed_device_frees_its_demand(site):
    hcp = make.installation(site)
    simulated = server(made_up(12))
    with serving(simulated.handle) as played:
        connected(hcp, played)
        run()
        demands = set(Demand.objects.values_list("id", flat=True))
        [again] = run()
        assert (again.added, again.removed) == (0, 0)
        assert set(Demand.objects.values_list("id", flat=True)) == demands
        simulated.devices.pop(0)
        simulated._rows.clear()
        [less] = run()
    assert (less.devices, less.removed) == (11, 1)
    assert Device.objects.count() == 12
    assert Demand.objects.count() == len(demands) - 1


def test_case_c116_a_list_that_breaks_off_removes_nothing_and_says_so(site):
    hcp = make.installation(site)
    simulated = server(made_up(520))
    with serving(simulated.handle) as played:
        connected(hcp, played)
        run()
        simulated.quirks.fail_page = {2: "0x00072201"}
        [answer] = run()
    assert answer.state == "no_permission"
    assert answer.remedy
    assert Member.objects.count() == 520
    assert sum(row.quantity for row in Demand.objects.all()) == 468 + 52 * 8
    assert ServerDevice.objects.count() == 520


def test_what_a_person_stated_of_a_member_stays(site):
    hcp = make.installation(site)
    camera = make.device(site, serial_number="DS-2CD2146G2-ISU20240101AAWRS00000001")
    make.member(hcp, camera, "camera", "anpr_camera")
    other = make.member(hcp, make.device(site), "camera")
    with serving(server(made_up(2)).handle) as played:
        connected(hcp, played)
        run()
    assert Member.objects.get(device=camera).metrics == ["camera", "anpr_camera"]
    assert Member.objects.filter(pk=other.pk).exists()


def test_a_recorder_counts_with_its_channels_where_the_numbers_agree(site):
    hcp = make.installation(site)
    recorder = make.device(site, serial_number="NVR1", kind="recorder", address="198.51.100.9")
    for number in range(1, 4):
        make.channel(recorder, number)
    listed = [Listed("1", "Recorder", "198.51.100.9", "NVR1", cameras=3)]
    simulated = server(listed)
    with serving(simulated.handle) as played:
        connected(hcp, played)
        run()
        assert Demand.objects.filter(subject_type=2).count() == 3
        simulated.devices[0] = Listed("1", "Recorder", "198.51.100.9", "NVR1", cameras=2)
        simulated._rows.clear()
        run()
    [demand] = Demand.objects.all()
    assert (demand.subject_id, demand.quantity) == (recorder.pk, 2)


def test_another_device_at_the_address_is_a_dispute_and_is_not_asked_there(site):
    hcp = make.installation(site)
    make.device(site, serial_number="DS-OLD000000000001", address="198.51.100.7")
    with serving(server([Listed("1", "Gate", "198.51.100.7", "DS-NEW000000000002")]).handle) as played:
        connected(hcp, played)
        run()
    row = ServerDevice.objects.get()
    assert row.disputed
    assert Device.objects.get(serial_number="DS-NEW000000000002").address == ""


def test_a_device_of_another_customer_is_never_matched_nor_made_twice(site):
    foreign = make.device(make.site("Other customer"), serial_number="DS-FOREIGN0000001")
    hcp = make.installation(site)
    with serving(server([Listed("1", "Gate", "", foreign.serial_number)]).handle) as played:
        connected(hcp, played)
        [answer] = run()
    assert answer.state == "ok"
    assert ServerDevice.objects.get().device is None
    assert not Member.objects.exists()


def test_without_adopting_strangers_are_listed_only(site):
    hcp = make.installation(site)
    with serving(server(made_up(5)).handle) as played:
        connected(hcp, played, adopt=False)
        run()
    assert not Device.objects.exists()
    assert ServerDevice.objects.filter(device=None).count() == 5


def test_what_a_server_lists_leads_to_no_place_that_is_not_asked(site, now):
    hcp = make.installation(site)
    rows = [("1", "169.254.169.254", "DS-2CD2146G2-ISU20230415AAWRZ00003001"), ("2", "100.100.100.200", "")]
    for code, address, serial in rows:
        ServerDevice.objects.create(
            installation=hcp, kind="encoding", code=code, address=address, serial_number=serial, run=1, observed_at=now
        )
    server_lists.finish(hcp, 1, whole=["encoding"], adopt=True, now=now, source="test")
    assert list(Device.objects.values_list("serial_number", "address")) == [(rows[0][2], "")]


def test_a_refused_secret_is_tried_once_until_a_person_changes_it(site):
    hcp = make.installation(site)
    simulated = server(made_up(1))
    later = Later()
    with serving(simulated.handle) as played:
        connected(hcp, played, secret="wrong")
        assert run(clock=later)[0].state == "refused"
        later.ahead = timedelta(days=30)
        [skipped] = run(clock=later)
        assert skipped.skipped
        assert "refused" in skipped.sentence
        assert simulated.tries == 1
        with pytest.raises(NotPossible, match="refused it would refuse it again"):
            connected(hcp, played, secret="wrong")
        connected(hcp, played)
        assert run(clock=later)[0].state == "ok"
    assert simulated.tries == 1


def test_by_hand_the_pause_after_what_people_mend_is_not_waited_for(site):
    hcp = make.installation(site)
    with serving(server(made_up(1)).handle) as played:
        row = connected(hcp, played)
        Connection.objects.filter(pk=row.pk).update(
            state="unreachable", failures=9, not_before=datetime.now(UTC) + timedelta(hours=20)
        )
        assert run()[0].skipped
        assert run(connection=row.pk, by_hand=True)[0].state == "ok"
        Connection.objects.filter(pk=row.pk).update(state="quota", not_before=datetime.now(UTC) + timedelta(hours=20))
        assert run(connection=row.pk, by_hand=True)[0].skipped


def test_failures_are_followed_by_growing_pauses(site):
    hcp = make.installation(site)
    simulated = server(made_up(1), fail={"version": "0x02401009"})
    later = Later()
    with serving(simulated.handle) as played:
        connected(hcp, played)
        assert run(clock=later)[0].state == "quota"
        [skipped] = run(clock=later)
        assert skipped.skipped
        assert "5 more minutes" in skipped.sentence
        later.ahead = timedelta(minutes=6)
        assert not run(clock=later)[0].skipped
        later.ahead = timedelta(minutes=12)
        assert run(clock=later)[0].skipped
        simulated.quirks.fail = {}
        later.ahead = timedelta(minutes=20)
        assert run(clock=later)[0].state == "ok"
    assert Connection.objects.get().failures == 0


def test_a_server_without_access_control_is_read_whole(site):
    hcp = make.installation(site)
    with serving(server(made_up(3), fail={"acsDeviceList": "8", "acsDoorList": "8"}).handle) as played:
        connected(hcp, played)
        assert run()[0].state == "ok"


def test_the_first_certificate_is_pinned_and_another_gets_nothing(site):
    hcp = make.installation(site)
    simulated = server(made_up(1))
    with serving(simulated.handle, tls=self_signed()) as played:
        row = connected(hcp, played)
        assert run()[0].state == "ok"
    row.refresh_from_db()
    assert len(row.fingerprint) == 64
    with serving(simulated.handle, tls=self_signed()) as played:
        Connection.objects.update(port=played.port)
        before = len(simulated.asked)
        assert run()[0].state == "policy"
        assert len(simulated.asked) == before
        connection_record.accept_certificate(SYSTEM, row)
        assert run()[0].state == "ok"


def test_secrets_are_sealed_and_in_no_record(site, caplog):
    hcp = make.installation(site)
    with serving(server(made_up(1)).handle) as played:
        row = connected(hcp, played, secret="wrong-and-secret")
        answers = run()
    assert vault.use(row.secret) == "wrong-and-secret"
    from licet.ledger.models import Entry

    told = repr(list(Entry.objects.values())) + repr(answers) + caplog.text + repr(list(Connection.objects.values()))
    assert "wrong-and-secret" not in told
    assert KEY not in told


CLOUD = [Bound("D00000001", "Gate", plan_days=12), Bound("D00000002", online=False), Bound("D00000003", shared=True)]


def cloud(**quirks):
    return CloudServer(
        CLOUD, password="pw", key="ak", secret="sk", quirks=CloudQuirks(**{"redirects": 0} | quirks),
        sites=[{"siteName": "Rented shop", "isRental": True}],
    )  # fmt: skip


def account(site, played, kind="hik-connect", **options):
    row = CloudAccount.objects.create(site=site, name=f"Account {kind}", platform=kind, first_seen_at=make.NOW)
    key, secret = ("owner@example.org", "pw") if kind == "hik-connect" else ("ak", "sk")
    connection_record.connect(
        SYSTEM, row, kind, key, options.get("secret", secret), address=played.host, port=played.port, scheme="http"
    )
    return row


def test_an_account_list_decides_who_holds_a_device(site):
    now = datetime.now(UTC)
    state = {"ezviz_enabled": True, "ezviz_registered": True, "ezviz_bound": True, "ezviz_seen_at": now}
    ours = make.device(site, short_serial="D00000001", **state)
    shared = make.device(site, short_serial="D00000003", **state)
    with serving(cloud().handle) as played:
        row = account(site, played)
        [answer] = run()
    assert (answer.state, answer.devices) == ("ok", 3)
    held = dict(Authorization.objects.filter(right="cloud.binding", valid_to=None).values_list("subject_id", "reason"))
    assert held == {ours.pk: "bound_to_us", shared.pk: "shared_to_us"}
    [service] = CloudService.objects.filter(account=row, state="running")
    assert service.ends_on is not None


def test_case_c029_many_runs_are_one_terminal_and_one_sign_in(site):
    simulated = cloud()
    with serving(simulated.handle) as played:
        account(site, played)
        for _ in range(3):
            assert run()[0].state == "ok"
    assert simulated.tries == 1
    assert len(simulated.quirks.terminals) == 1


@pytest.mark.parametrize(
    ("code", "state"), [(1014, "refused"), (1015, "locked"), (6002, "second_factor"), (20031, "terminals")]
)
def test_an_account_is_never_locked_by_trying(site, code, state):
    simulated = cloud(login_code=code)
    later = Later()
    with serving(simulated.handle) as played:
        account(site, played)
        for day in range(4):
            later.ahead = timedelta(days=day)
            run(clock=later)
    assert simulated.tries == 1
    assert Connection.objects.get().state == state


def test_a_device_that_left_the_account_is_gone_from_the_list_only_when_it_was_read_whole(site):
    simulated = cloud()
    with serving(simulated.handle) as played:
        row = account(site, played)
        run()
        del simulated.devices[1:]
        simulated.quirks.repeats = True
        assert run()[0].state == "incomplete"
        assert CloudListing.objects.filter(account=row).count() == 3
        simulated.quirks.repeats = False
        Connection.objects.update(not_before=None)
        assert run()[0].state == "ok"
    assert CloudListing.objects.filter(account=row).count() == 1


def test_partner_pro_teaches_who_may_act(site):
    simulated = cloud()
    with serving(simulated.handle) as played:
        row = account(site, played, "partner-pro")
        assert run()[0].state == "ok"
        assert ThirdParty.objects.get(account=row, ended_at=None).kind == "rental_site"
        simulated.sites.clear()
        run()
    assert ThirdParty.objects.get(account=row).ended_at is not None


def test_only_installations_or_only_clouds_are_asked(site):
    with serving(server(made_up(1)).handle) as one, serving(cloud().handle) as two:
        connected(make.installation(site), one)
        account(site, two, "teams")
        assert [answer.kind for answer in run(only="installations")] == ["hikcentral"]
        assert [answer.kind for answer in run(only="cloud")] == ["teams"]
        assert len(run()) == 2


def test_a_third_party_that_is_over_or_open_is_said(site):
    camera = make.device(site, isup_enabled=True, isup_server="vms.example.org", isup_seen_at=datetime.now(UTC))
    from licet.authorization import reconcile

    def reason():
        reconcile.judge_devices([camera.pk], datetime.now(UTC))
        return Authorization.objects.get(subject_id=camera.pk, right="cloud.third_party", valid_to=None).reason

    assert reason() == "uplink_not_reviewed"
    today = datetime.now(UTC).date()
    row = third_parties.add_third_party(
        SYSTEM, site, "isup_uplink", "Watch Ltd", now=datetime.now(UTC), until=today + timedelta(days=200)
    )
    assert reason() == "third_party_in_order"
    third_parties.confirm_third_party(SYSTEM, row, until=today - timedelta(days=1), document=None)
    assert reason() == "third_party_over"


def test_an_installation_that_is_retired_is_not_asked(site):
    hcp = make.installation(site)
    with serving(server(made_up(1)).handle) as played:
        connected(hcp, played)
        Installation.objects.update(retired_at=make.NOW)
        assert run() == []
