"""What each role may do. A permission is a word that faces and records ask for; nothing else decides."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role's title and the permissions it carries."""

    title: str
    permissions: frozenset[str]


ROLES: dict[str, Role] = {
    "viewer": Role("Viewer", frozenset({"view"})),
    "technician": Role("Technician", frozenset({"view", "sweep", "edit_estate"})),
    "licence_manager": Role("Licence manager", frozenset({"view", "edit_register"})),
    "key_holder": Role("Key holder", frozenset({"view", "reveal", "approve_reveal"})),
    "auditor": Role("Auditor", frozenset({"view", "ledger", "review"})),
    "administrator": Role(
        "Administrator",
        frozenset(
            {
                "view",
                "sweep",
                "edit_estate",
                "edit_register",
                "reveal",
                "approve_reveal",
                "ledger",
                "review",
                "administer",
            }
        ),
    ),
}
PERMISSIONS: frozenset[str] = frozenset().union(*(role.permissions for role in ROLES.values()))
