"""Judging with a database: results as periods, questions, attestations, waivers, scope, own catalogues."""

import itertools
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from click.testing import CliRunner
from tests import factories as make

from licet.cli.main import cli
from licet.compliance import catalogue, read, record
from licet.compliance.catalogue import shipped
from licet.compliance.controls import RESULTS
from licet.compliance.grouped import by_control
from licet.compliance.judging import follow, judge_sites
from licet.compliance.measures import MEASURES
from licet.compliance.models import Kind, Result, Tally, Waiver
from licet.compliance.others import LICENCE_MEASURES
from licet.compliance.partly import MISSING
from licet.compliance.purposes import PurposeFilter, purposes, state_purpose
from licet.compliance.questions import questions
from licet.compliance.requests import RequestFilter, request_facets
from licet.compliance.sheets import SheetFilter, filled, missing, sheet
from licet.estate.models import Device, Fact, Subject
from licet.ledger.models import Entry
from licet.register.document_models import Document
from licet.register.models import Product
from licet.sites.record import NotPossible, change_site
from licet.sites.scope import SYSTEM, Actor
from licet.sweep.after_site import judge_site

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
HTTP_ON = {"protocols": [{"protocol": "HTTP", "enabled": True}, {"protocol": "HTTPS", "enabled": True}]}
HTTP_OFF = {"protocols": [{"protocol": "HTTP", "enabled": False}, {"protocol": "HTTPS", "enabled": True}]}


def say(device, topic, value, at=NOW):
    Fact.objects.filter(subject_id=device.pk, topic=topic, superseded_at=None).update(superseded_at=at)
    return Fact.objects.create(
        subject_type=Subject.DEVICE,
        subject_id=device.pk,
        topic=topic,
        value=value,
        source="isapi:test",
        observed_at=at,
        confirmed_at=at,
    )


def result(code, subject, kind=Kind.DEVICE):
    return Result.objects.get(control=code, kind=kind, subject=subject.pk, ended_at=None)


def document(site):
    return Document.objects.create(site=site, title="x", file_name="x.pdf", sha256="a" * 64, size=1, added_at=NOW)


@pytest.fixture
def berlin():
    return make.site("Berlin")


@pytest.fixture
def camera(berlin):
    row = make.device(berlin, activated=True, model="DS-2CD2146G2-ISU")
    say(row, "admin_accesses", HTTP_ON)
    return row


def test_a_result_is_a_period_with_the_fact_that_decided_it(camera):
    fact = say(camera, "admin_accesses", HTTP_ON)
    judge_sites(SYSTEM, now=NOW)
    first = result("NET-01", camera)
    assert (first.result, first.reason, first.evidence) == ("fail", "http_on", [fact.pk])
    assert judge_sites(SYSTEM, now=NOW).changes == 0
    say(camera, "admin_accesses", HTTP_OFF, LATER)
    assert judge_sites(SYSTEM, now=LATER).changes == 1
    assert [one.result for one in read.history(SYSTEM, "NET-01", Kind.DEVICE, camera.pk, LATER)] == ["pass", "fail"]
    first.refresh_from_db()
    assert first.ended_at == LATER
    assert read.facts_of(result("NET-01", camera))[0].source == "isapi:test"


def test_every_site_with_a_device_has_a_result_of_every_control(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    of_device = set(Result.objects.filter(kind=Kind.DEVICE).values_list("control", flat=True))
    of_site = set(Result.objects.filter(kind=Kind.SITE).values_list("control", flat=True))
    rest = {"LIC-01", "LIC-02", "LIC-03", "LIC-04", "VUL-04"}
    assert of_device | of_site | rest == catalogue.shipped().controls.keys()
    assert not of_device & of_site


def test_what_a_site_rules_out_is_said_once_a_site_with_its_reason(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    row = result("SUP-03", berlin, Kind.SITE)
    assert (row.result, row.params) == ("not_applicable", {"because": {"j.us": False}})


def test_an_answer_changes_what_applies_and_the_older_one_stays(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    assert result("GOV-02", berlin, Kind.SITE).reason == "open_question"
    record.answer(SYSTEM, berlin, "site.public_area", value=True, now=NOW)
    judge_sites(SYSTEM, site=berlin, now=NOW)
    assert result("GOV-02", berlin, Kind.SITE).reason == "not_attested"
    record.answer(SYSTEM, berlin, "site.public_area", value=False, now=LATER)
    from licet.compliance.questions import versions

    assert [one.value for one in versions(SYSTEM, berlin, "site.public_area")] == [False, True]
    asked = next(one for one in questions(SYSTEM, berlin) if one.name == "site.public_area")
    assert (asked.value, asked.origin, asked.answered_by) == (False, "here", "system")


def test_what_nothing_measures_is_open_while_its_question_is_and_so_says_the_statement_of_applicability(camera, berlin):
    applies = lambda: {row.control.code: row.applies for row in read.controls(SYSTEM, berlin, NOW)}  # noqa: E731
    assert applies()["RET-03"] == ""
    judge_sites(SYSTEM, now=NOW)
    row = result("RET-03", berlin, Kind.SITE)
    assert (row.result, row.reason, row.params["open"]) == ("unknown", "open_question", ["site.cde"])
    assert (applies()["RET-03"], applies()["GOV-01"], applies()["BIO-04"]) == ("open", "yes", "no")
    make.device(berlin, kind="recorder", model="DS-7616NI-K2", activated=True)
    record.answer(SYSTEM, berlin, "site.cde", value=True, now=NOW)
    judge_sites(SYSTEM, site=berlin, now=NOW)
    assert (result("RET-03", berlin, Kind.SITE).reason, applies()["RET-03"]) == ("datum_missing", "yes")


def test_an_attestation_holds_below_its_site_until_its_review(camera, berlin):
    top, building = berlin, make.site("Hall 3", parent=berlin)
    make.device(building)
    record.answer(SYSTEM, top, "site.workplace", value=True, now=NOW)
    stated = dict.fromkeys(catalogue.current().controls["GOV-02"].must_state, "as in the document")
    record.attest(SYSTEM, "GOV-02", top, document(top), now=NOW, review_on=date(2026, 12, 24), stated=stated)
    judge_sites(SYSTEM, now=NOW)
    row = result("GOV-02", building, Kind.SITE)
    assert (row.result, row.params) == ("pass", {"due": "2026-12-24"})
    judge_sites(SYSTEM, now=NOW + timedelta(days=60))
    assert result("GOV-02", building, Kind.SITE).reason == "attestation_over"


def test_a_control_of_several_documents_needs_all_of_them_and_all_that_they_must_state(camera, berlin):
    record.answer(SYSTEM, None, "org.nis2_entity", value=True, now=NOW)
    record.attest(SYSTEM, "GOV-13", berlin, document(berlin), now=NOW, covers=["management_approval"])
    judge_sites(SYSTEM, now=NOW)
    assert result("GOV-13", berlin, Kind.SITE).params["documents"] == ["supplier_assessment"]
    said = {"date": "2026-11-01", "scope": "all sites"}
    record.attest(SYSTEM, "GOV-13", berlin, document(berlin), now=NOW, covers=["supplier_assessment"], stated=said)
    judge_sites(SYSTEM, now=NOW)
    row = result("GOV-13", berlin, Kind.SITE)
    assert (row.result, row.reason, row.params) == ("manual", "not_all_stated", {"missing": ["decision"]})
    record.attest(
        SYSTEM,
        "GOV-13",
        berlin,
        document(berlin),
        now=NOW,
        covers=["management_approval"],
        stated={"decision": "approved"},
    )
    judge_sites(SYSTEM, now=NOW)
    assert result("GOV-13", berlin, Kind.SITE).result == "pass"


def test_a_measured_control_cannot_be_attested_nor_one_that_is_not_there(berlin):
    with pytest.raises(NotPossible, match="is measured"):
        record.attest(SYSTEM, "NET-01", berlin, document(berlin), now=NOW)
    with pytest.raises(NotPossible, match="no control"):
        record.attest(SYSTEM, "GOV-99", berlin, document(berlin), now=NOW)


def test_a_waiver_needs_a_second_person_and_never_counts_as_met(camera, berlin):
    asker, other = make.person("asker", "administrator", berlin), make.person("other", "administrator", berlin)
    judge_sites(SYSTEM, now=NOW)
    waiver = record.ask_waiver(
        asker.actor(), "NET-01", berlin, subject=(Kind.DEVICE, camera.pk), reason="replaced in January", risk="readable log-in",
        compensating_measure="a network of its own", expires_on=date(2026, 12, 31), now=NOW,
    )  # fmt: skip
    with pytest.raises(NotPossible, match="another person"):
        record.approve_waiver(asker.actor(), waiver, NOW)
    record.approve_waiver(other.actor(), waiver, NOW)
    wanted = read.ResultFilter(control="NET-01")
    assert next(iter(read.results(SYSTEM, wanted, NOW).rows)).result == "waived"
    assert read.result_facets(SYSTEM, wanted, NOW)["result"] == {"waived": 1}
    assert read.matrix(SYSTEM, None, NOW).totals["waived"] == 1
    after = datetime(2027, 1, 1, 0, 0, tzinfo=UTC)
    assert next(iter(read.results(SYSTEM, wanted, after).rows)).result == "fail"
    assert result("NET-01", camera).result == "fail"


def test_a_waiver_made_elsewhere_covers_nothing(camera, berlin):
    elsewhere = make.site("Elsewhere")
    asker = make.person("asker", "administrator", elsewhere).actor()
    judge_sites(SYSTEM, now=NOW)
    words = {"reason": "replaced in January", "risk": "readable log-in", "compensating_measure": "a network of its own"}
    words |= {"expires_on": date(2026, 12, 31), "now": NOW}
    for pk in (camera.pk, camera.pk + 999):
        with pytest.raises(NotPossible, match="There is no such thing at Elsewhere or below"):
            record.ask_waiver(asker, "NET-01", elsewhere, subject=(Kind.DEVICE, pk), **words)
    older = record.ask_waiver(asker, "NET-01", elsewhere, subject=None, **words)
    Waiver.objects.filter(pk=older.pk).update(kind=Kind.DEVICE, subject=camera.pk, approved_at=NOW)
    wanted = read.ResultFilter(control="NET-01")
    assert next(iter(read.results(SYSTEM, wanted, NOW).rows)).result == "fail"


def test_a_prohibited_practice_cannot_be_waived(berlin):
    with pytest.raises(NotPossible, match="prohibited practice"):
        record.ask_waiver(
            SYSTEM, "BIO-08", berlin, subject=None, reason="x" * 10, risk="x" * 10, compensating_measure="x" * 10,
            expires_on=date(2026, 12, 1), now=NOW,
        )  # fmt: skip


def test_a_neighbour_sees_nothing_and_may_nothing(camera, berlin):
    elsewhere = make.site("Elsewhere")
    neighbour = make.person("neighbour", "administrator", elsewhere).actor()
    judge_sites(SYSTEM, now=NOW)
    assert read.results(neighbour, read.ResultFilter(), NOW).rows == ()
    assert read.matrix(neighbour, None, NOW).lines == ()
    assert read.find_result(neighbour, result("NET-01", camera).pk) is None
    for act in (
        lambda: judge_sites(neighbour, site=berlin, now=NOW),
        lambda: record.answer(neighbour, berlin, "site.workplace", value=True, now=NOW),
        lambda: record.answer(neighbour, None, "org.employer", value=True, now=NOW),
        lambda: record.attest(neighbour, "GOV-02", berlin, document(berlin), now=NOW),
        lambda: record.set_limit(neighbour, berlin, "retention_max_days", 1, now=NOW),
        lambda: record.keep_worksheet(neighbour, berlin, "sign", {}, NOW),
        lambda: record.add_request(
            neighbour, berlin, reference="R", what="access", regime="gdpr", received_on=NOW.date(), now=NOW
        ),
        lambda: judge_sites(Actor("stranger"), now=NOW),
        lambda: judge_sites(make.person("reader", "viewer", berlin).actor(), site=berlin, now=NOW),
    ):
        with pytest.raises(NotPossible):
            act()


def test_a_judging_of_one_site_leaves_the_others_alone_and_follows_a_move(camera, berlin):
    leeds = make.site("Leeds", country="GB")
    other = make.device(leeds, activated=False)
    judge_sites(SYSTEM, now=NOW)
    before = result("ACC-01", other).pk
    camera.site = leeds
    camera.save()
    judge_sites(SYSTEM, site=leeds, now=LATER)
    assert result("ACC-01", other).pk == before
    assert result("NET-01", camera).site == leeds
    judge_sites(SYSTEM, site=berlin, now=LATER)
    assert result("NET-01", camera).site == leeds


def test_a_limit_is_inherited_and_the_record_holds_no_names_of_accounts(camera, berlin):
    say(camera, "users", {"users": [{"name": "admin", "level": "Administrator"}]})
    record.set_limit(SYSTEM, None, "approved_accounts", ["admin"], now=NOW, citation="policy 3")
    judge_sites(SYSTEM, now=NOW)
    assert result("ACC-05", camera).result == "pass"
    assert not Entry.objects.filter(text__contains='"admin"').exists()


def test_a_new_catalogue_never_orphans_results(camera, berlin, tmp_path, monkeypatch):
    monkeypatch.setattr(catalogue, "data_folder", lambda: tmp_path)
    (tmp_path / "catalogues").mkdir()
    own = tmp_path / "catalogues" / "works.yaml"
    own.write_text(
        'catalogue: {id: works, title: Works, version: "1"}\ncontrols:\n- {id: OWN-01, title: Council heard, group: own, evidence: attested,'
        " severity: low, review_days: 30, applies_when: {all: [always]}, regimes: [{ref: gdpr, cite: Art. 88}],"
        " measure: {documents: [minutes]}}\n"
    )
    judge_sites(SYSTEM, now=NOW)
    assert result("OWN-01", berlin, Kind.SITE).reason == "not_attested"
    own.unlink()
    judge_sites(SYSTEM, now=LATER)
    assert not Result.objects.filter(control="OWN-01", ended_at=None).exists()
    kept = read.history(SYSTEM, "OWN-01", Kind.SITE, berlin.pk, LATER)
    assert [(one.title, one.result, one.ended_at) for one in kept] == [("OWN-01", "manual", LATER)]


def test_a_regime_that_does_not_apply_counts_nothing_at_the_site(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    line = read.matrix(SYSTEM, None, NOW).lines[0]
    cells = {cell.regime: cell for cell in line.cells}
    assert cells["gdpr"].worst == "fail"
    assert "ukgdpr" not in cells
    assert cells["iso27001"].worst == "open"
    assert read.results(SYSTEM, read.ResultFilter(regimes=("ukgdpr",)), NOW).rows == ()


def test_forms_keep_every_version_and_what_somebody_wrote(camera, berlin):
    fields, kept = sheet(berlin, "processing")
    assert (kept, fields["purposes"]) == (None, "")
    assert "1 cameras" in fields["categories"]
    record.keep_worksheet(SYSTEM, berlin, "processing", {**fields, "purposes": "protection"}, NOW)
    record.keep_worksheet(SYSTEM, berlin, "processing", {**fields, "purposes": "protection of stock"}, LATER)
    fields, kept = sheet(berlin, "processing")
    assert (kept.version, fields["purposes"]) == (2, "protection of stock")


def test_the_record_of_processing_tells_what_is_unknown_apart_from_what_falls_short(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    Result.objects.filter(control="VUL-01", ended_at=None).update(result="unknown")
    assert "(VUL-01: met on 0 of 1, unknown on 1)" in sheet(berlin, "processing")[0]["security"]


def test_results_are_grouped_by_control_the_worst_first(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    lines = by_control(SYSTEM, read.ResultFilter(regimes=("gdpr",)), NOW)
    worst = [RESULTS.index(one.worst) for one in lines]
    assert (worst[0], worst) == (0, sorted(worst))
    listed = list(read.every_result(SYSTEM, read.ResultFilter(regimes=("gdpr",)), NOW))
    every = [RESULTS.index(row.result) for row in listed]
    assert every == sorted(every)
    controls = [(row.result, row.control) for row in listed]
    assert len(set(controls)) == len(
        [one for one, _same in itertools.groupby(controls)]
    )  # subjects of a control stand together
    assert sum(sum(one.counts.values()) for one in lines) == len(every)


def test_the_record_of_processing_takes_stated_purposes_and_the_controller_of_the_site_above(camera, berlin):
    fields, _kept = sheet(berlin, "processing")
    assert [one.name for one in missing("processing", fields)][:2] == ["controller", "purposes"]
    state_purpose(SYSTEM, [camera.pk], purpose="Protection against theft", owner="Site security", now=NOW)
    record.state_controller(SYSTEM, berlin, "Example GmbH, Berlin", NOW)
    hall = make.site("Hall 7", berlin)
    make.device(hall, kind="camera")
    assert (
        sheet(berlin, "processing")[0]["purposes"]
        == "Protection against theft (1 camera); of 1 camera it is not on record"
    )
    for form in ("processing", "sign"):
        assert sheet(hall, form)[0]["controller"] == "Example GmbH, Berlin"
    record.state_controller(SYSTEM, hall, "Example Storage Ltd", NOW)
    assert sheet(hall, "sign")[0]["controller"] == "Example Storage Ltd"
    assert sheet(berlin, "sign")[0]["controller"] == "Example GmbH, Berlin"


def test_the_forms_of_many_sites_cost_as_many_queries_as_those_of_one(
    camera, berlin, django_assert_num_queries, django_assert_max_num_queries
):
    state_purpose(SYSTEM, [camera.pk], purpose="Protection against theft", owner="Site security", now=NOW)
    with django_assert_max_num_queries(20) as one:
        filled(SYSTEM, SheetFilter(form="processing"))
    hall, yard = make.site("Hall 7", berlin), make.site("Yard", berlin)
    for site in (hall, yard):
        make.device(site, kind="camera")
    record.state_controller(SYSTEM, berlin, "Example GmbH, Berlin", NOW)
    record.keep_worksheet(SYSTEM, hall, "processing", {"purposes": "stock"}, NOW)
    judge_sites(SYSTEM, now=NOW)
    with django_assert_num_queries(len(one)):
        rows = filled(SYSTEM, SheetFilter(form="processing"))
    assert [(row["site"], row["version"], row["purposes"], row["controller"]) for row in rows] == [
        (site.full_name, version, purposes, "Example GmbH, Berlin")
        for site, version, purposes in (
            (berlin, 1, "Protection against theft (1 camera); of 2 cameras it is not on record"),
            (hall, 1, "stock"),
            (yard, 0, ""),
        )
    ]
    assert "3 cameras" in rows[0]["categories"]
    assert sheet(yard, "processing")[0] == {name: rows[2][name] for name in sheet(yard, "processing")[0]}


def test_a_channel_whose_camera_is_known_only_by_its_recorder_needs_a_purpose(berlin):
    recorder = make.device(berlin, kind="recorder")
    channel = recorder.channels.create(site=berlin, number=1, name="Gate", first_seen_at=NOW, last_listed_at=NOW)
    judge_sites(SYSTEM, now=NOW)
    assert result("FLD-04", recorder).params == {"channels": 1}
    wanted = PurposeFilter(text="gate", states=("missing",), of="channel")
    assert [row.id for row in purposes(SYSTEM, wanted).rows] == [channel.pk]
    state_purpose(
        SYSTEM, [channel.pk], purpose="Protection against theft", owner="Site security", now=NOW, of="channel"
    )
    judge_sites(SYSTEM, now=NOW)
    assert result("FLD-04", recorder).result == "pass"
    assert sheet(berlin, "processing")[0]["purposes"] == "Protection against theft (1 camera)"


def test_a_request_is_due_by_its_law_and_can_be_extended_once(camera, berlin):
    row = record.add_request(
        SYSTEM,
        berlin,
        reference="R-1",
        what="access",
        regime="gdpr",
        received_on=date(2026, 10, 1),
        now=NOW,
        cameras=[camera],
    )
    assert row.due_on == date(2026, 11, 1)
    assert request_facets(SYSTEM, RequestFilter(NOW.date()))[1]["overdue"] == 1
    record.change_request(SYSTEM, row, NOW, extended=True)
    assert row.due_on == date(2027, 1, 1)
    with pytest.raises(NotPossible, match="how it was answered"):
        record.change_request(SYSTEM, row, NOW, answered_on=NOW.date())
    record.change_request(SYSTEM, row, NOW, answered_on=NOW.date(), outcome="copy sent")
    with pytest.raises(NotPossible, match="answered already"):
        record.change_request(SYSTEM, row, NOW, outcome="x")


def test_every_measured_control_has_a_reader_or_says_which_datum_is_missing():
    read_elsewhere = LICENCE_MEASURES | {"VUL-04", "VUL-05"}
    measured = {one.code for one in shipped().controls.values() if one.evidence == "measured"}
    assert measured == MEASURES.keys() | read_elsewhere | MISSING.keys()
    assert not (MEASURES.keys() | read_elsewhere) & MISSING.keys()


def test_a_control_without_a_datum_says_which_one_is_missing(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    row = read.result_row(Result.objects.get(control="VUL-07", site=berlin, ended_at=None), NOW)
    assert (row.result, "approved baseline" in row.detail) == ("manual", True)


def test_a_camera_needs_a_purpose_and_an_owner(camera, berlin):
    Device.objects.filter(pk=camera.pk).update(kind="camera")
    judge_sites(SYSTEM, now=NOW)
    assert result("FLD-04", camera).params == {"missing": ["purpose", "owner"]}
    reader = make.person("reader", "viewer", berlin).actor()
    with pytest.raises(NotPossible):
        state_purpose(reader, [camera.pk], purpose="Theft", owner="Security", now=NOW)
    state_purpose(SYSTEM, [camera.pk], purpose="Protection against theft", owner="", now=NOW)
    state_purpose(SYSTEM, [camera.pk], purpose="", owner="Site security", now=NOW)
    (row,) = purposes(reader, PurposeFilter()).rows
    assert (row.purpose, row.owner) == ("Protection against theft", "Site security")
    judge_sites(SYSTEM, now=NOW)
    assert result("FLD-04", camera).result == "pass"


def test_a_public_address_falls_short_unless_it_is_approved(camera, berlin):
    Device.objects.filter(pk=camera.pk).update(address="8.8.8.8")
    judge_sites(SYSTEM, now=NOW)
    assert (result("NET-04", camera).result, result("NET-04", camera).reason) == ("fail", "public_address")
    record.set_limit(SYSTEM, berlin, "approved_address_ranges", ["8.8.8.0/24", "nonsense"], now=NOW)
    judge_sites(SYSTEM, now=NOW)
    assert result("NET-04", camera).result == "manual"


def test_what_was_asked_since_is_judged_anew_with_its_site_and_nothing_else(camera, berlin):
    assert follow(LATER, NOW, [camera.pk]) == 0
    leeds = make.site("Leeds")
    other = make.device(leeds, kind="camera")
    judge_sites(SYSTEM, now=NOW)
    Device.objects.filter(pk__in=[camera.pk, other.pk]).update(address="8.8.8.8", first_seen_at=NOW - timedelta(days=9))
    assert follow(LATER, LATER, [camera.pk]) >= 1
    assert result("NET-04", camera).result == "fail"
    assert result("NET-04", other).result != "fail"
    assert follow(LATER, LATER, [camera.pk]) == 0


def test_of_a_very_large_site_only_what_was_asked_is_judged_anew(berlin, monkeypatch):
    monkeypatch.setattr("licet.compliance.judging._LARGE", 3)
    asked, *_others = [make.device(berlin, kind="camera") for _ in range(5)]
    judge_sites(SYSTEM, now=NOW)
    Device.objects.update(address="8.8.8.8", first_seen_at=NOW - timedelta(days=9))
    before = set(Result.objects.filter(ended_at=None).values_list("id", flat=True))
    assert follow(LATER, LATER, [asked.pk]) >= 1
    changed = set(Result.objects.filter(ended_at=None).exclude(pk__in=before).values_list("kind", "subject"))
    assert changed == {(int(Kind.DEVICE), asked.pk)}
    assert result("NET-04", asked).result == "fail"
    total = sum(Tally.objects.filter(site=berlin).values_list("number", flat=True))
    assert total == Result.objects.filter(site=berlin, ended_at=None).count()


@pytest.mark.parametrize(
    ("result", "reason", "params", "told"),
    [
        ("fail", "sound_on", {}, "yes"),
        ("pass", "holds", {"approved": True}, "yes"),
        ("pass", "holds", {"approved": False}, "no"),
        ("unknown", "not_answered", {}, ""),
        ("manual", "half_read", {}, ""),
    ],
)
def test_a_sign_says_that_sound_is_recorded_where_it_is_approved_too_and_leaves_open_what_is_not_known(
    berlin, result, reason, params, told
):
    for number, (one, why, figures) in enumerate([("pass", "holds", {"approved": False}), (result, reason, params)]):
        Result.objects.create(
            control="FLD-02",
            rank=1,
            kind=1,
            subject=number,
            site=berlin,
            result=one,
            reason=why,
            params=figures,
            began_at=NOW,
        )
    fields, _kept = sheet(berlin, "sign")
    assert fields["sound"] == told
    assert ("Sound is recorded" in [one.title for one in missing("sign", fields)]) is (told == "")
    categories = sheet(berlin, "processing")[0]["categories"]
    assert ("not known: sound" in categories, "images, sound" in categories) == (told == "", told == "yes")


def test_forms_name_software_by_its_name_and_whom_the_answers_say(berlin):
    make.product("hikcentral-professional")
    Product.objects.update(name="HikCentral Professional")
    make.installation(berlin, version="2.6")
    record.answer(SYSTEM, berlin, "site.workplace", value=True, now=NOW)
    fields, _kept = sheet(berlin, "processing")
    assert "software: HikCentral Professional 2.6" in fields["categories"]
    assert fields["subjects"] == "People who enter the filmed areas; employees at work."


def test_a_request_by_command_names_its_cameras_and_the_period_in_the_time_of_its_site(camera, berlin, monkeypatch):
    monkeypatch.setattr("licet.cli.compliance.open_data", lambda: SYSTEM)
    call = lambda *arguments: CliRunner().invoke(cli, ["compliance", *arguments])  # noqa: E731
    period = ("--filmed-from", "2026-11-18 09:00", "--filmed-to", "2026-11-18 09:30")
    logged = call("request", "R-7", "--site", berlin.name, "--device", camera.serial_number, *period)
    assert logged.exit_code == 0, logged.output
    (row,) = json.loads(call("requests", "--format", "json").stdout)
    assert row["cameras"] == str(camera)
    assert (row["filmed_from"], row["filmed_to"]) == ("2026-11-18T08:00:00+00:00", "2026-11-18T08:30:00+00:00")
    turned = (*period[:1], period[3], period[2], period[1])
    assert "end before it begins" in str(call("request", "R-8", "--site", berlin.name, *turned).exception)


def test_a_limit_without_a_value_is_shown_and_taken_away_only_when_that_is_said(berlin, monkeypatch):
    monkeypatch.setattr("licet.cli.compliance.open_data", lambda: SYSTEM)

    def limit(*arguments):
        answer = CliRunner().invoke(
            cli, ["compliance", "limit", "retention_max_days", "--site", berlin.name, *arguments]
        )
        return answer.exit_code, answer.stdout

    def shown():
        code, text = limit("--format", "json")
        (row,) = json.loads(text)
        return code, row["value"], row["origin"]

    default = shown()[1]
    assert limit("3", "--cite", "an agreement")[0] == 0
    assert shown() == shown() == (0, 3, "here")
    assert limit("4", "--inherit")[0] != 0
    assert limit("--cite", "another agreement")[0] != 0
    assert shown() == (0, 3, "here")
    assert limit("--inherit")[0] == 0
    assert shown() == (0, default, "default")


def test_another_country_brings_other_laws_at_once(camera, berlin):
    judge_sites(SYSTEM, now=NOW)
    change_site(SYSTEM, berlin, country="US")
    judge_site(berlin)
    later = datetime.now(UTC)
    assert "gdpr" not in {cell.regime for cell in read.matrix(SYSTEM, None, later).lines[0].cells}
    change_site(SYSTEM, berlin, country="DE")
    judge_site(berlin)
    assert "gdpr" in {cell.regime for cell in read.matrix(SYSTEM, None, datetime.now(UTC)).lines[0].cells}
