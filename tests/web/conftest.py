import pytest
from django.core.cache import cache
from tests.standing import standing
from tests.web.estate_factory import PASSWORD, build

from licet.web.base import rate
from licet.web.people.recent import proved as prove


@pytest.fixture
def estate(db):
    """A small estate with something of everything."""
    return standing("web estate", lambda: build(cameras=24))


@pytest.fixture(autouse=True)
def _no_throttle(monkeypatch):
    cache.clear()
    monkeypatch.setattr(rate, "_shared", rate._Shared())


@pytest.fixture
def signed_in(client):
    def sign_in(person, *, proved=False):
        client.logout()
        client.force_login(person)
        if proved:
            session = client.session
            prove(session, "password")
            session.save()
        return client

    return sign_in


@pytest.fixture
def password():
    return PASSWORD
