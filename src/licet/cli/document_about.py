from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from licet.cli.output import Failed

Command = TypeVar("Command", bound=Callable[..., Any])

# what a link calls it -> the option, what the search calls it, its words
_KINDS: Final = {
    "licence": ("--licence", "licence", "a licence"),
    "order": ("--order", "order", "an order"),
    "device": ("--device", "device", "a device"),
    "installation": ("--installation", "installation", "a software installation"),
    "account": ("--account", "cloud_account", "a cloud account"),
    "site": ("--about-site", "site", "a site"),
}


def about_options(command: Command) -> Command:
    """The options that name what a document is about, one for each kind of thing."""
    for about, (option, _kind, words) in reversed(_KINDS.items()):
        told = f"It is about {words}: a number, or a part of a name."
        command = click.option(option, f"about_{about}", multiple=True, help=told)(command)
    return command


def things_named(
    actor: Any, named: dict[str, tuple[str, ...]], permission: str = "edit_register"
) -> list[tuple[str, int]]:
    """The things that the options name. Refuses what names none, or more than one."""
    return [
        (about, _one(actor, about, text, permission)) for about in _KINDS for text in named.get(f"about_{about}", ())
    ]


def _one(actor: Any, about: str, text: str, permission: str) -> int:
    from licet.register.documents import named
    from licet.search.choosing import choices

    option, kind, words = _KINDS[about]
    hits, more = choices(actor, text, frozenset({kind}), permission)
    exact = [hit for hit in hits if text.casefold() in {hit.title.casefold(), *hit.detail.casefold().split(" · ")}]
    # A number that is also a whole serial number or order number means that one.
    if len(exact) == 1:
        return exact[0].id
    if text.isascii() and text.isdigit() and len(text) < 19 and named(actor, [(about, int(text))], permission):
        return int(text)
    if len(hits) == 1 and not more:
        return hits[0].id
    if not hits:
        raise Failed(f"{words} {text!r} is not there, or not yours to change. Look: licet find {text!r}")
    listed = "; ".join(f"{hit.id} {hit.title} ({hit.site})" for hit in hits)
    raise Failed(f"{text!r} is more than one; say the number ({option} {hits[0].id}): {listed}{' …' if more else ''}")
