"""Hands a message to any service that Apprise speaks. Apprise is imported when something is sent, not before."""

import logging
from typing import Any, Final
from urllib.parse import urlsplit

from licet.alerts.webhook import Answer

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
    if _made(url) is None:
        raise NotAService(
            f"Apprise does not read this {scheme}:// address. Compare it with the service's page of Apprise."
        )
    return f"{scheme}://…"


def send(url: str, subject: str, body: str) -> Answer:
    """Send one message. Apprise says only whether it went well."""
    try:
        check(url)
    except NotAService as error:
        return Answer(ok=False, status="refused", excerpt=str(error))
    service = _made(url)
    try:
        went = service is not None and bool(service.notify(body=body, title=subject))
    except Exception as error:  # noqa: BLE001 - 170 services' own faults end as one failed try
        return Answer(ok=False, status="service", excerpt=type(error).__name__)
    return Answer(
        went, "ok" if went else "service", "accepted" if went else "The service did not take it, or did not answer."
    )


def _made(url: str) -> Any:
    import apprise  # noqa: PLC0415 - 0.3 s, and only where something is sent

    # Its own log lines may carry parts of the address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    asset = apprise.AppriseAsset(app_id="Licet", app_desc="Licet", plugin_paths=[], secure_logging=True)
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
