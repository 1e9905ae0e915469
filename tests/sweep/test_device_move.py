"""A device goes to another site: what follows it, what ends, and what stays. No table may be forgotten."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from tests import factories as make

from licet.access.models import Account, Campaign, Decision
from licet.advisories.matching import match_devices
from licet.advisories.models import Exposure, Plan, PlanItem, Statement
from licet.alerts.models import Hush, Notice
from licet.audits import models as audits
from licet.audits.read import FindingFilter, findings
from licet.audits.run import audit
from licet.authorization.models import Authorization, Demand
from licet.authorization.reconcile import everything
from licet.cli.main import cli
from licet.compliance import models as compliance
from licet.compliance.judging import judge_sites
from licet.doctor.models import Run as Look
from licet.estate.credential_record import add_credential
from licet.estate.device_move import Place
from licet.estate.models import Channel, Device, Fact, Member, Subject
from licet.estate.service_models import ThirdParty
from licet.ledger import read as ledger
from licet.register.models import Allocation, Grant, Licence, Pool
from licet.sites.models import Site
from licet.sites.record import NotPossible
from licet.sites.scope import SYSTEM
from licet.sweep.device_move import move, what_changes

pytestmark = pytest.mark.django_db
OLD = {"model": "DS-2CD2532F-IWS", "firmware_version": "5.2.5", "firmware_build": date(2014, 12, 1)}

FOLLOWS, ENDS, STAYS, NOT_ITS_OWN = "follows", "ends and begins anew", "stays", "is of no single device"
FATE = {
    "estate.Device": FOLLOWS,
    "estate.Channel": FOLLOWS,
    "estate.ThirdParty": FOLLOWS,
    "access.Account": FOLLOWS,
    "access.Decision": FOLLOWS,
    "advisories.PlanItem": FOLLOWS,
    "advisories.Exposure": ENDS,
    "audits.Finding": ENDS,
    "authorization.Authorization": ENDS,
    "authorization.Demand": ENDS,
    "compliance.Result": ENDS,
    "advisories.Statement": STAYS,
    "audits.Waiver": STAYS,
    "compliance.Request": STAYS,
    "compliance.Waiver": STAYS,
    "doctor.Run": STAYS,
    # A pool is of software; what it covers of a device is a demand. Alerts are about licences, renewals and requests.
    "alerts.AlertRule": NOT_ITS_OWN,
    "alerts.Hush": NOT_ITS_OWN,
    "alerts.Notice": NOT_ITS_OWN,
    "alerts.StepPolicy": NOT_ITS_OWN,
    "authorization.Position": NOT_ITS_OWN,
    "register.Licence": NOT_ITS_OWN,
    "register.Pool": NOT_ITS_OWN,
    "renewals.UsageDay": NOT_ITS_OWN,
}


def fields(model):
    return [field for field in model._meta.get_fields() if not field.auto_created or field.concrete]


def about_devices():
    """The models that name a device or what is of one, by a relation or by a number, directly or by way of another."""
    known = {Device}
    for model in apps.get_models():
        names = {field.name for field in fields(model)}
        if names & {"subject", "subject_id", "device", "device_id", "object_id", "channel", "camera"} or known & {
            field.related_model for field in fields(model) if field.is_relation
        }:
            known.add(model)
    while more := {
        model for model in apps.get_models() if model not in known
        and any(field.is_relation and field.related_model in known for field in fields(model))
    }:  # fmt: skip
        known |= more
    return known


def test_every_table_with_a_site_that_names_devices_has_a_fate():
    found = {
        model._meta.label for model in about_devices()
        if any(field.is_relation and field.related_model is Site for field in fields(model))
    }  # fmt: skip
    assert found == set(FATE)


def rows(label, device):
    """What a model has of the device."""
    own, channels = Q(subject_type=1, subject_id=device.pk), device.channels.values("pk")
    of = own | Q(subject_type=2, subject_id__in=channels)
    accounts = Account.objects.filter(own)
    condition = {
        "estate.Device": Q(pk=device.pk),
        "estate.Channel": Q(device=device), "estate.ThirdParty": Q(device=device), "access.Account": own,
        "access.Decision": Q(account__in=accounts), "advisories.PlanItem": own, "advisories.Exposure": own,
        "audits.Finding": Q(kind="device", subject=device.pk) | Q(kind="channel", subject__in=channels)
        | Q(kind="account", subject__in=accounts.values("pk"))
        | Q(kind="third_party", subject__in=device.third_parties.values("pk")),
        "authorization.Authorization": of, "authorization.Demand": of,
        "compliance.Result": Q(kind=1, subject=device.pk),
        "advisories.Statement": Q(device=device),
        "audits.Waiver": Q(kind="device", subject=device.pk), "compliance.Waiver": Q(kind=1, subject=device.pk),
        "compliance.Request": Q(cameras=device), "doctor.Run": Q(device=device.pk),
    }[label]  # fmt: skip
    return apps.get_model(label).objects.filter(condition)


OPEN = {
    "estate.Device": {}, "estate.Channel": {}, "estate.ThirdParty": {"ended_at": None}, "access.Account": {"gone_at": None},
    "access.Decision": {"verdict": ""}, "advisories.PlanItem": {"done_at": None}, "advisories.Exposure": {"ended_at": None},
    "audits.Finding": {"closed_at": None}, "authorization.Authorization": {"valid_to": None}, "authorization.Demand": {},
    "compliance.Result": {"ended_at": None},
}  # fmt: skip


@pytest.fixture
def sites():
    top = make.site("Customer")
    return make.site("Berlin", top), make.site("Bonn", top, country="AT", time_zone="Europe/Vienna"), top


@pytest.fixture
def recorder(sites, now):
    """A recorder about which everything is known that can be, at its site, before the move."""
    berlin, _bonn, top = sites
    vault = add_credential(SYSTEM, berlin, "Berlin only", "admin", "Example-Pass-1")
    row = make.device(
        berlin, kind="recorder", activated=False, credential=vault, fingerprint="ab" * 32, allow_basic=True, legacy_tls=True,
        accepted_mark="m", signed_in_at=now - timedelta(hours=1), reach="answered", last_answered_at=now, refused_marks=["old"], **OLD,
    )  # fmt: skip
    camera = make.device(berlin)
    make.channel(row, 1, camera=camera, serial_number=camera.serial_number)
    make.channel(row, 2)
    server = make.installation(top, name="HCP")
    make.product()
    make.licence(server.pool, 1)
    make.member(server, row, "camera")
    ended = ThirdParty.objects.create(
        site=berlin, device=row, kind="installer", who="Old Ltd", observed_at=now, ended_at=now
    )
    ThirdParty.objects.create(
        site=berlin, device=row, kind="installer", who="New Ltd", observed_at=now, until=date(2026, 1, 1)
    )
    seen = {
        "subject_type": 1,
        "subject_id": row.pk,
        "place": "Recorder",
        "source": "x",
        "first_seen_at": now,
        "last_seen_at": now,
    }
    account = Account.objects.create(site=berlin, name="admin", admin=True, **seen)
    gone = Account.objects.create(site=berlin, name="left", gone_at=now, **seen)
    for where, verdict in ((berlin, ""), (top, ""), (top, "keep")):
        campaign = Campaign.objects.create(site=where, title="x", opened_at=now, due_on=now.date())
        for who in (account, gone) if verdict else (account,):
            Decision.objects.create(campaign=campaign, account=who, site=berlin, name=who.name, verdict=verdict)
    for where, done in ((berlin, None), (top, None), (berlin, now)):
        plan = Plan.objects.create(site=where, title="x", made_at=now)
        PlanItem.objects.create(
            plan=plan, site=berlin, place=1, subject_type=1, subject_id=row.pk, name="x", done_at=done,
        )  # fmt: skip
    compliance.Purpose.objects.create(device=row, purpose="door", owner="office", stated_at=now)
    compliance.ChannelPurpose.objects.create(channel=row.channels.first(), purpose="door", stated_at=now)
    words = {
        "reason": "x",
        "risk": "x",
        "compensating_measure": "x",
        "expires_on": date(2027, 1, 1),
        "requested_at": now,
        "approved_at": now,
    }
    audits.Waiver.objects.create(
        rule="device.not_activated", severity="high", kind="device", subject=row.pk, site=berlin, **words
    )
    compliance.Waiver.objects.create(control="CRED-01", severity="high", kind=1, subject=row.pk, site=berlin, **words)
    advisory = make.advisory("CVE-2017-7921")
    Statement.objects.create(
        advisory=advisory, site=berlin, device=row, status="mitigated", reason="x", made_at=now, valid_to=None
    )
    asked = compliance.Request.objects.create(
        site=berlin,
        reference="R1",
        what="access",
        regime="gdpr",
        received_on=now.date(),
        due_on=now.date(),
        made_at=now,
    )
    asked.cameras.add(row)
    Look.objects.create(
        site=berlin,
        target="x",
        kind="device",
        vantage="here",
        cause="x",
        confidence="high",
        at=now,
        device=row.pk,
        result={},
    )
    before = now - timedelta(days=1)
    everything(before)
    match_devices(before, [row.pk])
    audit(SYSTEM, now=before)
    judge_sites(SYSTEM, now=before)
    _closed(row, advisory, before)
    assert ended.site == berlin
    return row


def _closed(row, advisory, at):
    """A period of each kind that ended before the move."""
    subject = {"subject_type": 1, "subject_id": row.pk, "site": row.site}
    Authorization.objects.create(
        kind="device", right="device.activation", status="unlicensed", reason="x", valid_from=at, valid_to=at, **subject
    )
    Exposure.objects.create(advisory=advisory, answer="affected", reason="x", began_at=at, ended_at=at, **subject)
    said = {"subject": row.pk, "site": row.site}
    audits.Finding.objects.create(rule="x", severity="low", kind="device", opened_at=at, closed_at=at, **said)
    compliance.Result.objects.create(
        control="x", rank=0, kind=1, result="fail", reason="x", began_at=at, ended_at=at, **said
    )


@pytest.mark.parametrize("retired", [False, True])
def test_nothing_open_of_it_is_left_at_the_old_site_and_what_was_closed_stays_there(recorder, sites, now, retired):
    berlin, bonn, _top = sites
    before = {label: rows(label, recorder).filter(**which).count() for label, which in OPEN.items()}
    assert {label for label, number in before.items() if not number} == set()
    closed = {
        label: set(rows(label, recorder).exclude(**which).values_list("pk", flat=True))
        for label, which in OPEN.items()
        if which
    }
    assert {label for label, some in closed.items() if not some} == set()
    if retired:
        Device.objects.filter(pk=recorder.pk).update(retired_at=now)
        recorder.refresh_from_db()
    move(SYSTEM, recorder, bonn, reason="rebuilt", now=now)
    for label, which in OPEN.items():
        assert set(rows(label, recorder).filter(**which).values_list("site", flat=True)) == {bonn.pk}, label
        if which:
            kept = rows(label, recorder).filter(pk__in=closed[label])
            assert kept.count() == len(closed[label]), label
            assert set(kept.values_list("site", flat=True)) == {berlin.pk}, label
    assert Device.objects.get(pk=recorder.pk).retired_at is None
    for site in (berlin, bonn):
        told = compliance.Tally.objects.filter(site=site).values_list("number", flat=True)
        assert sum(told) == compliance.Result.objects.filter(site=site, ended_at=None).count() > 0
    for label, fate in FATE.items():
        if fate == STAYS:
            assert set(rows(label, recorder).values_list("site", flat=True)) == {berlin.pk}, label


def test_what_ended_at_the_old_site_begins_at_the_new_one_at_that_moment(recorder, sites, now):
    kinds = {"audits.Finding": "closed_at", "compliance.Result": "ended_at", "advisories.Exposure": "ended_at", "authorization.Authorization": "valid_to"}  # fmt: skip
    were = {
        label: set(rows(label, recorder).filter(**{end: None}).values_list("pk", flat=True))
        for label, end in kinds.items()
    }
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now)
    for label, end in kinds.items():
        assert set(apps.get_model(label).objects.filter(pk__in=were[label]).values_list("site", end)) == {
            (sites[0].pk, now)
        }
    kinds_found = set(rows("audits.Finding", recorder).filter(closed_at=None).values_list("kind", flat=True))
    assert {"device", "third_party"} <= kinds_found


def test_what_it_is_trusted_with_stays_behind(recorder, sites, now):
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now, place=Place(address="192.0.2.250", port=8000))
    row = Device.objects.get(pk=recorder.pk)
    assert (row.allow_basic, row.legacy_tls, row.fingerprint, row.accepted_mark, row.credential) == (
        False, False, "", None, None,
    )  # fmt: skip
    told = Authorization.objects.get(subject_type=1, subject_id=row.pk, right="device.management", valid_to=None)
    assert (row.signed_in_at, told.status == "authorized") == (None, False)
    assert (row.address, row.port, row.reach, row.refused_marks) == ("192.0.2.250", 8000, "", ["old"])
    assert not compliance.Purpose.objects.filter(device=row).exists()
    assert not compliance.ChannelPurpose.objects.filter(channel__device=row).exists()


def test_a_credential_of_a_site_above_both_goes_along(recorder, sites, now):
    shared = add_credential(SYSTEM, sites[2], "All", "admin", "Example-Pass-2")
    Device.objects.filter(pk=recorder.pk).update(credential=shared)
    recorder.refresh_from_db()
    assert "It keeps its credential All." in what_changes(SYSTEM, recorder, sites[1], now=now)
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now)
    assert Device.objects.get(pk=recorder.pk).credential == shared


def test_plans_and_reviews_of_both_sites_keep_it_and_others_lose_it(recorder, sites, now):
    berlin, bonn, top = sites
    move(SYSTEM, recorder, bonn, reason="rebuilt", now=now)
    items = PlanItem.objects.values_list("plan__site", "site", "done_at")
    assert set(items) == {(top.pk, bonn.pk, None), (berlin.pk, berlin.pk, now)}
    asked = Decision.objects.filter(verdict="").values_list("campaign__site", "site")
    assert set(asked) == {(top.pk, bonn.pk)}


def test_a_recorder_and_a_camera_know_each_other_at_one_site_only(recorder, sites, now):
    camera = recorder.channels.get(number=1).camera
    move(SYSTEM, camera, sites[1], reason="rebuilt", now=now)
    assert Channel.objects.get(device=recorder, number=1).camera is None
    # The server counts the recorder's channel, and no longer the camera that it knew by its serial number.
    assert set(Demand.objects.values_list("subject_type", "site")) == {(2, sites[0].pk)}


def test_membership_and_allocations_stay_as_they_are(recorder, sites, now):
    grant = Grant.objects.get()
    Allocation.objects.create(grant=grant, subject_type=Subject.DEVICE, subject_id=recorder.pk)
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now)
    assert (
        Member.objects.filter(device=recorder).count() == Allocation.objects.filter(subject_id=recorder.pk).count() == 1
    )
    assert (
        set(Licence.objects.values_list("site", flat=True))
        == {sites[2].pk}
        == set(Pool.objects.values_list("site", flat=True))
    )
    assert not Hush.objects.exists()
    assert not Notice.objects.exists()


def test_a_waiver_of_the_old_site_covers_nothing_at_the_new_one(recorder, sites, now):
    wanted = FindingFilter(rules=("device.not_activated",))
    assert [row.state for row in findings(SYSTEM, wanted, now).rows] == ["waived"]
    assert Exposure.objects.filter(subject_id=recorder.pk, ended_at=None, statement=None).count() == 0
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now)
    (row,) = findings(SYSTEM, wanted, now).rows
    assert (row.state, row.site) == ("open", "Customer / Bonn")
    open_now = Exposure.objects.filter(subject_id=recorder.pk, ended_at=None)
    assert set(open_now.values_list("statement", "site")) == {(None, sites[1].pk)}


def test_both_records_tell_of_it_once(recorder, sites, now):
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now, place=Place(address=""))
    told = list(ledger.entries(object_type="device", object_id=recorder.pk))[-2:]
    assert [(row["action"], row["site"], row["reason"]) for row in told] == [
        ("estate:device:received", sites[1].pk, "rebuilt"), ("estate:device:given", sites[0].pk, "rebuilt"),
    ]  # fmt: skip
    assert told[0]["before"] == told[1]["before"]
    assert told[0]["before"]["site"] == sites[0].pk
    assert told[0]["after"] == {
        "site": sites[1].pk, "address": "", "port": 80, "retired": False, "credential": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "place", "why"),
    [
        ("", Place(), "Say why"), ("x", Place(port=0), "no port"), ("x", Place(address="10.0.0.0/30"), "is a range"),
        ("x", Place(address="192.0.2.251"), "Another device of Customer / Bonn is at 192.0.2.251"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_changes_nothing(recorder, sites, now, reason, place, why):
    make.device(sites[1], address="192.0.2.251")
    before = list(Device.objects.values())
    with pytest.raises(NotPossible, match=why):
        move(SYSTEM, recorder, sites[1], reason=reason, now=now, place=place)
    with pytest.raises(NotPossible, match="already"):
        move(SYSTEM, recorder, sites[0], reason="x", now=now)
    assert list(Device.objects.values()) == before


@pytest.mark.parametrize("mine", [0, 1])
def test_who_may_edit_one_of_the_sites_only_moves_nothing(recorder, sites, now, mine):
    actor = make.person("technician", "technician", sites[mine]).actor()
    assert actor.may("edit_estate", sites[mine].path)
    with pytest.raises(NotPossible, match="You may not"):
        move(actor, recorder, sites[1], reason="x", now=now)
    with pytest.raises(NotPossible, match="You may not"):
        what_changes(actor, recorder, sites[1], now=now)
    assert Device.objects.get(pk=recorder.pk).site == sites[0]


def test_the_preview_names_what_is_lost_and_hides_servers_out_of_scope(recorder, sites, now):
    told = what_changes(SYSTEM, recorder, sites[1], now=now, place=Place(address=""))
    text = " ".join(told)
    for words in (
        "from Customer / Berlin to Customer / Bonn", "no address there", "Berlin only is not one of that site", "HCP goes on",
        "stated anew", "3 waivers or statements", "leaves the open plans",
    ):  # fmt: skip
        assert words in text
    assert list(Device.objects.filter(site=sites[1])) == []
    person = make.person("two", "technician", sites[0])
    from licet.sites.models import Membership

    Membership.objects.create(person=person, site=sites[1], role="technician")
    assert "HCP" not in " ".join(what_changes(person.actor(), recorder, sites[1], now=now))


def test_the_command_shows_what_changes_before_it_moves(recorder, sites):
    words = ["device", "move", recorder.serial_number, "Bonn", "--reason", "rebuilt"]
    shown = CliRunner().invoke(cli, words, input="n\n")
    assert (shown.exit_code, "Its credential Berlin only is not one of that site" in shown.output) == (1, True)
    assert Device.objects.get(pk=recorder.pk).site == sites[0]
    done = CliRunner().invoke(cli, [*words, "--address", "192.0.2.250", "--port", "8000", "--yes"])
    assert (done.exit_code, "is at Customer / Bonn. Next: licet sweep" in done.output) == (0, True)
    row = Device.objects.get(pk=recorder.pk)
    assert (row.site, row.address, row.port) == (sites[1], "192.0.2.250", 8000)


def test_the_command_brings_back_a_retired_one_but_never_in_place_of_one_in_use(recorder, sites, now):
    twin = make.device(sites[0], name=recorder.name, retired_at=now)
    words = ["device", "move", recorder.name, "Bonn", "--reason", "rebuilt", "--no-address", "--yes"]
    assert CliRunner().invoke(cli, words).exit_code == 0
    assert set(Device.objects.filter(site=sites[1]).values_list("pk", flat=True)) == {recorder.pk}
    words[2] = twin.serial_number
    assert CliRunner().invoke(cli, words).exit_code == 0
    twin.refresh_from_db()
    assert (twin.site, twin.address, twin.retired_at) == (sites[1], "", None)


def test_facts_and_their_history_go_along(recorder, sites, now):
    Fact.objects.create(
        subject_type=1,
        subject_id=recorder.pk,
        topic="users",
        value={"users": []},
        source="x",
        observed_at=now,
        confirmed_at=now,
    )
    move(SYSTEM, recorder, sites[1], reason="rebuilt", now=now)
    assert Fact.objects.filter(subject_id=recorder.pk, superseded_at=None).count() == 1


def test_moving_costs_no_query_for_each_channel(recorder, sites, now):
    move(SYSTEM, recorder, sites[1], reason="there", now=now)
    with CaptureQueriesContext(connection) as few:
        move(SYSTEM, recorder, sites[0], reason="back", now=now + timedelta(hours=1))
    for number in range(10, 60):
        make.channel(recorder, number)
    move(SYSTEM, recorder, sites[1], reason="there", now=now + timedelta(hours=2))
    with CaptureQueriesContext(connection) as many:
        move(SYSTEM, recorder, sites[0], reason="back", now=now + timedelta(hours=3))
    assert len(many) <= len(few) + 10
