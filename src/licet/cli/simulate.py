import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def simulate(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Play recordings as devices on loopback.

    Example: licet simulate DS-2CD2146G2-ISU --devices 20 --port 18080
    """
    from licet.simulator.command import main

    context.exit(main(list(arguments)))
