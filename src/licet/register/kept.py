"""What keeping a batch of imported records did, and where a record's site is."""

from dataclasses import dataclass, field

from licet.register.changes import Changes
from licet.register.intake import Asked, Rejected
from licet.sites.models import Site
from licet.sites.record import NotPossible, add_site
from licet.sites.scope import Actor


@dataclass(slots=True)
class Kept:
    """Counts of one batch, what became of each line, and what must be judged anew."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    allocations: int = 0
    keys: int = 0
    lines: list[tuple[int, str]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    warnings: list[tuple[int | None, str]] = field(default_factory=list)
    pools: set[int] = field(default_factory=set)
    devices: set[int] = field(default_factory=set)

    def count(self, line: int, outcome: str) -> None:
        """One more record that was ``created``, ``updated`` or ``unchanged``."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        self.lines.append((line, outcome))


class Places:
    """Finds the site that a row names, below the site of the import; makes it where the actor may (cases C056, C111).

    In a dry run (``write`` false) a site that would be made is an unsaved row.
    """

    def __init__(self, actor: Actor, root: Site, permission: str, changes: Changes, *, write: bool) -> None:
        self._actor = actor
        self._root = root
        self._write = write
        self._changes = changes
        rows = list(Site.objects.visible_to(actor, permission).under(root))
        self._known = {row.full_name.casefold(): row for row in rows}
        self._by_name: dict[str, list[Site]] = {}
        for row in rows:
            self._by_name.setdefault(row.name.casefold(), []).append(row)
        self._named: dict[tuple[str, str], Site] = {}
        self.added: dict[str, None] = {}  # full names of the sites that are added, in order

    def find(self, customer: str, name: str) -> Site:
        """The site for a customer and a site name; the import's own site where both are empty. Raises :class:`NotPossible`."""
        key = (customer, name)
        if key not in self._named:
            wanted = [part for part in (customer.strip(), name.strip()) if part]
            self._named[key] = self._find(wanted) if wanted else self._root
        return self._named[key]

    def _find(self, wanted: list[str]) -> Site:
        last = wanted[-1].casefold()
        if last in {self._root.name.casefold(), self._root.full_name.casefold()}:
            return self._root
        if last in self._known:
            return self._known[last]
        named = self._by_name.get(last, [])
        if len(named) == 1:
            return named[0]
        parts = [part for text in wanted for part in text.split(" / ")]
        if len(parts) > len(wanted) and parts[0].casefold() == self._root.name.casefold():
            parts = parts[1:]
        place = self._root
        for part in parts:
            place = self._below(place, part.replace("/", "-"))
        return place

    def _below(self, place: Site, name: str) -> Site:
        full = f"{place.full_name} / {name}"
        row = self._known.get(full.casefold())
        if row is None:
            row = self._made(place, name, full)
            self._known[full.casefold()] = row
            self._by_name.setdefault(name.casefold(), []).append(row)
        return row

    def _made(self, place: Site, name: str, full: str) -> Site:
        if not self._actor.may("administer", place.path):
            raise NotPossible(
                f"no such site: {name} (sites are added by an import of somebody who administers {place.name})"
            )
        self.added[full] = None
        if not self._write:
            return Site(name=name, full_name=full, path=f"{place.path}new/", time_zone=place.time_zone)
        row = add_site(self._actor, name, parent=place, time_zone=place.time_zone, country=place.country)
        self._changes.made(row)
        return row
