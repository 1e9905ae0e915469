"""Every address of the web and who may use it. A new address that is not in the table fails.

Walked by: nobody, a stranger without a role, a neighbour, each built-in role, somebody switched off, and tokens.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from tests import factories as make
from tests.web.privacy_factory import FIXED as PRIVACY_FIXED
from tests.web.privacy_factory import privacy_objects

from licet.access.record import Stated, open_campaign, state
from licet.advisories.models import Plan, Statement
from licet.alerts.models import Channel, Message
from licet.audits.models import Finding, Run, Waiver
from licet.doctor.diagnosis import Diagnosis, Verdict
from licet.doctor.known import Known
from licet.doctor.look import Look
from licet.doctor.record import keep
from licet.estate.credential_record import add_credential
from licet.estate.models import CloudAccount
from licet.estate.service_models import ThirdParty
from licet.register.documents import add_document
from licet.register.importing import import_file
from licet.register.keys_record import put_key
from licet.register.models import RevealRequest
from licet.register.purchase import add_order, put_vendor
from licet.renewals.models import Renewal
from licet.sites.people import deactivate
from licet.sites.roles import ROLES
from licet.sites.scope import SYSTEM
from licet.sites.token import SCOPES, add_token, revoke_token
from licet.sweep import queue
from licet.sweep.collector_models import Collector
from licet.sweep.queue import Wish
from licet.vault.purpose import API_SECRET
from licet.vault.record import put


@dataclass(frozen=True)
class Needs:
    """The permission that an address needs, whether it is one object of a site, and whether a token opens it.

    ``answer`` is what somebody gets who may: 200, or what a form that was sent empty is answered with.
    """

    permission: str
    object: bool = False
    everywhere: bool = False
    token: bool = True
    answer: int = 200


OPEN, POST, OWN = "open", "post", "own"  # anybody; anybody by POST; whoever is signed in, about himself, never a token
ROLE, LEDGER, OBJECT = Needs("view"), Needs("ledger"), Needs("view", object=True)
PEOPLE, ALL_PEOPLE = Needs("administer", token=False), Needs("administer", everywhere=True, token=False)

TABLE = {
    "setup-needed": OPEN,
    "setup": OPEN,  # a one-time token opens it, and only before anybody exists
    "sign-in": OPEN,
    "sign-in-second": OPEN,  # after the password only
    "sign-in-passkey": OPEN,
    "sso-begin": POST,
    "sso-return": OPEN,
    "invitation": OPEN,  # a one-time link opens it
    "confirm-identity": OWN,
    "account": OWN,
    "password": OWN,
    "sessions": OWN,
    "second-factors": OWN,
    "totp-add": OWN,
    "passkey-add": OWN,
    "passkey-options": OWN,
    "factor-remove": OWN,
    "recovery-codes": OWN,
    "tokens": OWN,
    "token-revoke": OWN,
    "people": Needs("administer"),
    "people-export": Needs("administer"),
    "person-invite": PEOPLE,
    "person": Needs("administer", object=True, token=False),
    "roles": Needs("administer"),
    "role-add": ALL_PEOPLE,
    "role": ALL_PEOPLE,
    "policy": ALL_PEOPLE,
    "single-sign-on": ALL_PEOPLE,
    "sign-out": POST,
    "theme": POST,
    "health-live": OPEN,
    "health-ready": OPEN,
    "metrics": OPEN,  # a token that reads everywhere opens it, or a network that the operator named (tests/web/test_health.py)
    "overview": ROLE,
    "search": ROLE,
    "saved-views": ROLE,
    "allocations": ROLE,
    "allocations-export": ROLE,
    "licence-papers": Needs("edit_register", object=True, answer=302),
    "licences-bulk": Needs("edit_register", answer=302),
    "licences-bulk-edits": Needs("edit_register"),
    "saved-view-save": Needs("view", answer=302),
    "list-columns": Needs("view", answer=302),
    "sites": ROLE,
    "site-add": Needs("administer"),
    "site-change": Needs("administer", object=True),
    "words": ROLE,
    "estate": ROLE,
    "estate-export": ROLE,
    "device": OBJECT,
    "device-add": Needs("edit_estate"),
    "device-change": Needs("edit_estate", object=True),
    "device-move": Needs("edit_estate", object=True),
    "device-retire": Needs("edit_estate", object=True),
    "credentials": ROLE,
    "credentials-export": ROLE,
    "credential": OBJECT,
    "credential-devices-export": OBJECT,
    "credential-add": Needs("edit_estate"),
    "credential-password": Needs("edit_estate", object=True),
    "credential-use": Needs("edit_estate", object=True, answer=302),
    "credential-remove": Needs("edit_estate", object=True),
    "installations": ROLE,
    "installations-export": ROLE,
    "installation": OBJECT,
    "installation-connect": Needs("edit_estate", object=True),
    "installation-add": Needs("edit_estate"),
    "cloud-add": Needs("edit_estate"),
    "installation-reader": ROLE,
    "installation-host": Needs("edit_estate", object=True),
    "installation-version": Needs("edit_estate", object=True),
    "installation-totals": Needs("edit_estate", object=True),
    "installation-ask": Needs("sweep", object=True, answer=302),
    "installation-count": Needs("edit_estate", object=True, answer=422),
    "installation-drift": ROLE,
    "installation-drift-export": ROLE,
    "unmanaged": ROLE,
    "unmanaged-export": ROLE,
    "cloud": ROLE,
    "cloud-account": OBJECT,
    "cloud-account-export": OBJECT,
    "cloud-connect": Needs("edit_estate", object=True),
    "cloud-services": Needs("edit_estate", object=True),
    "cloud-ask": Needs("sweep", object=True, answer=302),
    "cloud-ownership": ROLE,
    "cloud-ownership-export": ROLE,
    "third-parties": ROLE,
    "third-parties-export": ROLE,
    "third-party-add": Needs("edit_estate"),
    "third-party": Needs("edit_estate", object=True),
    "licences": ROLE,
    "licences-export": ROLE,
    "licence": OBJECT,
    "channel-retire": Needs("edit_estate", object=True),
    "device-code": Needs("edit_estate", object=True),
    "device-engines": Needs("edit_estate", object=True),
    "installation-members": Needs("edit_estate", object=True),
    "device-version": Needs("edit_estate", object=True),
    "installation-retire": Needs("edit_estate", object=True),
    "licence-add": Needs("edit_register"),
    "licence-fields": Needs("administer"),
    "licence-change": Needs("edit_register", object=True),
    "licence-renew": Needs("edit_register", object=True),
    "licence-return": Needs("edit_register", object=True),
    "licence-transfer": Needs("edit_register", object=True),
    "licence-replace": Needs("edit_register", object=True),
    "licence-allocate": Needs("edit_register", object=True),
    "licence-activate": Needs("edit_register", object=True),
    "licence-rehost": Needs("edit_register", object=True),
    "licence-note": Needs("edit_register", object=True),
    "licence-tags": Needs("edit_register", object=True),
    "orders": ROLE,
    "orders-export": ROLE,
    "order": OBJECT,
    "order-add": Needs("edit_register"),
    "order-change": Needs("edit_register", object=True),
    "vendors": Needs("edit_register"),
    "vendors-export": Needs("edit_register"),
    "vendor": Needs("edit_register", object=True),
    "documents": ROLE,
    "documents-export": ROLE,
    "documents-zip": ROLE,
    "document": OBJECT,
    "document-contents": OBJECT,
    "document-about": Needs("edit_register", object=True, answer=302),
    "document-add": Needs("edit_register"),
    "document-replace": Needs("edit_register", object=True),
    "what-if": ROLE,
    "what-if-request": ROLE,
    "keys": ROLE,
    "keys-export": ROLE,
    "key": OBJECT,
    "key-reveal": Needs("reveal", object=True, answer=302),  # without its one-time word: back to the key's page
    "key-change": Needs("edit_register", object=True, answer=422),
    "key-add": Needs("edit_register", object=True),
    "key-check": Needs("edit_register"),
    "key-compare": ROLE,
    **dict.fromkeys(("key-requests", "key-requests-export"), ROLE),
    "key-answer": Needs("approve_reveal", object=True, answer=302),
    "key-patterns": Needs("administer", everywhere=True),
    "key-rules": Needs("administer"),
    "imports-export": ROLE,
    "imports": ROLE,  # whoever may not import sees what was imported
    "import": OBJECT,
    "import-report": OBJECT,
    "import-undo": OBJECT,
    "register-export": ROLE,
    "pools": ROLE,
    "pools-export": ROLE,
    "pool": OBJECT,
    "renewals": ROLE,
    "renewals-export": ROLE,
    "renewals-board": ROLE,
    "renewals-forecast": ROLE,
    "renewals-forecast-export": ROLE,
    "renewals-unused": ROLE,
    "renewals-unused-export": ROLE,
    "renewal-start": Needs("edit_register"),
    "renewal": OBJECT,
    "alerts": ROLE,
    "alerts-run": Needs("administer", answer=302),
    "alert-days": ROLE,
    "alert-days-export": ROLE,
    "alert-hush": Needs("view", answer=302),
    "alert-explain": OBJECT,
    "alert-outbox": ROLE,
    "alert-outbox-export": ROLE,
    "alert-message": Needs("administer", object=True),
    "alert-rules": ROLE,
    "alert-steps": ROLE,
    "alert-channels": Needs("administer"),
    "alert-mail": Needs("administer"),
    "alert-mine": ROLE,
    "calendar": OPEN,  # its token opens it
    "authorizations": ROLE,
    "authorizations-export": ROLE,
    "access": ROLE,
    "access-export": ROLE,
    "access-decide": Needs("review"),
    "access-state": Needs("edit_estate"),
    "access-campaigns": Needs("review"),
    "access-campaign": Needs("review", object=True),
    "access-campaign-export": Needs("review", object=True),
    "access-campaign-decide": Needs("review", object=True),
    "audits": ROLE,
    "audits-export": ROLE,
    "audit": OBJECT,
    "audit-pack": OBJECT,
    "findings": ROLE,
    "findings-export": ROLE,
    "findings-assign": Needs("review"),
    "finding": OBJECT,
    "waiver-ask": OBJECT,
    "waivers": ROLE,
    "waivers-export": ROLE,
    "waiver": OBJECT,
    "audit-rules": ROLE,
    "audit-setting": ROLE,
    "updates": ROLE,
    "updates-match": Needs("sweep", answer=302),
    "advisories": ROLE,
    "advisories-export": ROLE,
    "advisories-import": Needs("administer", everywhere=True),
    "advisory": ROLE,
    "exposures": ROLE,
    "exposures-export": ROLE,
    **dict.fromkeys(("uncovered", "uncovered-export", "behind-recorders", "behind-recorders-export"), ROLE),
    "firmware": ROLE,
    "firmware-export": ROLE,
    "support-dates": ROLE,
    "support-dates-export": ROLE,
    "vex-statements": ROLE,
    "vex-statements-export": ROLE,
    "vex-export": ROLE,
    "vex-withdraw": Needs("review", object=True, answer=302),
    "update-plans": ROLE,
    "update-plan-new": Needs("edit_estate"),
    "update-plan": OBJECT,
    "update-plan-export": OBJECT,
    "update-plan-close": Needs("edit_estate", object=True, answer=302),
    "doctor": ROLE,
    "doctor-look": Needs("sweep", answer=422),
    "doctor-key": Needs("edit_register"),
    "doctor-run": OBJECT,
    "doctor-bundle": Needs("sweep", object=True),
    "doctor-knowledge": ROLE,
    "doctor-case": ROLE,
    "doctor-hosts": ROLE,
    **dict.fromkeys(
        (
            "compliance",
            "compliance-results",
            "compliance-results-export",
            "compliance-controls",
            "compliance-statement",
            "compliance-control",
            "compliance-questions",
            "compliance-limits",
            "compliance-forms",
            "compliance-forms-export",
            "compliance-named",
            "compliance-named-export",
            "compliance-requests",
            "compliance-purposes",
            "compliance-purposes-export",
            "compliance-requests-export",
            "compliance-timeline",
            "compliance-waivers",
            "compliance-waivers-export",
        ),
        ROLE,
    ),
    **dict.fromkeys(
        ("compliance-result", "compliance-waive", "compliance-form", "compliance-sign", "compliance-request"), OBJECT
    ),
    "compliance-waiver": OBJECT,
    "compliance-judge": Needs("review", answer=302),
    "compliance-purpose-state": Needs("edit_estate", answer=302),
    "compliance-attest": Needs("review"),
    "compliance-withdraw": Needs("review", object=True, answer=302),
    "compliance-request-add": Needs("review"),
    **dict.fromkeys(("jobs", "jobs-export", "rhythms"), ROLE),
    "job": OBJECT,
    "sweep-now": Needs("sweep", answer=302),
    "record": LEDGER,
    "record-export": LEDGER,
    "record-verify": LEDGER,
    "collectors": ROLE,
    "collectors-export": ROLE,
    "collector": OBJECT,
    "collector-add": Needs("administer"),
    "collector-accept": Needs("sweep"),
    "collector-devices": Needs("sweep", object=True, answer=302),  # not enrolled yet: back to its page
    "collector-machine": POST,  # every message is signed (tests/sweep/collector)
}
ASKED_BY_POST = {"record-verify", "sign-out", "theme", "sso-begin", "factor-remove", "recovery-codes", "token-revoke"}
ASKED_BY_POST |= {"alerts-run", "alert-hush"}
ASKED_BY_POST |= {"compliance-judge", "compliance-purpose-state", "compliance-withdraw"}
ASKED_BY_POST |= {"credential-use", "installation-ask", "cloud-ask", "sweep-now"}
ASKED_BY_POST |= {"installation-count", "saved-view-save", "list-columns", "licence-papers", "document-about"}
ASKED_BY_POST |= {"key-reveal", "key-change", "key-check", "key-answer"}
ASKED_BY_POST |= {"doctor-look", "doctor-key", "collector-devices"}
ASKED_BY_POST |= {"updates-match", "vex-withdraw", "update-plan-close"}
HEALTHY = Diagnosis("x", "device", "here", make.NOW, (), Verdict("healthy", "high", "x", "", ""))
GATED = {name: rule for name, rule in TABLE.items() if isinstance(rule, Needs)}


def patterns(found=None, resolver=None):
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            if str(one.pattern) != "api/":  # has a table of its own (tests/api/test_access.py)
                yield from patterns(found, one)
        elif isinstance(one, URLPattern):
            yield one.name


@pytest.fixture
def objects(estate):
    """For each kind of object, one inside the viewer's scope and one outside."""
    inside, outside = estate["devices"][0], estate["neighbour"]
    berlin, clinic = estate["servers"]["berlin"].pool, estate["servers"]["neighbour"].pool
    licences = berlin.licences.first(), clinic.licences.first()
    keys = [put_key(SYSTEM, row, f"LICT-PPPP-0000-EX0{n}")[0] for n, row in enumerate(licences)]
    until = timezone.now() + timedelta(hours=1)
    asked = [RevealRequest.objects.create(key=key, reason="for a test", asked_at=until, until=until) for key in keys]
    day, sites = until.date(), [row.site for row in licences]
    renewals = [
        Renewal.objects.create(site=site, title="x", due_on=day, created_at=until, changed_at=until) for site in sites
    ]
    messages = [_message(site, until) for site in sites]
    return {
        "renewal": tuple(row.pk for row in renewals),
        "alert-explain": tuple(row.pk for row in licences),
        "alert-message": tuple(messages),
        **{name: tuple(key.pk for key in keys) for name in ("key", "key-reveal", "key-change")},
        "key-add": tuple(row.pk for row in licences),
        "key-answer": tuple(row.pk for row in asked),
        **{
            name: _campaigns(inside, outside)
            for name in TABLE
            if name.startswith("access-campaign") and TABLE[name].object
        },
        **dict.fromkeys(("doctor-run", "doctor-bundle"), tuple(_looked(one) for one in (inside, outside))),
        **_updates(inside, outside),
        **_audits(inside, outside),
        "device": (inside.pk, outside.pk),
        "job": tuple(queue.put(SYSTEM, Wish("sweep", {}, one.site)).pk for one in (inside, outside)),
        **privacy_objects(timezone.now(), inside, outside),
        **_services(estate),
        "licence": tuple(row.pk for row in licences),
        **_register(licences),
        **dict.fromkeys(("device-code", "device-change", "device-move", "device-retire"), (inside.pk, outside.pk)),
        **dict.fromkeys(CREDENTIALS, tuple(_credential(one.site) for one in (inside, outside))),
        "device-engines": (inside.pk, outside.pk),
        "device-version": (inside.pk, outside.pk),
        "channel-retire": tuple(make.channel(row, 90).pk for row in (inside, outside)),
        "installation-retire": (berlin.installation_id, clinic.installation_id),
        **dict.fromkeys(("import", "import-report", "import-undo"), _imports(*(row.site for row in licences))),
        "pool": (berlin.pk, clinic.pk),
        "person": (estate["people"]["auditor"].pk, estate["people"]["neighbour"].pk),
    }


def _services(estate):
    """An installation, a cloud account and a third party at a site in scope, and at another."""
    servers = tuple(estate["servers"][name].pk for name in ("berlin", "neighbour"))
    sites = [estate["servers"][name].site for name in ("berlin", "neighbour")]
    now = timezone.now()
    accounts = [CloudAccount.objects.create(site=site, name="x", first_seen_at=now).pk for site in sites]
    parties = [
        ThirdParty.objects.create(site=site, kind="installer", who=f"Firm of {site.name}", observed_at=now).pk
        for site in sites
    ]
    return {
        **dict.fromkeys(
            (
                "installation",
                "installation-count",
                "installation-connect",
                "installation-ask",
                "installation-totals",
                "installation-members",
                "installation-host",
                "installation-version",
            ),
            servers,
        ),
        **dict.fromkeys(
            ("cloud-account", "cloud-account-export", "cloud-connect", "cloud-ask", "cloud-services"), tuple(accounts)
        ),
        "third-party": tuple(parties),
        "site-change": tuple(site.pk for site in sites),
        **dict.fromkeys(("collector", "collector-devices"), tuple(_collector(site) for site in sites)),
    }


CREDENTIALS = ("credential", "credential-devices-export", "credential-password", "credential-use", "credential-remove")


def _credential(site):
    return add_credential(SYSTEM, site, "spare", "licet", "Example-Pass-1").pk


def _collector(site):
    return Collector.objects.create(site=site, name="North", uid=f"{site.pk:032x}", created_at=timezone.now()).pk


def _looked(device):
    """A look at the device that was made."""
    return keep(SYSTEM, Look(str(device), "device", known=Known(device=device.pk, site=device.site_id)), HEALTHY).pk


def _updates(*devices):
    """An advisory, and at the site of each device a plan and a statement."""
    now = timezone.now()
    row = make.advisory("CVE-2021-36260")
    plans = tuple(Plan.objects.create(site=one.site, title="December", made_at=now).pk for one in devices)
    stated = tuple(
        Statement.objects.create(advisory=row, site=one.site, status="mitigated", reason="for a test", made_at=now).pk
        for one in devices
    )
    return {**dict.fromkeys(("update-plan", "update-plan-export", "update-plan-close"), plans), "vex-withdraw": stated}


def _audits(*devices):
    """At the site of each device an audit that is done, a finding and a waiver."""
    now = timezone.now()
    runs = [Run.objects.create(site=one.site, on=now, state="done", started_at=now, finished_at=now) for one in devices]
    found = [
        Finding.objects.create(
            rule="device.auth_lockout", severity="high", kind="device", subject=one.pk, site=one.site, opened_at=now
        )
        for one in devices
    ]
    waived = [
        Waiver.objects.create(
            rule="device.auth_lockout", severity="high", site=one.site, reason="x", risk="x", compensating_measure="x",
            expires_on=now, requested_at=now,
        )
        for one in devices
    ]  # fmt: skip
    return {
        **dict.fromkeys(("audit", "audit-pack"), tuple(run.pk for run in runs)),
        **dict.fromkeys(("finding", "waiver-ask"), tuple(row.pk for row in found)),
        "waiver": tuple(row.pk for row in waived),
    }


def _imports(*sites):
    """A finished import at each site: ours first, then the neighbour's of other things."""
    texts = (
        b"Product,Quantity,Order\nHikCentral-P-VSS-1Ch,1,PO-2024-77\n",
        b"Product,Quantity,Order\nSoftware of the clinic,1,ORD-77\n",
    )
    return tuple(import_file(SYSTEM, text, "list.csv", site=site).run for text, site in zip(texts, sites, strict=True))


def _campaigns(*devices):
    """A review of accounts at the site of each device."""
    now = timezone.now()
    found = []
    for device in devices:
        state(SYSTEM, device, [Stated("operator1")], now=now)
        found.append(open_campaign(SYSTEM, device.site, "Autumn", due_on=now.date(), reviewers=[], now=now).pk)
    return tuple(found)


LICENCE_ACTS = (
    "papers",
    "change",
    "renew",
    "return",
    "transfer",
    "replace",
    "allocate",
    "activate",
    "rehost",
    "note",
    "tags",
)


def _register(licences):
    """Orders, vendors and documents at the site of each licence."""
    orders = [add_order(SYSTEM, row.site, {"number": f"PO-X{row.pk}"}).pk for row in licences]
    vendors = [put_vendor(SYSTEM, row.site, {"name": f"Vendor {row.pk}"}).pk for row in licences]
    kept = [
        add_document(SYSTEM, row.site, [b"%PDF-1.7 x"], file_name="x.pdf", kind="invoice").pk for row in licences
    ]  # fmt: skip
    return {
        **{f"licence-{act}": tuple(row.pk for row in licences) for act in LICENCE_ACTS},
        **dict.fromkeys(("order", "order-change"), tuple(orders)),
        "vendor": tuple(vendors),
        **dict.fromkeys(("document", "document-about", "document-contents", "document-replace"), tuple(kept)),
    }


def _message(site, at):
    secret = put(API_SECRET, "{}")
    channel = Channel.objects.create(
        name=f"Channel {site.pk}", kind="webhook", site=site, secret=secret, shown="https://…"
    )
    return Message.objects.create(
        key=f"m{site.pk}",
        receiver=f"channel:{channel.pk}",
        channel=channel,
        subject="x",
        body="x",
        created_at=at,
        next_at=at,
    ).pk


FIXED = {
    "doctor-case": ["TS-12"],
    "calendar": ["cal_no-such-token"],
    "advisory": ["CVE-2021-36260"],
    "setup": ["no-such-token"],
    "invitation": ["no-such-token"],
    "role": ["night"],
    "collector-machine": ["deliver"],
    "factor-remove": [1],
    "token-revoke": [1],
    **PRIVACY_FIXED,
}


def address(name, objects, *, outside=False):
    if name not in objects:
        return reverse(name, args=FIXED.get(name, []))
    found = objects[name][outside]
    return reverse(name, args=list(found) if isinstance(found, tuple) else [found])


def ask(client, name, where, **headers):
    answer = client.post(where, **headers) if name in ASKED_BY_POST else client.get(where, **headers)
    if answer.streaming:
        body = answer.getvalue()  # a download holds its file until it is read
        answer.getvalue = lambda: body
    return answer


def bearer(text):
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def test_the_table_names_every_address():
    assert sorted(patterns()) == sorted(TABLE)


def test_nobody_is_sent_to_sign_in(client, objects):
    for name, rule in TABLE.items():
        if rule is OWN or isinstance(rule, Needs):
            answer = ask(client, name, address(name, objects))
            assert answer.status_code == 302, name
            assert answer.url.startswith("/sign-in/?next="), name


def test_a_stranger_sees_nothing_but_himself(signed_in, estate, objects):
    client = signed_in(estate["people"]["stranger"], proved=True)
    for name, rule in TABLE.items():
        answer = ask(client, name, address(name, objects)) if rule not in {OPEN, POST} else None
        if isinstance(rule, Needs):
            assert answer.status_code == 403, name
            assert b"You have no role yet" in answer.content, name
        elif rule is OWN:
            assert answer.status_code in {200, 302, 404}, name


def test_a_neighbour_finds_no_object_of_another_site(signed_in, estate, objects):
    client = signed_in(estate["people"]["neighbour"])
    for name, rule in GATED.items():
        if rule.object:
            assert ask(client, name, address(name, objects)).status_code == 404, name
            assert ask(client, name, address(name, objects, outside=True)).status_code == rule.answer, name


def test_no_list_of_a_neighbour_names_anything_of_another_site(signed_in, estate, objects):
    client = signed_in(estate["people"]["neighbour"], proved=True)
    foreign = re.compile(r"Nordwind|Berlin|Leeds|Hamburg|Gate 01|Recorder 1|HikCentral-P|PO-2024|Otto Brandt|Vera Holm")
    for name, rule in GATED.items():
        if not rule.object:
            where = address(name, objects) + ("?q=e" if name == "search" else "")
            answer = ask(client, name, where)
            assert answer.status_code == (403 if rule.everywhere else rule.answer), name
            body = answer.getvalue().decode(errors="replace").replace("Europe/Berlin", "")  # a time zone's name
            assert not foreign.search(body), (name, foreign.search(body))


@pytest.mark.parametrize("role", sorted(ROLES))
@pytest.mark.parametrize("everywhere", [False, True])
def test_each_role_opens_what_its_permissions_say(signed_in, estate, objects, role, everywhere, monkeypatch):
    from licet.sites.models import CustomRole

    if role != "administrator":  # who may is decided before a page is drawn; drawn they are for the administrator
        monkeypatch.setattr("django.template.backends.django.Template.render", lambda *_, **__: "")

    CustomRole.objects.create(name="night", permissions=["view"])
    person = make.person("somebody", role, None if everywhere else estate["sites"]["berlin"])
    client = signed_in(person, proved=True)
    for name, rule in GATED.items():
        where = address(name, {**objects, "device": (_berlin_device(estate),)})
        may = rule.permission in ROLES[role].permissions and (everywhere or not rule.everywhere)
        assert ask(client, name, where).status_code == (rule.answer if may else 403), name


def _berlin_device(estate):
    return next(row.pk for row in estate["devices"] if row.site == estate["sites"]["berlin"])


def test_somebody_switched_off_is_out_at_once(signed_in, estate, objects):
    person = make.person("somebody", "administrator")
    client = signed_in(person)
    _row, text = add_token(person.actor(), person, "for a test", list(SCOPES), days=1)
    assert client.get("/estate/").status_code == 200
    deactivate(SYSTEM, person)
    for name, rule in TABLE.items():
        if rule is OWN or isinstance(rule, Needs):
            assert ask(client, name, address(name, objects)).url.startswith("/sign-in/?next="), name
    assert client.get("/estate/", **bearer(text)).status_code == 401


@pytest.mark.parametrize("role", ["viewer", "auditor", "administrator"])
def test_a_token_reads_what_its_person_may_and_nothing_about_him(client, estate, objects, role, monkeypatch):
    if role != "administrator":
        monkeypatch.setattr("django.template.backends.django.Template.render", lambda *_, **__: "x")
    person = make.person("somebody", role)
    _row, text = add_token(person.actor(), person, "for a test", ["read"], days=1)
    for name, rule in GATED.items():
        if name in ASKED_BY_POST:
            continue
        may = rule.token and rule.permission in ROLES[role].permissions & SCOPES["read"]
        answer = client.get(address(name, objects), **bearer(text))
        assert answer.status_code == (200 if may else 403), name
        assert not answer.cookies, name
        if answer.streaming:
            assert answer.getvalue(), name
    for name, rule in TABLE.items():
        if rule is OWN and name not in ASKED_BY_POST:
            assert client.get(address(name, objects), **bearer(text)).status_code == 403, name


def test_a_token_with_every_scope_still_never_manages_people_nor_changes_anything_here(client, estate, objects):
    person = make.person("somebody", "administrator")
    _row, text = add_token(person.actor(), person, "for a test", list(SCOPES), days=1)
    for name, rule in GATED.items():
        where = address(name, objects)
        if not rule.token:
            assert client.get(where, **bearer(text)).status_code == 403, name
        assert client.post(where, **bearer(text)).status_code == 405, name


def test_a_token_that_ended_opens_nothing(client, estate, objects):
    person = make.person("somebody", "administrator")
    row, text = add_token(person.actor(), person, "for a test", ["read"], days=1)
    revoke_token(person.actor(), row)
    late, other = add_token(person.actor(), person, "for a test", ["read"], days=1)
    late.expires_at = make.NOW.replace(year=2020)
    late.save()
    for name, rule in list(GATED.items())[:15]:
        if name not in ASKED_BY_POST:
            assert client.get(address(name, objects), **bearer(text)).status_code == 401, (name, rule)
            assert client.get(address(name, objects), **bearer(other)).status_code == 401, (name, rule)


def test_a_token_of_other_networks_is_told_so(client, estate):
    person = make.person("somebody", "viewer")
    _row, text = add_token(person.actor(), person, "for a test", ["read"], days=1, networks=["192.0.2.0/24"])
    assert client.get("/estate/", **bearer(text), REMOTE_ADDR="192.0.2.9").status_code == 200
    assert client.get("/estate/", **bearer(text)).status_code == 403


def test_wrong_tokens_are_throttled_by_address(client, estate):
    person = make.person("somebody", "viewer")
    _row, text = add_token(person.actor(), person, "for a test", ["read"], days=1)
    for _ in range(40):
        assert client.get("/estate/", **bearer("lct_" + "x" * 43)).status_code == 401
    assert client.get("/estate/", **bearer(text)).status_code == 429
    assert client.get("/estate/", **bearer(text), REMOTE_ADDR="192.0.2.9").status_code == 200


def test_a_site_outside_scope_cannot_be_chosen(signed_in, estate):
    client = signed_in(estate["people"]["neighbour"])
    assert client.get(f"/estate/?site={estate['sites']['berlin'].pk}").status_code == 404
    assert client.get("/estate/?site=x").status_code == 404
    assert client.get("/estate/?site=").status_code == 200


def test_a_chosen_site_is_kept_and_narrows_every_list(signed_in, estate):
    client = signed_in(estate["people"]["admin"])
    assert b"Sandberg" in client.get(f"/estate/?site={estate['sites']['neighbour'].pk}").content
    page = client.get("/estate/").content.decode()
    assert "<b>1</b> device ·" in page
    assert "<b>1</b> licence ·" in client.get("/licences/").content.decode()


def test_a_site_that_left_the_scope_is_forgotten(signed_in, estate):
    person = estate["people"]["viewer"]
    client = signed_in(person)
    client.get(f"/estate/?site={estate['sites']['berlin'].pk}")
    person.memberships.update(site=estate["sites"]["leeds"])
    page = client.get("/estate/").content.decode()
    assert "Berlin" not in page
    assert "All sites" in page


def test_a_viewer_may_not_read_the_record(signed_in, estate):
    client = signed_in(estate["people"]["viewer"])
    assert client.get("/record/").status_code == 403
    assert b"Record" not in client.get("/").content


def test_an_auditor_of_one_site_reads_only_its_entries(signed_in, estate):
    page = signed_in(estate["people"]["auditor"]).get("/record/").content.decode()
    assert "Berlin Hub" in page
    assert "Leeds Depot" not in page
    assert "reconciled" not in page


def test_signing_out_needs_a_post(client):
    assert client.get("/sign-out/").status_code == 405
    assert client.get("/theme/").status_code == 405


def test_only_known_views_are_open_to_everybody():
    def views(resolver):
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                if str(one.pattern) != "api/":  # has a table of its own (tests/api/test_access.py)
                    yield from views(one)
            else:
                yield one

    opened = {one.name for one in views(get_resolver()) if getattr(one.callback, "needs_nobody", False)}
    assert opened == {name for name, rule in TABLE.items() if not isinstance(rule, Needs)}
