"""What the register alone tells of a server and of a key: no more than it can."""

import pytest
from tests import factories as make

from licet.authorization.reconcile import changed
from licet.doctor.run import diagnosing
from licet.doctor.targets import Wish, look_at, look_at_key
from licet.sites.scope import SYSTEM

pytestmark = pytest.mark.django_db


def verdict():
    *_, found = diagnosing(look_at(SYSTEM, "HCP", Wish(), make.NOW))
    return found.verdict


def test_a_server_of_which_only_the_register_tells_is_never_called_healthy():
    server = make.installation(make.site("Berlin"))
    make.licence(server.pool, 2)
    for _ in range(2):
        make.member(server, make.device(server.site), "camera")
    changed(make.NOW, pools=[server.pool.pk], installations=[server.pk])
    assert verdict().cause == "nothing_tried"

    make.member(server, make.device(server.site), "camera")
    changed(make.NOW, pools=[server.pool.pk], installations=[server.pk])
    told = verdict()
    assert (told.cause, told.detail) == (
        "over_capacity",
        "its licences are used beyond what was bought: 1 over for camera",
    )


def test_a_key_is_no_problem_for_a_letter_that_is_easily_confused():
    found = {}
    for text in ("LCTP-4BI0-77XY", "LCTP 4ACD 77XY", "LCTP-4ACD-77X\N{CYRILLIC CAPITAL LETTER U}"):
        *_, told = diagnosing(look_at_key(SYSTEM, text))
        found[text] = (told.steps[0].outcome, told.verdict.cause)
    assert list(found.values()) == [("note", "healthy"), ("note", "healthy"), ("problem", "key_suspect")]
