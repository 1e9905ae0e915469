"""The rail and the pages of each section: who sees what, and which place is the current one."""

import pytest
from django.urls import reverse

from licet.sites.scope import SYSTEM, Actor
from licet.web.base.navigation import SECTIONS, navigation


def titles(entries):
    return [str(entry.title) for entry in entries]


def test_exactly_one_section_and_one_page_is_current():
    found = navigation("/keys/7/", SYSTEM)
    assert titles(entry for entry in found.rail if entry.current) == ["Licences"]
    assert titles(entry for entry in found.pages if entry.current) == ["Keys"]


def test_the_start_is_current_only_at_the_start():
    assert titles(entry for entry in navigation("/", SYSTEM).rail if entry.current) == ["Overview"]
    assert titles(entry for entry in navigation("/words/", SYSTEM).rail if entry.current) == []


def test_a_section_of_one_page_shows_no_pages():
    assert navigation(reverse("authorizations"), SYSTEM).pages == []


def test_a_page_is_shown_only_to_whom_its_permission_is_given_somewhere():
    viewer = Actor(label="viewer", grants=(("/1/", "viewer"),))
    assert not {"Record", "People"} & set(titles(navigation(reverse("record"), viewer).pages))
    auditor = Actor(label="auditor", grants=(("/1/", "auditor"),))
    shown = titles(navigation(reverse("record"), auditor).pages)
    assert "People" not in shown


def test_nobody_sees_nothing():
    assert navigation("/", Actor(label="stranger")).rail == []


@pytest.mark.parametrize(
    "place", [place for section in SECTIONS for place in section.places], ids=lambda place: place.name
)
def test_no_place_is_named_twice(place):
    assert [one.name for section in SECTIONS for one in section.places].count(place.name) == 1
