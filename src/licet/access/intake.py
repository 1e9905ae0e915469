"""Lists of accounts as files: the users page of an installation or a cloud account, exported or typed."""

from licet.access.record import Stated
from licet.sites.record import NotPossible
from licet.tabular.reading import open_table
from licet.tabular.table import Cell, RowKind

HEADINGS = {
    "name": (
        "name",
        "user",
        "user name",
        "username",
        "account",
        "login",
        "e-mail",
        "email",
        "benutzername",
        "benutzer",
        "utilisateur",
    ),
    "level": ("level", "role", "type", "user type", "permission", "rolle", "rôle", "rights", "user level"),
    "number": ("id", "no", "no.", "number"),
    "owner": ("owner", "person", "full name", "belongs to", "besitzer", "responsible"),
    "purpose": ("purpose", "remark", "remarks", "description", "note", "zweck"),
}
_OF = {text: field for field, texts in HEADINGS.items() for text in texts}


def read(data: bytes) -> tuple[list[Stated], list[tuple[int, str]]]:
    """The accounts of a file, and the lines that are none with the reason. Raises ``NotReadable`` and :class:`NotPossible`."""
    table = open_table(data, lambda text: text.strip().casefold() in _OF)
    columns: dict[str, int] = {}
    for place, heading in enumerate(table.headings):
        field = _OF.get(heading.strip().casefold())
        if field is not None:
            columns.setdefault(field, place)
    if "name" not in columns:
        raise NotPossible("No column holds the user names. Call it “User name”.")
    found: list[Stated] = []
    refused: list[tuple[int, str]] = []
    known: set[str] = set()
    for row in table.rows():
        if row.kind is not RowKind.DATA:
            continue
        said = {field: _text(row.cells[place]) for field, place in columns.items() if place < len(row.cells)}
        name = said.get("name", "")
        if not name:
            refused.append((row.line, "no user name"))
        elif name in known:
            refused.append((row.line, "the same user name again"))
        elif len(name) > 120:
            refused.append((row.line, "the user name is longer than 120 characters"))
        else:
            known.add(name)
            found.append(Stated(**said))
    return found, refused


def _text(cell: Cell) -> str:
    return "" if cell is None else " ".join(str(cell).split())
