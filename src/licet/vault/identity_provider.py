"""Single sign-on with its client secret: the settings stand in :mod:`licet.sites.single_sign_on`, the secret in the vault."""

from django.db import transaction

from licet.sites import single_sign_on
from licet.sites.access_models import IdentityProvider
from licet.sites.read import find_site
from licet.sites.record import NotPossible
from licet.sites.scope import Actor
from licet.sites.single_sign_on import GroupRole
from licet.vault import purpose, record
from licet.vault.models import Secret


@transaction.atomic
def keep(
    actor: Actor, *, name: str, issuer: str, client_id: str, secret: str, groups: str, groups_claim: str, active: bool
) -> None:
    """Set up single sign-on; an empty ``secret`` keeps the one there is. ``groups`` is one line a group: "group = role at site".

    Raises :class:`NotPossible` with what to mend.
    """
    wanted = [group_role(actor, line) for line in groups.splitlines() if line.strip()]
    old = single_sign_on.configured()
    before = old.secret if old else None
    number = record.put(purpose.API_SECRET, secret).pk if secret else None
    single_sign_on.set_provider(
        actor, name=name, issuer=issuer, client_id=client_id, secret=number, groups=wanted, groups_claim=groups_claim,
        active=active,
    )  # fmt: skip
    if number is not None and before is not None:
        Secret.objects.filter(pk=before).delete()


@transaction.atomic
def drop(actor: Actor) -> None:
    """Remove single sign-on and its secret."""
    number = single_sign_on.remove_provider(actor)
    Secret.objects.filter(pk=number or 0).delete()


def client_secret(row: IdentityProvider) -> str:
    """The secret for the token request; "" for a client without one. For the program alone."""
    found = Secret.objects.filter(pk=row.secret or 0).first()
    return record.use(found) if found else ""


def group_role(actor: Actor, line: str) -> GroupRole:
    """A line "group = role at site" or "group = role". Raises :class:`NotPossible`."""
    group, sign, rest = line.partition("=")
    role, _at, place = rest.partition(" at ")
    site = find_site(actor, place) if place.strip() else None
    if not sign or not group.strip() or not role.strip():
        raise NotPossible(f"{line.strip()!r} is no line like “group = role at site”.")
    if place.strip() and site is None:
        raise NotPossible(f"There is no site {place.strip()!r}.")
    return GroupRole(group.strip(), role.strip(), site)
