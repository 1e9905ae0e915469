"""Hands a message to any service that Apprise speaks. Apprise is imported when an address is looked at, not before."""

import json
import os
import subprocess
import sys
from typing import Final
from urllib.parse import urlsplit

from licet.alerts import apart
from licet.alerts.webhook import Answer
from licet.wire.places import SETTING, refusal_here

TIMEOUT: Final = 15.0  # seconds for one message, altogether
# What the sending process knows of this one's environment: none of its secrets.
_PASSED: Final = (
    SETTING, "PATH", "HOME", "LANG", "TZ", "PYTHONPATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE",
    *(name for each in ("http_proxy", "https_proxy", "no_proxy", "all_proxy") for name in (each, each.upper())),
)  # fmt: skip

# Schemes that would run something on this machine, or go round the rules for webhooks.
_REFUSED: Final = frozenset(
    {
        "json", "jsons", "xml", "xmls", "form", "forms", "dbus", "gio", "glib", "gnome", "kde", "qt", "macosx", "windows",
        "syslog", "rsyslog", "mailto", "mailtos", "file", "http", "https",
    }
)  # fmt: skip


class NotAService(Exception):
    """An address that is not used; the text is one sentence and holds nothing of the address but its scheme."""


def check(url: str) -> str:
    """How the address is shown: scheme only, everything after it masked. Raises :class:`NotAService`."""
    scheme = urlsplit(url.strip()).scheme.lower()
    if not scheme or len(url) > 2000:
        raise NotAService("This is no address of a service. It looks like slack://… or ntfy://….")
    if scheme in _REFUSED:
        raise NotAService(
            f"{scheme}:// is not taken here. For your own service use a webhook; for mail the mail server."
        )
    found = apart.made(url)
    if found is None:
        raise NotAService(
            f"Apprise does not read this {scheme}:// address. Compare it with the service's page of Apprise."
        )
    # What stands in the place of the host may be a token: only what is plainly an address is judged here, all else when it is connected to.
    host = str(getattr(found, "host", None) or "")
    if (any(mark in host for mark in ".:") or host.lower() == "localhost") and (why := refusal_here(host)):
        raise NotAService(why)
    return f"{scheme}://…"


def send(url: str, subject: str, body: str) -> Answer:
    """Send one message, in a process of its own that ends by :data:`TIMEOUT`. Apprise says only whether it went well."""
    try:
        check(url)
    except NotAService as error:
        return Answer(ok=False, status="refused", excerpt=str(error))
    task = json.dumps({"url": url, "subject": subject, "body": body})
    try:
        done = subprocess.run(  # noqa: S603 - nothing of the task is in the command
            [sys.executable, "-P", "-m", apart.__name__], input=task.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=TIMEOUT, env={name: os.environ[name] for name in _PASSED if name in os.environ}, check=True,
        )  # fmt: skip
        how, why = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return Answer(ok=False, status="network", excerpt="It did not answer in time.")
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        return Answer(ok=False, status="service", excerpt=type(error).__name__)
    if how == apart.NOT_ASKED:
        return Answer(ok=False, status="refused", excerpt=why)
    if how != apart.TOOK:
        return Answer(ok=False, status="service", excerpt=why or "The service did not take it, or did not answer.")
    return Answer(ok=True, status="ok", excerpt="accepted")
