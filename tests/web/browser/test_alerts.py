"""The looks of the pages of notifications and renewals."""

import pytest
from tests.web.browser.test_browser import SMALL, violations

pytestmark = pytest.mark.browser

PAGES = (
    "/alerts/", "/alerts/days/", "/alerts/licence/2/", "/alerts/outbox/", "/alerts/rules/", "/alerts/steps/",
    "/alerts/channels/", "/alerts/mail/", "/alerts/mine/", "/renewals/", "/renewals/board/", "/renewals/start/",
    "/renewals/forecast/", "/renewals/unused/",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_and_a_small_phone_holds_it(open_page, path):
    page = open_page(path)
    assert violations(page) == []
    page.set_viewport_size(SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
