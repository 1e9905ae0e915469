"""Where people reach the pages, for links that commands print."""

from licet.cli.output import say

DEFAULT = "http://127.0.0.1:8460"  # where ``licet serve`` listens unless told otherwise


def pages_address(given: str | None) -> str:
    """The address that was given, else the one that is set, else that of the TLS proxy; "" where none is known."""
    from licet.alerts.read import public_url

    return (given or public_url() or proxy_address()).rstrip("/")


def proxy_address() -> str:
    """The address by the name that a TLS proxy in front has (``LICET_HOSTS``); "" where there is none."""
    from django.conf import settings

    return f"https://{named[0]}" if (named := host_names()) and settings.SESSION_COOKIE_SECURE else ""


def host_names() -> list[str]:
    """The names under which it answers besides those of this machine."""
    from django.conf import settings

    from licet.sweep.weak_settings import OWN_HOSTS

    return [name for name in settings.ALLOWED_HOSTS if name not in OWN_HOSTS and name[:1] not in {"*", "."}]


def link_to(path: str, given: str | None) -> str:
    """A link to a page. Where the address of the pages is not known, it is said that the link may not fit."""
    base = pages_address(given)
    if not base:
        say(
            f"The address of the pages is not set, so the link has the default of this machine ({DEFAULT}). Name it with --base, or once "
            "for all: licet alerts mail --public-url https://licet.example.org"
        )
    return f"{base or DEFAULT}/{path}"
