"""Audits on pages: begun, left and found again, findings filtered, assigned, exported, waivers decided by two people."""

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
from django.utils import timezone

from licet.audits import read
from licet.audits.models import Comment, Finding, Run, Schedule, ThresholdGiven, Waiver
from licet.audits.rule import WORST_FIRST
from licet.audits.run import audit, begin, carry_out, once_for_all
from licet.sites.models import Membership, Person, Site
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db
ASKED = {
    "reach": "subject",
    "reason": "Installed next week",
    "risk": "Anybody may take it",
    "compensating_measure": "Its port is off",
}


@pytest.fixture
def audited(estate):
    return audit(SYSTEM, site=estate["sites"]["berlin"], now=timezone.now())


@pytest.fixture
def auditor(signed_in, estate):
    return signed_in(estate["people"]["auditor"])


@pytest.fixture
def administrators(estate):
    """Two people who may decide about waivers."""
    found = []
    for name in ("first", "second"):
        person = Person.objects.create(username=name, email=f"{name}@example.org")
        Membership.objects.create(person=person, role="administrator", site=None)
        found.append(person)
    return found


def text(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_an_audit_is_begun_shows_how_far_it_is_and_can_be_cancelled(auditor, estate, monkeypatch):
    monkeypatch.setattr("licet.sweep.queue.ring", lambda jobs: None)
    berlin = estate["sites"]["berlin"]
    answer = auditor.post("/audits/", {"site": str(berlin.pk)})
    run = Run.objects.get()
    assert (answer.status_code, answer.url, run.site) == (302, f"/audits/{run.pk}/", berlin)
    assert auditor.post("/audits/", {"site": str(berlin.pk)}).url == answer.url
    assert Run.objects.count() == 1
    assert b"0 of" in auditor.get(answer.url).content
    assert b"Running" in auditor.get("/audits/").content
    auditor.post(answer.url, {"do": "cancel"})
    run.refresh_from_db()
    assert carry_out(SYSTEM, run).state == "cancelled"


def test_the_run_answers_the_questions_and_each_number_is_the_list_it_counts(auditor, audited):
    page = auditor.get(f"/audits/{audited.pk}/")
    assert [answer.question for answer in page.context["first"]] == ["valid", "assigned", "used"]
    for answer in page.context["first"]:
        for result in answer.results:
            where = f"/audits/findings/?audit={audited.pk}&rule={result.rule.code}"
            if result.found:
                assert where.replace("&", "&amp;") in page.content.decode()
                assert auditor.get(where).context["list"].total.number == result.found
    for severity, number in page.context["severities"]:
        lines = auditor.get(f"/audits/findings/?audit={audited.pk}&severity={severity}").context["lines"]
        assert sum(line.found for line, _ in lines) == number


def test_a_signature_is_kept_and_given_once(auditor, audited):
    where = f"/audits/{audited.pk}/"
    auditor.post(where, {"do": "sign", "statement": "short"})
    audited.refresh_from_db()
    assert audited.signed_at is None
    auditor.post(where, {"do": "sign", "statement": "Reviewed with the site manager."})
    audited.refresh_from_db()
    assert (audited.statement, len(audited.digest)) == ("Reviewed with the site manager.", 64)
    assert audited.digest in auditor.get(where).content.decode()


def test_the_trend_has_a_table_beside_it(auditor, estate, audited):
    audit(SYSTEM, site=estate["sites"]["berlin"], now=timezone.now() + timedelta(days=1))
    page = auditor.get("/audits/")
    assert len(page.context["panels"]) == 5
    assert page.content.count(b'role="img"') == 5
    assert b"As a table" in page.content


def test_findings_are_filtered_sorted_and_exported_as_they_are_filtered(auditor, audited):
    page = auditor.get("/audits/findings/?severity=high&by=subject").context["list"]
    rows = Finding.objects.filter(site__path__startswith=audited.site.path, severity="high", closed_at=None)
    assert page.total.number == rows.count() > 1
    name = page.rows[0][0].subject
    assert {row.subject for row, _ in auditor.get("/audits/findings/", {"q": name}).context["list"].rows} >= {name}
    lines = list(
        csv.DictReader(io.StringIO(text(auditor.get("/audits/findings/export/?severity=high")).decode("utf-8-sig")))
    )
    assert {line["id"] for line in lines} == {str(pk) for pk in rows.values_list("pk", flat=True)}
    book = openpyxl.load_workbook(io.BytesIO(auditor.get("/audits/findings/export/?severity=high&format=xlsx").content))
    assert book.active.max_row == len(lines) + 1


def test_findings_stand_in_one_line_a_rule_the_worst_first_and_lead_to_their_subjects(auditor, audited):
    lines = auditor.get("/audits/findings/", {"site": audited.site_id}).context["lines"]
    ranks = [WORST_FIRST.index(line.severity) for line, _ in lines]
    assert ranks == sorted(ranks)
    for line, address in lines:
        assert (line.found, line.applies) == (audited.counts[line.rule]["found"], audited.counts[line.rule]["applies"])
        assert auditor.get(f"/audits/findings/{address}").context["list"].total.number == line.found
    everywhere = read.by_rule(SYSTEM, read.FindingFilter(), timezone.now())
    assert {(line.rule, line.applies) for line in everywhere} >= {(line.rule, line.applies) for line, _ in lines}
    seen, cursor = [], ""
    while True:
        page = read.findings(SYSTEM, read.FindingFilter(cursor=cursor, size=3), timezone.now())
        seen += [(WORST_FIRST.index(row.severity), row.id) for row in page.rows]
        cursor = page.after
        if not cursor:
            break
    assert seen == sorted(seen)
    assert len(seen) == Finding.objects.filter(once_for_all(Site.objects.all()), closed_at=None).count()


def test_who_may_only_view_neither_comments_nor_asks_for_a_waiver_nor_judges(signed_in, estate, audited):
    client = signed_in(estate["people"]["viewer"])
    finding = Finding.objects.filter(site__path__startswith=audited.site.path).first()
    client.post(f"/audits/findings/{finding.pk}/", {"do": "comment", "text": "Seen"})
    client.post(
        f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": timezone.now().date() + timedelta(days=2)}
    )
    assert (Comment.objects.count(), Waiver.objects.count()) == (0, 0)
    assert client.post("/compliance/judge/").status_code in (403, 404)


def test_many_findings_are_shown_before_they_are_given_to_somebody(auditor, estate, audited):
    owner = estate["people"]["auditor"]
    where = "/audits/findings/assign/?severity=high"
    number = auditor.get(where).context["number"]
    assert number > 1
    assert not Finding.objects.filter(owner=owner).exists()
    day = timezone.now().date() + timedelta(days=7)
    assert auditor.post(where, {"owner": str(owner.pk), "due_on": day.isoformat()}).status_code == 302
    assert Finding.objects.filter(owner=owner, due_on=day).count() == number
    assert auditor.get("/audits/findings/?owner=mine").context["total"].number == number


def test_who_may_only_view_assigns_nothing(signed_in, estate, audited):
    client = signed_in(estate["people"]["viewer"])
    finding = Finding.objects.filter(site__path__startswith=audited.site.path).first()
    client.post(f"/audits/findings/{finding.pk}/", {"do": "assign", "owner": "", "due_on": "2030-01-01"})
    finding.refresh_from_db()
    assert finding.due_on is None


def test_a_comment_is_plain_text_to_everybody(auditor, audited):
    finding = Finding.objects.filter(site__path__startswith=audited.site.path).first()
    auditor.post(f"/audits/findings/{finding.pk}/", {"do": "comment", "text": "<script>alert(1)</script>"})
    page = auditor.get(f"/audits/findings/{finding.pk}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_who_asks_cannot_approve_and_another_person_can(signed_in, administrators, audited):
    first, second = administrators
    finding = Finding.objects.filter(site__path__startswith=audited.site.path, severity="high").first()
    day = timezone.now().date() + timedelta(days=30)
    client = signed_in(first)
    too_long = client.post(f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": day + timedelta(days=300)})
    assert b"at most 90 days" in too_long.content
    client.post(f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": day})
    waiver = Waiver.objects.get()
    assert b"another person decides" in client.get(f"/audits/waivers/{waiver.pk}/").content
    client.post(f"/audits/waivers/{waiver.pk}/", {"do": "approve"})
    waiver.refresh_from_db()
    assert waiver.approved_at is None
    signed_in(second).post(f"/audits/waivers/{waiver.pk}/", {"do": "approve"})
    waiver.refresh_from_db()
    assert waiver.approved_by == second
    assert client.get(f"/audits/findings/?state=waived&rule={finding.rule}").context["list"].total.number == 1
    for query, number in (
        (f"q={finding.rule}&state=active", 1),
        ("state=asked", 0),
        ("state=expired", 0),
        ("q=nowhere", 0),
    ):
        assert client.get(f"/audits/waivers/?{query}").context["list"].total.number == number, query
    rows = b"".join(client.get("/audits/waivers/export/?sort=expires_on").streaming_content).decode().splitlines()
    assert len(rows) == 2


def test_a_renewal_is_a_decision_of_its_own_and_keeps_the_old_one(signed_in, administrators, audited):
    first, second = administrators
    finding = Finding.objects.filter(site__path__startswith=audited.site.path, severity="high").first()
    day = timezone.now().date() + timedelta(days=30)
    signed_in(first).post(f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": day})
    old = Waiver.objects.get()
    client = signed_in(second)
    client.post(f"/audits/waivers/{old.pk}/", {"do": "approve"})
    before = Waiver.objects.filter(pk=old.pk).values().get()
    client.post(f"/audits/waivers/{old.pk}/", ASKED | {"do": "renew", "expires_on": day + timedelta(days=30)})
    new = Waiver.objects.exclude(pk=old.pk).get()
    assert (new.renews, new.approved_at, new.requested_by) == (old, None, second)
    client.post(f"/audits/waivers/{new.pk}/", {"do": "approve"})
    new.refresh_from_db()
    assert new.approved_at is None
    assert Waiver.objects.filter(pk=old.pk).values().get() == before


def test_nobody_is_offered_to_approve_what_somebody_without_an_account_asked(signed_in, administrators, audited):
    first, second = administrators
    finding = Finding.objects.filter(site__path__startswith=audited.site.path, severity="high").first()
    day = timezone.now().date() + timedelta(days=30)
    signed_in(first).post(f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": day})
    client, where = signed_in(second), f"/audits/waivers/{Waiver.objects.get().pk}/"
    assert 'value="approve"' in client.get(where).content.decode()
    Waiver.objects.update(requested_by=None)
    shown = client.get(where).content.decode()
    assert 'value="approve"' not in shown
    assert "somebody without an account, by command" in shown
    assert "have it asked again with an account" in shown
    assert 'value="end"' in shown


def test_a_waiver_ends_with_a_reason_only(signed_in, administrators, audited):
    finding = Finding.objects.filter(site__path__startswith=audited.site.path, severity="high").first()
    client = signed_in(administrators[0])
    client.post(
        f"/audits/findings/{finding.pk}/waive/", ASKED | {"expires_on": timezone.now().date() + timedelta(days=2)}
    )
    waiver = Waiver.objects.get()
    client.post(f"/audits/waivers/{waiver.pk}/", {"do": "end", "why": " "})
    waiver.refresh_from_db()
    assert waiver.ended_at is None
    client.post(f"/audits/waivers/{waiver.pk}/", {"do": "end", "why": "It is activated."})
    waiver.refresh_from_db()
    assert waiver.ended_why == "It is activated."


def test_thresholds_and_schedules_are_set_where_one_may(signed_in, administrators, estate):
    client = signed_in(administrators[0])
    client.post("/audits/setting/", {"do": "set", "name": "near_limit", "value": "85"})
    assert ThresholdGiven.objects.get().value == 85
    client.post("/audits/setting/", {"do": "set", "name": "near_limit", "value": "many"})
    client.post("/audits/setting/", {"do": "inherit", "name": "near_limit"})
    assert not ThresholdGiven.objects.exists()
    client.post("/audits/setting/", {"do": "schedule", "rhythm": "weekly"})
    assert Schedule.objects.get().rhythm == "weekly"
    viewer = signed_in(estate["people"]["viewer"])
    viewer.post("/audits/setting/", {"do": "unschedule", "rhythm": "weekly"})
    assert Schedule.objects.exists()


def test_a_neighbour_sees_no_run_finding_or_waiver_of_berlin(signed_in, estate, audited):
    client = signed_in(estate["people"]["neighbour"])
    finding = Finding.objects.filter(site__path__startswith=audited.site.path).first()
    where = (f"/audits/{audited.pk}/", f"/audits/{audited.pk}/pack/", f"/audits/findings/{finding.pk}/",
             f"/audits/findings/?audit={audited.pk}", f"/audits/findings/{finding.pk}/waive/")  # fmt: skip
    assert {client.get(one).status_code for one in where} == {404}
    assert {line.rule for line, _ in client.get("/audits/findings/").context["lines"]} == {"advisory.feed_stale"}
    assert client.get("/audits/").context["list"].rows == []


def test_the_pack_is_one_download(auditor, audited):
    answer = auditor.get(f"/audits/{audited.pk}/pack/")
    assert answer["Content-Type"] == "application/zip"
    assert text(answer).startswith(b"PK")
    begun = begin(SYSTEM, site=audited.site, now=timezone.now())
    assert auditor.get(f"/audits/{begun.pk}/pack/").status_code == 302


def test_what_differs_from_the_audit_before_is_a_list_and_clearing_its_filters_stays_with_the_audit(auditor, audited):
    first = Finding.objects.filter(site=audited.site, closed_at=None).order_by("pk").first()
    Finding.objects.filter(pk=first.pk).update(closed_at=audited.started_at + timedelta(seconds=1))
    later = audit(SYSTEM, site=audited.site, now=audited.started_at + timedelta(hours=1))
    change = read.difference(audited, later)
    page = auditor.get(f"/audits/{later.pk}/").content.decode()
    for name in ("new", "gone", "still"):
        where = f"/audits/findings/?audit={later.pk}&change={name}"
        assert where.replace("&", "&amp;") in page
        listed = auditor.get(f"{where}&by=subject").context["list"]
        assert listed.total.number == getattr(change, name), name
        assert listed.clear == f"/audits/findings/?audit={later.pk}"
    assert (change.gone, change.new) == (1, 1)
    nothing = auditor.get(f"/audits/findings/?audit={later.pk}&change=new&owner=overdue").content.decode()
    assert f'href="/audits/findings/?audit={later.pk}"' in nothing
