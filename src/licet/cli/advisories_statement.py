from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from licet.cli.day import DAY
from licet.cli.output import Failed, as_json, format_option, rows, say
from licet.cli.session import named_device, named_site, open_data, required_site


@click.group()
def statement() -> None:
    """What you state of an advisory: not affected, mitigated, accepted until a day."""


@statement.command()
@click.argument("code")
@click.option("--status", required=True, type=click.Choice(["not_affected", "mitigated", "accepted"]))
@click.option("--reason", required=True, help="Why, in words an auditor understands.")
@click.option("--device", help="One device: serial number, address or name.")
@click.option("--model", default="", help="Every device of this model at the site.")
@click.option("--site", help="The site, with all below it.")
@click.option("--justification", default="", help="For not_affected: a label of CSAF and OpenVEX.")
@click.option("--until", type=DAY, help="The last day it holds; needed for accepted.")
def add(
    code: str,
    status: str,
    reason: str,
    device: str | None,
    model: str,
    site: str | None,
    justification: str,
    until: datetime | None,
) -> None:
    """State something of an advisory for a device, a model or a site.

    Example: licet advisories statement add CVE-2021-36260 --status accepted --until 2027-03-31 --site Berlin --reason "Camera network has no way out"
    """
    actor = open_data()
    from licet.advisories.matching import match_all
    from licet.advisories.statements import add_statement
    from licet.sites.record import NotPossible

    chosen = named_device(actor, device) if device else None
    where = chosen.site if chosen is not None and site is None else required_site(actor, site)
    now = datetime.now(UTC)
    match_all(now)
    try:
        row = add_statement(
            actor, code, site=where, status=status, reason=reason, now=now, device=chosen, model=model,
            justification=justification, valid_to=until.date() if until else None,
        )  # fmt: skip
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Statement {row.pk} stands.")


@statement.command("list")
@click.option("--site")
@click.option("--advisory", "code", default="")
@format_option
def list_(site: str | None, code: str, form: str) -> None:
    """List the statements, newest first, ended ones too.

    Example: licet advisories statement list --advisory CVE-2021-36260
    """
    actor = open_data()
    from licet.advisories.statements import statements

    found = [
        {
            "id": row.pk, "advisory": row.advisory.code, "status": row.status, "holds": stands, "site": row.site.full_name,
            "device": str(row.device) if row.device else "", "model": row.model, "until": row.valid_to,
            "justification": row.justification, "reason": row.reason, "by": f"person:{row.person_id}" if row.person_id else "",
            "made_at": row.made_at,
        }
        for row, stands in statements(actor, code=code, site=named_site(actor, site), now=datetime.now(UTC))
    ]  # fmt: skip
    rows(
        form,
        found,
        ["id", "advisory", "status", "holds", "site", "device", "model", "until", "reason"],
        empty="No statement yet.",
    )


@statement.command()
@click.argument("number", type=int)
@click.option("--reason", default="")
def withdraw(number: int, reason: str) -> None:
    """Withdraw a statement; what it stood for is open again.

    Example: licet advisories statement withdraw 3 --reason "The firewall rule is gone"
    """
    actor = open_data()
    from licet.advisories.statements import statement as held
    from licet.advisories.statements import withdraw_statement
    from licet.sites.record import NotPossible

    row = held(actor, number)
    if row is None:
        raise Failed(f"there is no statement {number}. List them: licet advisories statement list")
    try:
        withdraw_statement(actor, row, reason, now=datetime.now(UTC))
    except NotPossible as error:
        raise Failed(str(error)) from None
    say(f"Statement {number} is withdrawn.")


@statement.command()
@click.option("--as", "kind", type=click.Choice(["csaf", "openvex"]), default="csaf", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False), help="Write it there instead of on stdout.")
@click.option("--site")
@click.option("--advisory", "code", default="")
@click.option("--publisher", required=True, help="Your organisation.")
@click.option("--namespace", required=True, help="A web address of yours, for example https://example.org")
@click.option("--id", "number", default="", help="The document's id; made from the day where it is not given.")
def export(
    kind: str, out: str | None, site: str | None, code: str, publisher: str, namespace: str, number: str
) -> None:
    """The statements that stand, as a CSAF 2.0 VEX or an OpenVEX document.

    Example: licet advisories statement export --publisher "Example Ltd" --namespace https://example.org --out vex.json
    """
    actor = open_data()
    from licet.advisories.statements import export as document

    if not namespace.startswith(("https://", "http://")):
        raise Failed("--namespace is a web address, for example https://example.org")
    try:
        found: dict[str, Any] = document(
            actor, kind, publisher=publisher, namespace=namespace, number=number, code=code, site=named_site(actor, site),
            now=datetime.now(UTC),
        )  # fmt: skip
    except ValueError as error:
        raise Failed(f"{error}. Make one: licet advisories statement add CODE") from None
    if out is None:
        as_json(found)
        return
    import json

    try:
        Path(out).write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise Failed(f"{out} cannot be written: {error.strerror}") from None
    say(f"Wrote {out}.")
