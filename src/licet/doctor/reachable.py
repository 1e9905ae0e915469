"""Which typed addresses may be looked at: a look is made from the server, and must not become a way to search its network."""

from licet.estate.models import Device, Installation
from licet.estate.service_models import Connection
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.wire.places import of_the_server, refusal


def check(actor: Actor, host: str, port: int | None, *, listed: bool) -> None:
    """Raise :class:`NotPossible` where the actor may not have this address looked at.

    Allowed are hosts of the catalogue (``listed``) and what stands where he may sweep; others take the right to administer.
    The server's own addresses, loopback and link-local ones are open to nobody, unless a device or server of the estate
    stands at that very port. What a name leads to is looked at when it is resolved (the step "name"), for everybody.
    """
    if known(actor, host, port, exactly=of_the_server(host)):
        return
    if of_the_server(host) or refusal(host):
        raise NotPossible(refusal(host) or f"{host} is an address of the machine Licet runs on; it is not looked at.")
    if not listed and not actor.may_anywhere("administer"):
        raise NotPossible(
            f"{host} belongs to no device or installation where you may sweep. Add it to the estate first, or ask an administrator to look."
        )


def known(actor: Actor, host: str, port: int | None, *, exactly: bool) -> bool:
    """Whether a device, a server or an installation stands at the host where the actor may sweep; ``exactly`` = at that port too."""
    at = {"port": port} if exactly else {}
    devices = Device.objects.visible_to(actor).filter(retired_at=None, address__iexact=host, **at)
    servers = Connection.objects.filter(address__iexact=host, **at)
    paths = [*devices.values_list("site__path", flat=True)[:50], *servers.values_list("site__path", flat=True)[:50]]
    if not exactly:
        named = Installation.objects.visible_to(actor).filter(retired_at=None, host__iexact=host)
        paths += named.values_list("site__path", flat=True)[:50]
    return any(actor.may("sweep", path) for path in paths)
