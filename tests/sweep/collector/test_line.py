"""The line itself, the folder, and the collector's commands."""

import os
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.secrets import assert_nowhere

from licet.cli.failure import line_and_code
from licet.cli.main import cli
from licet.sweep.collector.code import new_code
from licet.sweep.collector.folder import Folder, NotSet
from licet.sweep.collector.keys import Keys
from licet.sweep.collector.line import LineDown, check_url, post
from licet.sweep.collector.run import back_off
from licet.sweep.collector.store import Store

PASSWORD = "Depot-Example-Pass-7"


class Answers(BaseHTTPRequestHandler):
    """Answers by what the path asks for."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status = {"/moved": 302, "/broken": 500}.get(self.path, 200)
        self.send_response(status)
        if self.path == "/moved":
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        size = 9 << 20 if self.path == "/flood" else 5
        try:
            self.wfile.write(b"x" * size)
        except OSError:
            return

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_whatever_is_no_whole_answer_is_a_line_that_is_down(url):
    assert post(url, "/well", b"hello") == b"xxxxx"
    for path, why in [("/moved", "says 302"), ("/broken", "says 500"), ("/flood", "sends too much")]:
        with pytest.raises(LineDown, match=why):
            post(url, path, b"hello")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(LineDown, match="cannot be reached"):
            post(f"http://127.0.0.1:{free.getsockname()[1]}", "/", b"")
    with pytest.raises(LineDown, match="cannot be reached"):
        post(url.replace("http:", "https:"), "/", b"")


def test_without_tls_only_this_machine_is_spoken_to():
    assert check_url("https://licet.example.org/", plain_http=False) == "https://licet.example.org"
    assert check_url("http://127.0.0.1:8460", plain_http=False)
    assert check_url("http://licet.example.org", plain_http=True)
    with pytest.raises(NotSet, match="Without TLS"):
        check_url("http://licet.example.org", plain_http=False)
    for wrong in ("licet.example.org", "ftp://x", "https://", "https://a:b@x", "https://x:99999", "https://x/?y"):
        with pytest.raises(NotSet, match="is written like"):
            check_url(wrong, plain_http=True)


def test_a_folder_that_others_may_read_is_refused(tmp_path):
    folder = Folder(tmp_path / "one")
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o700
    folder.set_credential("cameras", "licet", PASSWORD)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "one").rglob("*"))
    (tmp_path / "one").chmod(0o755)
    with pytest.raises(NotSet, match="chmod 700"):
        Folder(tmp_path / "one")


def test_a_damaged_memory_is_told_by_its_place_and_what_losing_it_means(tmp_path):
    (tmp_path / "memory.sqlite3").write_bytes(b"no database" * 100)
    tmp_path.chmod(0o700)
    with pytest.raises(NotSet, match=r"memory\.sqlite3 is damaged.*tried once more"):
        Folder(tmp_path)


def test_with_another_key_nothing_in_the_folder_opens(tmp_path, monkeypatch):
    folder = Folder(tmp_path)
    folder.set_credential("cameras", "licet", PASSWORD)
    stored = folder.credentials()["cameras"]
    assert folder.login("cameras", stored).password == PASSWORD
    monkeypatch.setenv("LICET_COLLECTOR_KEY", "ab" * 32)
    with pytest.raises(NotSet, match="does not open"):
        folder.login("cameras", stored)
    monkeypatch.setenv("LICET_COLLECTOR_KEY", "short")
    with pytest.raises(NotSet, match="64 hexadecimal"):
        folder.login("cameras", stored)


def test_reports_wait_in_order_and_the_oldest_go_first(tmp_path):
    store = Store(tmp_path, most_bytes=25)
    assert [store.put(number, b"x" * 10) for number in (1, 2, 3)] == [0, 0, 1]
    assert [path.stem for path in store.waiting()] == [f"{number:016d}" for number in (2, 3)]
    store.refuse(store.waiting()[0], "It was of another.")
    assert (store.refused(), len(store.waiting())) == (1, 1)
    assert "of another" in next(tmp_path.glob("refused/*.txt")).read_text()


def test_two_runs_at_once_are_not_possible(tmp_path):
    with Folder(tmp_path).alone(), pytest.raises(NotSet, match="at work"), Folder(tmp_path).alone():
        pass


def test_the_line_is_tried_ever_more_rarely():
    hour = timedelta(hours=1)
    assert [back_off(number, hour).total_seconds() for number in (0, 1, 5, 6, 50)] == [15, 30, 480, 600, 600]
    assert back_off(9, timedelta(minutes=1)) == timedelta(minutes=1)


@pytest.fixture
def run(tmp_path):
    def start(*arguments, given=""):
        result = CliRunner().invoke(
            cli, ["collect", "--folder", str(tmp_path / "c"), *arguments], input=given, standalone_mode=False
        )
        if result.exception is not None:
            line, code = line_and_code(result.exception)
            return code, result.output + line
        return result.exit_code, result.output

    return start


def test_the_commands_say_what_comes_next_and_never_a_password(run, tmp_path):
    code = new_code(Keys(bytes(32)).public).text()
    assert "is not enrolled" in run("run")[1]
    assert "no enrolment code" in run("enrol", "http://127.0.0.1:9", "lcc1_x")[1]
    said = run("enrol", "--code-file", "-", "--out", str(tmp_path / "wish"), given=code)
    assert (said[0], "licet collector accept wish" in said[1]) == (0, True)
    (tmp_path / "pw").write_text(PASSWORD)
    run("credential", "set", "cameras", "--username", "licet", "--password-file", str(tmp_path / "pw"))
    (tmp_path / "pw").unlink()
    printed = [run("credential", "list"), run("status"), run("run", "--out", str(tmp_path / "r"))]
    assert "cameras" in printed[0][1]
    assert "No device list yet" in printed[1][1]
    assert (printed[2][0], "Carry one here: licet collect devices FILE" in printed[2][1]) == (2, True)
    assert "is no time" in run("run", "--every", "5")[1]
    assert "goes with neither" in run("run", "--every", "5m", "--once")[1]
    assert "is forgotten" in run("credential", "remove", "cameras")[1]
    assert "There is no credential" in run("credential", "remove", "cameras")[1]
    (tmp_path / "printed").write_text(str(printed))
    assert_nowhere(PASSWORD, tmp_path)


def test_a_collector_loads_no_database(tmp_path):
    program = (
        "import sys; from licet.cli.main import main; sys.argv = ['licet', 'collect', 'credential', 'list']\n"
        "try: main()\n"
        "finally: print('django' in sys.modules, 'licet.sweep.collector.folder' in sys.modules)"
    )
    environment = os.environ | {"LICET_COLLECTOR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3] / "src")}
    answer = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert answer.stdout.split() == ["False", "True"], answer.stderr
