"""Who may see and do what. The one place that answers it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from licet.sites.roles import PERMISSIONS


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a token or the system, with permissions by site subtree.

    ``grants`` are pairs (path prefix, permissions); the prefix "" means everywhere. ``label`` is what the ledger writes.
    ``person`` and ``token`` are ids; a token's actor has both. ``reads_only``: a token made for reading, which changes nothing, not even
    what is its person's own. ``people`` is False for a token that was not made for looking after people. ``withheld``
    are the permissions that none of a token's scopes gives, whatever its person holds.
    """

    label: str
    grants: tuple[tuple[str, frozenset[str]], ...] = ()
    person: int | None = None
    token: int | None = None
    reads_only: bool = False
    people: bool = True
    withheld: frozenset[str] = frozenset()

    def prefixes(self, permission: str) -> tuple[str, ...] | None:
        """The path prefixes where the actor holds the permission; None = everywhere, () = nowhere.

        Raises ``ValueError`` for a word that is no permission, so that a slip never grants anything.
        """
        if permission not in PERMISSIONS:
            raise ValueError(f"{permission!r} is no permission")
        held = {path for path, permissions in self.grants if permission in permissions}
        if "" in held:
            return None
        return tuple(sorted(path for path in held if not any(path != up and path.startswith(up) for up in held)))

    def may(self, permission: str, path: str) -> bool:
        """Whether the permission holds at the site with this path."""
        prefixes = self.prefixes(permission)
        return prefixes is None or any(path.startswith(prefix) for prefix in prefixes)

    def may_anywhere(self, permission: str) -> bool:
        """Whether the permission holds at some site at least."""
        prefixes = self.prefixes(permission)
        return prefixes is None or bool(prefixes)

    def may_change_of(self, person: int | None) -> bool:
        """Whether he may change what is a person's own: he is that person, and no token that only reads."""
        return person is not None and person == self.person and not self.reads_only

    def may_people(self, path: str) -> bool:
        """Whether he may change people and their roles at the site with this path: what a token gives away there outlives it."""
        return self.people and self.may("administer", path)

    def may_all(self, permissions: Iterable[str], path: str) -> bool:
        """Whether every one of the permissions holds at the site with this path."""
        return all(self.may(permission, path) for permission in permissions)

    def narrowed(self, permissions: frozenset[str], path: str = "", *, token: int | None = None) -> "Actor":
        """The same actor with these permissions at most, in the subtree of ``path`` at most. It never gains any."""
        grants = []
        for prefix, held in self.grants:
            kept = held & permissions
            if kept and (prefix.startswith(path) or path.startswith(prefix)):
                grants.append((max(prefix, path, key=len), kept))
        return replace(self, grants=tuple(grants), token=token)


def administrator(label: str) -> Actor:
    """An actor with every permission everywhere: the program itself, or the owner of its data."""
    return Actor(label=label, grants=(("", PERMISSIONS),))


SYSTEM = administrator("system")


WORKING = ("sweep", "edit_estate", "edit_register", "reveal", "review", "administer")


def may_work(actor: Actor, path: str) -> bool:
    """Whether somebody is more than a reader at a site: who may comment there and ask for waivers."""
    return actor.may("view", path) and any(actor.may(one, path) for one in WORKING)
