"""Writes docs/reference/cli.md from the commands' own help: ``python docs/reference/make_cli.py``."""

from pathlib import Path

import click

from licet.cli.main import COMMANDS, cli


def page() -> str:
    """The whole reference as Markdown."""
    parts = [
        "# Commands\n",
        "Made from the commands' own help by `docs/reference/make_cli.py`. Data lies in `--data DIR`, `LICET_DATA`, or the platform's",
        "data folder; `DATABASE_URL` names a PostgreSQL. Exit codes: 0 done; 1 done, and what `--fail-on` names was found; 2 wrong",
        "usage or input; 3 could not be done.\n",
    ]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        if command is not None:
            parts.extend(_lines(command, f"licet {name}", 2))
    return "\n".join(parts) + "\n"


def _lines(command: click.Command, name: str, level: int) -> list[str]:
    context = click.Context(command, info_name=name)
    found = [f"{'#' * level} {name}\n", f"{(command.help or '').replace(chr(8), '').strip()}\n"]
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            sub = command.get_command(context, child)
            if sub is not None:
                found.extend(_lines(sub, f"{name} {child}", level + 1))
        return found
    rows = [param.get_help_record(context) for param in command.params if isinstance(param, click.Option)]
    options = [f"- `{row[0]}` {row[1]}".rstrip() for row in rows if row]
    return [*found, *options, ""] if options else found


if __name__ == "__main__":
    Path(__file__).with_name("cli.md").write_text(page(), "utf-8")
