"""A text that must not be seen: licence keys, passwords, verification codes on their way from a file into the vault."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret text. It shows only :attr:`hint`; ``original`` is the text as the file has it, for sealing beside the clean one."""

    text: str = field(repr=False)
    original: str = field(default="", repr=False, compare=False)

    @property
    def hint(self) -> str:
        """The last four characters of a long text, nothing of a short one."""
        return f"…{self.text[-4:]}" if len(self.text) >= 12 else "…"

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return self.hint


def masked(text: str) -> str:
    """A text as it may be shown where its column holds secrets."""
    return Secret(text.strip()).hint if text.strip() else ""
