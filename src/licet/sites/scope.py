"""Who may see and do what. The one place that answers it. Pure."""

from dataclasses import dataclass

from licet.sites.roles import PERMISSIONS, ROLES


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a token or the system, with roles by site subtree.

    ``grants`` are pairs (path prefix, role); the prefix "" means everywhere. ``label`` is what the ledger writes.
    """

    label: str
    grants: tuple[tuple[str, str], ...] = ()
    person: int | None = None

    def prefixes(self, permission: str) -> tuple[str, ...] | None:
        """The path prefixes where the actor holds the permission; None = everywhere, () = nowhere.

        Raises ``ValueError`` for a word that is no permission, so that a slip never grants anything.
        """
        if permission not in PERMISSIONS:
            raise ValueError(f"{permission!r} is no permission")
        held = {path for path, role in self.grants if role in ROLES and permission in ROLES[role].permissions}
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


SYSTEM = Actor(label="system", grants=(("", "administrator"),))
