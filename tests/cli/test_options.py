"""What options of one kind do alike on every command: choices that repeat, and days."""

import inspect
from datetime import date

import click
from click.testing import CliRunner

from licet.cli.day import DAY
from licet.cli.main import cli
from licet.cli.renamed import Renamed
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


def test_an_option_is_taken_by_the_name_that_it_had_before_and_shown_by_its_own():
    @click.command()
    @click.option("--reason", cls=Renamed, before=["--why"], required=True)
    def show(reason):
        click.echo(reason)

    for name in ("--reason", "--why"):
        assert CliRunner().invoke(show, [name, "so"]).output == "so\n"
    assert "--why" not in CliRunner().invoke(show, ["--help"]).output
    refused = CliRunner().invoke(show, [])
    assert "--reason" in refused.output
    assert "--why" not in refused.output
    assert not any({"--why", "--measure", "--cite"} & set(one.opts) for _path, _work, one in options(cli))


def test_no_command_takes_the_instant_that_it_is_given_for_a_day():
    days = [(path, work, one) for path, work, one in options(cli) if one.type is DAY]
    assert len(days) > 20
    for path, work, one in days:
        named = inspect.signature(work).parameters.get(one.name)
        assert named is None or named.annotation not in (date, date | None), (path, one.name)
