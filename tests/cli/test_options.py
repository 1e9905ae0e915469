"""What options of one kind do alike on every command: choices that repeat, and days."""

import inspect
from datetime import date

import click
from click.testing import CliRunner

from licet.cli.day import DAY
from licet.cli.main import cli
from licet.cli.several import Several


def options(command, path=()):
    """(words, callback, option) of every command."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from options(command.get_command(context, name), (*path, name))
    yield from ((" ".join(path), command.callback, one) for one in command.params)


def test_every_choice_that_repeats_takes_commas():
    found = [
        (path, one)
        for path, _work, one in options(cli)
        if getattr(one, "multiple", False) and isinstance(one.type, click.Choice)
    ]
    assert len(found) > 20
    assert [path for path, one in found if not isinstance(one, Several)] == []


def test_commas_and_repeats_give_the_same():
    @click.command()
    @click.option("--severity", cls=Several, multiple=True, type=click.Choice(["critical", "high", "low"]))
    def show(severity):
        click.echo(",".join(severity))

    for asked in (["--severity", "critical,high"], ["--severity", "critical", "--severity", "high"]):
        assert CliRunner().invoke(show, asked).output == "critical,high\n"
    refused = CliRunner().invoke(show, ["--severity", "critical,grave"])
    assert (refused.exit_code, "'grave' is not one of" in refused.output) == (2, True)


def test_no_command_takes_the_instant_that_it_is_given_for_a_day():
    days = [(path, work, one) for path, work, one in options(cli) if one.type is DAY]
    assert len(days) > 20
    for path, work, one in days:
        named = inspect.signature(work).parameters.get(one.name)
        assert named is None or named.annotation not in (date, date | None), (path, one.name)
