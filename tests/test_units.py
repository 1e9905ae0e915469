"""The systemd units: what a person enables can be enabled, and what asks devices may ask the system for its interfaces."""

from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[1] / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))


def settings(path):
    """(section, name) -> values, in their order."""
    found, section = {}, ""
    for line in path.read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault((section, name), []).append(value)
    return found


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_a_unit_is_started_by_a_timer_or_can_be_enabled(path):
    started_by = path if not path.with_suffix(".timer").exists() else path.with_suffix(".timer")
    assert settings(started_by)["Install", "WantedBy"] == [
        "timers.target" if started_by != path else "multi-user.target"
    ]


@pytest.mark.parametrize("path", [path for path in SERVICES if path.stem != "licet-backup"], ids=lambda path: path.stem)
def test_what_asks_devices_may_ask_for_the_interfaces(path):
    (families,) = settings(path)["Service", "RestrictAddressFamilies"]
    assert set(families.split()) == {"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"}


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.stem)
def test_what_is_started_again_does_not_give_up_while_the_database_is_away(path):
    """systemd leaves a unit alone that failed five times in ten seconds; Licet needs less than one second to fail."""
    found = settings(path)
    if ("Service", "Restart") in found:
        assert int(found["Service", "RestartSec"][0]) > 10 / 5
