"""The OSCAL documents of an audit keep to NIST's own schema (see oscal/README.md), and compliance-trestle reads them."""

import json
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path

import jsonschema_rs
import pytest
from tests import factories as make
from trestle.oscal import assessment_plan, assessment_results, catalog, poam, profile

from licet.audits.models import Finding
from licet.audits.pack import oscal
from licet.audits.pack.contents import finding_rows, gather
from licet.audits.record import approve_waiver, ask_waiver, assign
from licet.audits.run import audit
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((Path(__file__).parent / "oscal" / "oscal_complete_schema.json").read_text("utf-8"))
READERS = {
    "catalog": catalog, "profile": profile, "assessment-plan": assessment_plan, "assessment-results": assessment_results,
    "poam": poam,
}  # fmt: skip


def problems(document):
    """What NIST's schema says against a document, each with the place where."""
    (root,) = document
    (model,) = [one for one in SCHEMA["oneOf"] if root in one["properties"]]
    whole = {name: value for name, value in SCHEMA.items() if name != "oneOf"} | model
    found = jsonschema_rs.validator_for(whole, validate_formats=True).iter_errors(document)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message[:200]}" for one in found]


def documents(run):
    found = gather(SYSTEM, run)
    return oscal.documents(found, list(finding_rows(SYSTEM, run, found.at)))


def nothing(_now):
    make.site("Berlin")


def much(now):
    """Findings of many rules, with and without an owner, waived from above and one by one, under names as people and devices write them."""
    germany = make.site(" Germany\n(all of it) ")
    berlin = make.site("Berlin\t東京", germany, time_zone="Pacific/Auckland")
    off = [make.device(berlin, name=name, activated=False) for name in (" Gate\n01 ", "", "Tor\u20282", "x" * 120)]
    make.device(germany, activated=True)
    server = make.installation(berlin, name="  HCP\r\nBerlin")
    make.licence(server.pool, 1, title="Old\none", expires_on=date(2026, 1, 1))
    make.licence(server.pool, 2, title="Ends", expires_on=now.date() + timedelta(days=9), activation="not_activated")
    for row in off:
        make.member(server, row, "camera")
    asker, other = make.person("asker", role="administrator").actor(), make.person("boss", role="administrator")
    words = {
        "reason": "Installed\n\nnext week", "risk": "  Anybody\nmay take it", "compensating_measure": "Its port is off\n",
    }  # fmt: skip
    until = now.date() + timedelta(days=20)
    for rule, subject in (("device.not_activated", ("device", off[0].pk)), ("license.expired", None)):
        row = ask_waiver(asker, rule, berlin, subject=subject, expires_on=until, now=now, **words)
        approve_waiver(other.actor(), row, now)
    audit(SYSTEM, now=now)
    mine = Finding.objects.filter(rule="device.not_activated", subject__in=[off[1].pk, off[2].pk])
    assign(SYSTEM, [row.pk for row in mine], owner=other, due_on=date(2026, 12, 24))


@pytest.mark.parametrize("estate", [nothing, much])
def test_each_document_keeps_to_the_schema_of_the_version_it_names_and_its_checker_reads_it(estate, now):
    estate(now)
    made = documents(audit(SYSTEM, now=now + timedelta(hours=1)))
    assert made.keys() == READERS.keys()
    assert {name: found for name, document in made.items() if (found := problems(document))} == {}
    for name, document in made.items():
        (body,) = document.values()
        assert f"/{body['metadata']['oscal-version']}/" in SCHEMA["$id"]
        READERS[name].Model.model_validate(document)


def test_a_broken_document_is_found(now):
    much(now)
    made = documents(audit(SYSTEM, now=now))
    breaks = {
        "a title of two lines": ("poam", lambda it: it["poam-items"][0].update(title="a\nb")),
        "an empty property": ("assessment-results", lambda it: it["results"][0]["observations"][0]["props"][0].update(value="")),
        "no identity": ("catalog", lambda it: it.pop("uuid")),
        "a name that begins with a digit": ("catalog", lambda it: it["groups"][0]["controls"][0].update(id="1st")),
        "a day for an instant": ("assessment-plan", lambda it: it["metadata"].update({"last-modified": "2026-11-26"})),
        "a word of no model": ("profile", lambda it: it.update(words=[])),
    }  # fmt: skip
    for what, (name, change) in breaks.items():
        broken = deepcopy(made[name])
        (body,) = broken.values()
        change(body)
        assert problems(broken), what


def test_what_is_open_has_a_milestone_for_each_due_day_and_a_waiver_ends_with_its_day_at_the_site(now):
    much(now)
    made = documents(audit(SYSTEM, now=now))["poam"]["plan-of-action-and-milestones"]
    risks = {one["uuid"]: one for one in made["risks"]}
    (item,) = [one for one in made["poam-items"] if one["title"] == "Devices that nobody has activated"]
    (remediation,) = risks[item["related-risks"][0]["risk-uuid"]]["remediations"]
    (task,) = remediation["tasks"]
    assert (task["title"], task["timing"]["on-date"]["date"][:10]) == ("Findings due: 2", "2026-12-24")
    waived = [one for one in made["risks"] if one["status"] == "deviation-approved"]
    assert {one["deadline"] for one in waived} == {"2026-12-16T11:00:00+00:00"}
    assert "Licences that are over" not in {one["title"] for one in made["poam-items"]}
