"""Every command and the permission it needs, tried with tokens of each role. A new command that is not in the table fails."""

import os
from dataclasses import dataclass

import click
import pytest
from click.testing import CliRunner
from django.db import transaction
from tests import factories as make
from tests.standing import standing
from tests.web.estate_factory import build

from licet.cli.failure import line_and_code
from licet.cli.main import cli
from licet.ledger.read import latest
from licet.register.models import Licence
from licet.sites.custom_roles import add_role
from licet.sites.models import CustomRole, Membership, Person
from licet.sites.people import deactivate
from licet.sites.roles import ROLES
from licet.sites.scope import SYSTEM
from licet.sites.token import SCOPES, add_token, revoke_token
from licet.vault.identity_provider import keep


@dataclass(frozen=True)
class Owner:
    """Only for the owner of the data folder: every token is refused."""

    arguments: str = ""


@dataclass(frozen=True)
class Local:
    """Touches no data of this installation."""


@dataclass(frozen=True)
class Needs:
    """Refused without the permission: at some site (``anywhere``), at Berlin, or at all of them (``everywhere``)."""

    permission: str
    arguments: str = ""
    everywhere: bool = False
    code: int = 0  # the exit code where it is allowed


@dataclass(frozen=True)
class Scoped:
    """Open to everybody, but it shows nothing outside where the permission is held."""

    permission: str
    arguments: str = ""
    found: bool = True  # whether it fails, rather than shows nothing, where nothing is in sight


@dataclass(frozen=True)
class Guarded:
    """Refused without the permission, before anything is written."""

    permission: str
    arguments: str = ""


TABLE = {
    "demo": Local(),
    "simulate": Local(),
    "serve": Owner(),
    **dict.fromkeys(("collect enrol", "collect devices", "collect run", "collect status"), Local()),
    **dict.fromkeys(("collect credential set", "collect credential list", "collect credential remove"), Local()),
    "migrate": Owner(),
    "check": Owner(),
    "backup": Owner("NOWHERE.zip"),
    "restore": Owner("FILE"),
    "migrate-data": Owner("--to sqlite:////nowhere/x.sqlite3"),
    "history": Owner("--older-than 400 --yes"),
    "site add": Needs("administer", "Annex --parent Berlin-Hub-Site"),
    "site change": Needs("administer", "Berlin-Hub-Site --notice-days 60"),
    "site list": Scoped("view"),
    "user add": Needs("administer", "anna --role viewer --site Berlin-Hub-Site --password-file FILE"),
    "user invite": Needs("administer", "anna --role viewer --site Berlin-Hub-Site"),
    "user list": Scoped("administer"),
    "user grant": Needs("administer", "auditor viewer --site Berlin-Hub-Site"),
    "user take": Needs("administer", "spare viewer --site Berlin-Hub-Site"),
    "user deactivate": Needs("administer", "spare"),
    "user activate": Needs("administer", "spare"),
    "user rules": Needs("administer", "--token-days 100", everywhere=True),
    "role list": Needs("administer"),
    "role add": Needs("administer", "day --may view", everywhere=True),
    "role change": Needs("administer", "night --may view --may sweep --yes", everywhere=True),
    "role remove": Needs("administer", "night --yes", everywhere=True),
    "token add": Owner("auditor x --scope read"),
    "token list": Scoped("administer"),
    "token revoke": Needs("administer", "TOKEN"),
    "key rotate": Owner(),
    "sso set": Needs("administer", "--issuer https://login.example.org --client-id x", everywhere=True),
    "sso show": Needs("administer", everywhere=True),
    "sso remove": Needs("administer", everywhere=True),
    "credential add": Needs("edit_estate", "spare --site Berlin-Hub-Site --username x --password-file FILE"),
    "credential list": Scoped("view"),
    "credential replace": Needs("edit_estate", "Readers --site Berlin-Hub-Site --password-file FILE"),
    "credential use": Needs("edit_estate", "Readers --site Berlin-Hub-Site"),
    "credential remove": Needs("edit_estate", "Readers --site Berlin-Hub-Site --yes"),
    "discover": Needs("sweep", "--host 127.0.0.1 --timeout 0.1", code=3),
    "device add": Needs("edit_estate", "192.0.2.77 --site Berlin-Hub-Site"),
    "device list": Scoped("view"),
    "device change": Needs("edit_estate", "SERIAL --port 8080"),
    "device retire": Needs("edit_estate", "SERIAL --reason gone --yes"),
    "device move": Needs("edit_estate", "SERIAL Empty --reason rebuilt --yes"),
    "device show": Scoped("view", "SERIAL", found=False),
    "sweep": Needs("sweep", "--site Empty", code=3),
    "job list": Scoped("view", found=False),
    "rhythm list": Scoped("view", found=False),
    "worker": Owner("--once"),
    "doctor look": Needs("sweep", "127.0.0.1:9 --timeout 0.2"),
    "installation add": Needs("edit_estate", "HCP2 --site Berlin-Hub-Site"),
    "installation list": Scoped("view"),
    "installation manage": Needs("edit_estate", "HCP-Berlin --device SERIAL --metric camera"),
    "import file": Needs("edit_register", "REGISTER --site Berlin-Hub-Site"),
    "licence add": Needs("edit_register", "HikCentral-P-VSS-1Ch --site Berlin-Hub-Site"),
    "licence list": Scoped("view"),
    "licence renew": Needs("edit_register", "DATED --expires 2030-01-01"),
    "licence return": Needs("edit_register", "LICENCE --reason gone --yes"),
    "licence show": Scoped("view", "LICENCE", found=False),
    "position": Scoped("view"),
    "authorizations": Scoped("view"),
    "explain": Scoped("view", "SERIAL", found=False),
}
# Where the part's own tests try what is allowed, only the refusals are tried here.
GUARDED = {
    "device restore": Guarded("edit_estate", "SERIAL --reason back"),
    "installation change": Guarded("edit_estate", "HCP-Berlin --version V2.6.1"),
    "job show": Guarded("view", "1"),
    "job cancel": Guarded("sweep", "1"),
    "job again": Guarded("sweep", "1"),
    "rhythm set": Guarded("administer", "Berlin-Hub-Site --every 60"),
    "rhythm remove": Guarded("administer", "Berlin-Hub-Site"),
    "allocate": Guarded("edit_register", "LICENCE --to x"),
    "cloud add": Guarded("edit_estate", "x --site Berlin-Hub-Site"),
    "cloud connect": Guarded("edit_estate", "x"),
    "cloud disconnect": Guarded("edit_estate", "x"),
    "cloud service": Guarded("edit_register", "x"),
    "cloud services": Guarded("edit_estate", "x FILE"),
    "cloud third-party add": Guarded("edit_estate", "x --site Berlin-Hub-Site"),
    "cloud third-party confirm": Guarded("edit_estate", "1"),
    "cloud third-party end": Guarded("edit_estate", "1"),
    "collector add": Guarded("administer", "x --site Berlin-Hub-Site"),
    "collector accept": Guarded("sweep", "FILE"),
    "collector code": Guarded("administer", "x"),
    "collector devices": Guarded("sweep", "x FILE"),
    "collector revoke": Guarded("administer", "x --yes"),
    "device app": Guarded("edit_register", "SERIAL x"),
    "device engines": Guarded("edit_estate", "SERIAL --total 1 --used 1"),
    "device version": Guarded("edit_estate", "SERIAL V5.7.15 --source label"),
    "device code": Needs("edit_estate", "SERIAL --code-file FILE"),
    "device retire-channel": Guarded("edit_estate", "SERIAL 1"),
    "document add": Guarded("edit_register", "FILE --licence LICENCE"),
    "document link": Guarded("edit_register", "1 --licence LICENCE"),
    "document unlink": Guarded("edit_register", "1 --licence LICENCE"),
    "installation accept-certificate": Guarded("edit_estate", "HCP-Berlin"),
    "installation connect": Guarded("edit_estate", "HCP-Berlin"),
    "installation count": Guarded("edit_estate", "HCP-Berlin camera 1 1"),
    "installation disconnect": Guarded("edit_estate", "HCP-Berlin"),
    "installation host": Guarded("edit_estate", "HCP-Berlin FILE"),
    "installation totals": Guarded("edit_estate", "HCP-Berlin FILE"),
    "installation retire": Guarded("edit_estate", "HCP-Berlin --reason gone --yes"),
    "licence activate": Guarded("edit_register", "LICENCE"),
    "licence change": Guarded("edit_register", "LICENCE --title x"),
    "licence change-many": Guarded("edit_register", "LICENCE --cost-centre x --yes"),
    "licence undo-changes": Guarded("edit_register", "1"),
    "licence note": Guarded("edit_register", "LICENCE x"),
    "licence rehost": Guarded("edit_register", "LICENCE"),
    "licence replace": Guarded("edit_register", "LICENCE 1"),
    "licence tag": Guarded("edit_register", "LICENCE x"),
    "licence transfer": Guarded("edit_register", "LICENCE --site Berlin-Hub-Site --reason x"),
    "order set": Guarded("edit_register", "x --site Berlin-Hub-Site"),
    "order vendor": Guarded("edit_register", "x --site Berlin-Hub-Site"),
    "import undo": Guarded("edit_register", "1"),
    "import mapping remove": Guarded("edit_register", "x"),
    "key put": Guarded("edit_register", "LICENCE --key-file FILE"),
    "key change": Guarded("edit_register", "1 --host x"),
    "key retire": Guarded("edit_register", "1 --reason gone"),
    "key reveal": Guarded("reveal", "1 --reason because-it-is-needed --password-file FILE"),
    "key approve": Guarded("approve_reveal", "1 --password-file FILE"),
    "key pattern": Guarded("administer", "hikcentral-professional [A-Z]+"),
    "key rule": Guarded("administer", "--site Berlin-Hub-Site --hours 3"),
    "renewal start": Guarded("edit_register", "DATED --title x"),
    "renewal change": Guarded("edit_register", "1 --title x"),
    "renewal complete": Guarded("edit_register", "1 --expires 2030-01-01"),
    "renewal move": Guarded("edit_register", "1 ordered"),
    "calendar link": Guarded("administer", "spare x"),
    "calendar revoke": Guarded("administer", "1"),
    "alerts channel add": Guarded("administer", "x --kind webhook --url-file FILE"),
    "alerts channel remove": Guarded("administer", "x --yes"),
    "alerts channel changes": Guarded("administer", "x --off"),
    "alerts mail": Guarded("administer", "--host mail.example.org --sender licet@example.org"),
    "alerts rule add": Guarded("administer", "licence.expiring --user spare"),
    "alerts rule remove": Guarded("administer", "1"),
    "alerts run": Guarded("administer"),
    "alerts steps": Guarded("edit_register", "--site Berlin-Hub-Site --before 10"),
    "alerts test": Guarded("administer", "x"),
    "advisories age": Guarded("administer", "firmware 30"),
    "advisories plan make": Guarded("edit_estate", "x --site Berlin-Hub-Site"),
    "advisories plan close": Guarded("edit_estate", "1"),
    "advisories statement add": Guarded(
        "review", "CVE-2021-36260 --status not_affected --reason x --site Berlin-Hub-Site"
    ),
    "advisories statement withdraw": Guarded("review", "1 --reason x"),
    "advisories support add": Guarded("edit_register", "--model X --end-of-support 2030-01-01 --source x"),
    "advisories support import": Guarded("edit_register", "REGISTER"),
    "advisories support remove": Guarded("edit_register", "1"),
    "advisories update": Guarded("administer", "REGISTER"),
    "audit assign": Guarded("review", "1"),
    "audit comment": Guarded("review", "1 x"),
    "audit due": Guarded("review"),
    "audit run": Guarded("review", "--site Berlin-Hub-Site"),
    "audit sign": Guarded("review", "1 --statement x"),
    "audit schedule": Guarded("administer", "weekly --site Berlin-Hub-Site"),
    "audit threshold": Guarded("administer", "x 1 --site Berlin-Hub-Site"),
    "waive ask": Guarded(
        "review", "x --site Berlin-Hub-Site --reason x --risk x --compensating-measure x --until 2027-01-01"
    ),
    "waive approve": Guarded("administer", "1"),
    "waive end": Guarded("review", "1 --reason x"),
    "access add": Guarded("review", "x --installation HCP-Berlin"),
    "access approve": Guarded("review", "1"),
    "access refuse": Guarded("review", "1"),
    "access policy": Guarded("administer", "--site Berlin-Hub-Site --max-admins 2"),
    "access campaign open": Guarded("review", "x --due 2027-01-01 --site Berlin-Hub-Site"),
    "access campaign decide": Guarded("review", "1 1 --keep --yes"),
    "access campaign sign-off": Guarded("review", "1"),
    "attest": Guarded("review", "GOV-02 --site Berlin-Hub-Site --document FILE"),
    "compliance answer": Guarded("review", "site.workplace yes --site Berlin-Hub-Site"),
    "compliance limit": Guarded("administer", "retention_max_days 3 --site Berlin-Hub-Site"),
    "compliance controller": Guarded("review", "Example --site Berlin-Hub-Site"),
    "compliance request": Guarded("review", "R-1 --site Berlin-Hub-Site"),
    "compliance judge": Guarded("review", "--site Berlin-Hub-Site"),
    "compliance request-step": Guarded("review", "1 --redaction x"),
    "compliance waive": Guarded(
        "review", "x --site Berlin-Hub-Site --until 2027-01-01 --reason x --risk x --compensating-measure x"
    ),
    "ledger checkpoint": Guarded("administer"),
    "ledger export": Guarded("ledger"),
    "ledger forget": Guarded("administer", "spare --yes"),
    "ledger retain": Guarded("administer", "--keep-years 1 --yes"),
    "ledger verify": Guarded("ledger"),
}
# Reads: they show nothing outside of what one may see.
READS = {
    "collector list",
    "cloud list", "cloud ownership", "cloud third-party list", "document list", "document missing", "licence changes", "order list",
    "import list", "import mapping list", "register export", "key list", "key requests", "renewal list", "renewal coterm", "renewal forecast", "renewal unused", "alerts list",
    "alerts outbox", "alerts planned", "alerts channel list", "alerts rule list", "advisories check", "advisories firmware", "advisories behind", "advisories uncovered",
    "advisories list", "advisories plan list", "advisories statement list", "audit findings", "audit list", "waive list",
    "doctor runs", "access flags", "access list", "access campaign list",
    "compliance questions", "compliance limits", "compliance controls", "compliance sheet", "compliance named",
    "compliance requests", "compliance purposes", "compliance waivers", "compliance attestations",
}  # fmt: skip
# Of one object, by its number or name; each part's own tests ask with a stranger. Or public: what the program itself knows.
ONE = {
    "cloud devices", "document save", "document zip", "find", "installation drift", "installation show", "whatif",
    "compliance sign",
    "import report", "key check", "key compare", "renewal show", "calendar links", "alerts explain", "alerts hush", "advisories plan export",
    "advisories plan show", "advisories show", "advisories statement export", "advisories version", "audit diff", "audit pack",
    "audit show", "audit finding",
    "access campaign show",
}  # fmt: skip
PUBLIC = {
    "installation reader",
    "licence fields",
    "doctor hosts",
    "doctor knowledge",
    "compliance regimes",
    "compliance check-catalogue",
    "alerts rule events",
    "advisories support list",
    "audit rules",
    "audit verify",
    "ledger public-key",
}
FOREIGN = ("Sandberg", "Nils", "neighbour", "Clinic", "Leeds")


def paths(command=cli, name=""):
    context = click.Context(command, info_name=name)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from paths(command.get_command(context, child), f"{name} {child}".strip())
    else:
        yield name


def test_the_table_names_every_command():
    assert sorted(paths()) == sorted([*TABLE, *GUARDED, *READS, *ONE, *PUBLIC])


@pytest.mark.parametrize("who", ["stranger", "neighbour", "viewer"])
def test_no_write_of_any_part_happens_without_its_permission(run, estate, who):
    text = token_of(estate["people"][who])
    for path, rule in GUARDED.items():
        if who == "neighbour" and "Berlin" not in rule.arguments and "LICENCE" not in rule.arguments:
            continue  # he administers a site of his own
        code, output, written = run(path, rule, text)
        assert (code in {1, 2, 3}, written) == (True, 0), (path, code, output)


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_no_list_of_any_part_shows_another_site(run, estate, who):
    text = token_of(estate["people"][who])
    for path in sorted(READS):
        code, output, written = run(path, Scoped("view"), text)
        assert written == 0, (path, output)
        assert code in {0, 2, 3}, (path, output)
        assert not any(word in output for word in ("Nordwind", "Gate 01", "HCP-Berlin", "Berlin Hub", "Vera")), (
            path,
            output,
        )


@pytest.fixture
def run(monkeypatch, tmp_path, estate):
    """Runs a command with a token and takes back what it wrote; (exit code, output, ledger entries written)."""
    register = tmp_path / "register.csv"
    register.write_text("Product,Quantity,Purchase date\nHikCentral-P-VSS-1Ch,1,2026-01-01\n")
    password = tmp_path / "password"
    password.write_text("a sentence that is long\n")
    berlin = estate["sites"]["berlin"]
    camera = next(row for row in estate["devices"] if row.site == berlin)
    words = {
        "FILE": str(password), "REGISTER": str(register), "SERIAL": camera.serial_number, "Berlin-Hub-Site": "Berlin Hub",
        "DATED": str(Licence.objects.get(title="HikCentral-P-VSS-24Ch").pk), "LICENCE": str(estate["servers"]["berlin"].pool.licences.first().pk), "TOKEN": str(estate["token"].pk),
    }  # fmt: skip

    def start(path, rule, text):
        monkeypatch.setenv("LICET_TOKEN", text)
        arguments = [words.get(word, word) for word in rule.arguments.split()]
        before = latest(size=1)[0]["seq"]
        with transaction.atomic():
            result = CliRunner().invoke(cli, [*path.split(), *arguments], standalone_mode=False)
            written = latest(size=1)[0]["seq"] - before
            transaction.set_rollback(True)
        code, output = result.exit_code, result.output
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            line, code = line_and_code(result.exception)
            output += line
        return code, output, written

    return start


@pytest.fixture
def estate(db, monkeypatch):
    mask = os.umask(0o022)
    os.umask(mask)
    found = standing("estate of the command line", lambda: build(cameras=12))
    berlin = found["sites"]["berlin"]
    make.site("Empty", parent=berlin)
    make.device(berlin, address="127.0.0.1", port=9)  # the doctor looks at what is in the estate
    spare = make.person("spare", "viewer", berlin)
    add_role(SYSTEM, "night", ["view"])
    keep(
        SYSTEM, name="SSO", issuer="https://login.example.org", client_id="x", secret="", groups="", groups_claim="groups",
        active=True,
    )  # fmt: skip
    from licet.estate.models import Credential
    from licet.vault.record import put

    Credential.objects.filter(name="Readers").delete()
    Credential.objects.create(
        site=berlin, name="Readers", username="x", secret=put("device password", "Example-Pass-1")
    )
    found["token"] = add_token(spare.actor(), spare, "spare", ["read"], days=1)[0]
    yield found
    os.umask(mask)


def token_of(person, *scopes):
    return add_token(person.actor(), person, "for a test", scopes or list(SCOPES), days=1)[1]


@pytest.mark.parametrize("role", [*sorted(ROLES), "custom"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_each_role_runs_what_its_permissions_say(run, estate, role, everywhere):
    held = ROLES[role].permissions if role != "custom" else {"view", "sweep"}
    if role == "custom":
        CustomRole.objects.create(name="custom", permissions=sorted(held))
    person = make.person("somebody", role, None if everywhere else estate["sites"]["berlin"])
    text = token_of(person)
    for path, rule in TABLE.items():
        if isinstance(rule, Local):
            continue
        code, output, written = run(path, rule, text)
        if isinstance(rule, Owner):
            assert (code, written) == (2, 0), (path, output)
        elif isinstance(rule, Needs):
            may = rule.permission in held and (everywhere or not rule.everywhere)
            _refused_or_done(path, rule, code, output, written, may=may)
        elif not everywhere:
            assert not any(word in output for word in FOREIGN), (path, output)
            assert code == 0 or not rule.found, (path, output)


def _refused_or_done(path, rule, code, output, written, *, may):
    if may:
        # Nobody answers here and the site is empty: that it was tried is what counts.
        assert code == rule.code, (path, output)
        assert "You may not" not in output, (path, output)
    else:
        assert code in {2, 3}, (path, output)
        assert written == 0, (path, output)


@pytest.mark.parametrize("who", ["stranger", "neighbour"])
def test_a_stranger_and_a_neighbour_get_nothing_of_this_site(run, estate, who):
    text = token_of(estate["people"][who])
    for path, rule in TABLE.items():
        if isinstance(rule, Local):
            continue
        code, output, written = run(path, rule, text)
        if isinstance(rule, Needs) and path not in {"role list", "discover", "doctor look"}:
            assert code in {2, 3}, (path, output)
            assert written == 0, (path, output)
        known = {"Nordwind", "Gate 01", "HCP-Berlin", "Vera", "Otto"} - set(rule.arguments.split())
        assert not any(word in output for word in known), (path, output)


def test_a_token_with_the_scope_read_changes_nothing_whoever_holds_it(run, estate):
    text = token_of(estate["people"]["admin"], "read")
    for path, rule in TABLE.items():
        if isinstance(rule, Needs):
            code, output, written = run(path, rule, text)
            assert (code in {2, 3}, written) == (True, 0), (path, output)
        elif isinstance(rule, Scoped) and rule.permission == "view":
            assert run(path, rule, text)[0] == 0, path


def test_tokens_that_ended_run_nothing(run, estate):
    admin = estate["people"]["admin"]
    row, revoked = add_token(admin.actor(), admin, "for a test", ["read"], days=1)
    revoke_token(admin.actor(), row)
    late, expired = add_token(admin.actor(), admin, "for a test", ["read"], days=1)
    late.expires_at = make.NOW.replace(year=2020)
    late.save()
    gone = make.person("gone", "administrator")
    off = token_of(gone)
    deactivate(SYSTEM, gone)
    for text in (revoked, expired, off, "lct_" + "x" * 43, "nonsense"):
        for path in ("site list", "device list", "site add"):
            code, output, written = run(path, TABLE[path], text)
            assert (code, written) == (3, 0), (path, output)
            assert "unknown, revoked or has run out" in output
            assert text not in output


def test_a_token_may_come_from_a_file(run, estate, tmp_path, monkeypatch):
    (tmp_path / "token").write_text(token_of(estate["people"]["viewer"], "read") + "\n")
    monkeypatch.setattr("os.environ", {**os.environ, "LICET_TOKEN_FILE": str(tmp_path / "token")})
    code, output, _written = run("site list", TABLE["site list"], "")
    assert code == 0
    assert "Berlin Hub" in output
    assert "Sandberg" not in output


def test_without_a_token_the_owner_of_the_data_runs_it(run, estate):
    code, output, _written = run("site list", TABLE["site list"], "")
    assert code == 0
    assert "Sandberg" in output
    code, output, _written = run("token add", TABLE["token add"], "")
    assert code == 0
    assert "lct_" in output
    assert Person.objects.count() == Membership.objects.values("person").distinct().count() + 1
