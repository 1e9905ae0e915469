"""A server of which nothing was looked at but the register: never called healthy, and over capacity is told."""

import pytest
from tests import factories as make

from licet.authorization.reconcile import changed
from licet.doctor.run import diagnosing
from licet.doctor.targets import Wish, look_at
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
