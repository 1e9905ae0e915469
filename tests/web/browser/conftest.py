"""A browser, and a Licet of its own to look at: the ledger cannot be emptied, so no live server of Django's is used.

Both end with the file: while Playwright runs, its event loop runs in this thread, and nothing else may touch the database.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
WIDE = {"width": 1280, "height": 900}
ROOT = Path(__file__).resolve().parents[3]


def _serve(folder, *arguments):
    environment = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "LICET_HOSTS"}}
    environment |= {"LICET_DATA": str(folder), "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.web.browser.serving", *arguments],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed at /usr/bin/chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def serve(browser, tmp_path_factory, migrated):
    """Starts a server with its own data folder and gives the line it prints: its address, or its set-up link."""
    running = []

    def start(*arguments):
        folder = tmp_path_factory.mktemp("licet")
        if migrated:
            shutil.copyfile(migrated, folder / "licet.sqlite3")
        process = _serve(folder, *arguments)
        running.append(process)
        return process.stdout.readline().strip()

    yield start
    for process in running:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


@pytest.fixture(scope="module")
def address(serve):
    """The address of a Licet with the test estate."""
    return serve()


@pytest.fixture(scope="module")
def session(browser, address):
    """The cookies of somebody signed in."""
    from tests.web.estate_factory import PASSWORD

    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/sign-in/")
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button.first")
    page.wait_for_url(f"{address}/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def open_page(browser, address, session):
    """Opens a page as the administrator; complaints of the browser (CSP, script errors, failed requests) fail the test."""
    contexts, complaints = [], []

    def start(path, *, signed_in=True, **options):
        context = browser.new_context(
            storage_state=session if signed_in else None, **{"viewport": WIDE, "reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.requested = []
        page.on("response", lambda response: page.requested.append(response))  # noqa: PLW0108 - Playwright marks it
        page.goto(address + path)
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []
