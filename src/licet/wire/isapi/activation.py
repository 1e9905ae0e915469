from typing import Final

from licet.wire.facts import Activation
from licet.wire.isapi.parsed import Parsed
from licet.wire.scalars import read_bool
from licet.wire.xml import Element, texts

PATH: Final = "/SDK/activateStatus"


def parse_activation(root: Element) -> Parsed | None:
    """Whether the first administrator password is set; any word but true and false is unknown (isapi.md 4)."""
    activated = read_bool(texts(root).get("Activated") or root.text)
    return None if activated is None else Parsed(Activation(activated))
