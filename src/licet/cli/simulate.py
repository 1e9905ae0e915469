import click


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def simulate(context: click.Context, arguments: tuple[str, ...]) -> None:
    """Play recordings as devices on loopback; or play a server or cloud: hikcentral, hik-connect, teams, partner-pro.

    Devices: [RECORDING ...] --devices N --bind ADDRESS --port PORT --https-port PORT --sadp-port PORT --latency MS --dead SHARE
    --username NAME --password-file FILE --seed N --list. A simulator takes its port on all of loopback. All: licet simulate --help.

    Example: licet simulate hikcentral --devices 200 --port 18443
    """
    from licet.simulator import command, services

    if arguments and arguments[0] in services.SERVICES:
        context.exit(services.main(list(arguments)))
    context.exit(command.main(list(arguments)))
