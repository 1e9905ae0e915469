"""Words of jobs: what each kind is called, and the states."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

KINDS: Final[dict[str, Any]] = {
    "sweep": _("sweep"), "connection": _("ask a server or account"), "feed": _("take in a feed"), "audit": _("audit"),
    "import": _("import"), "import-look": _("look at a file"),
}  # fmt: skip
STATES: Final[dict[str, Any]] = {
    "waiting": _("waiting"), "running": _("under way"), "done": _("done"), "cancelled": _("cancelled"), "failed": _("failed"),
}  # fmt: skip
COUNTS: Final[dict[str, Any]] = {
    "asked": _("asked"), "answered": _("answered"), "no_credential": _("no credential is stored"),
    "unreachable": _("not reached"), "refused": _("refused the password"),
    "locked_out": _("locked us out"), "not_activated": _("not activated"), "policy": _("kept back by policy"),
    "waiting": _("left alone for half an hour"), "unstorable": _("answers that could not be stored"), "changes": _("changes"),
    "connections": _("servers and accounts asked"), "troubled": _("of them in trouble"), "requests": _("requests"),
    "seconds": _("seconds"), "listed": _("devices listed"), "added": _("of them new"), "removed": _("gone from its list"),
    "advisories_added": _("advisories new"), "advisories_changed": _("advisories changed"),
}  # fmt: skip


def every(minutes: int) -> str:
    """A rhythm in words: ``every 2 hours``."""
    if not minutes:
        return str(_("not by itself"))
    for size, one, many in ((1440, _("day"), _("days")), (60, _("hour"), _("hours"))):
        if minutes % size == 0:
            number = minutes // size
            return f"{_('every')} {one}" if number == 1 else f"{_('every')} {number} {many}"
    return f"{_('every')} {minutes} {_('minutes')}"
