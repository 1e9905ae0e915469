"""A centre and a collector that speak over the real addresses, by Django's test client in place of a network."""

from datetime import UTC, datetime

import pytest
from tests import factories as make

from licet.sites.scope import SYSTEM
from licet.sweep.centre.record import add_collector
from licet.sweep.collector import centre as talk
from licet.sweep.collector.folder import Folder
from licet.sweep.collector.line import LineDown

URL = "https://licet.example.org"


class Line:
    """The line between the two. ``down`` = nothing goes through; ``lost`` = the centre hears a report, and its receipt is lost."""

    def __init__(self, client):
        self.client = client
        self.down = self.lost = False
        self.sent = []

    def post(self, url, path, body, *, authority=""):
        assert url == URL
        if self.down:
            raise LineDown("The centre cannot be reached: no route.")
        self.sent.append((path, body))
        answer = self.client.post(path, body, content_type="application/octet-stream")
        if self.lost and path.endswith("/deliver/"):
            raise LineDown("The centre cannot be reached: it does not answer in time.")
        return answer.content


@pytest.fixture
def line(db, client, monkeypatch):
    found = Line(client)
    monkeypatch.setattr(talk, "post", found.post)
    return found


@pytest.fixture
def site(db):
    return make.site("Depot")


@pytest.fixture
def enrolled(line, site, tmp_path):
    """A collector of the site, enrolled: its folder, and its row."""
    row, code = add_collector(SYSTEM, site, "Depot collector", datetime.now(UTC))
    folder = Folder(tmp_path / "collector")
    talk.enrol(folder, URL, code, "0.1")
    row.refresh_from_db()
    return folder, row
