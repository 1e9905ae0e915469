"""What people type is kept whole or refused: a text that is cut in silence says something else than was meant."""

from licet.sites.record import NotPossible


def fitting(name: str, text: object, most: int) -> str:
    """The text without blanks around it. Raises :class:`NotPossible` for more than ``most`` characters; ``name`` is what it is called."""
    found = str(text or "").replace("\x00", "").strip()
    if len(found) > most:
        raise NotPossible(f"The {name.replace('_', ' ')} has {len(found)} characters; {most} are kept.")
    return found
