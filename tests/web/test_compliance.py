"""Pages of compliance: what a person does there, and what others do not see."""

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from licet.compliance.catalogue import current
from licet.compliance.judging import judge_sites
from licet.compliance.models import Answer, Attestation, Limit, Request, Result, Waiver, Worksheet
from licet.compliance.words import LIMITS
from licet.estate.models import Device
from licet.sites.scope import SYSTEM


@pytest.fixture
def judged(estate):
    judge_sites(SYSTEM, now=timezone.now())
    return estate


def page(client, name, *arguments, **query):
    answer = client.get(reverse(name, args=arguments), query)
    assert answer.status_code == 200, name
    return answer.content.decode()


def test_the_overview_shows_sites_by_regime_and_says_it_is_no_advice(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    text = page(client, "compliance")
    assert "Licet is no legal advice" in text
    assert "36 of 294 citations were not looked up" in text
    assert "Berlin Hub" in text
    assert f"?regime=gdpr&amp;site={judged['sites']['berlin'].pk}&amp;result=fail" in text


def test_a_control_shows_its_law_and_marks_what_nobody_looked_up(judged, signed_in):
    client = signed_in(judged["people"]["viewer"])
    text = page(client, "compliance-control", "GOV-02")
    assert "35(3)(c)" in text
    assert "not looked up" in text
    assert "Attest it" not in text


def test_an_auditor_attests_with_a_file_and_the_result_follows(judged, signed_in):
    berlin = judged["sites"]["berlin"]
    client = signed_in(judged["people"]["auditor"])
    stated = dict.fromkeys(("interest", "necessity", "alternatives", "balance", "date"), "as written")
    answer = client.post(
        reverse("compliance-attest", args=["GOV-01"]),
        {
            "site": berlin.pk, "file": SimpleUploadedFile("lia.pdf", b"%PDF-1.7 x"),
            **{f"state_{name}": text for name, text in stated.items()},
        },
    )  # fmt: skip
    assert answer.status_code == 302
    made = Attestation.objects.get()
    assert (made.person, made.stated, made.document.site) == (judged["people"]["auditor"], stated, berlin)
    assert Result.objects.get(control="GOV-01", site=berlin, ended_at=None).result == "pass"
    client.post(reverse("compliance-withdraw", args=[made.pk]), {"why": "wrong file"})
    assert Result.objects.get(control="GOV-01", site=berlin, ended_at=None).result == "manual"


def test_without_a_document_nothing_is_attested(judged, signed_in):
    client = signed_in(judged["people"]["auditor"])
    answer = client.post(reverse("compliance-attest", args=["GOV-01"]), {"site": judged["sites"]["berlin"].pk})
    assert (answer.status_code, Attestation.objects.count()) == (422, 0)


def test_answers_are_kept_with_who_gave_them(judged, signed_in):
    berlin = judged["sites"]["berlin"]
    client = signed_in(judged["people"]["auditor"])
    asked = f"{reverse('compliance-questions')}?site={berlin.pk}"
    client.post(asked, {"site.workplace": "yes", "note-site.workplace": "offices", "org.employer": "open"})
    row = Answer.objects.get()
    assert (row.name, row.value, row.note, row.person) == (
        "site.workplace",
        True,
        "offices",
        judged["people"]["auditor"],
    )
    client.post(asked, {"site.workplace": "yes", "note-site.workplace": "offices"})
    assert Answer.objects.count() == 1


def test_a_limit_that_does_not_fit_is_told_and_not_kept(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    answer = client.post(reverse("compliance-limits"), {"name": "retention_max_days", "value": "a month"})
    assert (answer.status_code, Limit.objects.count()) == (422, 0)
    assert client.post(reverse("compliance-limits"), {"name": "retention_max_days", "value": "3"}).status_code == 302
    assert Limit.objects.get().value == 3
    hours = {"name": "schedule_approved", "value": "* = Mon-Fri 07:00-19:00\r\nDS-X1/1 =  always"}
    wrong = client.post(reverse("compliance-limits"), {**hours, "value": "* = Monday"})
    assert "write Mon-Fri 07:00-19:00" in wrong.content.decode()
    assert client.post(reverse("compliance-limits"), hours).status_code == 302
    assert Limit.objects.get(name="schedule_approved").value == {"*": "Mon-Fri 07:00-19:00", "DS-X1/1": "always"}
    assert "* = Mon-Fri 07:00-19:00; DS-X1/1 = always" in page(client, "compliance-limits")
    assert "* = Mon-Fri 07:00-19:00" in page(client, "compliance-control", "FLD-03")


def test_a_refused_limit_keeps_what_was_typed_and_is_marked(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    given = {"name": "retention_max_days", "value": "a month", "citation": "our policy 7"}
    told = client.post(reverse("compliance-limits"), given).content.decode()
    for text in (
        'value="a month" aria-invalid="true"',
        'value="our policy 7"',
        "“Recordings are kept at most” is a whole number of days",
    ):
        assert text in told, text
    assert told.count("aria-invalid") == 1
    kept = client.post(reverse("compliance-limits"), {**given, "value": "29"}, follow=True).content.decode()
    assert "Set and judged anew: Recordings are kept at most." in kept


def test_limits_have_words_of_the_field_in_groups_and_are_found(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    shown = page(client, "compliance-limits")
    assert set(current().parameters) == set(LIMITS)
    assert all(
        title in shown for title in ("Recordings are kept at most", "Retention and storage", "Every measurement")
    )
    assert "PCI DSS 8.3.6: 12, or 8 where the system cannot do 12" in shown
    assert "site.cde" not in shown
    where = reverse("compliance-limits")
    few = client.get(f"{where}?q=plates").content.decode()
    assert few.count('name="name"') == 2
    assert client.get(f"{where}?group=retention").content.decode().count('name="name"') == 5
    assert "Nothing matches" in client.get(f"{where}?q=nonsense").content.decode()
    answer = client.post(f"{where}?group=retention", {"name": "retention_max_days", "value": "3"})
    assert answer.headers["Location"] == f"{where}?group=retention"
    assert client.get(f"{where}?set=here").content.decode().count('name="name"') == 1


def test_a_result_that_falls_short_can_be_asked_to_be_waived(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    row = Result.objects.filter(control="ACC-01", result="fail", ended_at=None).first()
    given = {
        "reason": "to be replaced soon",
        "risk": "nobody can see it",
        "compensating_measure": "a network of its own",
    }
    day = (timezone.now().date() + timedelta(days=2)).isoformat()  # whatever the hour, not over in the site's zone
    assert client.post(reverse("compliance-waive", args=[row.pk]), {**given, "expires_on": day}).status_code == 302
    waiver = Waiver.objects.get()
    its_page = reverse("compliance-waiver", args=[waiver.pk])
    client.post(its_page, {"do": "approve"})
    assert b"another person decides" in client.get(its_page).content
    waiver.refresh_from_db()
    assert waiver.approved_at is None
    assert its_page in page(client, "compliance-control", "ACC-01")


def test_a_waiver_of_a_control_is_renewed_as_a_decision_of_its_own(judged, signed_in):
    client, now = signed_in(judged["people"]["admin"]), timezone.now()
    row = Result.objects.filter(control="ACC-01", result="fail", ended_at=None).first()
    words = {"reason": "to be replaced soon", "risk": "nobody can see it"}
    old = Waiver.objects.create(
        control="ACC-01", severity="critical", kind=row.kind, subject=row.subject, site=row.site, expires_on=now.date() + timedelta(days=2),
        requested_at=now, **words, compensating_measure="a network of its own",
    )  # fmt: skip
    day = (now.date() + timedelta(days=3)).isoformat()
    renewal = {"do": "renew", **words, "compensating_measure": "a network of its own", "expires_on": day}
    its_page = reverse("compliance-waiver", args=[old.pk])
    assert b"it is asked" in client.post(its_page, renewal).content
    Waiver.objects.update(approved_at=now)
    assert client.post(its_page, renewal).status_code == 302
    new = Waiver.objects.get(renews=old)
    assert (new.control, new.subject, new.site, new.approved_at) == (old.control, old.subject, old.site, None)
    assert reverse("compliance-waiver", args=[new.pk]) in client.get(its_page).content.decode()


def test_a_control_that_no_catalogue_has_now_keeps_its_history_for_whom_it_is(judged, signed_in):
    berlin, now = judged["sites"]["berlin"], timezone.now()
    Result.objects.create(
        control="OWN-01", rank=3, kind=0, subject=berlin.pk, site=berlin, result="manual", reason="not_attested",
        params={"documents": ["minutes"]}, began_at=now - timedelta(days=9), ended_at=now,
    )  # fmt: skip
    Waiver.objects.create(
        control="OWN-01", severity="low", site=berlin, reason="a strike", risk="x", compensating_measure="x",
        expires_on=now.date() + timedelta(days=2), requested_at=now, approved_at=now,
    )  # fmt: skip
    text = page(signed_in(judged["people"]["viewer"]), "compliance-control", "OWN-01")
    assert "No catalogue has this control now" in text
    assert "Wanted: minutes" in text
    assert "a strike" in text
    own = reverse("compliance-control", args=["OWN-01"])
    assert signed_in(judged["people"]["neighbour"]).get(own).status_code == 404
    client = signed_in(judged["people"]["viewer"])
    assert client.get(reverse("compliance-control", args=["OWN-02"])).status_code == 404
    assert len(client.get(reverse("compliance-waivers"), {"q": "own-01"}).context["list"].rows) == 1


def test_waivers_of_controls_are_a_list_like_every_other(judged, signed_in):
    """Each filter keeps the one it names, at the end of a site's own day; the export has all that a waiver must have."""
    admin, now = judged["people"]["admin"], timezone.now()
    client = signed_in(admin)
    one = Result.objects.filter(control="ACC-01", result="fail", ended_at=None).first()
    words = {"risk": "nobody can see it", "compensating_measure": "a network of its own", "requested_at": now}
    day = now.date()
    asked = Waiver.objects.create(
        control="ACC-01", severity="critical", kind=one.kind, subject=one.subject, site=one.site, reason="replaced soon",
        expires_on=day + timedelta(days=9), requested_by=admin, **words,
    )  # fmt: skip
    active = Waiver.objects.create(
        control="RET-02", severity="high", site=one.site, reason="a strike", expires_on=day + timedelta(days=2), approved_at=now,
        **words,
    )  # fmt: skip
    over = Waiver.objects.create(
        control="RET-02",
        severity="high",
        site=one.site,
        reason="=1+1",
        expires_on=day - timedelta(days=2),
        approved_at=now,
        **words,
    )
    where = reverse("compliance-waivers")
    found = lambda query: [row.id for row in client.get(f"{where}?{query}").context["list"].rows]  # noqa: E731
    gate = Device.objects.get(pk=one.subject).name
    for query, ids in {
        "": [over.pk, active.pk, asked.pk], "sort=expires_on": [over.pk, active.pk, asked.pk], "sort=-expires_on": [asked.pk, active.pk, over.pk],
        "state=asked": [asked.pk], "state=active": [active.pk], "state=expired": [over.pk], "severity=critical": [asked.pk],
        "q=strike": [active.pk], "q=ret-02": [over.pk, active.pk], f"q={gate}": [asked.pk], "q=nowhere": [],
    }.items():  # fmt: skip
        assert found(query) == ids, query
    export = b"".join(
        client.get(reverse("compliance-waivers-export"), {"sort": "-expires_on"}).streaming_content
    ).decode()
    first, *_, last = list(csv.DictReader(io.StringIO(export.removeprefix("\ufeff"))))
    assert (first["control"], first["subject"], first["requested_by"], first["state"]) == (
        "ACC-01",
        gate,
        str(admin),
        "asked",
    )
    assert last["reason"] == "'=1+1"
    assert f"{where}?state=asked" in page(client, "overview")
    assert reverse("compliance-waiver", args=[active.pk]) in page(client, "compliance-control", "RET-02")


def test_a_request_is_logged_with_its_cameras_and_answered(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    camera = judged["devices"][0]
    given = {
        "site": camera.site_id,
        "reference": "R-7",
        "what": "access",
        "regime": "gdpr",
        "received_on": "2026-11-01",
    }
    assert client.post(reverse("compliance-request-add"), {**given, "cameras": "no such camera"}).status_code == 422
    client.post(reverse("compliance-request-add"), {**given, "cameras": camera.serial_number})
    row = Request.objects.get()
    assert list(row.cameras.all()) == [camera]
    assert "R-7" in page(client, "compliance-requests", q="r-7")
    client.post(reverse("compliance-request", args=[row.pk]), {"answered_on": "2026-11-20", "outcome": "copy sent"})
    row.refresh_from_db()
    assert row.outcome == "copy sent"


def test_a_sign_is_kept_and_drawn(judged, signed_in):
    client, berlin = signed_in(judged["people"]["admin"]), judged["sites"]["berlin"]
    client.post(reverse("compliance-form", args=["sign", berlin.pk]), {"controller": "Nordwind <b>", "days": "3"})
    assert Worksheet.objects.get().fields["controller"] == "Nordwind <b>"
    drawing = client.get(reverse("compliance-sign", args=[berlin.pk]), {"language": "de"}).content.decode()
    assert "höchstens 3 Tage" in drawing
    assert "<b>" not in drawing


def test_the_sites_of_a_form_are_a_list_like_every_other(judged, signed_in):
    client, berlin = signed_in(judged["people"]["admin"]), judged["sites"]["berlin"]
    client.post(reverse("compliance-form", args=["sign", berlin.pk]), {"controller": "Nordwind", "days": "3"})
    where = reverse("compliance-forms", args=["sign"])
    shown = lambda **query: [row[1] for row in client.get(where, query).context["list"].rows]  # noqa: E731
    assert shown(state="kept") == [berlin]
    assert berlin not in shown(state="open")
    assert shown(q=berlin.name[:6], sort="-full_name")[-1] == berlin
    export = client.get(reverse("compliance-forms-export", args=["sign"]), {"state": "kept"})
    rows = b"".join(export.streaming_content).decode().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == [berlin.full_name]


@pytest.mark.parametrize(
    "name",
    [
        "compliance",
        "compliance-results",
        "compliance-named",
        "compliance-requests",
        "compliance-timeline",
        "compliance-waivers",
    ],
)
def test_a_neighbour_sees_his_own_alone(judged, signed_in, name):
    text = page(signed_in(judged["people"]["neighbour"]), name)
    assert not any(word in text for word in ("Berlin Hub", "Nordwind", "Gate 01"))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("compliance-results-export", ()), ("compliance-named-export", ()), ("compliance-forms-export", ("processing",)), ("compliance-statement", ())],
)  # fmt: skip
def test_an_export_holds_what_one_may_see(judged, signed_in, name, arguments):
    mine = b"".join(signed_in(judged["people"]["neighbour"]).get(reverse(name, args=arguments)).streaming_content)
    assert b"Nordwind" not in mine
    whole = b"".join(signed_in(judged["people"]["admin"]).get(reverse(name, args=arguments)).streaming_content)
    assert len(whole) >= len(mine) > 100


def test_controls_are_searched_sorted_and_exported_in_the_same_order(judged, signed_in):
    client = signed_in(judged["people"]["admin"])
    rows = client.get(reverse("compliance-controls"), {"sort": "-fail", "size": "25"}).context["list"].rows
    fails = [row["numbers"].get("fail", 0) for row in rows]
    assert (len(rows), fails) == (25, sorted(fails, reverse=True))
    assert fails[0] > 0
    export = b"".join(client.get(reverse("compliance-statement"), {"sort": "-fail"}).streaming_content).decode()
    assert export.splitlines()[1].split(",")[0] == rows[0]["control"].code
