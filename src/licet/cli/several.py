from typing import Any

import click


class Several(click.Option):
    """An option that may be given several times, or once with commas: ``--severity critical,high``."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """The values, one by one."""
        if isinstance(value, list | tuple):
            value = [part.strip() for one in value for part in str(one).split(",") if part.strip()]
        return super().type_cast_value(ctx, value)
