import os

import click

from licet.cli.output import COULD_NOT, Failed, say
from licet.cli.pages_address import host_names, proxy_address
from licet.cli.session import open_data, owner_only


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(1, 65535), default=8460, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the web pages. The first start prints a one-time set-up link; there is no default password.

    Example: licet serve --port 8460
    """
    owner_only(open_data())
    free_port(host, port)
    say(first_link(host, port))
    run(host, port)


def first_link(host: str, port: int) -> str:
    """The line that says where to go: the set-up link before there is an administrator, else the address."""
    from licet.sites.first_setup import setup_link
    from licet.sites.read import administrators

    base = _base(host, port)
    if administrators():
        return f"Licet is at {base}/ (Ctrl-C stops it)"
    return f"Set up the first person here (works once): {setup_link(base)}\nCtrl-C stops it."


def _base(host: str, port: int) -> str:
    """The address under which a browser reaches it: by the TLS proxy's name where there is one, never 0.0.0.0."""
    if proxied := proxy_address():
        return proxied
    shown = (host_names() or ["127.0.0.1"])[0] if host in {"0.0.0.0", "::"} else host  # noqa: S104 - looked for, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def free_port(host: str, port: int) -> None:
    """Fail with one line where the port is taken, before anything else is said."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Failed(f"cannot listen on {host}:{port}: {error.strerror}. Use --port.", COULD_NOT) from None


STOPS_WITHIN = 25  # seconds that requests under way have to end after SIGTERM; a supervisor waits a little longer


def run(host: str, port: int) -> None:
    """Serve until stopped. After SIGTERM nothing new is taken, and what is under way is answered."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from licet.upkeep.folders import in_use

    if host not in {"127.0.0.1", "localhost"}:
        os.environ.setdefault("LICET_HOSTS", f"127.0.0.1,localhost,{host}")
    with in_use():
        Granian(
            "licet.web.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=4,
            workers_kill_timeout=STOPS_WITHIN,
            log_level=LogLevels.error,
        ).serve()
