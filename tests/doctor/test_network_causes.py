"""Every network cause is really made on loopback, found, and told in the documentation."""

import re
from pathlib import Path

import pytest
from tests.doctor.scenarios import ALL

from licet.doctor.causes import CAUSES
from licet.doctor.diagnosis import Diagnosis, Outcome
from licet.doctor.run import diagnose

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "doctor-causes.md"


async def diagnosis(look):
    return [piece async for piece in diagnose(look)][-1]


@pytest.mark.parametrize("scenario", ALL, ids=lambda one: f"{one.cause}-{one.how[:40]}")
async def test_a_cause_that_is_made_is_found(scenario, tmp_path):
    async with scenario.make(tmp_path) as look:
        found = await diagnosis(look)
    assert isinstance(found, Diagnosis)
    assert found.verdict.cause == scenario.cause, found.steps
    if scenario.cause == "healthy":
        assert {one.outcome for one in found.steps} <= {Outcome.OK, Outcome.NOTE, Outcome.SKIPPED}
        return
    step = next(one for one in found.steps if one.outcome is Outcome.PROBLEM)
    assert step.step == scenario.step
    assert found.verdict.remedy == step.remedy != ""
    assert found.verdict.confidence == str(CAUSES[scenario.cause].confidence)


def test_the_documentation_tells_how_each_cause_is_made():
    told = re.findall(r"^\| ([^|]+) \| `([a-z_]+)` \| (\w+) \|$", PAGE.read_text(), re.MULTILINE)
    made = [(one.how[0].upper() + one.how[1:], one.cause, str(CAUSES[one.cause].confidence)) for one in ALL]
    missing = [row for row in made if row not in told]
    assert missing == []


async def test_a_healthy_target_is_never_called_ill(tmp_path):
    healthy = [one for one in ALL if one.cause == "healthy"]
    for number in range(20):
        async with healthy[number % len(healthy)].make(tmp_path) as look:
            assert (await diagnosis(look)).verdict.cause == "healthy"
