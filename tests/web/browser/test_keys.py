"""A key from the form to the page that shows it once, as a person does it."""

import itertools
import re

import pytest
from tests.web.browser.test_browser import SMALL, violations
from tests.web.estate_factory import PASSWORD

pytestmark = pytest.mark.browser
PAGES = ("/keys/", "/keys/add/1/", "/keys/compare/", "/keys/requests/", "/keys/patterns/", "/keys/rules/")
_number = itertools.count(1)


def looked_at(page):
    assert violations(page) == []
    page.set_viewport_size(SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


@pytest.fixture
def sealed(open_page):
    """A page that shows what is noted of a key that was just sealed by the form, and the key."""
    key = f"LICT-BBBB-{next(_number):04d}-EX01"
    page = open_page("/keys/add/1/")
    page.fill("[name=key]", f" {key[:9]}\u200b{key[9:]} ")
    page.dispatch_event("[name=key]", "change")
    page.wait_for_selector("#findings >> text=U+200B")
    assert "BBBB" not in page.inner_text("#findings")
    page.click("text=Seal it")
    page.wait_for_selector("text=The key is sealed")
    if page.locator("#show >> text=Confirm that it is you").count():
        page.click("#show a.button")
        page.fill("[name=password]", PASSWORD)
        page.click("button.first")
    page.wait_for_selector("#show [name=reason]")
    return page, key


def show(page):
    page.fill("#show [name=reason]", "activation of the new server")
    page.click("text=Show it once")
    page.wait_for_selector("#the-key")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_on_the_pages_about_keys(open_page, path):
    looked_at(open_page(path))


def test_a_key_is_shown_once_counted_down_and_gone(sealed):
    page, key = sealed
    looked_at(page)
    page.clock.install()
    show(page)
    assert page.inner_text("#the-key") == key
    looked_at(page)
    page.clock.run_for(10_000)
    # The clock goes on by itself as well.
    assert 0 < int(re.search(r"\d+", page.inner_text("[data-left]"))[0]) <= 20
    page.clock.run_for(21_000)
    assert "BBBB" not in page.content()
    assert page.inner_text("[data-left]") == "It is hidden again."


def test_it_is_gone_when_the_page_is_loaded_anew_or_left_and_returned_to(sealed):
    page, _ = sealed
    show(page)
    page.reload()
    assert "BBBB" not in page.content()
    assert not page.url.endswith("/reveal/")
    show(page)
    page.goto(page.url.split("/keys/")[0] + "/words/")
    page.go_back()
    assert "BBBB" not in page.content()
