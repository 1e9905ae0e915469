"""What faces ask about sites and people."""

from licet.sites.models import Person, Site
from licet.sites.scope import Actor


def find_site(actor: Actor, text: str, permission: str = "view") -> Site | None:
    """The site that ``text`` names: its number, full name ("Customer / Building", "Customer/Building") or a name that is unique.

    Case is ignored. A site outside the actor's scope is not found, like one that does not exist.
    """
    wanted = " / ".join(part.strip() for part in text.split("/")).casefold()
    matches = []
    for site in Site.objects.visible_to(actor, permission):
        if str(site.pk) == text.strip() or site.full_name.casefold() == wanted:
            return site
        if site.name.casefold() == wanted:
            matches.append(site)
    return matches[0] if len(matches) == 1 else None


def sites(actor: Actor) -> list[Site]:
    """All sites in scope, in tree order."""
    return list(Site.objects.visible_to(actor))


def anybody() -> bool:
    """Whether anybody has been set up; False = first run."""
    return Person.objects.exists()


def administrators() -> bool:
    """Whether somebody who can sign in is administrator everywhere."""
    return Person.objects.filter(is_active=True, memberships__role="administrator", memberships__site=None).exists()


def any_site() -> bool:
    """Whether there is a site."""
    return Site.objects.exists()


def people() -> list[Person]:
    """All people with their memberships."""
    return list(Person.objects.prefetch_related("memberships__site"))
