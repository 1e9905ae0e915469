"""A choice that may be given several times takes commas too, on every command."""

import click
from click.testing import CliRunner

from licet.cli.main import cli
from licet.cli.several import Several


def options(command, path=()):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from options(command.get_command(context, name), (*path, name))
    yield from ((" ".join(path), one) for one in command.params)


def test_every_choice_that_repeats_takes_commas():
    found = [
        (path, one)
        for path, one in options(cli)
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
