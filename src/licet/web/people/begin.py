"""The one place where a session of a person begins."""

from django.contrib.auth import login
from django.http import HttpRequest

from licet.sites.models import Person
from licet.sites.session import about
from licet.sites.sign_in import signed_in
from licet.web.people.recent import SIGNED_IN_BY, proved

# What a browser says of itself -> its name. The first that fits counts: most claim to be others too.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def begin(request: HttpRequest, person: Person, by: str) -> None:
    """Sign a person in who has proved who he is; ``by`` as in :func:`licet.sites.sign_in.signed_in`."""
    address = request.META.get("REMOTE_ADDR", "")
    login(request, person, backend="django.contrib.auth.backends.ModelBackend")
    request.session["about"] = about(address, browser_of(request.headers.get("User-Agent", "")))
    request.session[SIGNED_IN_BY] = by
    proved(request.session, by)
    signed_in(person, by, address)


def browser_of(agent: str) -> str:
    """A browser in words, as "Firefox on Windows"."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or agent.split("/", maxsplit=1)[0][:40] or "unknown"
