"""What somebody who administers people is told of them: no more than lies where he administers."""

from django.db.models import Q, QuerySet

from licet.sites.models import Membership, Person
from licet.sites.people import manageable
from licet.sites.scope import Actor


def roles(actor: Actor) -> QuerySet[Membership]:
    """The roles that he is told: those in his subtrees, and those that hold everywhere and so there too. The places of others are not his."""
    prefixes = actor.prefixes("administer")
    if prefixes is None:
        return Membership.objects.all()
    return Membership.objects.filter(_in(prefixes) | Q(site=None)) if prefixes else Membership.objects.none()


def wholly(actor: Actor) -> QuerySet[Person]:
    """The people who have roles in his subtrees alone: of them he is told sessions and tokens, which say what they do elsewhere too."""
    prefixes = actor.prefixes("administer")
    if prefixes is None or not prefixes:
        return manageable(actor)
    return manageable(actor).exclude(pk__in=Membership.objects.exclude(_in(prefixes)).values("person"))


def _in(prefixes: tuple[str, ...]) -> Q:
    held = Q(pk__in=())
    for prefix in prefixes:
        held |= Q(site__path__startswith=prefix)
    return held
