"""The command line. Commands are loaded when used, so that ``--help`` and ``simulate`` never wait for the database layer."""

import importlib
import io
import os
import sys
import traceback
from typing import Any

import click

from licet import __version__

# command -> (module, attribute, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "demo", "Play a simulated estate, sweep it, print the position, serve the pages."),
    "serve": ("serve", "serve", "Serve the web pages; the first start prints a one-time set-up link."),
    "migrate": ("operations", "migrate", "Create the database or bring it up to date."),
    "check": ("operations", "check", "Say what is weak or broken in this installation, and how to mend it."),
    "backup": ("upkeep", "backup", "Back up this installation to a file while it runs."),
    "restore": ("upkeep", "restore", "Restore a backup, and check the record."),
    "migrate-data": ("upkeep", "migrate_data", "Copy everything to another database: SQLite to PostgreSQL, or back."),
    "history": ("upkeep", "history", "Let old history of facts go."),
    "simulate": ("simulate", "simulate", "Play devices, a HikCentral server or a cloud on loopback."),
    "site": ("site", "site", "Sites: add, list."),
    "user": ("user", "user", "People: add, invite, list, grant, take, deactivate, activate, rules."),
    "role": ("role", "role", "Roles: list, add, change, remove."),
    "token": ("token", "token", "Tokens for programs: add, list, revoke."),
    "sso": ("sso", "sso", "Single sign-on by OpenID Connect: set, show, remove."),
    "credential": ("credential", "credential", "Device passwords: add, list, replace."),
    "discover": ("discover", "discover", "Find devices on this network segment (SADP, WS-Discovery)."),
    "device": ("device", "device", "Devices: add, list, show, retire."),
    "find": ("find", "find", "Find anything by words, serial number, address, part number, order or note."),
    "sweep": ("sweep", "sweep", "Ask every known device, server and cloud account, and judge what changed."),
    "job": ("job", "job", "Work beside the pages: list, show, cancel, again."),
    "rhythm": ("job", "rhythm", "How often devices are asked by themselves: list, set, remove."),
    "worker": ("job", "worker", "Do jobs until stopped, on this machine or on another beside it."),
    "collector": (
        "collector",
        "collector",
        "Collectors near isolated devices: add, code, list, revoke, accept, devices.",
    ),
    "collect": ("collect", "collect", "Be a collector: enrol, credential, devices, run, status. Needs no database."),
    "installation": (
        "server",
        "installation",
        "Software that manages devices: add, list, manage, connect, count, host, drift, retire.",
    ),
    "cloud": ("cloud", "cloud", "Cloud accounts: add, connect, list, devices, ownership, service, third-party."),
    "import": (
        "intake",
        "import_",
        "Import licences or devices from CSV, TSV, XLSX or ODS: FILE, list, report, undo, mapping.",
    ),
    "register": ("register", "register", "The register as a whole: export."),
    "licence": (
        "licence_bulk",
        "licence",
        "Licences: list, show, add, change, change-many, renew, transfer, activate, rehost, return.",
    ),
    "allocate": ("allocate", "allocate", "Give places of a licence to devices by hand."),
    "order": ("order", "order", "Orders and vendors: list, set, vendor."),
    "document": ("document", "document", "Documents: add, list, save, missing, zip."),
    "key": ("key", "key", "Licence keys in the vault: put, list, check, reveal, rotate."),
    "renewal": ("renewal", "renewal", "Renewals: list, start, move, complete; forecast, common ends, what is unused."),
    "calendar": ("calendar", "calendar", "What ends when as an iCalendar file, and private links to it."),
    "alerts": ("alerts", "alerts", "Who is told of what: list, explain, planned, run, test, outbox, rules, channels."),
    "position": ("position", "position", "The effective licence position: bought, activated, reported, needed, free."),
    "whatif": ("whatif", "whatif", "What would have to be bought if devices came or went."),
    "authorizations": ("authorizations", "authorizations", "Every subject and right, with reason and remedy."),
    "advisories": (
        "advisories",
        "advisories",
        "Firmware lines, known vulnerabilities, end of support, what to update.",
    ),
    "doctor": (
        "doctor",
        "doctor",
        "Why something does not work: a device, address, server, cloud, key or site; support bundle.",
    ),
    "explain": ("authorizations", "explain", "One subject's rights, with the chain from fact to status."),
    "audit": ("audit", "audit", "Audits: run, show, findings, sign; rules, thresholds, schedule."),
    "waive": ("audit", "waive", "Waivers: ask, approve, end, list."),
    "compliance": (
        "compliance",
        "compliance",
        "Privacy law: results, questions, limits, signs, forms, requests; judge.",
    ),
    "attest": ("compliance", "attest", "Attest a control with a document."),
    "access": ("access", "access", "Accounts on devices and software: list, approve, review campaigns."),
    "ledger": ("ledger", "ledger", "The record: verify, export, sign, archive, remove a name."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command, imported now; None where there is none of that name."""
        if name not in COMMANDS:
            return None
        module, attribute, _help = COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(f"licet.cli.{module}"), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[2]) for name, entry in COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="licet")
@click.option(
    "--data",
    metavar="DIR",
    help="Where database, keys and documents lie (default: LICET_DATA, else the platform's data folder).",
)
@click.option(
    "--token-file",
    metavar="FILE",
    help="Act as the person of the token in this file, with what it allows (or LICET_TOKEN); without one, as the owner of the data.",
)
def cli(data: str | None, token_file: str | None) -> None:
    """Licet says of every device, software installation, feature and cloud service whether it is authorized.

    Start with a simulated estate: licet demo. With your own: licet site add, credential add, discover, sweep, import, position.
    """
    if data:
        os.environ["LICET_DATA"] = data
    if token_file:
        os.environ["LICET_TOKEN_FILE"] = token_file


def main() -> None:
    """Run the command line; every failure is one line on stderr and an exit code (cli.md)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        _only_text(sys.argv[1:])
        code: Any = cli.main(standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - nobody sees a traceback unless he asks for it
        sys.exit(_say(error))
    sys.exit(code if isinstance(code, int) else 0)


def _only_text(arguments: list[str]) -> None:
    """Arguments that are no text in the terminal's encoding end here, before they reach a database or a message."""
    from licet.cli.output import Failed

    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise Failed(f"argument {number} ({argument!a}) is no text in UTF-8") from None


def _say(error: Exception) -> int:
    """One line on stderr for a failure; the exit code it means."""
    from licet.cli.failure import line_and_code
    from licet.cli.session import with_scopes

    if os.environ.get("LICET_DEBUG") == "1":
        traceback.print_exception(error)
    line, code = line_and_code(error)
    click.echo(f"licet: {with_scopes(line)}", err=True)
    return code
