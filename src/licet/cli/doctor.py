"""``licet doctor``: why it does not work, step by step, with one verdict; known cases; hosts and ports; the support bundle."""

from typing import TYPE_CHECKING, Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, format_option, rows, say
from licet.cli.session import open_data, secret

if TYPE_CHECKING:
    from licet.doctor.diagnosis import Diagnosis, Result
    from licet.doctor.look import Look
    from licet.doctor.models import Run
    from licet.sites.scope import Actor

_SIGNS = {"ok": "ok", "problem": "PROBLEM", "note": "note", "skipped": "-"}


class _Doctor(click.Group):
    """``licet doctor TARGET`` beside ``licet doctor knowledge``; a target of such a name is given after ``look``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take what is no command for a target or its options."""
        if args and args[0] not in self.commands and args[0] not in {"-h", "--help"}:
            args = ["look", *args]
        return super().parse_args(ctx, args)


@click.group("doctor", cls=_Doctor)
def doctor() -> None:
    """Say why a device, address, server, cloud host or account, licence key or whole site does not work, and what to do.

    Example: licet doctor 10.1.4.20

    Example: licet doctor "HikCentral Berlin" --bundle ticket.zip

    Example: licet doctor knowledge offline
    """


@doctor.command("look")
@click.argument("target", required=False)
@click.option("--key", is_flag=True, help="Look at a licence key: asked for without showing it, or from --key-file.")
@click.option("--key-file", metavar="FILE", help="Read the key from this file, - for stdin.")
@click.option("--product", default="", help="The product code of the key.")
@click.option(
    "--cloud", is_flag=True, help="Also contact the vendor's cloud hosts, to compare with what the device says."
)
@click.option("--no-sign-in", is_flag=True, help="Do not try the stored password, not even once.")
@click.option(
    "--expect", type=click.Choice(["json", "xml", "html"]), help="What the address must answer, to notice block pages."
)
@click.option(
    "--resolver",
    "resolvers",
    multiple=True,
    metavar="ADDRESS[:PORT]",
    help="Ask these DNS servers (default: this machine's).",
)
@click.option(
    "--proxy",
    metavar="HOST:PORT",
    help="Look whether this web proxy lets the connection through (no password is sent).",
)
@click.option(
    "--roots",
    type=click.Path(exists=True, dir_okay=False),
    help="A file of certificate authorities to trust instead of the system's.",
)
@click.option(
    "--sadp-port", type=click.IntRange(1, 65535), default=37020, show_default=True, help="The device's discovery port."
)
@click.option(
    "--timeout", type=click.FloatRange(0.2, 30), default=3.0, show_default=True, help="Seconds for one connection."
)
@click.option(
    "--bundle",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Save a support bundle (zip) for the vendor's support.",
)
@click.option("--vantage-file", "others", multiple=True, type=click.Path(exists=True, dir_okay=False), help="The JSON of the same look from another place, for the bundle.")  # fmt: skip
@click.option("--fail-on", type=click.Choice(["problem"]), help="Exit with 1 where a problem was found.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def look(
    target: str | None, key: bool, key_file: str | None, product: str, bundle: str | None, others: tuple[str, ...], fail_on: str | None,
    form: str, **asked: Any,
) -> None:  # fmt: skip
    """Look at one target, step by step. Each step shows as it ends; the last lines are the verdict and what to do.

    Example: licet doctor camera.example.org:443
    """
    actor = open_data()
    if not (key or key_file or target):
        raise Failed("name what to look at: a device, an address, a server, a cloud host, a site; or --key")
    found_look = _key(actor, key_file, product) if key or key_file else _target(actor, str(target), asked)
    found, run = _looked(actor, found_look, form)
    from licet.doctor.plain import as_plain

    if form == "json":
        as_json(as_plain(found))
    else:
        _verdict(found)
    if bundle:
        _save(actor, run, found, others, bundle)
    if fail_on and not found.verdict.healthy:
        raise SystemExit(1)


def _target(actor: "Actor", text: str, asked: dict[str, Any]) -> "Look":
    from datetime import UTC, datetime

    from licet.doctor.hosts import BadHosts
    from licet.doctor.look import Patience
    from licet.doctor.targets import Wish, look_at
    from licet.settings import data_folder
    from licet.sites.record import NotPossible

    seconds = asked["timeout"]
    wish = Wish(
        cloud=asked["cloud"], expects=asked["expect"] or "", sign_in=not asked["no_sign_in"], roots=asked["roots"] or "",
        resolvers=tuple(_place(one, 53) for one in asked["resolvers"]), proxy=_place(asked["proxy"], 8080) if asked["proxy"] else None,
        discovery_port=asked["sadp_port"], patience=Patience(connect=seconds), folder=data_folder(),
    )  # fmt: skip
    try:
        return look_at(actor, text, wish, datetime.now(UTC))
    except (NotPossible, BadHosts) as error:
        raise Failed(str(error)) from None


def _key(actor: "Actor", file: str | None, product: str) -> "Look":
    from licet.doctor.targets import look_at_key
    from licet.sites.record import NotPossible

    try:
        return look_at_key(actor, secret("Key", file), product)
    except NotPossible as error:
        raise Failed(str(error), COULD_NOT) from None


def _place(text: str, usual: int) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
    if port and not (port.isdecimal() and 0 < int(port) < 65536):
        raise Failed(f"{text!r} is no address. Write it like 10.0.0.1:{usual}")
    return host, int(port) if port else usual


def _looked(actor: "Actor", found_look: "Look", form: str) -> "tuple[Diagnosis, Run | None]":
    from licet.doctor.diagnosis import Diagnosis, Result
    from licet.doctor.record import diagnosed

    found: Diagnosis | None = None
    run: Run | None = None
    for piece in diagnosed(actor, found_look):
        if isinstance(piece, Result):
            if form == "table":
                _step(piece)
        elif isinstance(piece, Diagnosis):
            found = piece
        else:
            run = piece
    if found is None:
        raise Failed("the look ended without a verdict", COULD_NOT)
    return found, run


def _step(one: "Result") -> None:
    colour = {"ok": "green", "problem": "red", "note": "yellow"}.get(str(one.outcome))
    click.echo(f"{click.style(f'{_SIGNS[str(one.outcome)]:<8}', fg=colour)} {one.title}: {_safe(one.detail)}")


def _verdict(found: "Diagnosis") -> None:
    told = found.verdict
    click.echo("")
    click.echo(f"Looked from {_safe(found.vantage)}.")
    click.echo(click.style(f"Verdict: {told.title}", bold=True) + f" ({told.cause}, confidence {told.confidence})")
    if told.detail:
        click.echo(f"Seen: {_safe(told.detail)}")
    if told.remedy:
        click.echo(f"Do: {_safe(told.remedy)}")
    if told.knowledge:
        click.echo(f"Known cases: {', '.join(told.knowledge)} (licet doctor knowledge {told.knowledge[0]})")


def _safe(text: str) -> str:
    """Texts from devices without anything that a terminal would obey."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _save(actor: "Actor", run: "Run | None", found: "Diagnosis", others: tuple[str, ...], file: str) -> None:
    from datetime import UTC, datetime
    from pathlib import Path

    from licet.doctor.material import bundle
    from licet.doctor.plain import NotADiagnosis, read_file
    from licet.doctor.record import note_bundle

    if run is None:
        raise Failed("there is no support bundle for a licence key")
    try:
        looks = [found, *(read_file(Path(one).read_bytes()) for one in others)]
    except NotADiagnosis as error:
        raise Failed(str(error)) from None
    now = datetime.now(UTC)
    made = bundle(actor, run, looks, now)
    Path(file).write_bytes(made.content())
    note_bundle(actor, run, made.name, sum(made.masked.values()), now)
    masked = "; ".join(f"{kind}: {number}" for kind, number in made.masked.items()) or "nothing"
    say(f"Saved {file}: {', '.join(made.files)}. Masked: {masked}. Look it through before you send it.")


@doctor.command()
@click.argument("text", nargs=-1)
@format_option
def knowledge(text: tuple[str, ...], form: str) -> None:
    """Search the known cases by words, by number (TS-12), or by an error code; without words, list them all.

    Example: licet doctor knowledge offline dns
    """
    from licet.doctor.knowledge import entry, search

    one = entry(text[0]) if len(text) == 1 else None
    if one is not None and form == "table":
        for title, said in (
            (f"{one.id} {one.title}", one.part), ("Seen", one.symptom), ("Cause", one.cause), ("How to tell", one.diagnose),
            ("Do", one.remedy), ("Data to collect", one.data), ("Audit rules", ", ".join(f"{rule.code} ({rule.severity})" for rule in one.rules)),
            ("Source", f"{one.source}, confidence {one.confidence}"),
        ):  # fmt: skip
            click.echo(f"{title}: {said}")
        return
    listed = [
        {"id": found.id, "title": found.title, "symptom": found.symptom, "cause": found.cause, "remedy": found.remedy,
         "diagnose": found.diagnose, "rules": [rule.code for rule in found.rules], "confidence": found.confidence, "source": found.source}
        for found in ([one] if one else search(" ".join(text)))
    ]  # fmt: skip
    rows(
        form,
        listed,
        ("id", "title", "symptom", "remedy", "rules"),
        narrow=("id", "title", "remedy"),
        empty="No known case holds all these words.",
    )


@doctor.command()
@format_option
def hosts(form: str) -> None:
    """List the cloud hosts and ports, with source and confidence. Your own go into hosts.yaml in the data folder.

    Example: licet doctor hosts --format csv
    """
    from licet.doctor.hosts import BadHosts
    from licet.doctor.hosts import hosts as listed
    from licet.settings import data_folder

    try:
        found = listed(data_folder())
    except BadHosts as error:
        raise Failed(str(error)) from None
    records = [
        {"host": one.host, "port": one.port, "use": one.use, "region": one.region, "confidence": one.confidence,
         "source": "your own" if one.own and not one.source else one.source, "checked": one.checked}
        for one in found
    ]  # fmt: skip
    rows(
        form,
        records,
        ("host", "port", "use", "region", "confidence", "source", "checked"),
        narrow=("host", "port", "use", "confidence"),
    )


@doctor.command()
@click.option("--site", help="Only of this site and below.")
@format_option
def runs(site: str | None, form: str) -> None:
    """List the looks that were made lately.

    Example: licet doctor runs --site Berlin
    """
    actor = open_data()
    from licet.cli.session import named_site
    from licet.doctor.read import runs as listed

    records = [
        {"id": one.id, "at": one.at, "target": one.target, "kind": one.kind, "cause": one.cause, "confidence": one.confidence, "vantage": one.vantage}
        for one in listed(actor, named_site(actor, site), size=100)
    ]  # fmt: skip
    rows(
        form,
        records,
        ("id", "at", "target", "kind", "cause", "confidence", "vantage"),
        narrow=("id", "target", "cause"),
        empty="Nothing was looked at yet.",
    )
