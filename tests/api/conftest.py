import json

import pytest
from django.core.cache import cache
from django.test import Client
from tests.standing import standing
from tests.web.estate_factory import build

from licet.sites.token import SCOPES, add_token
from licet.web.base import rate


@pytest.fixture(autouse=True)
def _no_throttle(monkeypatch):
    cache.clear()
    monkeypatch.setattr(rate, "_shared", rate._Shared())


@pytest.fixture
def estate(db):
    """A small estate with something of everything."""
    return standing("web estate", lambda: build(cameras=24))


class Program:
    """A program with a token."""

    def __init__(self, token, **headers):
        self._client = Client(headers={"Authorization": f"Bearer {token}", **headers} if token else headers)

    def get(self, where, **headers):
        return self._client.get(f"/api/v1{where}", headers=headers)

    def send(self, method, where, body=None, **headers):
        data = json.dumps(body) if body is not None else ""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(self._client, method)(f"/api/v1{where}", data, content_type="application/json", headers=sent)

    def upload(self, where, **form):
        return self._client.post(f"/api/v1{where}", form)

    def post(self, where, body=None, **headers):
        return self.send("post", where, body, **headers)

    def patch(self, where, body=None, **headers):
        return self.send("patch", where, body, **headers)


@pytest.fixture
def program(estate):
    """Makes a program that acts for a person, with the scopes named (default: every scope)."""

    def make(name="admin", *scopes, **given):
        person = estate["people"][name]
        _row, text = add_token(person.actor(), person, "for a test", scopes or list(SCOPES), days=1, **given)
        return Program(text)

    return make
