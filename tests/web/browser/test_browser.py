import re

import pytest

pytestmark = pytest.mark.browser

PAGES = {
    "overview": "/",
    "estate": "/estate/?size=25",
    "estate filtered": "/estate/?kind=camera&reach=refused&q=gate",
    "nothing matches": "/estate/?q=nothing-of-that-name",
    "device": "/estate/1/",
    "adding devices": "/estate/add/",
    "changing a device": "/estate/1/change/",
    "credentials": "/credentials/",
    "a credential": "/credentials/1/",
    "adding a credential": "/credentials/add/",
    "licences": "/licences/?size=25",
    "licence": "/licences/2/",
    "pools": "/pools/",
    "pool": "/pools/1/",
    "authorizations": "/authorizations/?size=25",
    "a past day": "/authorizations/?on=2026-01-01",
    "updates": "/updates/",
    "advisories": "/updates/advisories/?size=25",
    "advisory": "/updates/advisories/CVE-2025-66177/",
    "affected devices": "/updates/devices/?size=25",
    "firmware": "/updates/firmware/",
    "end of support": "/updates/support/",
    "statements": "/updates/statements/",
    "what to do": "/updates/plans/",
    "a new plan": "/updates/plans/new/",
    "record": "/record/",
    "words": "/words/",
    "sites": "/sites/",
    "software": "/installations/",
    "one installation": "/installations/1/",
    "server lists": "/installations/listed/?size=25",
    "cloud": "/cloud/",
    "cloud account": "/cloud/1/",
    "who holds which device": "/cloud/ownership/",
    "others who may act": "/cloud/third-parties/",
    "search": "/search/?q=gate",
    "doctor": "/doctor/",
    "hosts and ports": "/doctor/hosts/",
    "a known case": "/doctor/knowledge/TS-12/",
    "a feed": "/updates/advisories/import/",
    "not covered": "/updates/uncovered/",
    "a connection": "/installations/1/connect/",
}
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CONTRAST = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
# What is right is not described: that took longer than looking.
ONLY_WHAT_IS_WRONG = {"resultTypes": ["violations"], "selectors": False, "preload": False, "iframes": False}
SMALL = {"width": 360, "height": 740}


def violations(page):
    """What axe finds, with light colours by all rules and with dark ones by those for contrast."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    for scheme, only in (("light", RULES), ("dark", CONTRAST)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        told = Axe().run(page, options={"runOnly": only, **ONLY_WHAT_IS_WRONG}).response["violations"]
        found += [(scheme, one["id"], [node["html"][:120] for node in one["nodes"][:3]]) for one in told]
    return found


@pytest.mark.parametrize("name", sorted(PAGES))
def test_axe_finds_nothing_and_a_small_phone_holds_it(open_page, name):
    page = open_page(PAGES[name])
    for summary in page.locator("details.more > summary").all()[:2]:
        summary.click()
    assert violations(page) == []
    page.set_viewport_size(SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]
    assert page.locator("nav.bar-bottom").is_visible()
    assert not page.locator(".rail").is_visible()


BEYOND = """() => {
  const right = document.documentElement.clientWidth;
  return [...document.querySelectorAll("main .chip, main .pick, main td, main th, main .tag")]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().right > right + 1)
    .map((one) => one.outerHTML.slice(0, 120));
}"""
SCROLLS = (
    "() => [...document.querySelectorAll('main .scroll')].filter((one) => one.scrollWidth > one.clientWidth).length"
)


@pytest.mark.parametrize("path", ["/estate/", "/licences/", "/authorizations/", "/pools/", "/search/?q=gate"])
def test_lists_fit_from_1024_pixels_on(open_page, path):
    page = open_page(path)
    for width in (1024, 1180, 1181, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(SCROLLS) == 0, width
        assert page.evaluate(BEYOND) == [], width


@pytest.mark.parametrize("path", ["/estate/", "/licences/", "/authorizations/", "/estate/1/"])
def test_nothing_runs_off_the_edge_of_a_phone(open_page, path):
    page = open_page(path, viewport={"width": 390, "height": 844})
    assert page.evaluate(BEYOND) == []
    if path == "/estate/1/":
        assert page.locator("section:has(h2:text-is('Earlier')) tbody tr").count() == 2
    assert page.evaluate(SCROLLS) == 0


@pytest.mark.parametrize("path", ["/", "/estate/"])
def test_axe_finds_nothing_on_a_phone(open_page, path):
    assert violations(open_page(path, viewport=SMALL)) == []


def test_axe_finds_nothing_before_sign_in_nor_in_the_open_site_switcher(open_page):
    assert violations(open_page("/sign-in/", signed_in=False)) == []
    page = open_page("/words/")
    page.click("details.switch summary")
    assert violations(page) == []


def test_the_theme_switch_overrules_the_system(open_page):
    page = open_page("/", color_scheme="light")
    dark = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(dark)
    with page.expect_response(lambda response: "/theme/" in response.url):
        page.click(".rail button[value=dark]")
    assert page.evaluate(dark) != before
    page.reload()
    assert page.get_attribute("html", "data-theme") == "dark"
    assert violations(page) == []


def test_the_first_page_weighs_under_100_kib_and_asks_no_other_host(open_page, address):
    for path in ("/", "/sign-in/"):
        page = open_page(path, signed_in=path == "/")
        page.wait_for_load_state("networkidle")
        assert all(response.url.startswith(address) for response in page.requested)
        assert sum(len(response.body()) for response in page.requested if response.status == 200) < 100 * 1024


def test_a_list_works_without_a_script(open_page):
    page = open_page("/estate/", java_script_enabled=False)
    page.click("#pick-kind-recorder")
    assert page.locator("#list tbody tr").count() == 6
    page.fill("#text", "recorder 2")
    page.click("button:has-text('Filter')")
    assert page.locator("#list tbody tr").count() == 1
    assert "kind=recorder" in page.url
    page.click("#list tbody a")
    assert page.locator("h1").inner_text() == "Recorder 2"


def test_with_a_script_only_the_list_is_replaced(open_page):
    from playwright.sync_api import expect

    page = open_page("/estate/")
    page.evaluate("document.body.dataset.kept = 'yes'")
    page.click("#pick-kind-recorder")
    expect(page.locator("#list tbody tr")).to_have_count(6)
    page.locator("#text").press_sequentially("recorder 2")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "kind=recorder" in page.url
    assert "q=recorder" in page.url
    assert page.evaluate("document.body.dataset.kept") == "yes"
    page.go_back()
    expect(page.locator("#list tbody tr")).to_have_count(6)
    assert page.locator("h1").inner_text() == "Estate"


def test_choosing_a_pool_narrows_at_once(open_page):
    page = open_page("/licences/")
    page.select_option("#pool", label="HCP-Clinic")
    page.wait_for_url(re.compile("pool="))
    page.wait_for_selector("[role=status]:has-text('1 licence')")
    assert page.locator("#list tbody a.ident").inner_text() == "Clinic base"


def test_sorting_and_paging_replace_the_list(open_page):
    page = open_page("/estate/?size=25")
    first = page.locator("#list tbody tr a.ident").first.inner_text()
    page.click("#page-next")
    page.wait_for_selector("#page-before")
    assert page.locator("#list tbody tr a.ident").first.inner_text() != first
    page.click("th a:has-text('Device')")
    page.wait_for_selector("th[aria-sort=descending]")
    assert page.locator("#list tbody tr a.ident").first.inner_text().startswith("Yard")


def test_keys_find_move_pick_and_open(open_page):
    page = open_page("/estate/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.press("Escape")
    for key in ("j", "j", "j", "k", "x"):
        page.keyboard.press(key)
    assert page.locator("#list tbody tr.at").count() == 1
    second = page.locator("#list tbody tr").nth(1)
    assert "at" in second.get_attribute("class")
    assert second.locator(".tick input").is_checked()
    assert page.locator("[data-number]").inner_text() == "1"
    name = second.locator("a.ident").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/estate/\d+/$"))
    assert page.locator("h1").inner_text() == name


def test_the_skip_link_comes_first(open_page):
    page = open_page("/estate/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_times_are_shown_in_the_readers_zone(open_page):
    page = open_page("/record/", timezone_id="Asia/Tokyo", locale="en-GB")
    assert "GMT+9" in page.locator("#list tbody time").first.inner_text()


def test_the_site_switcher_narrows_and_can_be_searched(open_page):
    page = open_page("/estate/")
    page.click("details.switch summary")
    page.fill("details.switch input", "clinic")
    assert page.locator("details.switch .sites a:visible").count() == 1
    page.click("details.switch .sites a:visible")
    assert page.locator("#list tbody tr").count() == 1
    page.goto(page.url.split("?")[0] + "?site=")


def test_the_set_up_link_leads_to_the_overview(browser, serve):
    from tests.web.estate_factory import PASSWORD

    page = browser.new_page()
    page.goto(serve("--empty"))
    assert violations(page) == []
    for name, value in {"username": "ada", "password": PASSWORD, "again": PASSWORD, "site": "Nordwind"}.items():
        page.fill(f"[name={name}]", value)
    page.select_option("[name=time_zone]", "Europe/Berlin")
    page.click("button.first")
    page.wait_for_selector("h2:has-text('The first steps')")
    assert violations(page) == []
    page.close()
