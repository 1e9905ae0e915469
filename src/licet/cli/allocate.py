from typing import Any

import click

from licet.cli.licence import found_licence, judge_licence
from licet.cli.output import Failed, as_json, format_option, rows, say


@click.command()
@click.argument("number", type=int)
@click.argument("subjects", nargs=-1)
@click.option("--to", "names", multiple=True, help="Somebody or something in words, instead of a device.")
@click.option("--metric", help="Which of its grants, where it has several.")
@click.option("--quantity", type=click.IntRange(min=1), default=1, show_default=True, help="Places for each.")
@click.option("--release", is_flag=True, help="Take the places back instead.")
@format_option
def allocate(
    number: int,
    subjects: tuple[str, ...],
    names: tuple[str, ...],
    metric: str | None,
    quantity: int,
    release: bool,
    form: str,
) -> None:
    """Give places of a licence to devices (serial number, address or name) or installations by hand.

    Who gets none is listed with the reason, and the exit code is 1.

    Example: licet allocate 12 CAM-01 CAM-02 --metric camera
    """
    from licet.cli.session import open_data

    actor = open_data()
    from licet.register.allocation import allocate_many

    row = found_licence(actor, number)
    grant = _grant(row, metric)
    wanted, unknown = _wanted(actor, subjects, names)
    if not wanted and not unknown:
        raise Failed("name devices, or somebody with --to")
    if release:
        _release(actor, row, grant, wanted, unknown)
        return
    done = allocate_many(actor, grant, wanted, quantity=quantity)
    judge_licence(row)
    left = [*unknown, *((one.told, why) for one, why in done.left)]
    if form == "json":
        as_json(
            {
                "given": [one.told for one in done.given],
                "left": [{"subject": told, "reason": why} for told, why in left],
            }
        )
    else:
        listed = [{"subject": one.told, "result": "given", "reason": ""} for one in done.given]
        listed += [{"subject": told, "result": "not given", "reason": why} for told, why in left]
        rows(form, listed, ["subject", "result", "reason"])
    if left:
        raise SystemExit(1)


def _grant(row: Any, metric: str | None) -> Any:
    grants = list(row.grants.all())
    if metric is not None:
        grants = [one for one in grants if one.metric == metric]
    if len(grants) != 1:
        known = ", ".join(one.metric for one in row.grants.all()) or "nothing"
        raise Failed(
            f"licence {row.pk} gives {known}. Say which with --metric"
            if known != "nothing"
            else f"licence {row.pk} gives nothing."
        )
    return grants[0]


def _wanted(actor: Any, subjects: tuple[str, ...], names: tuple[str, ...]) -> tuple[list[Any], list[tuple[str, str]]]:
    from licet.estate.read import find_device, find_installation
    from licet.register.allocation import Wanted

    wanted: list[Any] = []
    unknown: list[tuple[str, str]] = []
    for text in subjects:
        device = find_device(actor, text)
        server = None if device else find_installation(actor, text)
        if device is None and server is None:
            unknown.append((text, "No such device or installation."))
        else:
            wanted.append(Wanted(text, (1, device.pk) if device else (3, server.pk if server else 0)))
    wanted.extend(Wanted(name, assignee=name) for name in names)
    return wanted, unknown


def _release(actor: Any, row: Any, grant: Any, wanted: list[Any], unknown: list[tuple[str, str]]) -> None:
    from licet.register.allocation import release
    from licet.sites.record import NotPossible

    held = {
        (kind, pk) if pk else assignee.casefold(): number
        for number, kind, pk, assignee in grant.allocations.values_list("id", "subject_type", "subject_id", "assignee")
    }
    ids = [held[key] for one in wanted if (key := one.subject or one.assignee.casefold()) in held]
    try:
        release(actor, row, ids)
    except NotPossible as error:
        raise Failed(str(error)) from None
    judge_licence(row)
    say(f"Taken back from {len(ids)}." + "".join(f" {told}: {why}" for told, why in unknown))
