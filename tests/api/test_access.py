"""Every operation of the API and who may use it. One that is not in the table fails.

Walked by: nobody, a stranger without a role, a neighbour, each built-in role, each scope of a token.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from tests import factories as make
from tests.api.conftest import Program

from licet.access.record import Stated, open_campaign, state
from licet.advisories.models import Plan, Statement
from licet.alerts.models import AlertRule, Message
from licet.alerts.models import Channel as Way
from licet.api.main import api
from licet.audits.models import Finding, Run, Waiver
from licet.compliance import catalogue
from licet.compliance.models import Attestation, Request, Result
from licet.compliance.models import Waiver as ControlWaiver
from licet.doctor.models import Run as Diagnosis
from licet.estate.credential_record import add_credential
from licet.estate.models import Channel, CloudAccount
from licet.estate.service_models import ThirdParty
from licet.register.documents import add_document
from licet.register.import_models import ImportRun, SavedMapping
from licet.register.keys_record import put_key
from licet.register.purchase import add_order, put_vendor
from licet.renewals.models import Renewal
from licet.sites.roles import ROLES
from licet.sites.scope import SYSTEM
from licet.sites.token import SCOPES, add_token
from licet.sweep.collector_models import Collector
from licet.sweep.models import Job
from licet.vault.purpose import API_SECRET
from licet.vault.record import put


@dataclass(frozen=True)
class Needs:
    """The permission that an operation needs; the kind of object of a site that it is about; a body that is well formed; the one scope
    of tokens that may; whether it must be held for all sites; a form beside its file.
    """

    permission: str = "view"
    object: str = ""
    body: Any = None
    scope: str = ""
    everywhere: bool = False
    form: Any = None

    def given_by(self, held):
        """Whether these permissions are enough."""
        return any(one in held for one in self.permission.split(" or "))


VIEW, LEDGER, PEOPLE = Needs(), Needs("ledger"), Needs("administer")
KEY = {"key": "x", "secret": "x"}
IMPORTS = "edit_register or edit_estate"  # by what the file lists
DAY = "2027-01-31"
WAIVER = {"rule": "device.auth_lockout", "site": 1, "reason": "long enough", "risk": "long enough", "compensating_measure": "long enough", "expires_on": DAY}  # fmt: skip

REASONS = ("reason", "risk", "compensating_measure", "expires_on")


def edits(thing, body=None):
    return Needs("edit_register", thing, body)


def people(thing="", body=None, *, everywhere=False):
    return Needs("administer", thing, body, "people", everywhere)


TABLE = {
    "list_sites": VIEW,
    "get_site": Needs(object="site"),
    "add_a_site": Needs("administer", body={"name": "x"}),
    "change_a_site": Needs("administer", object="site", body={"notice_days": 60}),
    "get_me": VIEW,
    "list_people": PEOPLE,
    "get_person": Needs("administer", "person"),
    "invite_a_person": people(body={"username": "admin", "role": "viewer", "site": 1}),
    "deactivate_a_person": people("person"),
    "activate_a_person": people("person"),
    "end_sessions_of_person": people("person"),
    "list_memberships": Needs("administer", "person"),
    "give_a_role": people("person", {"role": "viewer", "site": 1}),
    "take_a_role": people("person"),
    "list_roles": PEOPLE,
    "get_role": PEOPLE,
    "preview_role": PEOPLE,
    "add_a_role": people(body={"name": "viewer", "permissions": ["view"]}, everywhere=True),
    "change_a_role": people(body={"permissions": ["view"]}, everywhere=True),
    "remove_a_role": people(everywhere=True),
    "list_tokens": VIEW,
    "get_token": Needs(object="token"),
    "make_token": Needs(body={"name": "x", "scopes": ["read"], "site": 10**9}),
    "revoke_a_token": Needs(object="token"),
    "list_devices": VIEW,
    "get_device": Needs(object="device"),
    "list_authorizations_of_device": Needs(object="device"),
    "list_credentials": VIEW,
    "get_credential": Needs(object="credential"),
    "add_a_credential": Needs("edit_estate", body={"site": 10**9, "name": "x", "username": "x", "password": "x"}),
    "replace_password": Needs("edit_estate", "credential", {"password": "Example-Pass-2"}),
    "use_a_credential": Needs("edit_estate", "credential", {"site": 10**9}),
    "remove_a_credential": Needs("edit_estate", "credential"),
    "change_a_device": Needs("edit_estate", "device", {"name": "x"}),
    "restore_a_device": Needs("edit_estate", "device", {"reason": "x"}),
    "add_a_device": Needs("edit_estate", body={"site": 1, "address": "192.0.2.1"}),
    "add_many_devices": Needs("edit_estate", body={"devices": [{"site": 1, "address": "192.0.2.1"}]}),
    "move_a_device": Needs("edit_estate", "device", {"site": 10**9, "reason": "x"}),
    "retire_a_device": Needs("edit_estate", "device", {"reason": "x"}),
    "state_device_version": Needs("edit_estate", "device", {"version": "V5.7.15", "source": "label"}),
    "state_engine_slots": Needs("edit_estate", "device", {"total": 4, "used": 1, "source": "menu"}),
    "retire_a_channel": Needs("edit_estate", "channel", {"reason": "x"}),
    "restore_a_channel": Needs("edit_estate", "channel", {"reason": "x"}),
    "remove_device_code": Needs("edit_estate", "device"),
    "keep_device_code": Needs("edit_estate", "device", {"code": "ABCDEF"}),
    "list_installations": VIEW,
    "get_installation": Needs(object="installation"),
    "add_an_installation": Needs("edit_estate", body={"site": 1, "name": "x", "product": "x"}),
    "set_installation_members": Needs("edit_estate", "installation", {"members": []}),
    "list_installation_members": Needs(object="installation"),
    "add_installation_members": Needs("edit_estate", "installation", {"devices": [10**9]}),
    "remove_installation_members": Needs("edit_estate", "installation", {"devices": [10**9]}),
    "retire_an_installation": Needs("edit_estate", "installation", {"reason": "x"}),
    "state_installation_version": Needs("edit_estate", "installation", {"version": "V3.0.1"}),
    "state_licence_count": Needs("edit_estate", "installation", {"metric": "camera", "total": 9}),
    "take_host_file": Needs("edit_estate", "installation", form={}),
    "accept_host": Needs("edit_estate", "installation", {"reason": "x"}),
    "connect_an_installation": Needs("edit_estate", "installation", {**KEY, "address": "hcp.example.org"}),
    "disconnect_an_installation": Needs("edit_estate", "installation"),
    "accept_certificate_of_installation": Needs("edit_estate", "installation"),
    "ask_an_installation": Needs("sweep", "installation"),
    "list_unmanaged_devices": VIEW,
    "list_listed_devices": VIEW,
    "list_cloud_accounts": VIEW,
    "get_cloud_account": Needs(object="cloud_account"),
    "add_an_account_of_cloud": Needs("edit_estate", body={"site": 10**9, "name": "x"}),
    "connect_a_cloud_account": Needs("edit_estate", "cloud_account", KEY),
    "disconnect_a_cloud_account": Needs("edit_estate", "cloud_account"),
    "ask_a_cloud_account": Needs("sweep", "cloud_account"),
    "state_cloud_service": Needs("edit_estate", "cloud_account", {"code": "cloud_storage"}),
    "list_cloud_ownership": VIEW,
    "list_third_parties": VIEW,
    "get_third_party": Needs(object="party"),
    "add_a_third_party": Needs("edit_estate", body={"site": 10**9, "kind": "installer", "who": "x"}),
    "confirm_a_third_party": Needs("edit_estate", "party", {"until": DAY}),
    "end_a_third_party": Needs("edit_estate", "party", {"reason": "x"}),
    "list_accounts": VIEW,
    "list_access_campaigns": Needs("review"),
    "get_access_campaign": Needs("review", "campaign"),
    "change_accounts": Needs("review", body={"accounts": [10**9], "approved": True}),
    "state_accounts": Needs("edit_estate", body={"kind": "device", "subject": 10**9, "accounts": [{"name": "x"}]}),
    "open_access_campaign": Needs("review", body={"site": 10**9, "title": "x", "due_on": DAY}),
    "list_access_campaign_items": Needs("review", "campaign"),
    "decide_access_campaign": Needs("review", "campaign", {"items": [1], "verdict": "keep"}),
    "sign_off_access_campaign": Needs("review", "campaign", {}),
    "list_authorizations": VIEW,
    "count_authorizations": VIEW,
    "explain_authorizations": VIEW,  # an empty list of what one does not see
    "list_positions": VIEW,
    "list_pools": VIEW,
    "get_pool": Needs(object="pool"),
    "list_licences": VIEW,
    "get_licence": Needs(object="licence"),
    "add_a_licence": Needs("edit_register", body={"site": 1, "title": "x"}),
    "add_many_licences": Needs("edit_register", body={"licences": [{"site": 1, "title": "x"}]}),
    "change_a_licence": edits("licence", {"note": "x"}),
    "renew_a_licence": edits("licence", {"expires_on": DAY}),
    "return_a_licence": edits("licence", {"on": DAY, "reason": "x"}),
    "transfer_a_licence": edits("licence", {"site": 1, "reason": "x"}),
    "supersede_a_licence": edits("licence", {"by": 1}),
    "give_places": edits("licence", {"metric": "camera", "names": ["x"]}),
    "release_places": edits("licence", {"allocations": [1]}),
    "add_licence_note": edits("licence", {"text": "x"}),
    "set_licence_tags": edits("licence", {"tags": []}),
    "list_licence_edits": Needs("edit_register"),
    "change_many_licences": Needs("edit_register", body={"licences": [10**9], "contact": "x"}),
    "undo_licence_edit": Needs("edit_register"),
    "add_an_activation": edits("licence", {"step": "activated", "way": "online", "on": DAY}),
    "begin_a_rehost": edits("licence", {"to_host": "x", "reason": "x"}),
    "tick_a_rehost": edits("licence", {"step": "backup"}),
    "end_a_rehost": edits("licence", {"cancel": True, "reason": "x"}),
    "list_own_fields": VIEW,
    "define_an_own_field": Needs("administer", body={"site": 10**9, "title": "x", "kind": "text"}),
    "retire_an_own_field": Needs("administer"),
    "list_allocations": VIEW,
    "list_key_patterns": Needs("administer", everywhere=True),
    "set_a_key_pattern": Needs("administer", body={"product": "no such", "pattern": ""}, everywhere=True),
    "list_key_rules": PEOPLE,
    "set_a_key_rule": Needs("administer", "site", {}),
    "list_keys": VIEW,
    "get_key": Needs(object="key"),
    "put_a_key": edits("licence", {"key": "LICT-PPPP-0000-EX33"}),
    "change_a_key": edits("key", {"host": "x"}),
    "list_orders": VIEW,
    "get_order": Needs(object="order"),
    "add_an_order": Needs("edit_register", body={"site": 1, "number": "x"}),
    "change_an_order": edits("order", {"vendor": "x"}),
    "list_vendors": VIEW,
    "get_vendor": Needs(object="vendor"),
    "add_a_vendor": Needs("edit_register", body={"site": 1, "name": "x", "role": "vendor"}),
    "change_a_vendor": edits("vendor", {"name": "x", "role": "vendor"}),
    "list_documents": VIEW,
    "get_document": Needs(object="document"),
    "get_document_contents": Needs(object="document"),
    "get_document_bundle": VIEW,
    "add_a_document": Needs("edit_register", form={"site": 10**9, "kind": "invoice"}),
    "add_a_version": Needs("edit_register", "document", form={}),
    "link_a_document": edits("document", {"about": ["licence:1"]}),
    "unlink_a_document": edits("document", {"about": ["licence:1"]}),
    "list_imports": VIEW,
    "get_import": Needs(object="import"),
    "list_import_lines": Needs(object="import"),
    "bring_a_file": Needs(IMPORTS, form={"site": 10**9}),
    "change_an_import": Needs(IMPORTS, "import", {"heading_line": 1}),
    "start_an_import": Needs(IMPORTS, "import"),
    "cancel_an_import": Needs(IMPORTS, "import"),
    "remove_an_import": Needs(IMPORTS, "import"),
    "undo_an_import": Needs(IMPORTS, "import", {}),
    "list_mappings": VIEW,
    "keep_a_mapping": Needs(IMPORTS, "import", {"name": "x"}),
    "remove_a_mapping": Needs(IMPORTS, "mapping"),
    "list_renewals": VIEW,
    "get_renewal": Needs(object="renewal"),
    "start_renewal": Needs("edit_register", body={"licences": [1]}),
    "change_renewal": edits("renewal", {"title": "x"}),
    "move_renewal": edits("renewal", {"to": "ordered"}),
    "complete_renewal": edits("renewal", {"expires_on": DAY}),
    "list_findings": VIEW,
    "get_finding": Needs(object="finding"),
    "assign_findings": Needs("review", body={"findings": [1]}),
    "comment_on_finding": Needs("view", "finding", {"text": "x"}),  # a reader is refused by the part itself
    "list_audits": VIEW,
    "get_audit": Needs(object="audit"),
    "begin_audit": Needs("review", body={"site": 10**9}),
    "sign_audit": Needs("review", "audit", {"statement": "x"}),
    "list_waivers": VIEW,
    "get_waiver": Needs(object="waiver"),
    "ask_for_waiver": Needs("view", body=WAIVER),  # same
    "renew_waiver": Needs("view", "waiver", {name: WAIVER[name] for name in REASONS}),
    "approve_waiver": Needs("administer", "waiver"),
    "end_waiver": Needs("administer", "waiver", {"reason": "x"}),
    "list_thresholds": VIEW,
    "set_a_threshold": Needs("administer", body={"value": 5}, everywhere=True),
    "list_audit_schedules": VIEW,
    "schedule_audits": Needs("review", body={"rhythm": "weekly"}, everywhere=True),
    "list_compliance_results": VIEW,
    "get_compliance_result": Needs(object="result"),
    "list_compliance_controls": VIEW,
    "get_compliance_control": VIEW,
    "list_compliance_changes": VIEW,
    "list_purposes": VIEW,
    "state_purposes": Needs("edit_estate", body={"ids": [10**9], "purpose": "x"}),
    "list_questions": VIEW,
    "list_answers": VIEW,
    "list_limits": VIEW,
    "set_a_limit": Needs("administer", body={"value": 5}, everywhere=True),
    "list_attestations": VIEW,
    "keep_evidence": Needs("review", form={"site": 10**9, "control": "x"}),
    "judge_compliance": Needs("review", body={"site": 10**9}),
    "list_subject_requests": VIEW,
    "get_subject_request": Needs(object="request"),
    "log_subject_request": Needs(
        "review", body={"site": 10**9, "reference": "x", "what": "access", "regime": "gdpr", "received_on": DAY}
    ),
    "change_subject_request": Needs("review", "request", {"redaction": "x"}),
    "list_forms": VIEW,
    "get_form": Needs(object="site"),
    "keep_form": Needs("review", "site", {"fields": {}}),
    "get_sign": Needs(object="site"),
    "list_named_devices": VIEW,
    "list_control_waivers": VIEW,
    "get_control_waiver": Needs(object="control_waiver"),
    "ask_for_control_waiver": Needs(
        "view", body={**{name: value for name, value in WAIVER.items() if name != "rule"}, "control": "x"}
    ),
    "renew_control_waiver": Needs("view", "control_waiver", {name: WAIVER[name] for name in REASONS}),
    "approve_control_waiver": Needs("administer", "control_waiver"),
    "end_control_waiver": Needs("administer", "control_waiver", {"reason": "x"}),
    "answer_question": Needs("review", body={"site": 1, "value": True}),
    "get_attestation": Needs(object="attestation"),
    "attest_control": Needs("review", body={"control": "x", "site": 1, "document": 1}),
    "withdraw_attestation": Needs("review", "attestation", {"reason": "x"}),
    "list_advisories": VIEW,
    "get_advisory": VIEW,
    "take_advisories": Needs("administer", form={}, everywhere=True),
    "match_advisories": Needs("sweep"),
    "list_support_dates": VIEW,
    "enter_support_dates": Needs("edit_register", body={"source": "x", "stated": "2026-01-31"}, everywhere=True),
    "remove_support_dates": Needs("edit_register", everywhere=True),
    "list_firmware": VIEW,
    "list_uncovered": VIEW,
    "list_exposures": VIEW,
    "list_update_plans": VIEW,
    "get_update_plan": Needs(object="plan"),
    "list_update_plan_items": Needs(object="plan"),
    "make_update_plan": Needs("edit_estate", body={"site": 1, "title": "x"}),
    "close_update_plan": Needs("edit_estate", "plan"),
    "list_vex_statements": VIEW,
    "get_vex_statement": Needs(object="statement"),
    "add_vex_statement": Needs(
        "review", body={"advisory": "x", "site": 1, "status": "mitigated", "reason": "long enough"}
    ),
    "withdraw_vex_statement": Needs("review", "statement", {"reason": "x"}),
    "get_alert_state": Needs("administer", everywhere=True),
    "add_alert_service": Needs("administer", body={"site": 10**9, "name": "x", "url": "ntfy://x"}),
    "switch_alert_channel": Needs("administer", "way", {"active": False}),
    "try_alert_channel": Needs("administer", "way"),
    "switch_alert_rule": Needs("view", "rule", {"active": False}),
    "list_alert_steps": VIEW,
    "set_alert_steps": Needs("view", body={"site": 10**9, "before": [7]}),  # of a licence, who edits the register may
    "clear_alert_steps": Needs("view", body={"site": 10**9}),
    "get_alert_hours": VIEW,
    "set_alert_hours": Needs("view", body={"digest_hour": 8}),
    "set_mail_server": Needs(
        "administer", body={"host": "mail.example.org", "sender": "licet@example.org"}, everywhere=True
    ),
    "remove_mail_server": Needs("administer", everywhere=True),
    "set_address_of_pages": Needs("administer", body={"url": ""}, everywhere=True),
    "resend_message": Needs("view", "message"),
    "list_alert_days": VIEW,
    "list_alert_messages": VIEW,
    "get_alert_message": Needs(object="message"),
    "list_alert_events": VIEW,
    "list_alert_rules": VIEW,
    "add_alert_rule": Needs("administer", body={"channel": 10**9, "events": ["*"]}),
    "remove_alert_rule": Needs("view", "rule"),
    "list_alert_channels": PEOPLE,
    "list_change_feeds": PEOPLE,
    "tell_changes": Needs("administer", "way", {}),
    "end_telling_changes": Needs("administer", "way"),
    "add_webhook": Needs("administer", body={"name": "x", "url": "https://x.example.org", "site": 10**9}),
    "remove_webhook": Needs("administer", "way"),
    "hush_days": Needs("view", body={"keys": ["x"]}),
    "tell_days_again": Needs("view", body={"keys": ["x"]}),
    "list_jobs": VIEW,
    "get_job": Needs(object="job"),
    "list_rhythms": VIEW,
    "set_a_rhythm": Needs("administer", "site", {"minutes": 60}),
    "remove_a_rhythm": Needs("administer", "site"),
    "put_sweep": Needs("sweep", body={"site": 10**9}),
    "cancel_job": Needs("view", "job"),
    "put_job_again": Needs("view", "job"),
    "list_record": LEDGER,
    "search": VIEW,
    "get_forecast": VIEW,
    "list_co_terms": VIEW,
    "get_unused": VIEW,
    "get_what_if": VIEW,
    "list_collectors": VIEW,
    "get_collector": Needs(object="collector"),
    "revoke_a_collector": Needs("administer", "collector"),
    "list_diagnoses": VIEW,
    "get_diagnosis": Needs(object="diagnosis"),
    "list_key_requests": VIEW,
}
VERDICT = dict.fromkeys(("cause", "confidence", "title", "detail", "remedy"), "x")
DIAGNOSED = {
    "target": "x",
    "kind": "device",
    "vantage": "x",
    "at": "2026-11-26T12:00:00+00:00",
    "steps": [],
    "verdict": VERDICT,
}
ASKED = {"/search": "?text=berlin", "/what-if": "?site=1&add=4:camera"}  # what these cannot do without
OTHER = {"subject": "device", "code": "x", "name": "x", "form": "processing"}


def operations():
    for path, known in api.get_openapi_schema()["paths"].items():
        for method, operation in known.items():
            yield operation["operationId"], method, path.removeprefix("/api/v1")


@pytest.fixture(scope="module")
def every():
    return [(name, method, path, TABLE[name]) for name, method, path in operations() if name in TABLE]


@pytest.fixture
def objects(estate):
    """One of each kind at the site Berlin, which the neighbour does not see."""
    device, licence = estate["devices"][0], estate["servers"]["berlin"].pool.licences.first()
    site, now = device.site, timezone.now()
    key, _findings = put_key(SYSTEM, licence, "LICT-PPPP-0000-EX01")
    document = add_document(SYSTEM, site, [b"%PDF-1.7 x"], file_name="x.pdf", kind="invoice")
    state(SYSTEM, device, [Stated("operator1")], now=now)
    waiver = Waiver.objects.create(
        rule="device.auth_lockout", severity="high", site=site, reason="x", risk="x", compensating_measure="x",
        expires_on=now + timedelta(days=9), requested_at=now,
    )  # fmt: skip
    way = Way.objects.create(name="x", kind="webhook", site=site, secret=put(API_SECRET, "{}"), shown="x")
    control = next(iter(catalogue.current().controls))
    found = {
        "site": site,
        "person": estate["people"]["auditor"],
        "token": add_token(SYSTEM, estate["people"]["auditor"], "x", ["read"], days=1)[0],
        "device": device,
        "credential": add_credential(SYSTEM, site, "spare", "licet", "Example-Pass-1"),
        "channel": Channel.objects.filter(site=site).first(),
        "party": ThirdParty.objects.create(site=site, kind="installer", who="x", observed_at=now),
        "installation": estate["servers"]["berlin"],
        "cloud_account": CloudAccount.objects.create(site=site, name="x", first_seen_at=now),
        "pool": licence.pool,
        "licence": licence,
        "key": key,
        "order": add_order(SYSTEM, site, {"number": "PO-X"}),
        "vendor": put_vendor(SYSTEM, site, {"name": "Vendor X"}),
        "document": document,
        "import": ImportRun.objects.create(site=site, actor="x", file_name="x.csv", sha256="0" * 64, size=1),
        "mapping": SavedMapping.objects.create(site=site, name="x", kind="licences"),
        "renewal": Renewal.objects.create(site=site, title="x", due_on=now, created_at=now, changed_at=now),
        "finding": Finding.objects.create(
            rule="device.auth_lockout", severity="high", kind="device", subject=device.pk, site=site, opened_at=now
        ),
        "audit": Run.objects.create(site=site, on=now, state="done", started_at=now, finished_at=now),
        "waiver": waiver,
        "campaign": open_campaign(SYSTEM, site, "Autumn", due_on=now.date(), reviewers=[], now=now),
        "result": Result.objects.create(
            control=control, rank=1, kind=1, subject=device.pk, site=site, result="fail", reason="x", began_at=now
        ),
        "attestation": Attestation.objects.create(
            control=control, site=site, document=document, effective_from=now, review_on=now, made_at=now
        ),
        "request": Request.objects.create(
            site=site, reference="x", what="access", regime="gdpr", received_on=now, due_on=now, made_at=now
        ),
        "plan": Plan.objects.create(site=site, title="December", made_at=now),
        "control_waiver": ControlWaiver.objects.create(
            control=control, severity="high", site=site, reason="x", risk="x", compensating_measure="x", expires_on=now,
            requested_at=now,
        ),
        "statement": Statement.objects.create(
            advisory=make.advisory("CVE-2021-36260"), site=site, status="mitigated", reason="for a test", made_at=now
        ),
        "way": way,
        "rule": AlertRule.objects.create(events=["*"], severity=1, site=site, channel=way, created_at=now),
        "message": Message.objects.create(
            key="m", receiver=f"channel:{way.pk}", channel=way, subject="x", body="x", created_at=now, next_at=now
        ),
        "collector": Collector.objects.create(site=site, name="x", uid="x", created_at=now),
        "diagnosis": Diagnosis.objects.create(site=site, target="x", at=now, result=DIAGNOSED),
        "job": Job.objects.create(kind="sweep", site=site, actor="system", created_at=now, due_at=now),
    }  # fmt: skip
    return {name: row.pk for name, row in found.items()}


def ask(program, method, path, rule, number=10**9):
    where = re.sub(r"{(\w+)}", lambda part: str(OTHER.get(part[1], number)), path) + ASKED.get(path, "")
    if rule.form is not None:
        answer = program.upload(where, file=SimpleUploadedFile("x.csv", b"x"), **rule.form)
    else:
        answer = program.get(where) if method == "get" else program.send(method, where, rule.body)
    answer.told = answer.getvalue()  # a download holds its file until it is read
    return answer


def test_the_table_names_every_operation():
    assert sorted(name for name, *_ in operations()) == sorted(TABLE)


def test_nobody_and_strangers_get_nothing(every, estate, program):
    nobody, stranger = Program(""), program("stranger")
    for name, method, path, rule in every:
        assert ask(nobody, method, path, rule).status_code == 401, name
        assert ask(stranger, method, path, rule).status_code == 403, name


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_may_what_its_permissions_say(every, estate, role):
    person = make.person("somebody", role, estate["sites"]["berlin"])
    program = Program(add_token(person.actor(), person, "x", list(SCOPES), days=1)[1])
    for name, method, path, rule in every:
        answer = ask(program, method, path, rule)
        if not rule.given_by(ROLES[role].permissions):
            assert answer.status_code == 403, name
        elif answer.status_code == 403:  # it names a site that is not the person's, or the whole organisation
            assert rule.everywhere or "site" in (rule.body or {}) or rule.body is None, (name, answer.content)
        else:
            assert answer.status_code in {200, 202, 204, 404, 409}, (name, answer.content)


@pytest.mark.parametrize("scope", sorted(SCOPES))
def test_a_token_may_no_more_than_its_scope(every, estate, program, scope):
    narrow = program("admin", scope)
    for name, method, path, rule in every:
        answer = ask(narrow, method, path, rule)
        refused = not rule.given_by(SCOPES[scope]) or (scope == "read" and method != "get")
        refused = refused or rule.scope not in {"", scope}
        assert (answer.status_code == 403) == refused, (name, answer.content)


def test_a_neighbour_finds_no_object_of_another_site(every, objects, program):
    neighbour, admin = program("neighbour"), program("admin")
    for name, method, path, rule in every:
        if rule.object:
            answer = ask(neighbour, method, path, rule, objects[rule.object])
            assert answer.status_code == 404, (name, answer.content)
            if method == "get":
                assert ask(admin, method, path, rule, objects[rule.object]).status_code == 200, name


def test_no_list_of_a_neighbour_names_anything_of_another_site(every, objects, program):
    neighbour = program("neighbour")
    foreign = re.compile(r"Nordwind|Berlin|Leeds|Hamburg|Gate 01|Recorder 1|HikCentral-P|PO-2024|Otto Brandt|Vera Holm")
    for name, method, path, rule in every:
        if method == "get" and not rule.object:
            answer = ask(neighbour, method, path, rule)
            told = answer.told.decode(errors="replace")
            assert not foreign.search(told), (name, foreign.search(told))


def test_who_only_reads_changes_nothing(every, objects, program):
    viewer = program("viewer")
    for name, method, path, rule in every:
        if method != "get" and rule.object and name != "remove_alert_rule":
            answer = ask(viewer, method, path, rule, objects[rule.object])
            assert answer.status_code in {403, 404, 409}, (name, answer.status_code)
