"""The import wizard in a browser, with and without a script."""

import re

import pytest
from tests.web.browser.test_browser import SMALL, violations

pytestmark = pytest.mark.browser

REGISTER = (
    "Product,Quantity,Order,Key\n"
    "HikCentral-P-VSS-64Ch,64,PO-B{n}1,LICT-BROW-000{n}-EX01\n"
    "HikCentral-P-VSS-1Ch,8,PO-B{n}2,\n"
    "HikCentral-P-VSS-1Ch,2 x 32,PO-B{n}3,\n"
)


def fits(page):
    page.set_viewport_size(SMALL)
    return page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


def wizard(page, number, tmp_path, *, look):
    file = tmp_path / "register.csv"
    file.write_text(REGISTER.format(n=number))
    page.set_input_files("#file", str(file))
    page.select_option("#site", index=1)
    page.click("text=Upload and look at it")
    page.wait_for_selector("h2:has-text('Questions')")
    look(page)
    page.select_option("[name=answer-0]", "64")
    page.click("button[value=start]")
    page.wait_for_selector("h2:has-text('What it did')", timeout=30_000)
    look(page)
    page.click("a:has-text('Take it back')")
    page.wait_for_selector("h2:has-text('What would change')")
    look(page)
    page.click("button:has-text('Take it back')")
    page.wait_for_selector("h2:has-text('What it had done')")
    return re.search(r"/imports/(\d+)/", page.url)[1]


def test_a_file_goes_through_every_page_and_axe_finds_nothing(open_page, tmp_path):
    page = open_page("/imports/")

    def look(page):
        assert violations(page) == []
        before = page.viewport_size
        assert fits(page)
        page.set_viewport_size(before)

    look(page)
    wizard(page, 1, tmp_path, look=look)


def test_the_wizard_works_without_a_script(open_page, tmp_path):
    page = open_page("/imports/", java_script_enabled=False)
    number = wizard(page, 2, tmp_path, look=lambda page: None)
    assert "LICT-BROW" not in page.content()
    page.goto(page.url.split("/imports/")[0] + "/imports/")
    assert page.locator(f"a[href='/imports/{number}/']").inner_text() == "register.csv"
