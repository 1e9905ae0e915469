"""Passkeys with Chromium's virtual authenticator, and the looks of the pages about people."""

import re

import pytest
from tests.web.browser.test_browser import SMALL, violations
from tests.web.estate_factory import PASSWORD

pytestmark = pytest.mark.browser

PAGES = {
    "details": "/account/",
    "password": "/account/password/",
    "second factors": "/account/second-factors/",
    "one-time codes": "/account/second-factors/totp/",
    "passkey": "/account/second-factors/passkey/",
    "sessions": "/account/sessions/",
    "tokens": "/account/tokens/",
    "people": "/people/",
    "person": "/people/2/",
    "invite": "/people/invite/",
    "roles": "/people/roles/",
    "new role": "/people/roles/new/",
    "rules": "/people/policy/",
    "single sign-on": "/people/single-sign-on/",
    "confirm": "/confirm-identity/",
}
VIRTUAL = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(PAGES))
def test_axe_finds_nothing_and_a_small_phone_holds_it(open_page, name):
    page = open_page(PAGES[name])
    assert page.url.endswith(PAGES[name])
    assert violations(page) == []
    page.set_viewport_size(SMALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL["width"]


@pytest.fixture
def device(browser, address):
    """A browser at localhost with an authenticator that verifies its user; browsers give no passkeys to bare addresses."""
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    authenticator = session.send("WebAuthn.addVirtualAuthenticator", {"options": VIRTUAL})["authenticatorId"]
    page.base = address.replace("127.0.0.1", "localhost")
    page.verified = lambda yes: session.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": yes}
    )
    yield page
    context.close()


def sign_in(page, username="viewer"):
    page.goto(f"{page.base}/sign-in/")
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("button.first")


def test_a_passkey_is_made_signs_in_alone_and_is_a_second_factor(device):
    page = device
    sign_in(page)
    page.goto(f"{page.base}/account/second-factors/passkey/")
    page.fill("[name=name]", "office laptop")
    page.click("main button.first")
    page.wait_for_selector("ul.codes")
    assert page.locator("ul.codes li").count() == 10
    with page.expect_download() as download:
        page.click("text=Download as a file")
    assert len(download.value.path().read_text().split()) == 10
    page.goto(f"{page.base}/account/second-factors/")
    assert "office laptop" in page.inner_text("main")

    page.context.clear_cookies()
    page.goto(f"{page.base}/sign-in/")
    page.click("text=Sign in with a passkey")
    page.wait_for_url(f"{page.base}/")
    page.goto(f"{page.base}/account/sessions/")
    assert "this one" in page.inner_text("main")

    page.context.clear_cookies()
    sign_in(page)
    page.wait_for_url(re.compile("/sign-in/second/"))
    assert violations(page) == []
    page.click("text=Use a passkey")
    page.wait_for_url(f"{page.base}/")

    # The passkey is for this host: a proof for another question, or without finger, face or PIN, signs nobody in.
    page.context.clear_cookies()
    page.verified(False)
    page.goto(f"{page.base}/sign-in/")
    page.click("text=Sign in with a passkey")
    page.wait_for_selector("[data-said]:not(:empty)")
    assert "/sign-in/" in page.url


def test_an_invitation_leads_to_a_signed_in_person(device):
    page = device
    sign_in(page, "admin")
    page.wait_for_url(f"{page.base}/")
    page.goto(f"{page.base}/people/invite/")
    page.fill("[name=username]", "anna")
    page.click("main button.first")
    link = page.inner_text("main code.command")
    page.context.clear_cookies()
    page.goto(link)
    assert violations(page) == []
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("button.first")
    page.wait_for_url(f"{page.base}/")
    assert "anna" in page.inner_text(".rail .foot")


def test_without_a_script_the_password_and_codes_still_work(browser, address):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.base = address
    sign_in(page, "auditor")
    page.goto(f"{address}/account/second-factors/totp/")
    assert page.locator(".qr svg").count() == 1
    page.goto(f"{address}/account/second-factors/passkey/")
    assert "host name" in page.inner_text("main")
    context.close()
