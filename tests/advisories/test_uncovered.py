"""What stands in no list of exposures is said, and never as safe."""

from datetime import date

import pytest
from tests import factories as make

from licet.advisories.uncovered import behind_recorders, never_asked, uncovered
from licet.estate.models import Channel
from licet.sites.scope import SYSTEM, Actor

RANGED = "DS-2CD2532F-IWS"  # CVE-2017-7921 names it with a range


@pytest.fixture
def site(shipped):
    return make.site()


def test_what_no_notice_names_is_listed_and_what_one_names_is_not(site):
    make.device(site, model="DS-1ZZ9999-X", firmware_version="1.0.0")
    make.device(site, model="", firmware_version="")
    make.device(site, model=RANGED, firmware_version="5.2.5", firmware_build=date(2014, 12, 1))
    found = {(row.model, row.number, row.why) for row in uncovered(SYSTEM)}
    assert found == {("DS-1ZZ9999-X", 1, "no_rule"), ("", 1, "model_unknown")}


def test_cameras_that_only_a_recorder_names_are_judged_by_what_it_names(site):
    recorder = make.device(site, kind="recorder", model="DS-1ZZ9999-R", firmware_version="1.0.0")
    own = make.device(site, model=RANGED)
    told = [(RANGED, "V5.2.5 build 141201"), (RANGED, ""), ("DS-1ZZ9999-X", "V1.0.0"), ("", "")]
    for number, (model, firmware) in enumerate(told, 1):
        make.channel(recorder, number, model=model, firmware=firmware)
    make.channel(recorder, 9, model=RANGED, firmware="", camera=own)
    make.channel(recorder, 10, model=RANGED, firmware="", retired_at=make.NOW)
    found = {(row.model, row.firmware): (row.answer, row.reason, row.channels) for row in behind_recorders(SYSTEM)}
    assert never_asked(SYSTEM) == 4
    assert found == {
        (RANGED, "V5.2.5 build 141201"): ("affected", "in_range", 1),
        (RANGED, ""): ("cannot_tell", "version_unknown", 1),
        ("DS-1ZZ9999-X", "V1.0.0"): ("no_rule", "model_not_named", 1),
        ("", ""): ("cannot_tell", "model_unknown", 1),
    }


def test_nobody_sees_what_stands_at_sites_out_of_scope(site):
    recorder = make.device(site, kind="recorder", model="DS-1ZZ9999-R")
    Channel.objects.filter(pk=make.channel(recorder, 1, model=RANGED).pk).update(firmware="V5.2.5")
    assert behind_recorders(Actor(label="nobody")) == []
    assert uncovered(Actor(label="nobody")) == []
