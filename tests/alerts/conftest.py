from datetime import timedelta

import pytest
from tests import factories as make
from tests.alerts.smtp_stub import SmtpStub
from tests.alerts.web_stub import WebStub

from licet.alerts.channels import set_mail_server
from licet.alerts.models import AlertRule
from licet.register.models import Pool
from licet.sites.scope import SYSTEM


@pytest.fixture
def berlin(db):
    return make.site("Berlin")


@pytest.fixture
def pool(berlin):
    return Pool.objects.create(site=berlin, name="HCP")


@pytest.fixture
def no_rules(db):
    AlertRule.objects.all().delete()


@pytest.fixture
def smtp():
    stub = SmtpStub()
    stub.start()
    yield stub
    stub.stop()


@pytest.fixture
def web():
    stub = WebStub()
    yield stub
    stub.stop()


@pytest.fixture
def mail_server(db, smtp):
    set_mail_server(SYSTEM, host="127.0.0.1", port=smtp.port, security="none", sender="licet@example.org")
    return smtp


@pytest.fixture
def manager(berlin):
    row = make.person("mia", "licence_manager", berlin)
    row.email = "mia@example.org"
    row.time_zone = "Europe/Berlin"
    row.save()
    return row


def old(rows, now, days=400):
    """As if these had been there for long, so that a missed step counts as missed."""
    rows.update(created_at=now - timedelta(days=days))
