"""What the installation asks of everybody who signs in."""

from collections.abc import Iterable

from django.db import transaction

from licet.ledger import record as ledger
from licet.sites.access_models import Policy
from licet.sites.models import CustomRole, Person
from licet.sites.record import NotPossible
from licet.sites.roles import ROLES
from licet.sites.scope import Actor

EVERYBODY = "*"
_LONGEST = 3650


def policy() -> Policy:
    """The policy in force."""
    return Policy.objects.filter(pk=1).first() or Policy(pk=1)


def needs_second_factor(person: Person) -> bool:
    """Whether the policy asks this person for a second factor."""
    asked = set(policy().second_factor_for)
    if not asked:
        return False
    return EVERYBODY in asked or person.memberships.filter(role__in=asked).exists()


@transaction.atomic
def set_policy(actor: Actor, *, second_factor_for: Iterable[str], token_days: int) -> None:
    """Change the policy. Raises :class:`NotPossible` unless the actor administers everything, or for values that make no sense."""
    if not actor.may_people(""):
        raise NotPossible("Only an administrator of all sites may change the policy.")
    wanted = sorted(set(second_factor_for))
    known = {EVERYBODY, *ROLES, *CustomRole.objects.values_list("name", flat=True)}
    if unknown := [role for role in wanted if role not in known]:
        raise NotPossible(f"{unknown[0]!r} is no role.")
    if not 1 <= token_days <= _LONGEST:
        raise NotPossible(f"Tokens may last 1 to {_LONGEST} days.")
    row = policy()
    before = {"second_factor_for": row.second_factor_for, "token_days": row.token_days}
    row.second_factor_for = [EVERYBODY] if EVERYBODY in wanted else wanted
    row.token_days = token_days
    after = {"second_factor_for": row.second_factor_for, "token_days": row.token_days}
    if before == after:
        return
    row.save()
    ledger.append(
        actor=actor.label, action="sites:policy:changed", object_type="policy", object_id=1, before=before, after=after
    )
