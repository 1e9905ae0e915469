"""What keeping a batch of imported records did, and where a record's site is."""

from dataclasses import dataclass, field

from licet.register.intake import Asked, Rejected
from licet.sites.models import Site
from licet.sites.record import NotPossible, add_site
from licet.sites.scope import Actor


@dataclass(slots=True)
class Kept:
    """Counts of one batch, and what must be judged anew."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    allocations: int = 0
    keys: int = 0
    asked: list[Asked] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[tuple[int | None, str]] = field(default_factory=list)
    pools: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)


class Places:
    """Finds the site that a row names, below the site of the import; makes it where the actor may (cases C056, C111)."""

    def __init__(self, actor: Actor, root: Site, permission: str) -> None:
        self._actor = actor
        self._root = root
        self._permission = permission
        self._known = {row.full_name.casefold(): row for row in Site.objects.visible_to(actor, permission).under(root)}
        self._named: dict[tuple[str, str], Site] = {}

    def find(self, customer: str, name: str) -> Site:
        """The site for a customer and a site name; the import's own site where both are empty. Raises :class:`NotPossible`."""
        wanted = [part for part in (customer.strip(), name.strip()) if part]
        if not wanted:
            return self._root
        key = (customer, name)
        if key not in self._named:
            self._named[key] = self._find(wanted)
        return self._named[key]

    def _find(self, wanted: list[str]) -> Site:
        if wanted[-1].casefold() in {self._root.name.casefold(), self._root.full_name.casefold()}:
            return self._root
        by_name = [row for row in self._known.values() if row.name.casefold() == wanted[-1].casefold()]
        if len(by_name) == 1:
            return by_name[0]
        place = self._root
        for part in wanted:
            name = part.replace("/", "-")
            full = f"{place.full_name} / {name}"
            row = self._known.get(full.casefold())
            if row is None:
                if not self._actor.may("administer", place.path):
                    raise NotPossible(f"no such site: {name}")
                row = add_site(self._actor, name, parent=place, time_zone=place.time_zone, country=place.country)
                self._known[row.full_name.casefold()] = row
            place = row
        return place
