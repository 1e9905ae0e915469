import signal
import subprocess
import sys
import time

import psutil
import pytest
import requests
from requests.auth import HTTPDigestAuth

from licet.simulator.command import main
from licet.simulator.play import ChildFailed, run_in_process

PASSWORD = "Example-Pass-1"
INFO = "/ISAPI/System/deviceInfo"


def gone(pid, patience=10.0):
    """True once the process has ended (a zombie that nobody waits for has ended too)."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_child_plays_counts_resets_and_ends(device):
    one = device()
    with run_in_process([one]) as child:
        url = f"http://{one.address}:{child.port}"
        assert one.serial in requests.get(url + INFO, auth=HTTPDigestAuth("admin", PASSWORD), timeout=5).text
        assert child.devices[0].port == child.port
        assert child.stats()[one.serial].credentialed == 1
        requests.put(url + "/ISAPI/System/reboot", timeout=5)
        assert child.forbidden() == [f"{one.serial}: PUT /ISAPI/System/reboot"]
        child.reset(one.serial)
        assert "false" in requests.get(url + "/SDK/activateStatus", timeout=5).text
        with pytest.raises(KeyError):
            child.reset("nothing")
        pid = child.pid
    assert gone(pid)


def test_a_child_that_cannot_start_says_why(device):
    with (
        pytest.raises(ChildFailed, match="is given to"),
        run_in_process([device(address="127.0.1.1"), device(address="127.0.1.1")]),
    ):
        pass


def test_a_child_ends_with_its_parent(device):
    program = (
        "import sys, time\nfrom licet.simulator.devices import derive\nfrom licet.simulator.play import run_in_process\n"
        "with run_in_process(derive('DS-7616NI-K2', 1, port=0, password='x')) as child:\n    print(child.pid, flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_prints_its_devices_and_stops_when_told(number):
    command = [
        sys.executable,
        "-m",
        "licet.simulator",
        "DS-7616NI-K2",
        "DS-2CD2146G2-ISU",
        "--devices",
        "4",
        "--port",
        "0",
        "--bind",
        "127.0.3.1",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        lines = [process.stdout.readline().split() for _ in range(4)]
        process.send_signal(number)
        assert process.wait(10) == 0
        said = process.stderr.read()
    assert [line[0].split(":")[0] for line in lines] == ["127.0.3.1", "127.0.3.2", "127.0.3.3", "127.0.3.4"]
    assert [line[2] for line in lines] == ["DS-7616NI-K2", "DS-2CD2146G2-ISU"] * 2
    assert lines[0][1].startswith("DS-7616NI-K2")
    assert said.startswith("password of user admin on every device: ")


def test_the_command_names_the_recordings(capsys):
    assert main(["--list"]) == 0
    assert "DS-K1A340FWX\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["DS-NOTHING"], "no recording 'DS-NOTHING'"),
        (["--bind", "192.0.2.1"], "not a loopback address"),
        (["--dead", "2"], "--dead between 0 and 1"),
        (["--devices", "-1"], "--devices must be 1 or more"),
        (["--password-file", "/nonexistent/file"], "No such file"),
    ],
)
def test_wrong_use_is_one_line_and_code_two(arguments, said, capsys):
    assert main([*arguments, *(["--password", "x"] if "--password-file" not in arguments else [])]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_taken_port_is_said_with_code_three(device, played, capsys):
    with played([device()]) as run:
        assert main(["DS-7616NI-K2", "--port", str(run.port), "--password", "x"]) == 3
    said = capsys.readouterr().err
    assert f"cannot listen on port {run.port}" in said
    assert "needs another --port" in said


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "example: licet simulate" in capsys.readouterr().out
