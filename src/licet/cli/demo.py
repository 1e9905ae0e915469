import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from licet.cli.output import COULD_NOT, Failed, as_json, counted, progress, rows, say
from licet.wire.places import LOOPBACK, SETTING

_POSITION = (
    "pool",
    "metric",
    "purchased",
    "activated",
    "reported_used",
    "demanded",
    "free",
    "over",
    "next_expiry",
    "differences",
)


@click.command()
@click.option("--devices", type=click.IntRange(120, 20_000), default=200, show_default=True)
@click.option("--no-serve", is_flag=True, help="End after printing, without web pages.")
@click.option("--port", type=click.IntRange(1, 65535), default=8460, show_default=True, help="Port of the web pages.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--keep",
    type=click.Path(),
    help="Keep the demo's data in this folder (default: a folder that is removed at the end).",
)
def demo(devices: int, no_serve: bool, port: int, form: str, keep: str | None) -> None:
    """Play a simulated estate over real protocols on loopback, discover, sweep and reconcile it, print the position, serve it.

    Your own data is not touched. Example: licet demo --devices 300 --no-serve
    """
    with ExitStack() as stack:
        folder = keep or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="licet-demo-", ignore_cleanup_errors=True)
        )
        if keep and Path(keep).exists() and any(Path(keep).iterdir()):
            raise Failed(f"{keep} is not empty; name a new folder")
        os.environ["LICET_DATA"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ[SETTING] = LOOPBACK
        _play(stack, devices, port, form, serve=not no_serve)


def _play(stack: ExitStack, devices: int, port: int, form: str, *, serve: bool) -> None:
    from licet.cli.serve import free_port
    from licet.cli.session import open_data
    from licet.simulator.estate import demo_estate
    from licet.simulator.play import ChildFailed, run_in_process

    if serve:
        free_port("127.0.0.1", port)
    actor = open_data()
    estate = demo_estate(devices, port=0)
    try:
        child = stack.enter_context(run_in_process(estate.devices, sadp_port=0))
    except ChildFailed as error:
        raise Failed(str(error), COULD_NOT) from None
    say(f"Playing {len(estate.devices)} devices on 127.0.0.0/8, port {child.port}, from recordings of real ones.")
    from licet.sweep.rehearsal import rehearse

    result = rehearse(actor, estate, child, progress=progress("Asked"), stack=stack)
    forbidden = child.forbidden()
    if forbidden:
        raise Failed(f"a simulated device was sent something that is not a read: {forbidden[0]}", COULD_NOT)
    document = _document(actor, result, f"http://127.0.0.1:{port}/" if serve else "")
    if form == "json":
        as_json(document)
    else:
        _print(document)
    if serve:
        _serve(port)


def _document(actor: Any, result: Any, url: str) -> dict[str, Any]:
    from collections import Counter

    from licet.authorization.read import counts, positions
    from licet.cli.output import plain

    by_kind = counts(actor)
    total: Counter[str] = Counter()
    for numbers in by_kind.values():
        total.update(numbers)
    return {
        "devices": result.devices,
        "discovered": result.discovered,
        "answered": result.answered,
        "authorizations": {status: number for status, number in total.items() if number},
        "by_kind": by_kind,
        "position": [plain(row) for row in positions(actor)],
        "changes": result.changes,
        "url": url,
    }


def _print(document: dict[str, Any]) -> None:
    say(f"{counted(document['devices'], 'device')}, {document['answered']} answered.")
    click.echo("\nEffective licence position, worst first")
    rows("table", document["position"], _POSITION, narrow=("pool", "metric", "purchased", "demanded", "free", "over"))
    click.echo("\nAuthorizations")
    kinds = list(document["by_kind"])
    records = [
        {"status": status, **{kind: document["by_kind"][kind].get(status, 0) for kind in kinds}}
        for status in document["authorizations"]
    ]
    rows("table", records, ["status", *kinds])
    for change in document["changes"]:
        click.echo(f"\nBetween the two sweeps: {change}")


def _serve(port: int) -> None:
    from licet.cli.serve import first_link, run

    say("")
    say(first_link("127.0.0.1", port))
    sys.stderr.flush()
    run("127.0.0.1", port)
