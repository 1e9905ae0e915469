"""A bundle drawn from an estate with every kind of secret: none of them is in it, in whatever form."""

import pytest
from tests import factories as make
from tests.secrets import assert_nowhere

from licet.alerts.channels import add_channel
from licet.doctor.diagnosis import Diagnosis, Outcome, Result, Verdict
from licet.doctor.known import Known
from licet.doctor.look import Look
from licet.doctor.material import bundle
from licet.doctor.record import keep
from licet.estate.codes import keep_code
from licet.estate.connection_record import connect
from licet.estate.credential_record import add_credential
from licet.estate.record import add_cloud_account
from licet.register.keys_record import put_key
from licet.sites.scope import SYSTEM
from licet.sites.token import add_token

PASSWORD, CODE, API, CLOUD = "Kestrel-Umbrella-47", "QWJZNPTR", "rT8vQ2mK9xLc4WpZ7nBd", "Marmalade-Bridge-93"
KEY, APP_KEY, HOOK = "LICT-PPPP-0000-EX07", "29473650", "https://hooks.example.org/T0K3N-SECRET-PATH"
SERIAL, SHORT = "DS-2CD2146G2-ISU20230415AAWRZ12345678", "G12345678"


@pytest.fixture
def secrets(db, monkeypatch):
    """An estate with its secrets, each by a name, and the bundle of each kind of target."""
    monkeypatch.setattr("licet.alerts.channels.allowed", lambda *_, **__: None)
    monkeypatch.setattr("licet.alerts.channels.resolve", lambda *_: ())
    site = make.site("Nordwind Berlin")
    person = make.person("paula.gruber", "administrator", password="Long-Enough-Phrase-11")
    device = make.device(site, name="Gate of Gruber", serial_number=SERIAL, short_serial=SHORT)
    device.credential = add_credential(SYSTEM, site, "Cameras", "gruberadmin", PASSWORD)
    device.save()
    keep_code(SYSTEM, device, CODE, now=make.NOW)
    server = make.installation(site)
    put_key(SYSTEM, make.licence(server.pool, 4), KEY)
    connect(SYSTEM, server, "hikcentral", APP_KEY, API, address="127.0.0.1")
    account = add_cloud_account(
        SYSTEM, site, "Gruber's account", now=make.NOW, platform="hik-connect", owner="paula.gruber@example.org"
    )
    connect(SYSTEM, account, "hik-connect", "paula.gruber@example.org", CLOUD)
    _, secret = add_channel(SYSTEM, "Webhook", "webhook", HOOK)
    _, token = add_token(person.actor(), person, "robot", ["read"], days=30)
    planted = {
        "device password": PASSWORD, "verification code": CODE, "licence key": KEY, "app secret": API, "cloud password": CLOUD,
        "webhook": HOOK, "webhook's signing secret": secret, "token": token, "serial": SERIAL,
        "short serial": SHORT, "name": "paula.gruber", "account on devices": "gruberadmin", "device's name": "Gate of Gruber",
    }  # fmt: skip
    said = " and ".join(planted.values())
    step = Result("web", "The web service (HTTP)", Outcome.PROBLEM, "http_error", said, "x", "medium", (), 4)
    verdict = Verdict("http_error", "medium", "The service answers with an error.", said, "Read it.", ())
    told = Diagnosis("Gate of Gruber", "device", "here", make.NOW, (step,), verdict, {})
    return planted, site, told, {"device": device.pk, "installation": server.pk, "account": account.pk}


@pytest.mark.parametrize("target", ["device", "installation", "account"])
def test_no_secret_of_the_estate_leaves_in_a_bundle(secrets, target, tmp_path):
    planted, site, _, numbers = secrets
    clean = Diagnosis("x", "device", "here", make.NOW, (), Verdict("healthy", "high", "x", "", ""))
    run = keep(SYSTEM, Look("x", "device", known=Known(site=site.pk, **{target: numbers[target]})), clean)
    (tmp_path / "drawn.zip").write_bytes(bundle(SYSTEM, run, [clean], make.NOW).content())
    for secret in planted.values():
        assert_nowhere(secret, tmp_path)


def test_what_an_answer_repeats_of_names_and_serials_is_masked_and_told(secrets, tmp_path):
    planted, site, told, numbers = secrets
    run = keep(SYSTEM, Look("x", "device", known=Known(site=site.pk, device=numbers["device"])), told)
    ready = bundle(SYSTEM, run, [told], make.NOW)
    (tmp_path / "told.zip").write_bytes(ready.content())
    for name in (
        "device password",
        "cloud password",
        "licence key",
        "token",
        "serial",
        "short serial",
        "name",
        "account on devices",
        "device's name",
    ):
        assert_nowhere(planted[name], tmp_path)
    assert ready.masked["passwords and secrets that are stored for the target"] >= 2
    assert ready.masked["names of devices"] >= 1
    assert "DS-2CD2146G2-ISU…678" in ready.files["diagnosis.json"]
