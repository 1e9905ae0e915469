"""An option that had another name before: the old one is still taken, and shown nowhere."""

from collections.abc import Sequence
from typing import Any

import click


class Renamed(click.Option):
    """An option with the names that it had ``before``: ``click.option("--reason", cls=Renamed, before=["--why"])``."""

    def __init__(self, names: Sequence[str], *, before: Sequence[str], **given: Any) -> None:
        super().__init__(names, **given)
        self.before = list(before)

    def add_to_parser(self, parser: Any, ctx: click.Context) -> None:
        """Take the old names too."""
        shown = self.opts
        self.opts = [*shown, *self.before]
        try:
            super().add_to_parser(parser, ctx)
        finally:
            self.opts = shown
