"""Firewalls and routers that really drop, reject and prohibit, in network namespaces of the test's own. Left out where none can be made."""

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = [one for one in ("unshare", "ip", "nsenter") if shutil.which(one) is None]

# Each is a shell text in a fresh namespace; the look is at 192.0.2.9.
LINK = (
    "ip link set lo up; ip link add va type veth peer name vb; ip addr add 192.0.2.1/24 dev va; "
    "ip link set vb address 02:00:00:00:00:09; ip link set va up; ip link set vb up; "
)
# A router in a second namespace that answers for what lies behind it.
ROUTER = (
    "ip link set lo up; ip link add va type veth peer name vb; unshare -n sleep 30 >/dev/null 2>&1 & R=$!; sleep 0.5; ip link set vb netns $R; "
    "ip addr add 198.51.100.1/24 dev va; ip link set va up; "
    "nsenter -t $R -n sh -c 'ip link set lo up; ip addr add 198.51.100.2/24 dev vb; ip link set vb up; sysctl -qw net.ipv4.ip_forward=1; "
    "ip route add {kind} 192.0.2.0/24'; ip route add 192.0.2.0/24 via 198.51.100.2; sleep 0.5; "
)
CASES = {
    "unreachable_or_drop": LINK,
    "host_firewall": LINK + "ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev va nud permanent; ",
    "firewall_reject_icmp": ROUTER.format(kind="prohibit"),
    "host_unreachable": ROUTER.format(kind="unreachable"),
    "no_route": "ip link set lo up; ",
}
LOOK = """
import asyncio, json
from licet.doctor.look import ADDRESS, Look, Patience, Place
from licet.doctor.run import diagnose
async def main():
    quick = Patience(connect=0.7, answer=1, step=20)
    look = Look("x", ADDRESS, Place("192.0.2.9", 4430, "http"), patience=quick, other_ports=(80,))
    found = [piece async for piece in diagnose(look)][-1]
    print(json.dumps([found.verdict.cause, found.verdict.detail]))
asyncio.run(main())
"""


@cache
def why_not():
    if sys.platform != "linux" or TOOLS:
        return f"no {', '.join(TOOLS) or 'Linux'} here"
    made = subprocess.run(
        ["unshare", "-rn", "sh", "-c", "ip link add va type veth peer name vb"], capture_output=True, check=False
    )
    return "" if made.returncode == 0 else "this machine allows no network namespaces"


@pytest.mark.parametrize("cause", CASES)
def test_a_firewall_that_is_really_there_is_told(cause):
    if why_not():
        pytest.skip(why_not())
    script = f'{CASES[cause]} exec "$0" -c "$1"'
    run = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script, sys.executable, LOOK],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=50, env={"PYTHONPATH": str(ROOT / "src"), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1])[0] == cause, run.stdout + run.stderr
